"""The room that is left on a phone, and its battery."""

from typing import Final

from fleet.compliance.rules.rule import NOT_KNOWN, Declared, Phone, Verdict, broken, met
from fleet.contracts.findings import Rule, Severity
from fleet.contracts.words import _

WORN: Final = {"dead", "failure", "over_voltage"}
HOT: Final = {"overheat"}


def _storage_full(phone: Phone) -> Verdict:
    total, free = phone.facts.storage.total_bytes or 0, phone.facts.storage.free_bytes or 0
    if total <= 0:
        return NOT_KNOWN
    percent, least = max(free, 0) * 100 // total, phone.terms.storage_percent
    return broken(percent=percent, least=least) if percent < least else met(percent=percent)


def _battery_worn(phone: Phone) -> Verdict:
    seen, least = phone.facts.battery, phone.terms.battery_percent
    if seen.health in WORN:
        return broken(condition=str(seen.health))
    if seen.capacity_percent is not None and seen.capacity_percent < least:
        return broken(condition=f"{seen.capacity_percent} %")
    return NOT_KNOWN if seen.health in {None, "unknown"} else met(condition=str(seen.health))


def _battery_hot(phone: Phone) -> Verdict:
    seen, most = phone.facts.battery, phone.terms.battery_degrees
    if seen.health in HOT:
        return broken(condition=str(seen.health))
    if seen.temperature is None:
        return NOT_KNOWN
    told = f"{seen.temperature:.0f} °C"
    return broken(condition=told) if seen.temperature > most else met(condition=told)


RULES: Final = (
    Declared(
        id=Rule.STORAGE_FULL,
        title=_("storage nearly full"),
        clauses=("A11",),
        severity=Severity.LOW,
        found=_("{percent} % of the storage of {tag} is free, and not {least} % at least."),
        remedy=_("Back {tag} up, then have its holder clear what is not needed."),
        check=_storage_full,
        terms=("storage_percent",),
        needs=("storage.total_bytes", "storage.free_bytes"),
        quick=True,
    ),
    Declared(
        id=Rule.BATTERY_WORN,
        title=_("battery worn out"),
        clauses=("A13",),
        severity=Severity.LOW,
        found=_("The battery of {tag} is worn out: {condition}."),
        remedy=_("Have the battery replaced, or the phone."),
        check=_battery_worn,
        terms=("battery_percent",),
    ),
    Declared(
        id=Rule.BATTERY_HOT,
        title=_("battery hot"),
        clauses=("A13",),
        severity=Severity.MEDIUM,
        found=_("The battery of {tag} is hot: {condition}."),
        remedy=_("Unplug it and let it cool. If it swells, take it out of use at once."),
        check=_battery_hot,
        terms=("battery_degrees",),
        quick=True,
    ),
)
