"""Who else is in charge of a phone, or reads what is on its screen; and whether its clock is right.

An app that came with the phone, or that the terms trust, is nobody else.
"""

from collections.abc import Iterable
from math import isfinite
from typing import Final

from fleet.compliance.rules.rule import (
    IN_USE,
    MET,
    NOT_KNOWN,
    Declared,
    Phone,
    Verdict,
    broken,
    met,
)
from fleet.contracts.findings import Rule, Severity
from fleet.contracts.words import _

NAMED: Final = 10  # so many are named in a finding
OTHERS: Final = {"second", "guest"}


def package_of(component: str) -> str:
    """Return "a.b" for "a.b/.Service" and for "ComponentInfo{a.b/.Service}"."""
    return component.partition("/")[0].rpartition("{")[2].strip()


def _all_trusted(phone: Phone, components: Iterable[str]) -> Verdict:
    packages = {package_of(one) for one in components} - {""}
    said = {one: phone.trusts(one) for one in sorted(packages)}
    foreign = [one for one, trusted in said.items() if trusted is False]
    if foreign:
        return broken(packages=", ".join(foreign[:NAMED]))
    return NOT_KNOWN if None in said.values() else MET


def _owner_foreign(phone: Phone) -> Verdict:
    return _all_trusted(phone, filter(None, [phone.facts.device_owner]))


def _admin_foreign(phone: Phone) -> Verdict:
    return _all_trusted(phone, phone.facts.device_admins)


def _accessibility_foreign(phone: Phone) -> Verdict:
    return _all_trusted(phone, phone.facts.settings.accessibility_services)


def _listener_foreign(phone: Phone) -> Verdict:
    return _all_trusted(phone, phone.facts.settings.notification_listeners)


def _vpn_foreign(phone: Phone) -> Verdict:
    return _all_trusted(phone, filter(None, [phone.facts.settings.always_on_vpn]))


def _input_method_foreign(phone: Phone) -> Verdict:
    return _all_trusted(phone, filter(None, [phone.facts.settings.input_method]))


def _second_space(phone: Phone) -> Verdict:
    others = [user.id for user in phone.facts.users if user.kind in OTHERS]
    return broken(users=", ".join(map(str, others))) if others else MET


def _clock_wrong(phone: Phone) -> Verdict:
    off, most = abs(phone.facts.clock_offset_seconds or 0), phone.terms.clock_seconds
    if not isfinite(off):
        return NOT_KNOWN
    return broken(seconds=int(off), most=most) if off > most else met(seconds=int(off))


def _clock_by_hand(phone: Phone) -> Verdict:
    return MET if phone.facts.settings.automatic_time else broken()


TRUST: Final = _("Have it removed; if it is the company's own, let the terms trust its package.")

RULES: Final = (
    Declared(
        id=Rule.OWNER_FOREIGN,
        title=_("managed by somebody else"),
        clauses=("A13", "C11"),
        severity=Severity.CRITICAL,
        found=_("{packages} owns {tag}: it can erase it and install what it likes."),
        remedy=TRUST,
        check=_owner_foreign,
        terms=("trusted",),
        needs=("device_owner", "apps"),
    ),
    Declared(
        id=Rule.ADMIN_FOREIGN,
        title=_("unknown device administrator"),
        clauses=("A13",),
        severity=Severity.MEDIUM,
        found=_("{packages} may lock or erase {tag}."),
        remedy=TRUST,
        check=_admin_foreign,
        terms=("trusted",),
        needs=("device_admins", "apps"),
    ),
    Declared(
        id=Rule.ACCESSIBILITY_FOREIGN,
        title=_("unknown accessibility service"),
        clauses=("C11",),
        severity=Severity.HIGH,
        found=_("{packages} reads the screen of {tag} and can press its keys."),
        remedy=TRUST,
        check=_accessibility_foreign,
        terms=("trusted",),
        needs=("settings.accessibility_services", "apps"),
    ),
    Declared(
        id=Rule.LISTENER_FOREIGN,
        title=_("unknown reader of notifications"),
        clauses=("C11",),
        severity=Severity.MEDIUM,
        found=_("{packages} reads the notifications of {tag}."),
        remedy=TRUST,
        check=_listener_foreign,
        terms=("trusted",),
        needs=("settings.notification_listeners", "apps"),
    ),
    Declared(
        id=Rule.VPN_FOREIGN,
        title=_("unknown VPN"),
        clauses=("C11", "C12"),
        severity=Severity.MEDIUM,
        found=_("The traffic of {tag} goes through {packages}."),
        remedy=TRUST,
        check=_vpn_foreign,
        terms=("trusted",),
        needs=("settings.always_on_vpn", "apps"),
    ),
    Declared(
        id=Rule.INPUT_METHOD_FOREIGN,
        title=_("unknown keyboard"),
        clauses=("A9", "C11"),
        severity=Severity.LOW,
        found=_("What is typed on {tag} goes through {packages}."),
        remedy=TRUST,
        check=_input_method_foreign,
        terms=("trusted",),
        needs=("settings.input_method", "apps"),
    ),
    Declared(
        id=Rule.SECOND_SPACE,
        title=_("second user or space"),
        clauses=("A2", "A6"),
        severity=Severity.HIGH,
        found=_("{tag} has other users beside the first one: {users}."),
        remedy=_("Have its holder remove the second space or the guest in the settings: Users."),
        check=_second_space,
        needs=("users",),
        states=IN_USE,
    ),
    Declared(
        id=Rule.CLOCK_WRONG,
        title=_("clock wrong"),
        clauses=("C6",),
        severity=Severity.LOW,
        found=_("The clock of {tag} is {seconds} seconds off, {most} at most."),
        remedy=_("Let the phone set its clock by itself in the settings: Date and time."),
        check=_clock_wrong,
        terms=("clock_seconds",),
        needs=("clock_offset_seconds",),
    ),
    Declared(
        id=Rule.CLOCK_BY_HAND,
        title=_("clock set by hand"),
        clauses=("C6",),
        severity=Severity.LOW,
        found=_("The clock of {tag} is set by hand."),
        remedy=_("Let the phone set its clock by itself in the settings: Date and time."),
        check=_clock_by_hand,
        needs=("settings.automatic_time",),
    ),
)
