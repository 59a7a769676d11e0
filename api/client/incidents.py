"""Incidents, findings and drafts of violations."""

from api.client.transport import Transport
from fleet.contracts.accounts import AccountOut
from fleet.contracts.devices import DeviceOut
from fleet.contracts.findings import (
    FindingOut,
    FindingQuery,
    PinCheckIn,
    PinCheckOut,
    RecoveryOut,
    UnwaiveIn,
    WaiverIn,
)
from fleet.contracts.incidents import (
    IncidentIn,
    IncidentOut,
    IncidentQuery,
    MeasureIn,
    MoveIn,
    NoteIn,
)
from fleet.contracts.sims import SimOut
from fleet.contracts.violations import ViolationDecisionIn, ViolationOut, ViolationQuery
from fleet.contracts.wire import Page


class Incidents(Transport):
    def incidents(self, query: IncidentQuery | None = None) -> Page[IncidentOut]:
        return self._get(Page[IncidentOut], "incidents", query=query)

    def incident(self, number: str) -> IncidentOut:
        return self._get(IncidentOut, "incidents", number)

    def report_incident(self, body: IncidentIn) -> IncidentOut:
        """Report an incident; with `dry_run` nothing is stored."""
        return self._post(IncidentOut, "incidents", body=body)

    def note_on_incident(self, number: str, body: NoteIn) -> IncidentOut:
        return self._post(IncidentOut, "incidents", number, "notes", body=body)

    def end_measure(self, number: str, measure: int, body: MeasureIn) -> IncidentOut:
        return self._post(IncidentOut, "incidents", number, "measures", measure, body=body)

    def close_incident(self, number: str, body: NoteIn) -> IncidentOut:
        return self._post(IncidentOut, "incidents", number, "close", body=body)

    def device_found(self, tag: str, body: MoveIn) -> DeviceOut:
        """Note that a lost phone was found: it comes back by its gate."""
        return self._post(DeviceOut, "devices", tag, "found", body=body)

    def freeze_account(self, handle: str, body: MoveIn) -> AccountOut:
        return self._post(AccountOut, "accounts", handle, "freeze", body=body)

    def thaw_account(self, handle: str, body: MoveIn) -> AccountOut:
        return self._post(AccountOut, "accounts", handle, "thaw", body=body)

    def suspend_sim(self, number: str, body: MoveIn) -> SimOut:
        return self._post(SimOut, "sims", number, "suspend", body=body)

    def resume_sim(self, number: str, body: MoveIn) -> SimOut:
        return self._post(SimOut, "sims", number, "resume", body=body)

    def findings(self, query: FindingQuery | None = None) -> Page[FindingOut]:
        return self._get(Page[FindingOut], "findings", query=query)

    def finding(self, number: str) -> FindingOut:
        return self._get(FindingOut, "findings", number)

    def waive_finding(self, number: str, body: WaiverIn) -> FindingOut:
        return self._post(FindingOut, "findings", number, "waive", body=body)

    def unwaive_finding(self, number: str, body: UnwaiveIn) -> FindingOut:
        return self._post(FindingOut, "findings", number, "unwaive", body=body)

    def check_pin(self, tag: str, body: PinCheckIn) -> PinCheckOut:
        """Have a phone asked whether its PIN opens it; with `dry_run` nothing is stored."""
        return self._post(PinCheckOut, "devices", tag, "check", body=body)

    def recovery(self, tag: str) -> RecoveryOut:
        """Return what is left to open a phone."""
        return self._get(RecoveryOut, "devices", tag, "recovery")

    def newest_check(self, tag: str) -> PinCheckOut:
        return self._get(PinCheckOut, "devices", tag, "check")

    def violations(self, query: ViolationQuery | None = None) -> Page[ViolationOut]:
        return self._get(Page[ViolationOut], "violations", query=query)

    def violation(self, number: str) -> ViolationOut:
        return self._get(ViolationOut, "violations", number)

    def dismiss_violation(self, number: str, body: ViolationDecisionIn) -> ViolationOut:
        return self._post(ViolationOut, "violations", number, "dismiss", body=body)

    def keep_violation(self, number: str, body: ViolationDecisionIn) -> ViolationOut:
        return self._post(ViolationOut, "violations", number, "keep", body=body)
