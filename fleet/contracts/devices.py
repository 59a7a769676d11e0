"""Phones on the wire."""

from typing import Protocol

from pydantic import Field

from fleet.contracts.accessories import KitOut
from fleet.contracts.facts import PhoneFacts
from fleet.contracts.numbers import Imei
from fleet.contracts.proof import Level
from fleet.contracts.wire import Day, EmployeeRef, Given, Handle, ListQuery, Moment, Short, Shown


class Modelled(Protocol):
    """What has a maker and a model; either may not be known."""

    @property
    def brand(self) -> str | None: ...
    @property
    def model(self) -> str | None: ...
    @property
    def market_name(self) -> str | None: ...


def model_name(one: Modelled) -> str:
    """Return the name people know a model by: "Xiaomi 14", "vivo Y85"; makers name some so."""
    brand, model = one.brand or "", one.model or ""
    is_named_so = model.casefold().startswith(brand.casefold())
    return one.market_name or (model if is_named_so else f"{brand} {model}".strip())


class DeviceIn(Given):
    serial: Short
    tag: Handle | None = None  # the number on the sticker; the next free one when left out
    brand: Short | None = None
    model: Short | None = None
    market_name: Short | None = None
    imei: list[Imei] = []
    colour: Short | None = None  # and how much it stores
    condition: Short | None = None
    purpose: Short | None = None
    owner: Short | None = None  # number of the employee who answers for it
    shared: bool = False  # several use it; its holder is the main user
    bought_on: Day | None = None
    warranty_until: Day | None = None
    note: Short | None = None


class DeviceEdit(Given):
    """What is corrected: a field that is left out stays, null empties it."""

    brand: Short | None = None
    model: Short | None = None
    market_name: Short | None = None
    colour: Short | None = None
    condition: Short | None = None
    purpose: Short | None = None
    owner: Short | None = None
    shared: bool = False
    bought_on: Day | None = None
    warranty_until: Day | None = None
    note: Short | None = None


class DeviceOut(Shown):
    tag: str
    serial: str
    brand: str | None
    model: str | None
    market_name: str | None
    imei: list[str]
    colour: str | None = None
    condition: str | None = None
    purpose: str | None = None
    bought_on: Day | None = None
    warranty_until: Day | None = None
    note: str | None = None
    system: str | None  # "HyperOS 2.0 (Android 15)"
    state: str
    owner: EmployeeRef | None = None  # who answers for it
    shared: bool = False  # several use it; the holder is the main user
    holder: EmployeeRef | None
    station: str | None  # where it was last seen
    present: bool  # is it at that station now
    last_seen_at: Moment | None
    pin: Level
    pin_changed_at: Moment | None
    pin_due_at: Moment | None
    pin_confirmed_at: Moment | None = None  # when the phone last took it at a check
    backup: Level
    backup_at: Moment | None


class DeviceDetailOut(DeviceOut):
    """`kit` is what is out beside it with its holder."""

    facts: PhoneFacts | None
    kit: KitOut = KitOut()


class DeviceChangeOut(Shown):
    at: Moment
    field: str
    old: str | None
    new: str | None


class ChangeQuery(ListQuery):
    """`part` is a group of facts or one fact: os, apps, apps.com.tencent.mm, lock.secure."""

    part: str | None = None
    since: Moment | None = None
    until: Moment | None = None


class DeviceQuery(ListQuery):
    state: str | None = None
    holder: str | None = None  # employee number
    station: str | None = None
    pin: Level | None = None
    owner: str | None = None  # employee number
    shared: bool = Field(default=False, description="Only phones that several people use.")
