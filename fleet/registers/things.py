"""Phones, SIMs and accounts from spreadsheets."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from fleet.accounts import services as accounts
from fleet.accounts.models import Account
from fleet.accounts.services import correct_account, enter_account
from fleet.contracts.accounts import AccountKind
from fleet.contracts.words import _
from fleet.devices.errors import SerialNamesNoPhone
from fleet.devices.lifecycle import State
from fleet.devices.models import Device, DeviceImei
from fleet.devices.naming import check_serial, next_tags
from fleet.devices.services import correct_device, enter_device
from fleet.people.models import Employee
from fleet.registers.desk import CORRECT, Departments, Desk, all_departments
from fleet.registers.nicknames import Nicknames
from fleet.registers.reading import CellWrong, Entry, Table
from fleet.sims import services as sims
from fleet.sims.errors import NumberGone
from fleet.sims.lifecycle import State as SimState
from fleet.sims.models import Sim
from fleet.sims.numbers import gone
from fleet.sims.services import correct_sim, enter_sim

# How phones call their maker themselves: a phone that says otherwise than its register is refused.
BRANDS: Final[Mapping[str, str]] = {
    "小米": "Xiaomi",
    "红米": "Redmi",
    "华为": "HUAWEI",
    "荣耀": "HONOR",
    "三星": "samsung",
    "魅族": "Meizu",
    "一加": "OnePlus",
    "真我": "realme",
    "中兴": "ZTE",
    "努比亚": "nubia",
    "联想": "Lenovo",
    "摩托罗拉": "motorola",
}
OF_ITSELF: Final = ("brand", "market_name", "model")
OF_PHONES: Final = (
    "colour",
    "condition",
    "purpose",
    "shared",
    "bought_on",
    "warranty_until",
    "note",
)


class PhoneDesk(Desk[Device]):
    needed: ClassVar[tuple[str, ...]] = ("serial",)
    corrected: ClassVar[tuple[str, ...]] = (*OF_ITSELF, "imei", *OF_PHONES, "owner")

    def prepare(self, table: Table) -> None:
        self._waiting: list[Mapping[str, Any]] = []
        self._table = table

    @cached_property
    def _tags(self) -> set[str]:
        """The tags that the file gives: read through once more, so only where a phone has none."""
        return set(self._table.values("tag"))

    def look(self, entries: Sequence[Entry]) -> None:
        serials = [one.values["serial"] for one in entries if "serial" in one.values]
        tags = [one.values["tag"] for one in entries if "tag" in one.values]
        imeis = [imei for one in entries for imei in _imeis(one)]
        named = or_(Device.serial.in_(serials), Device.tag.in_(tags))
        by_imei = select(DeviceImei.imei, Device).join(Device, Device.id == DeviceImei.device_id)
        ours = by_imei.where(DeviceImei.imei.in_(imeis), Device.state != State.RETIRED)
        stock = list(self.session.scalars(select(Device).where(named)))
        numbers = {one.values["owner"] for one in entries if "owner" in one.values}
        ids = {one.owner_id for one in stock if one.owner_id}
        owners = select(Employee.number, Employee.id).where(
            or_(Employee.number.in_(numbers), Employee.id.in_(ids))
        )
        asked = self.session.execute(owners) if numbers or ids else ()
        self._owners: dict[str, UUID] = dict(iter(asked))
        self._owned = {key: number for number, key in self._owners.items()}
        self._serials = {one.serial: one for one in stock}
        self._carrying = {one.tag: one for one in stock}
        self._imeis = dict(iter(self.session.execute(ours))) if imeis else {}

    def keys(self, entry: Entry) -> Iterable[tuple[str, str]]:
        for name in ("serial", "tag"):
            if name in entry.values:
                yield name, entry.values[name]
        for imei in _imeis(entry):
            yield "imei1", imei

    def found(self, entry: Entry) -> Device | None:
        serial, tag = entry.values.get("serial"), entry.values.get("tag")
        found = self._serials.get(serial) if serial else None
        beside = self._carrying.get(tag) if tag else None
        if serial is None:
            found = beside or next(
                (self._imeis[i] for i in _imeis(entry) if i in self._imeis), None
            )
        elif found is None:
            self._check_serial(serial)
        self._refuse_other(beside, found, "tag", tag)
        if found is not None and tag and found.tag != tag:
            raise CellWrong(
                _("The phone {serial} carries the tag {known}, not {tag}."),
                CORRECT,
                "tag",
                serial=found.serial,
                known=found.tag,
                tag=tag,
            )
        for imei in _imeis(entry):
            self._refuse_other(self._imeis.get(imei), found, "imei1", imei)
        return found

    def _check_serial(self, serial: str) -> None:
        try:
            check_serial(serial)
        except SerialNamesNoPhone:
            raise CellWrong(
                _("This names no single phone: many carry it, or none."),
                _("Copy it from the phone: Settings, About phone, Status."),
                "serial",
            ) from None

    def _refuse_other(
        self, other: Device | None, found: Device | None, column: str, value: str | None
    ) -> None:
        """Refuse a row that would make one of two phones: nothing is merged."""
        if other is not None and other is not found:
            raise CellWrong(
                _("{value} belongs to another phone: {tag}, serial number {known}."),
                CORRECT,
                column,
                value=value,
                tag=other.tag,
                known=other.serial,
            )

    def known(self, row: Device) -> Mapping[str, Any]:
        plain = {name: getattr(row, name) for name in (*OF_ITSELF, *OF_PHONES)}
        return {
            **plain,
            "imei": row.imei,
            "owner": self._owned.get(row.owner_id) if row.owner_id else None,
        }

    def wanted(self, entry: Entry, row: Device | None) -> dict[str, Any]:
        values = {k: v for k, v in super().wanted(entry, row).items() if not k.startswith("imei")}
        if "brand" in values:
            values["brand"] = BRANDS.get(values["brand"], values["brand"])
        if row is not None and row.last_seen_at is not None:
            values = {k: v for k, v in values.items() if k not in OF_ITSELF}
        had = set(row.imei) if row is not None else set()
        if imeis := set(_imeis(entry)) | had:
            values["imei"] = sorted(imeis)
        if values.get("owner") not in {None, *self._owners}:
            raise CellWrong(
                _("There is no employee {number}."),
                _("Correct it, or import the employees first."),
                "owner",
                number=values["owner"],
            )
        return values

    def notes(self, entry: Entry, row: Device) -> Iterable[CellWrong]:
        if row.last_seen_at is None:
            return
        for name in OF_ITSELF:
            said = entry.values.get(name)
            if said is not None and BRANDS.get(said, said) != getattr(row, name):
                yield CellWrong(
                    _("The phone itself says {known}; that stays."),
                    _("Nothing has to be done."),
                    name,
                    known=getattr(row, name) or "—",
                )

    def add(self, values: Mapping[str, Any]) -> None:
        said = self._with_owner(values)
        if said.get("tag"):
            enter_device(self.session, **said, actor=self.actor)
        else:
            self._waiting.append(said)

    def correct(self, row: Device, changes: Mapping[str, Any]) -> None:
        correct_device(self.session, row, self._with_owner(changes), actor=self.actor)

    def _with_owner(self, values: Mapping[str, Any]) -> dict[str, Any]:
        said = dict(values)
        if "owner" in said:
            said["owner_id"] = self._owners[said.pop("owner")]
        return said

    def send(self) -> None:
        if not self._waiting:
            return
        count = len(self._waiting)
        tags = next_tags(self.session, self.tag_template, count, but=self._tags)
        for values, tag in zip(self._waiting, tags, strict=True):
            enter_device(self.session, **{**values, "tag": tag}, actor=self.actor)
        self._waiting.clear()


def _imeis(entry: Entry) -> list[str]:
    given = (entry.values.get(name) for name in ("imei1", "imei2"))
    return list(dict.fromkeys(imei for imei in given if imei))


class SimDesk(Desk[Sim]):
    needed: ClassVar[tuple[str, ...]] = ("number", "iccid")
    corrected: ClassVar[tuple[str, ...]] = tuple(sorted(sims.SAID))

    def look(self, entries: Sequence[Entry]) -> None:
        numbers = [one.values["number"] for one in entries if "number" in one.values]
        iccids = [one.values["iccid"] for one in entries if "iccid" in one.values]
        known = select(Sim).where(or_(Sim.number.in_(numbers), Sim.iccid.in_(iccids)))
        stock = list(self.session.scalars(known))
        # A card that was cancelled is known by itself alone: another may have its number.
        self._numbers = {one.number: one for one in stock if one.state is not SimState.CANCELLED}
        rests = [one for one in stock if one.state is SimState.CANCELLED and one.quarantined_until]
        self._rests = {one.number: one.quarantined_until for one in rests}
        self._iccids = {one.iccid: one for one in stock}

    def keys(self, entry: Entry) -> Iterable[tuple[str, str]]:
        for name in ("number", "iccid"):
            if name in entry.values:
                yield name, entry.values[name]

    def found(self, entry: Entry) -> Sim | None:
        number, iccid = entry.values.get("number", ""), entry.values.get("iccid", "")
        found = self._iccids.get(iccid) or self._numbers.get(number)
        if found is None:
            return None
        for column, said, known in (
            ("number", number, found.number),
            ("iccid", iccid, found.iccid),
        ):
            if said and said != known:
                raise CellWrong(
                    _("The register has the SIM {number} with the card {iccid}."),
                    _("Correct the file; a new card comes by `workfleet sim new-card`."),
                    column,
                    number=found.number,
                    iccid=found.iccid,
                )
        return found

    def known(self, row: Sim) -> Mapping[str, Any]:
        return {name: getattr(row, name) for name in self.corrected}

    def add(self, values: Mapping[str, Any]) -> None:
        rests = self._rests.get(values["number"])
        enter_sim(self.session, **{**values, "quarantined_until": rests}, actor=self.actor)

    def correct(self, row: Sim, changes: Mapping[str, Any]) -> None:
        correct_sim(self.session, row, changes, actor=self.actor)


class AccountDesk(Desk[Account]):
    needed: ClassVar[tuple[str, ...]] = ("handle",)
    corrected: ClassVar[tuple[str, ...]] = tuple(sorted(accounts.SAID))

    def prepare(self, table: Table) -> None:  # noqa: ARG002 — one way for all desks
        self._departments = all_departments(self.session)
        self._names = Departments((one.code, one.name) for one in self._departments.values())

        self._nicknames = Nicknames(self.session, self.actor)

    def look(self, entries: Sequence[Entry]) -> None:
        handles = [handle for one in entries if (handle := _handle(one))]
        known = select(Account).where(Account.handle.in_(handles))
        found = self.session.scalars(known.options(joinedload(Account.department)))
        self._stock = {(one.kind, one.handle): one for one in found}
        self._nicknames.look([one.id for one in self._stock.values()])
        numbers = (one.values["number"] for one in entries if "number" in one.values)
        self._gone = gone(self.session, numbers)

    def keys(self, entry: Entry) -> Iterable[tuple[str, str]]:
        handle = _handle(entry)
        if handle is not None:
            yield "handle", f"{_kind(entry)}:{handle}"

    def found(self, entry: Entry) -> Account | None:
        if "wecom_userid" in entry.values and _kind(entry) is not AccountKind.WECOM:
            raise CellWrong(
                _("Only a WeCom account has a user id of WeCom."),
                _("Write 企业微信 as the kind, or give the two accounts a row each."),
                "wecom_userid",
            )
        return self._stock.get((_kind(entry), _handle(entry) or ""))

    def known(self, row: Account) -> Mapping[str, Any]:
        plain = {name: getattr(row, name) for name in self.corrected}
        return {**plain, "department": row.department.code if row.department else None}

    def wanted(self, entry: Entry, row: Account | None) -> dict[str, Any]:
        values = super().wanted(entry, row)
        values.pop("wecom_userid", None)
        values |= {"kind": _kind(entry).value, "handle": _handle(entry)}
        if "department" in values:
            values["department"] = self._names.code(values["department"], "department")
        number = values.get("number")
        if number in self._gone and (row is None or row.number != number):
            raise CellWrong(NumberGone.message, NumberGone.advice, "number", number=number)
        return values

    def warnings(self, values: Mapping[str, Any], row: Account | None) -> Iterable[CellWrong]:
        """Say how an account is to be called; refused where its department's rule says so."""
        place = self._departments.get(values.get("department", ""))
        return self._nicknames.judged(values, row, place)

    def add(self, values: Mapping[str, Any]) -> None:
        place = self._departments.get(values.get("department", ""))
        said = {**values, "kind": AccountKind(values["kind"]), "department": place}
        added = enter_account(self.session, **said, actor=self.actor)
        self._nicknames.entered(added)

    def send(self) -> None:
        self._nicknames.send()

    def correct(self, row: Account, changes: Mapping[str, Any]) -> None:
        said = dict(changes)
        if "department" in said:
            said["department"] = self._departments[said["department"]]
        correct_account(self.session, row, said, actor=self.actor)


def _kind(entry: Entry) -> AccountKind:
    return AccountKind(entry.values.get("kind", AccountKind.WECHAT))


def _handle(entry: Entry) -> str | None:
    """Return what tells an account from others of its kind: of WeCom its user id."""
    return entry.values.get("wecom_userid") or entry.values.get("handle")
