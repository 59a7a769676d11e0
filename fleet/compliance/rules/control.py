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


def _all_trusted(phone: Phone, fact: str) -> Verdict:
    """Say whether every component that a fact names, one or several, is of a trusted app."""
    named: str | Iterable[str] = phone.fact(fact) or ()
    components = (named,) if isinstance(named, str) else named
    packages = {package_of(one) for one in components} - {""}
    said = {one: phone.trusts(one) for one in sorted(packages)}
    foreign = [one for one, trusted in said.items() if trusted is False]
    if foreign:
        return broken(packages=", ".join(foreign[:NAMED]))
    return NOT_KNOWN if None in said.values() else MET


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


def _foreign(
    rule: Rule, fact: str, clauses: tuple[str, ...], severity: Severity, *, title: str, found: str
) -> Declared:
    """Declare that none but trusted apps are what a fact names."""
    return Declared(
        id=rule,
        title=title,
        clauses=clauses,
        severity=severity,
        found=found,
        remedy=TRUST,
        check=lambda phone: _all_trusted(phone, fact),
        terms=("trusted",),
        needs=(fact, "apps"),
    )


RULES: Final = (
    _foreign(
        Rule.OWNER_FOREIGN,
        "device_owner",
        ("A13", "C11"),
        Severity.CRITICAL,
        title=_("managed by somebody else"),
        found=_("{packages} owns {tag}: it can erase it and install what it likes."),
    ),
    _foreign(
        Rule.ADMIN_FOREIGN,
        "device_admins",
        ("A13",),
        Severity.MEDIUM,
        title=_("unknown device administrator"),
        found=_("{packages} may lock or erase {tag}."),
    ),
    _foreign(
        Rule.ACCESSIBILITY_FOREIGN,
        "settings.accessibility_services",
        ("C11",),
        Severity.HIGH,
        title=_("unknown accessibility service"),
        found=_("{packages} reads the screen of {tag} and can press its keys."),
    ),
    _foreign(
        Rule.LISTENER_FOREIGN,
        "settings.notification_listeners",
        ("C11",),
        Severity.MEDIUM,
        title=_("unknown reader of notifications"),
        found=_("{packages} reads the notifications of {tag}."),
    ),
    _foreign(
        Rule.VPN_FOREIGN,
        "settings.always_on_vpn",
        ("C11", "C12"),
        Severity.MEDIUM,
        title=_("unknown VPN"),
        found=_("The traffic of {tag} goes through {packages}."),
    ),
    _foreign(
        Rule.INPUT_METHOD_FOREIGN,
        "settings.input_method",
        ("A9", "C11"),
        Severity.LOW,
        title=_("unknown keyboard"),
        found=_("What is typed on {tag} goes through {packages}."),
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
        quick=True,
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
