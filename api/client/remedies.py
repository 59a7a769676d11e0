"""What stations do on phones against findings, and the files that they update apps from."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

from api.client.transport import Content, Transport
from fleet.contracts.apk_files import ApkAddQuery, ApkOut, ApkQuery
from fleet.contracts.remedying import (
    RemedyIn,
    RemedyOut,
    RemedyPlanIn,
    RemedyPlanOut,
    RemedyQuery,
)
from fleet.contracts.wire import Page


class Remedies(Transport):
    def plan_remedies(self, body: RemedyPlanIn) -> RemedyPlanOut:
        """Plan what stations do on phones; with `dry_run` nothing is stored."""
        return self._post(RemedyPlanOut, "remedies", body=body)

    def remedies(self, query: RemedyQuery | None = None) -> Page[RemedyOut]:
        return self._get(Page[RemedyOut], "remedies", query=query)

    def remedy(self, number: str) -> RemedyOut:
        return self._get(RemedyOut, "remedies", number)

    def undo_remedy(self, number: str, body: RemedyIn | None = None) -> RemedyOut:
        """Plan the way back, as a remedy of its own."""
        return self._post(RemedyOut, "remedies", number, "undo", body=body)

    def cancel_remedy(self, number: str) -> RemedyOut:
        return self._post(RemedyOut, "remedies", number, "cancel")

    def add_apk(self, content: Content, query: ApkAddQuery) -> ApkOut:
        """Add the file of an app; the same one sent again has the effect of one."""
        return self._put(ApkOut, "apks", content=content, size=query.size, query=query)

    def apks(self, query: ApkQuery | None = None) -> Page[ApkOut]:
        return self._get(Page[ApkOut], "apks", query=query)

    def apk_file(self, reference: str) -> ApkOut:
        """Return what is known of a file; `reference` is its digest, or the beginning of it."""
        return self._get(ApkOut, "apks", reference)

    def remove_apk(self, reference: str) -> ApkOut:
        return self._post(ApkOut, "apks", reference, "remove")

    def apk(self, digest: str) -> AbstractContextManager[Iterator[bytes]]:
        """Give the file of an app to the station that updates a phone from it."""
        return self._download("station", "apks", digest)
