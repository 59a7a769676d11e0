"""Papers: made, signed, attached to, checked."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

from api.client.transport import Content, Transport
from fleet.contracts.papers import (
    AttestIn,
    PaperIn,
    PaperLineOut,
    PaperOut,
    PaperPlanOut,
    PaperQuery,
    PaperSignedOut,
    PaperTextIn,
    PaperTextOut,
    ScanQuery,
    SignIn,
    VoidIn,
)
from fleet.contracts.wire import Page


class Papers(Transport):
    def papers(self, query: PaperQuery | None = None) -> Page[PaperLineOut]:
        return self._get(Page[PaperLineOut], "papers", query=query)

    def paper(self, number: str) -> PaperOut:
        return self._get(PaperOut, "papers", number)

    def make_paper(self, body: PaperIn) -> PaperPlanOut:
        """Make a paper; with `dry_run` nothing is stored."""
        return self._post(PaperPlanOut, "papers", body=body)

    def sign_paper(self, number: str, body: SignIn) -> PaperSignedOut:
        return self._post(PaperSignedOut, "papers", number, "sign", body=body)

    def attest_paper(self, number: str, body: AttestIn) -> PaperSignedOut:
        return self._post(PaperSignedOut, "papers", number, "attest", body=body)

    def void_paper(self, number: str, body: VoidIn) -> PaperOut:
        return self._post(PaperOut, "papers", number, "void", body=body)

    def attach_scan(self, number: str, content: Content, query: ScanQuery) -> PaperSignedOut:
        """Attach a scan; the same one sent again has the effect of one."""
        return self._put(
            PaperSignedOut, "papers", number, "scans", content=content, size=query.size, query=query
        )

    def scan(self, number: str, scan: int) -> AbstractContextManager[Iterator[bytes]]:
        return self._download("papers", number, "scans", scan)

    def paper_text(self, name: str) -> PaperTextOut:
        return self._get(PaperTextOut, "paper-texts", name)

    def edit_paper_text(self, name: str, body: PaperTextIn) -> PaperTextOut:
        """Give a text a new version; with `dry_run` nothing is stored."""
        return self._post(PaperTextOut, "paper-texts", name, body=body)
