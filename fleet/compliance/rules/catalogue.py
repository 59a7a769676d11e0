"""Every rule there is, in the order in which people read them."""

from collections.abc import Mapping
from typing import Final

from fleet.compliance.rules import (
    apps,
    cards,
    condition,
    control,
    custody,
    doors,
    integrity,
    lock,
    stock,
    updates,
    work_apps,
)
from fleet.compliance.rules.rule import Declared, Phone, Verdict
from fleet.contracts.compliance import Ruling
from fleet.contracts.facts import Quick
from fleet.contracts.findings import Rule

CATALOGUE: Final[Mapping[Rule, Declared]] = {
    rule.id: rule
    for subject in (
        lock,
        integrity,
        updates,
        work_apps,
        apps,
        doors,
        control,
        cards,
        condition,
        custody,
        stock,
    )
    for rule in subject.RULES
}
# Opened and closed by what the phone answers to its PIN; who else acts on findings acts on these.
OF_THE_PIN: Final = frozenset(one.id for one in CATALOGUE.values() if one.check is None)
JUDGED: Final = tuple(one for one in CATALOGUE.values() if one.check is not None)
# What may be otherwise at a visit that found a phone unchanged.
QUICK: Final = tuple(one for one in JUDGED if one.quick)


def judged(phone: Phone) -> dict[Rule, Verdict]:
    """Return what every rule says of a phone."""
    return {rule.id: rule.judge(phone) for rule in JUDGED}


def may_break(phone: Phone) -> bool:
    """Tell whether what is quick about a phone may break a rule; `phone.terms` are the strictest.

    What the registers say is not asked: a phone that is seen is neither silent nor away.
    """
    return any(
        check(phone).outcome is Ruling.BROKEN
        for needs, check in _TOLD_AGAIN
        if all(map(phone.knows, needs))
    )


def _is_told_again(need: str) -> bool:
    return need.partition(".")[0] in Quick.model_fields


_TOLD_AGAIN: Final = [
    (one.needs, one.check)
    for one in QUICK
    if one.check is not None and not one.by_ledger and all(map(_is_told_again, one.needs))
]
