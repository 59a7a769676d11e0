"""Credentials and their rotations; a value travels in `disclose_…` alone."""

from api.client.transport import Transport
from fleet.contracts.builds import BuildDetailOut, BuildOut, BuildQuery, ResetBuildIn
from fleet.contracts.credentials import (
    AdoptIn,
    CredentialOut,
    CredentialQuery,
    DecisionIn,
    DisclosedOut,
    DiscloseIn,
    DisclosureOut,
    DisclosureQuery,
)
from fleet.contracts.playbooks import (
    ChoiceOut,
    ChoiceQuery,
    PlaybookIn,
    PlaybookOut,
    PlaybookQuery,
    PlaybookSetOut,
    PlaybookShowQuery,
)
from fleet.contracts.policies import (
    PolicyIn,
    PolicyOut,
    PolicyQuery,
    PolicySetOut,
    PolicyShowQuery,
)
from fleet.contracts.rotation import (
    AttendedOut,
    AttendIn,
    CalendarOut,
    CalendarQuery,
    ConfirmIn,
    DeclareIn,
    DueOut,
    DueQuery,
    ForecastOut,
    ForecastQuery,
    PlanIn,
    PlanOut,
    RotateIn,
    RotationOut,
    RotationQuery,
)
from fleet.contracts.wire import Page


class Secrets(Transport):
    def credentials(self, query: CredentialQuery | None = None) -> Page[CredentialOut]:
        return self._get(Page[CredentialOut], "credentials", query=query)

    def adopt_device_pin(self, tag: str, body: AdoptIn) -> CredentialOut:
        return self._post(CredentialOut, "devices", tag, "credential", body=body)

    def adopt_account_password(self, handle: str, body: AdoptIn) -> CredentialOut:
        return self._post(CredentialOut, "accounts", handle, "credential", body=body)

    def adopt_sim_code(self, number: str, body: AdoptIn) -> CredentialOut:
        return self._post(CredentialOut, "sims", number, "credential", body=body)

    def disclose_device_pin(self, tag: str, body: DiscloseIn) -> DisclosedOut:
        return self._post(DisclosedOut, "devices", tag, "disclose", body=body)

    def disclose_account_password(self, handle: str, body: DiscloseIn) -> DisclosedOut:
        return self._post(DisclosedOut, "accounts", handle, "disclose", body=body)

    def disclose_sim_code(self, number: str, body: DiscloseIn) -> DisclosedOut:
        return self._post(DisclosedOut, "sims", number, "disclose", body=body)

    def disclosures(self, query: DisclosureQuery | None = None) -> Page[DisclosureOut]:
        return self._get(Page[DisclosureOut], "disclosure-requests", query=query)

    def request_device_pin(self, tag: str, body: DiscloseIn) -> DisclosureOut:
        return self._post(DisclosureOut, "devices", tag, "disclosure-requests", body=body)

    def request_account_password(self, handle: str, body: DiscloseIn) -> DisclosureOut:
        return self._post(DisclosureOut, "accounts", handle, "disclosure-requests", body=body)

    def request_sim_code(self, number: str, body: DiscloseIn) -> DisclosureOut:
        return self._post(DisclosureOut, "sims", number, "disclosure-requests", body=body)

    def approve_disclosure(self, reference: str, body: DecisionIn) -> DisclosureOut:
        return self._post(DisclosureOut, "disclosure-requests", reference, "approve", body=body)

    def deny_disclosure(self, reference: str, body: DecisionIn) -> DisclosureOut:
        return self._post(DisclosureOut, "disclosure-requests", reference, "deny", body=body)

    def withdraw_disclosure(self, reference: str) -> DisclosureOut:
        return self._post(DisclosureOut, "disclosure-requests", reference, "withdraw")

    def view_disclosure(self, reference: str) -> DisclosedOut:
        return self._post(DisclosedOut, "disclosure-requests", reference, "view")

    def rotate_device_pin(self, tag: str, body: RotateIn) -> RotationOut:
        return self._post(RotationOut, "devices", tag, "rotate", body=body)

    def rotate_account_password(self, handle: str, body: RotateIn) -> RotationOut:
        return self._post(RotationOut, "accounts", handle, "rotate", body=body)

    def rotations(self, query: RotationQuery | None = None) -> Page[RotationOut]:
        return self._get(Page[RotationOut], "rotations", query=query)

    def rotation(self, reference: str) -> RotationOut:
        return self._get(RotationOut, "rotations", reference)

    def confirm_rotation(self, reference: str, body: ConfirmIn) -> RotationOut:
        return self._post(RotationOut, "rotations", reference, "confirm", body=body)

    def attend(self, handle: str, body: AttendIn) -> AttendedOut:
        """Show the new password once, to be typed by hand before a witness."""
        return self._post(AttendedOut, "accounts", handle, "attend", body=body)

    def declare_rotation(self, reference: str, body: DeclareIn) -> RotationOut:
        return self._post(RotationOut, "rotations", reference, "declarations", body=body)

    def witness_rotation(self, reference: str, what: str) -> RotationOut:
        path = ("rotations", reference, "declarations", what, "witness")
        return self._post(RotationOut, *path)

    def cancel_rotation(self, reference: str) -> RotationOut:
        """Take back a change that has not come true."""
        return self._post(RotationOut, "rotations", reference, "cancel")

    def playbooks(self, query: PlaybookQuery | None = None) -> Page[PlaybookOut]:
        return self._get(Page[PlaybookOut], "playbooks", query=query)

    def playbook(self, name: str, query: PlaybookShowQuery | None = None) -> PlaybookOut:
        return self._get(PlaybookOut, "playbooks", name, query=query)

    def set_playbook(self, name: str, body: PlaybookIn) -> PlaybookSetOut:
        return self._post(PlaybookSetOut, "playbooks", name, body=body)

    def choose_playbook(self, tag: str, query: ChoiceQuery | None = None) -> ChoiceOut:
        """Say which playbook a change on a phone would be guided by."""
        return self._get(ChoiceOut, "devices", tag, "playbook", query=query)

    def due(self, query: DueQuery | None = None) -> Page[DueOut]:
        """List what is due, or will be within the warning time of its policy."""
        return self._get(Page[DueOut], "rotations", "due", query=query)

    def plan_rotations(self, body: PlanIn) -> PlanOut:
        """Plan a part of what is due; `next` of the answer is `after` of the next part."""
        return self._post(PlanOut, "rotations", "plan", body=body)

    def calendar(self, query: CalendarQuery | None = None) -> CalendarOut:
        return self._get(CalendarOut, "rotations", "calendar", query=query)

    def forecast(self, query: ForecastQuery | None = None) -> ForecastOut:
        return self._get(ForecastOut, "rotations", "forecast", query=query)

    def builds(self, query: BuildQuery | None = None) -> Page[BuildOut]:
        return self._get(Page[BuildOut], "builds", query=query)

    def build(self, reference: str) -> BuildDetailOut:
        return self._get(BuildDetailOut, "builds", reference)

    def reset_build(self, reference: str, body: ResetBuildIn) -> BuildDetailOut:
        return self._post(BuildDetailOut, "builds", reference, "reset", body=body)

    def policies(self, query: PolicyQuery | None = None) -> Page[PolicyOut]:
        return self._get(Page[PolicyOut], "password-policies", query=query)

    def policy(self, query: PolicyShowQuery) -> PolicyOut:
        """Show what is demanded of a kind in a department at a moment."""
        return self._get(PolicyOut, "password-policies", "in-force", query=query)

    def set_policy(self, body: PolicyIn) -> PolicySetOut:
        return self._post(PolicySetOut, "password-policies", body=body)
