"""What the company owns: phones, SIMs, work accounts."""

from api.client.transport import Transport
from fleet.contracts.accounts import (
    AccountEdit,
    AccountIn,
    AccountOut,
    AccountQuery,
    HoldingSpanOut,
)
from fleet.contracts.cases import AccountOnOut, AccountOnQuery
from fleet.contracts.devices import (
    ChangeQuery,
    DeviceChangeOut,
    DeviceDetailOut,
    DeviceEdit,
    DeviceIn,
    DeviceOut,
    DeviceQuery,
)
from fleet.contracts.incidents import MoveIn
from fleet.contracts.sims import (
    NewCardIn,
    NumberPolicyIn,
    NumberPolicyOut,
    SimEdit,
    SimIn,
    SimOut,
    SimQuery,
)
from fleet.contracts.wire import Page


class Things(Transport):
    def devices(self, query: DeviceQuery | None = None) -> Page[DeviceOut]:
        return self._get(Page[DeviceOut], "devices", query=query)

    def device(self, tag: str) -> DeviceDetailOut:
        return self._get(DeviceDetailOut, "devices", tag)

    def add_device(self, body: DeviceIn) -> DeviceOut:
        return self._post(DeviceOut, "devices", body=body)

    def correct_device(self, tag: str, body: DeviceEdit, *, dry_run: bool = False) -> DeviceOut:
        return self._correct(DeviceOut, "devices", tag, body=body, dry_run=dry_run)

    def unstock_device(self, tag: str, body: MoveIn, *, dry_run: bool = False) -> DeviceOut:
        """Take a phone that is not empty out of stock: it comes back by its gate."""
        return self._try(DeviceOut, "devices", tag, "unstock", body=body, dry_run=dry_run)

    def retire_device(self, tag: str, body: MoveIn, *, dry_run: bool = False) -> DeviceOut:
        return self._try(DeviceOut, "devices", tag, "retire", body=body, dry_run=dry_run)

    def repair_device(self, tag: str, body: MoveIn) -> DeviceOut:
        return self._post(DeviceOut, "devices", tag, "repair", body=body)

    def device_repaired(self, tag: str, body: MoveIn) -> DeviceOut:
        return self._post(DeviceOut, "devices", tag, "repaired", body=body)

    def device_history(self, tag: str) -> Page[HoldingSpanOut]:
        return self._get(Page[HoldingSpanOut], "devices", tag, "history")

    def device_changes(self, tag: str, query: ChangeQuery | None = None) -> Page[DeviceChangeOut]:
        return self._get(Page[DeviceChangeOut], "devices", tag, "changes", query=query)

    def sims(self, query: SimQuery | None = None) -> Page[SimOut]:
        return self._get(Page[SimOut], "sims", query=query)

    def sim(self, number: str) -> SimOut:
        return self._get(SimOut, "sims", number)

    def add_sim(self, body: SimIn) -> SimOut:
        return self._post(SimOut, "sims", body=body)

    def correct_sim(self, number: str, body: SimEdit, *, dry_run: bool = False) -> SimOut:
        return self._correct(SimOut, "sims", number, body=body, dry_run=dry_run)

    def replace_card(self, number: str, body: NewCardIn) -> SimOut:
        return self._post(SimOut, "sims", number, "card", body=body)

    def give_up_sim(self, number: str, body: MoveIn) -> SimOut:
        return self._post(SimOut, "sims", number, "give-up", body=body)

    def keep_sim(self, number: str, body: MoveIn) -> SimOut:
        return self._post(SimOut, "sims", number, "keep", body=body)

    def cancel_sim(self, number: str, body: MoveIn, *, dry_run: bool = False) -> SimOut:
        return self._try(SimOut, "sims", number, "cancel", body=body, dry_run=dry_run)

    def number_policy(self) -> NumberPolicyOut:
        return self._get(NumberPolicyOut, "number-policy")

    def set_number_policy(self, body: NumberPolicyIn) -> NumberPolicyOut:
        return self._post(NumberPolicyOut, "number-policy", body=body)

    def accounts(self, query: AccountQuery | None = None) -> Page[AccountOut]:
        return self._get(Page[AccountOut], "accounts", query=query)

    def account(self, handle: str) -> AccountOut:
        return self._get(AccountOut, "accounts", handle)

    def add_account(self, body: AccountIn) -> AccountOut:
        return self._post(AccountOut, "accounts", body=body)

    def account_on(self, handle: str, query: AccountOnQuery) -> AccountOnOut:
        """Show who held an account and who could read it, on a day or all along."""
        return self._get(AccountOnOut, "accounts", handle, "readers", query=query)

    def correct_account(
        self, handle: str, body: AccountEdit, *, dry_run: bool = False
    ) -> AccountOut:
        return self._correct(AccountOut, "accounts", handle, body=body, dry_run=dry_run)

    def deregister_account(self, handle: str, body: MoveIn, *, dry_run: bool = False) -> AccountOut:
        return self._try(AccountOut, "accounts", handle, "deregister", body=body, dry_run=dry_run)

    def account_history(self, handle: str) -> Page[HoldingSpanOut]:
        return self._get(Page[HoldingSpanOut], "accounts", handle, "history")
