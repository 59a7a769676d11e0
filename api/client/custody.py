"""Issue, return, accept, reassign."""

from api.client.transport import Transport
from fleet.contracts.accounts import AccountOut
from fleet.contracts.custody import (
    AcceptIn,
    AcceptOut,
    DeclareIn,
    GateOut,
    IssueIn,
    IssueOut,
    ReassignIn,
    RestockIn,
    ReturnIn,
    WaiverIn,
)
from fleet.contracts.devices import DeviceOut
from fleet.contracts.sims import SimOut
from fleet.contracts.stations import JobOut


class Custody(Transport):
    def issue(self, body: IssueIn) -> IssueOut:
        return self._post(IssueOut, "issue", body=body)

    def return_device(self, tag: str, body: ReturnIn | None = None) -> GateOut:
        """Begin the return of a phone; the answer says what its gate still asks for."""
        return self._post(GateOut, "devices", tag, "return", body=body)

    def return_sim(self, number: str, body: ReturnIn | None = None) -> SimOut:
        return self._post(SimOut, "sims", number, "return", body=body)

    def return_account(self, handle: str, body: ReturnIn | None = None) -> AccountOut:
        return self._post(AccountOut, "accounts", handle, "return", body=body)

    def gate(self, tag: str) -> GateOut:
        return self._get(GateOut, "devices", tag, "gate")

    def accept(self, tag: str, body: AcceptIn | None = None) -> AcceptOut:
        return self._post(AcceptOut, "devices", tag, "accept", body=body)

    def wipe(self, tag: str) -> JobOut:
        """Have an accepted phone wiped again, where the first wipe did not succeed."""
        return self._post(JobOut, "devices", tag, "wipe")

    def restock(self, tag: str, body: RestockIn) -> DeviceOut:
        """Put an accepted phone into stock that cannot show a station that it is erased."""
        return self._post(DeviceOut, "devices", tag, "restock", body=body)

    def waive(self, tag: str, body: WaiverIn) -> GateOut:
        return self._post(GateOut, "devices", tag, "waivers", body=body)

    def declare(self, tag: str, body: DeclareIn) -> GateOut:
        return self._post(GateOut, "devices", tag, "declarations", body=body)

    def reassign(self, handle: str, body: ReassignIn) -> AccountOut:
        return self._post(AccountOut, "accounts", handle, "reassign", body=body)
