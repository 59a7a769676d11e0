"""The audit trail, and the numbers of the day."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from api.client.refusals import AnswerUnreadable
from api.client.transport import Transport
from fleet.contracts.audit import AuditEntryOut, AuditQuery, PruneIn, PruneOut, TrailOut
from fleet.contracts.checkpoints import CheckpointOut
from fleet.contracts.reports import SummaryOut
from fleet.contracts.wire import Page

# The server reads, or removes, millions of entries before it answers.
WHOLE_TRAIL_SECONDS: Final = 3600.0


class Trail(Transport):
    def audit(self, query: AuditQuery | None = None) -> Page[AuditEntryOut]:
        return self._get(Page[AuditEntryOut], "audit", query=query)

    def audit_entry(self, sequence: int) -> AuditEntryOut:
        return self._get(AuditEntryOut, "audit", "entries", sequence)

    def summary(self) -> SummaryOut:
        """Show the numbers that the IT desk begins its day with."""
        return self._get(SummaryOut, "summary")

    def verify_audit(self) -> TrailOut:
        return self._get(TrailOut, "audit", "verify", patience=WHOLE_TRAIL_SECONDS)

    def export_audit(self, query: AuditQuery) -> Iterator[dict[str, Any]]:
        """Give entries as they are stored, as they come; `AnswerUnreadable` where they were cut."""
        with self._download("audit", "export", query=query) as pieces:
            for count, line in enumerate(_lines(pieces)):
                row = json.loads(line)
                if row.get("kind") == "end" and row["entries"] == count:
                    return
                yield row
        raise AnswerUnreadable(server=self.server, status=200)

    def checkpoints(self) -> Page[CheckpointOut]:
        return self._get(Page[CheckpointOut], "audit", "checkpoints")

    def make_checkpoint(self) -> CheckpointOut:
        return self._post(CheckpointOut, "audit", "checkpoints")

    def prune_audit(self, body: PruneIn) -> PruneOut:
        return self._post(PruneOut, "audit", "prune", body=body, patience=WHOLE_TRAIL_SECONDS)


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
