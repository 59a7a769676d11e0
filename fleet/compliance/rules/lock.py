"""The lock of a phone, and whether the company knows what opens it."""

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
from fleet.contracts.proof import Level
from fleet.contracts.words import _

DRIFT_REMEDY: Final = _(
    "`workfleet rotation recover {tag}` says what is left to try, and what it costs. It closes "
    "by itself once the phone takes its PIN again."
)


def _lock_not_set(phone: Phone) -> Verdict:
    return MET if phone.facts.lock.secure else broken()


def _pin_not_held(phone: Phone) -> Verdict:
    held = phone.ledger.pin_level.at_least(Level.OBSERVED)
    return MET if held else broken(level=phone.ledger.pin_level.value)


def _pin_overdue(phone: Phone) -> Verdict:
    due = phone.ledger.pin_due_at
    if due is None:
        return NOT_KNOWN if phone.ledger.pin_level is Level.NONE else MET
    told = {"due": due.astimezone().date().isoformat()}
    return met(**told) if due >= phone.at else broken(**told)


def _screen_stays_on(phone: Phone) -> Verdict:
    seconds = (phone.facts.settings.screen_timeout_ms or 0) // 1000
    most = phone.terms.screen_seconds
    return broken(seconds=seconds, most=most) if seconds > most else met(seconds=seconds)


RULES: Final = (
    Declared(
        id=Rule.PIN_REFUSED,
        title=_("PIN refused"),
        clauses=("A7",),
        severity=Severity.CRITICAL,
        found=_("{tag} does not take the PIN of the vault any more."),
        remedy=DRIFT_REMEDY,
    ),
    Declared(
        id=Rule.LOCK_REMOVED,
        title=_("lock removed"),
        clauses=("A7", "A8"),
        severity=Severity.CRITICAL,
        found=_("{tag} has no lock any more."),
        remedy=DRIFT_REMEDY,
    ),
    Declared(
        id=Rule.LOCK_REPLACED,
        title=_("another kind of lock"),
        clauses=("A7",),
        severity=Severity.CRITICAL,
        found=_("{tag} is locked by a pattern or a password, and not by its PIN."),
        remedy=DRIFT_REMEDY,
    ),
    Declared(
        id=Rule.LOCK_NOT_SET,
        title=_("no screen lock"),
        clauses=("A8",),
        severity=Severity.CRITICAL,
        found=_("Whoever has {tag} in hand can use it: no screen lock is set."),
        remedy=_("Set a PIN at a station: workfleet rotate {tag}"),
        check=_lock_not_set,
        needs=("lock.secure",),
        states=IN_USE,
    ),
    Declared(
        id=Rule.PIN_NOT_HELD,
        title=_("PIN not known to the company"),
        clauses=("A8", "A11"),
        severity=Severity.HIGH,
        found=_("The vault holds no PIN that {tag} was seen to take."),
        remedy=_("Adopt the PIN that its holder knows, then rotate it: workfleet rotate {tag}"),
        check=_pin_not_held,
        states=IN_USE,
        by_ledger=True,
    ),
    Declared(
        id=Rule.PIN_OVERDUE,
        title=_("PIN older than allowed"),
        clauses=("A8",),
        severity=Severity.MEDIUM,
        found=_("The PIN of {tag} was due to be changed on {due}."),
        remedy=_("Leave {tag} at a station: workfleet rotate {tag}"),
        check=_pin_overdue,
        states=IN_USE,
        by_ledger=True,
    ),
    Declared(
        id=Rule.SCREEN_STAYS_ON,
        title=_("screen stays on"),
        clauses=("A8",),
        severity=Severity.LOW,
        found=_("The screen of {tag} stays on for {seconds} seconds, and not {most} at most."),
        remedy=_("Shorten it in the settings of the phone: Display, Sleep."),
        check=_screen_stays_on,
        terms=("screen_seconds",),
        needs=("settings.screen_timeout_ms",),
        states=IN_USE,
    ),
)
