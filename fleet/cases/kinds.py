"""The kinds of cases: each is a declaration of what its steps are and what it begins."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.cases import beginnings, drafting
from fleet.cases.drafting import Builder
from fleet.cases.models import Case
from fleet.contracts.cases import CaseKind
from fleet.vault.tools import Tools


@dataclass(frozen=True)
class Kind:
    """`key` names whom or what one such case can be open for at a time.

    `joins` are built for what is handed to the person while the case is open, `grows` are built
    again whenever it is carried on. `for_active`: nobody who leaves can have one. `ends_others`: it
    takes the place of what else is open about the person. Its numbers go by `counter` and year.
    """

    prefix: str
    counter: str
    builders: tuple[Builder, ...]
    key: Callable[[Case], str]
    begin: Callable[[Session, Tools, Sequence[Case], Actor], None] = beginnings.nothing
    joins: tuple[Builder, ...] = ()
    grows: tuple[Builder, ...] = ()
    for_active: bool = True
    ends_others: bool = False


def _person(case: Case) -> str:
    """Leaving, moving and joining: a person does one of them at a time."""
    return f"person:{case.employee.id}"


def _device(case: Case) -> str:
    return f"device:{case.details['device']}"


def _account(case: Case) -> str:
    return f"account:{case.details['account']}"


def _incident(case: Case) -> str:
    return f"incident:{case.incident.id if case.incident else case.id}"


KINDS: Final[Mapping[CaseKind, Kind]] = {
    CaseKind.LEAVING: Kind(
        "LV",
        "leaving_case",
        (
            drafting.pending_requests,
            drafting.passwords,
            drafting.customers,
            drafting.phones_back,
            drafting.sims_back,
            drafting.accounts_on,
            drafting.groups,
        ),
        _person,
        beginnings.leaving,
        ends_others=True,
    ),
    CaseKind.TRANSFER: Kind(
        "TR",
        "case.transfer",
        (
            drafting.of_the_department,
            drafting.phones_swapped,
            drafting.renamed,
            drafting.department_changed,
            drafting.groups,  # after it: who moves does not wait for them
        ),
        _person,
        beginnings.transfer,
        joins=(drafting.renamed,),
    ),
    CaseKind.SWAP: Kind("SW", "case.swap", (drafting.swapped,), _device, beginnings.swap),
    CaseKind.LOSS: Kind(
        "LO",
        "case.loss",
        (drafting.measures, drafting.theft_reported, drafting.another_phone),
        _incident,
        grows=(drafting.measures,),
        for_active=False,
    ),
    CaseKind.JOINING: Kind(
        "JO", "case.joining", (drafting.things_to_hand,), _person, joins=(drafting.pin_known,)
    ),
    CaseKind.REASSIGNMENT: Kind(
        "AR",
        "case.reassignment",
        (drafting.account_handed_on,),
        _account,
        beginnings.handing_on,
        for_active=False,
    ),
}
