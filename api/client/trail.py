"""The audit trail, and the numbers of the day."""

from api.client.transport import Transport
from fleet.contracts.audit import AuditEntryOut, AuditQuery, TrailOut
from fleet.contracts.reports import SummaryOut
from fleet.contracts.wire import Page


class Trail(Transport):
    def audit(self, query: AuditQuery | None = None) -> Page[AuditEntryOut]:
        return self._get(Page[AuditEntryOut], "audit", query=query)

    def summary(self) -> SummaryOut:
        """Show the numbers that the IT desk begins its day with."""
        return self._get(SummaryOut, "summary")

    def verify_audit(self) -> TrailOut:
        return self._get(TrailOut, "audit", "verify")
