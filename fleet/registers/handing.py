"""Handing out by a spreadsheet: a row for each person, with what he is given."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from fleet.accounts.models import Account
from fleet.applications.errors import ThingReserved
from fleet.applications.releasing import reserved_among
from fleet.contracts.accounts import AccountKind
from fleet.contracts.clock import today
from fleet.contracts.custody import Thing
from fleet.contracts.words import _
from fleet.custody.issuing import issue
from fleet.custody.models import Holding
from fleet.custody.queries import Held
from fleet.devices.models import Device
from fleet.people.models import Employee, Status
from fleet.registers.desk import CORRECT, Desk
from fleet.registers.reading import CellWrong, Entry, Table
from fleet.sims.models import Sim

COLUMNS: Final[Mapping[str, Thing]] = {
    "tag": Thing.DEVICE,
    "sim": Thing.SIM,
    "account": Thing.ACCOUNT,
}


@dataclass
class Stock:
    """What the registers know of the things and people that a batch names."""

    people: dict[str, Employee] = field(default_factory=dict)
    things: dict[tuple[str, str], Held] = field(default_factory=dict)
    holders: dict[tuple[Thing, Any], Employee] = field(default_factory=dict)
    reserved: dict[UUID, ThingReserved] = field(default_factory=dict)
    kinds: dict[Any, set[AccountKind]] = field(default_factory=dict)  # of accounts, by person


class HandingDesk(Desk[Employee]):
    """What a person has already is left as it is, so that a file may be taken in again."""

    needed: ClassVar[tuple[str, ...]] = ("number",)
    corrected: ClassVar[tuple[str, ...]] = ()

    def prepare(self, table: Table) -> None:  # noqa: ARG002 — one way for all desks
        self._given: defaultdict[str, set[AccountKind]] = defaultdict(set)  # by this file

    def look(self, entries: Sequence[Entry]) -> None:
        self._stock = Stock(
            people=self._people(entries),
            things={
                **self._named(entries, "tag", Device.tag),
                **self._named(entries, "sim", Sim.number),
                **self._accounts(entries),
            },
        )
        self._stock.reserved = reserved_among(self.session, self._stock.things.values())
        self._learn_holders()

    def _people(self, entries: Sequence[Entry]) -> dict[str, Employee]:
        numbers = {one.values["number"] for one in entries if "number" in one.values}
        found = self.session.scalars(select(Employee).where(Employee.number.in_(numbers)))
        return {one.number: one for one in found}

    def _named(
        self, entries: Sequence[Entry], name: str, column: Any
    ) -> dict[tuple[str, str], Held]:
        handles = {one.values[name] for one in entries if name in one.values}
        found = self.session.scalars(select(column.class_).where(column.in_(handles)))
        return {(name, getattr(one, column.key)): one for one in found}

    def _accounts(self, entries: Sequence[Entry]) -> dict[tuple[str, str], Held]:
        """Accounts by handle and kind: two kinds may share a handle."""
        handles = {one.values["account"] for one in entries if "account" in one.values}
        found = self.session.scalars(select(Account).where(Account.handle.in_(handles)))
        return {("account", _account_key(one.kind, one.handle)): one for one in found}

    def _learn_holders(self) -> None:
        columns = {
            Thing.DEVICE: Holding.device_id,
            Thing.SIM: Holding.sim_id,
            Thing.ACCOUNT: Holding.account_id,
        }
        for (name, _handle), held in self._stock.things.items():
            self._stock.holders.setdefault((COLUMNS[name], held.id), None)  # type: ignore[arg-type]
        for thing, column in columns.items():
            ids = {key for kind, key in self._stock.holders if kind is thing}
            is_open = column.in_(ids), Holding.returned_at.is_(None)
            out = select(Holding).where(*is_open).options(joinedload(Holding.employee))
            for one in self.session.scalars(out):
                self._stock.holders[thing, getattr(one, column.key)] = one.employee
        people = [one.id for one in self._stock.people.values()]
        theirs = select(Holding.employee_id, Account.kind).join(Holding.account)
        has = Holding.employee_id.in_(people), Holding.returned_at.is_(None)
        for person, kind in self.session.execute(theirs.where(*has)):
            self._stock.kinds.setdefault(person, set()).add(kind)

    def keys(self, entry: Entry) -> Iterable[tuple[str, str]]:
        for name in COLUMNS:
            if name in entry.values:
                yield name, _handle(entry, name)

    def found(self, entry: Entry) -> Employee | None:
        """Return the person where he has all of it; refuse what he cannot be given."""
        person = self._person(entry)
        to_give = [name for name in COLUMNS if self._is_to_give(entry, name, person)]
        if not to_give:
            return person
        if person.status is not Status.ACTIVE:
            raise CellWrong(_("{name} leaves, or has left."), CORRECT, "number", name=person.name)
        due = entry.values.get("due_on")
        if due is not None and due <= today():
            raise CellWrong(
                _("{day} is not after today: nothing is lent until then."),
                _("Name a day that is to come."),
                "due_on",
                day=due,
            )
        if "account" in to_give:
            self._require_account(entry, person)
        return None

    def _person(self, entry: Entry) -> Employee:
        number = entry.values.get("number", "")
        person = self._stock.people.get(number)
        if person is None:
            raise CellWrong(
                _("There is no employee {number}."),
                _("Correct it, or import the employees first."),
                "number",
                number=number,
            )
        named = entry.values.get("name")
        if named is not None and named != person.name:
            raise CellWrong(
                _("{number} is {known}, not {name}."),
                CORRECT,
                "name",
                number=number,
                known=person.name,
                name=named,
            )
        return person

    def _is_to_give(self, entry: Entry, name: str, person: Employee) -> bool:
        """Tell whether the person has not got a thing yet; refused where he cannot get it."""
        if name not in entry.values:
            return False
        handle = _handle(entry, name)
        held = self._stock.things.get((name, handle))
        if held is None:
            raise CellWrong(
                _("{handle} is in no register."),
                _("Correct it, or register it first."),
                name,
                handle=entry.values[name],
            )
        holder = self._stock.holders.get((COLUMNS[name], held.id))
        if holder is not None and holder.id == person.id:
            return False
        self._require_free(held, holder, name, entry.values[name])
        return True

    def _require_free(self, held: Held, holder: Employee | None, name: str, handle: str) -> None:
        if holder is not None:
            raise CellWrong(
                _("{handle} is with {holder}."),
                _("It has to come back before it can be issued again."),
                name,
                handle=handle,
                holder=f"{holder.name} ({holder.number})",
            )
        if held.state.value != "in_stock":
            raise CellWrong(_("{handle} is not in stock."), _("Take another."), name, handle=handle)
        refusal = self._stock.reserved.get(held.id)
        if refusal is not None:
            raise CellWrong(refusal.message, refusal.advice, name, **refusal.details)

    def _require_account(self, entry: Entry, person: Employee) -> None:
        account = self._stock.things["account", _handle(entry, "account")]
        assert isinstance(account, Account)  # noqa: S101 — for the type checker
        has = self._stock.kinds.get(person.id, set()) | self._given[person.number]
        if account.kind in has:
            raise CellWrong(
                _("{name} has an account of this kind already."),
                _("Take that one back first; an exception is given to one at a time."),
                "account",
                name=person.name,
            )
        others = account.registrant and account.registrant != person.name
        if others and entry.values.get("registrant_seen") != "yes":
            raise CellWrong(
                _("{handle} was first registered by {registrant}; WeChat's terms give it to him."),
                _("Say in the column of the registrant that you have seen this."),
                "registrant_seen",
                handle=account.handle,
                registrant=account.registrant,
            )
        self._given[person.number].add(account.kind)

    def known(self, row: Employee) -> Mapping[str, Any]:  # noqa: ARG002 — nothing is corrected
        return {}

    def wanted(self, entry: Entry, row: Employee | None) -> dict[str, Any]:
        """Return what is to be given, without what the person has."""
        values = super().wanted(entry, row)
        person = self._stock.people.get(values.get("number", ""))
        for name in COLUMNS:
            if person is not None and name in values:
                if self._is_to_give(entry, name, person):
                    values[name] = _handle(entry, name)
                else:
                    del values[name]
        return values

    def add(self, values: Mapping[str, Any]) -> None:
        given = {name: self._stock.things[name, values[name]] for name in COLUMNS if name in values}
        issue(
            self.session,
            to=self._stock.people[values["number"]],
            devices=[one for one in given.values() if isinstance(one, Device)],
            sims=[one for one in given.values() if isinstance(one, Sim)],
            accounts=[one for one in given.values() if isinstance(one, Account)],
            registrant_seen=values.get("registrant_seen") == "yes",
            until=values.get("due_on"),
            actor=self.actor,
        )

    def correct(self, row: Employee, changes: Mapping[str, Any]) -> None:
        """Nothing of what is out is changed by a file."""


def _handle(entry: Entry, name: str) -> str:
    """Return what tells a thing from all others of its column."""
    handle = str(entry.values[name])
    if name != "account":
        return handle
    return _account_key(AccountKind(entry.values.get("kind", AccountKind.WECHAT)), handle)


def _account_key(kind: AccountKind, handle: str) -> str:
    return f"{kind.value}:{handle}"
