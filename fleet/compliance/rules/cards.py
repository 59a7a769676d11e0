"""The SIM in a phone, against the ledger."""

from typing import Final

from fleet.audit.events import masked
from fleet.compliance.ledger import cards_in
from fleet.compliance.rules.rule import (
    IN_USE,
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
from fleet.contracts.words import _


def _sim_absent(phone: Phone) -> Verdict:
    if not _cards_held(phone):
        return OFF
    states = [card.state for card in phone.facts.sims if card.iccid is None]
    if len(states) < len(phone.facts.sims):
        return MET
    if any(state is None for state in states):
        return NOT_KNOWN
    return broken(slots=len(states)) if set(states) == {"absent"} else MET


def _sim_differs(phone: Phone) -> Verdict:
    held, seen = _cards_held(phone), cards_in(phone.facts)
    if not held:
        return OFF
    if not seen:
        return NOT_KNOWN
    return MET if held & seen else broken(cards=_named(seen))


def _sim_unregistered(phone: Phone) -> Verdict:
    seen = cards_in(phone.facts)
    if not seen:
        return NOT_KNOWN
    foreign = seen - phone.ledger.registered
    return broken(cards=_named(foreign)) if foreign else met(cards=len(seen))


def _cards_held(phone: Phone) -> frozenset[str]:
    return phone.ledger.holder.cards if phone.ledger.holder else frozenset()


def _named(cards: frozenset[str]) -> str:
    return ", ".join(masked(one) for one in sorted(cards))


RULES: Final = (
    Declared(
        id=Rule.SIM_ABSENT,
        title=_("SIM absent"),
        clauses=("A6",),
        severity=Severity.MEDIUM,
        found=_("No SIM is in {tag}, and its holder was given one."),
        remedy=_("Ask the holder for the SIM. If it is lost, report the loss of its number."),
        check=_sim_absent,
        needs=("sims",),
        states=IN_USE,
    ),
    Declared(
        id=Rule.SIM_DIFFERS,
        title=_("SIM not the one issued"),
        clauses=("A6",),
        severity=Severity.HIGH,
        found=_("{tag} holds other SIMs than its holder was given: {cards}"),
        remedy=_("Ask the holder where the SIM is that he was given, and whose this one is."),
        check=_sim_differs,
        needs=("sims",),
        states=IN_USE,
    ),
    Declared(
        id=Rule.SIM_UNREGISTERED,
        title=_("SIM not in the register"),
        clauses=("A2", "A6"),
        severity=Severity.MEDIUM,
        found=_("{tag} holds SIMs that are not in the register: {cards}"),
        remedy=_("Register the SIM if it is the company's; else have it taken out."),
        check=_sim_unregistered,
        needs=("sims",),
    ),
)
