"""What lies in stock is to be empty, and what was erased is to be seen so."""

from collections.abc import Iterable
from typing import Final

from fleet.compliance.ledger import EMPTY
from fleet.compliance.rules.rule import (
    MET,
    NOT_KNOWN,
    OFF,
    Declared,
    Phone,
    Verdict,
    broken,
    met,
)
from fleet.contracts.findings import Rule, Severity
from fleet.contracts.proof import Level
from fleet.contracts.words import _
from fleet.contracts.work_apps import WORK_APPS
from fleet.devices.emptiness import LEFT, LOOKS
from fleet.devices.lifecycle import State


def _stock_not_empty(phone: Phone) -> Verdict:
    """Look at what a visit showed since the phone came back; one that is new has some days."""
    since, seen_at = phone.ledger.emptied_at, phone.facts.probed_at
    if since is None and (phone.at - phone.ledger.found_at).days <= phone.terms.silent_days:
        return OFF
    if seen_at is None or (since is not None and seen_at < since):
        return NOT_KNOWN
    said = {name: look(phone.facts) for name, look in LOOKS.items()}
    left = [name for name, fine in said.items() if fine is False and not _prepared(phone, name)]
    if left:
        return broken(left=", ".join(left))
    return NOT_KNOWN if None in said.values() else MET


def _prepared(phone: Phone, name: str) -> bool:
    """Whether it is there because a phone in stock was made ready for whoever is to have it."""
    if phone.ledger.state is not State.IN_STOCK:
        return False
    if name == "lock":
        return phone.ledger.pin_level.at_least(Level.OBSERVED)
    return name == "work_apps" and not any(_used(phone, WORK_APPS))


def _used(phone: Phone, packages: Iterable[str]) -> Iterable[bool]:
    apps = filter(None, map(phone.apps.get, packages))
    return (bool(app.last_used or app.front_this_week) for app in apps)


def _wipe_not_seen(phone: Phone) -> Verdict:
    since, seen_at = phone.ledger.emptied_at, phone.ledger.last_seen_at
    if since is None:
        return NOT_KNOWN
    days, most = (phone.at - since).days, phone.terms.silent_days
    if days <= most or (seen_at is not None and seen_at >= since):
        return met(days=days)
    return broken(since=since.astimezone().date().isoformat(), days=days, most=most)


RULES: Final = (
    Declared(
        id=Rule.STOCK_NOT_EMPTY,
        title=_("in stock and not empty"),
        clauses=("A11", "C11"),
        severity=Severity.HIGH,
        found=_("{tag} is to be empty and is not. {left}"),
        remedy=_(
            "Where somebody has it: workfleet issue --device {tag}. Else take it out of stock, and "
            "it comes back by its gate: workfleet device unstock {tag} --reason TEXT"
        ),
        check=_stock_not_empty,
        terms=("silent_days",),
        states=EMPTY,
        words={"left": LEFT},
    ),
    Declared(
        id=Rule.WIPE_NOT_SEEN,
        title=_("erased and not looked at"),
        clauses=("A11",),
        severity=Severity.MEDIUM,
        found=_("No station has seen {tag} since it was erased on {since}: {days} days."),
        remedy=_(
            "Plug it in at a station, which looks whether it is empty. Where no station can look: "
            "workfleet device restock {tag}"
        ),
        check=_wipe_not_seen,
        terms=("silent_days",),
        states=frozenset({State.WIPED}),
        by_ledger=True,
        quick=True,
    ),
)
