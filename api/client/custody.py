"""Issue, return, accept, reassign."""

from api.client.transport import Transport
from fleet.contracts.accessories import (
    AccessoryWordIn,
    AccessoryWordOut,
    AccessoryWordQuery,
    HandedOut,
    HandedQuery,
)
from fleet.contracts.accounts import AccountOut
from fleet.contracts.custody import (
    AcceptIn,
    AcceptOut,
    CertificateOut,
    CertificateQuery,
    DeclareIn,
    GateOut,
    IssueIn,
    IssueOut,
    ReassignIn,
    RestockIn,
    ReturnIn,
    UndoAcceptIn,
    WipedIn,
    WipingOut,
)
from fleet.contracts.devices import DeviceOut
from fleet.contracts.sims import SimOut
from fleet.contracts.stations import JobOut
from fleet.contracts.waivers import WaiverIn, WaiverOut, WaiverQuery, WaiverVerdictIn
from fleet.contracts.wire import Page


class Custody(Transport):
    def issue(self, body: IssueIn, *, dry_run: bool = False) -> IssueOut:
        return self._try(IssueOut, "issue", body=body, dry_run=dry_run)

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

    def undo_acceptance(self, tag: str, body: UndoAcceptIn) -> DeviceOut:
        return self._post(DeviceOut, "devices", tag, "undo-acceptance", body=body)

    def wiping(self, tag: str) -> WipingOut:
        return self._get(WipingOut, "devices", tag, "wipe")

    def say_wiped(self, tag: str, body: WipedIn) -> WipingOut:
        return self._post(WipingOut, "devices", tag, "wiped", body=body)

    def ask_waiver(self, tag: str, body: WaiverIn) -> WaiverOut:
        return self._post(WaiverOut, "devices", tag, "waivers", body=body)

    def waivers(self, query: WaiverQuery | None = None) -> Page[WaiverOut]:
        return self._get(Page[WaiverOut], "waivers", query=query)

    def waiver(self, number: str) -> WaiverOut:
        return self._get(WaiverOut, "waivers", number)

    def grant_waiver(self, number: str, body: WaiverVerdictIn) -> WaiverOut:
        return self._post(WaiverOut, "waivers", number, "grant", body=body)

    def refuse_waiver(self, number: str, body: WaiverVerdictIn) -> WaiverOut:
        return self._post(WaiverOut, "waivers", number, "refuse", body=body)

    def withdraw_waiver(self, number: str, body: WaiverVerdictIn) -> WaiverOut:
        return self._post(WaiverOut, "waivers", number, "withdraw", body=body)

    def certificates(self, query: CertificateQuery | None = None) -> Page[CertificateOut]:
        return self._get(Page[CertificateOut], "certificates", query=query)

    def certificate(self, number: str) -> CertificateOut:
        return self._get(CertificateOut, "certificates", number)

    def accessories(self, query: HandedQuery | None = None) -> Page[HandedOut]:
        return self._get(Page[HandedOut], "accessories", query=query)

    def accessory_words(self, query: AccessoryWordQuery | None = None) -> Page[AccessoryWordOut]:
        return self._get(Page[AccessoryWordOut], "accessory-words", query=query)

    def set_accessory_word(self, body: AccessoryWordIn) -> AccessoryWordOut:
        return self._post(AccessoryWordOut, "accessory-words", body=body)

    def retire_accessory_word(self, word: str) -> AccessoryWordOut:
        return self._post(AccessoryWordOut, "accessory-words", word, "retire")

    def declare(self, tag: str, body: DeclareIn) -> GateOut:
        return self._post(GateOut, "devices", tag, "declarations", body=body)

    def reassign(self, handle: str, body: ReassignIn) -> AccountOut:
        return self._post(AccountOut, "accounts", handle, "reassign", body=body)
