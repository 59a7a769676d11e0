"""Phones that nobody has seen, or that should be back; and data that is in no backup."""

from datetime import datetime
from typing import Final

from fleet.compliance.rules.rule import IN_USE, MET, OFF, Declared, Phone, Verdict, broken, met
from fleet.contracts.findings import Rule, Severity
from fleet.contracts.words import _
from fleet.devices.lifecycle import State


def _phone_silent(phone: Phone) -> Verdict:
    return _no_older(phone, phone.ledger.last_seen_at, phone.terms.silent_days)


def _no_older(phone: Phone, at: datetime | None, most: int) -> Verdict:
    """Count from the issue of a phone of which nothing was seen yet."""
    issued_at = phone.ledger.holder.issued_at if phone.ledger.holder else phone.ledger.found_at
    since = at or issued_at
    days = (phone.at - since).days
    if days <= most:
        return met(days=days)
    return broken(since=since.astimezone().date().isoformat(), days=days, most=most)


def _holder_left(phone: Phone) -> Verdict:
    holder = phone.ledger.holder
    if holder is None:
        return OFF
    return broken(holder=holder.number) if holder.has_left else MET


def _return_overdue(phone: Phone) -> Verdict:
    since = phone.ledger.returning_since
    return OFF if since is None else _no_older(phone, since, phone.terms.return_days)


def _backup_old(phone: Phone) -> Verdict:
    return _no_older(phone, phone.ledger.backed_up_at, phone.terms.backup_days)


RULES: Final = (
    Declared(
        id=Rule.PHONE_SILENT,
        title=_("not seen for long"),
        clauses=("A6", "C6"),
        severity=Severity.MEDIUM,
        found=_("No station has seen {tag} since {since}: {days} days, {most} at most."),
        remedy=_(
            "Ask its holder to bring it to a station. If it is lost: "
            "workfleet incident report lost {tag}"
        ),
        check=_phone_silent,
        terms=("silent_days",),
        states=IN_USE,
        by_ledger=True,
        quick=True,
    ),
    Declared(
        id=Rule.HOLDER_LEFT,
        title=_("holder has left"),
        clauses=("A11", "A12"),
        severity=Severity.CRITICAL,
        found=_("{holder}, who has left the company, still holds {tag}."),
        remedy=_("Take it back: workfleet return {tag}"),
        check=_holder_left,
        states=IN_USE,
        by_ledger=True,
    ),
    Declared(
        id=Rule.RETURN_OVERDUE,
        title=_("return not finished"),
        clauses=("A11",),
        severity=Severity.HIGH,
        found=_("{tag} is to be given back since {since}: {days} days, {most} at most."),
        remedy=_("See what its gate waits for: workfleet gate {tag}"),
        check=_return_overdue,
        terms=("return_days",),
        states=frozenset({State.RETURNING}),
        by_ledger=True,
    ),
    Declared(
        id=Rule.BACKUP_OLD,
        title=_("backup older than allowed"),
        clauses=("A11",),
        severity=Severity.MEDIUM,
        found=_("No complete backup of {tag} since {since}: {days} days, {most} at most."),
        remedy=_("Leave {tag} at a station: workfleet backup run {tag}"),
        check=_backup_old,
        terms=("backup_days",),
        states=IN_USE,
        by_ledger=True,
    ),
)
