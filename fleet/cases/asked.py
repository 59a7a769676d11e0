"""What somebody asks to be opened, as a message names it: found in the registers."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.accounts.queries import account
from fleet.cases import opening
from fleet.cases.models import Case
from fleet.cases.opening import Wanted, open_case, plan_case
from fleet.contracts.cases import (
    CaseKind,
    HandingOnIn,
    JoiningIn,
    LeavingIn,
    LossIn,
    SwapIn,
    TransferIn,
)
from fleet.contracts.permissions import Permission
from fleet.devices.queries import device
from fleet.incidents.queries import incident
from fleet.people.models import Employee
from fleet.people.queries import department, employee
from fleet.vault.tools import Tools

Asked = LeavingIn | TransferIn | SwapIn | LossIn | JoiningIn | HandingOnIn


def begun(session: Session, tools: Tools, given: Asked, *, actor: Actor) -> Case:
    """Open what is asked for, or return the plan of it where only that is wanted."""
    actor.require(Permission.CASES_OPEN)
    wanted = WANTED[type(given)](session, given, actor)
    if given.plan_only:
        return plan_case(session, wanted, actor=actor)
    return open_case(session, tools, wanted, actor=actor)


def _leaving(session: Session, given: LeavingIn, _actor: Actor) -> Wanted:
    leaver, successor = employee(session, given.employee), _named(session, given.successor)
    return opening.leaving_of(leaver, by=given.by, successor=successor)


def _transfer(session: Session, given: TransferIn, _actor: Actor) -> Wanted:
    return opening.transfer_of(
        employee(session, given.employee),
        department(session, given.to),
        by=given.by,
        successor=_named(session, given.successor),
        swap=given.swap,
    )


def _swap(session: Session, given: SwapIn, _actor: Actor) -> Wanted:
    return opening.swap_of(
        session,
        device(session, given.device),
        by=given.by,
        replacement=device(session, given.replacement) if given.replacement else None,
        reason=given.reason,
    )


def _loss(session: Session, given: LossIn, actor: Actor) -> Wanted:
    return opening.loss_of(incident(session, given.incident, actor=actor), by=given.by)


def _joining(session: Session, given: JoiningIn, _actor: Actor) -> Wanted:
    joiner = employee(session, given.employee)
    return opening.joining_of(
        joiner, by=given.by, phone=given.phone, sim=given.sim, accounts=given.accounts
    )


def _handing_on(session: Session, given: HandingOnIn, _actor: Actor) -> Wanted:
    return opening.handing_on_of(
        session,
        account(session, given.account),
        employee(session, given.to),
        by=given.by,
        witness=_named(session, given.witness),
        registrant_seen=given.registrant_seen,
    )


def _named(session: Session, number: str | None) -> Employee | None:
    return employee(session, number) if number else None


WANTED: Final[Mapping[type[Any], Callable[[Session, Any, Actor], Wanted]]] = {
    LeavingIn: _leaving,
    TransferIn: _transfer,
    SwapIn: _swap,
    LossIn: _loss,
    JoiningIn: _joining,
    HandingOnIn: _handing_on,
}
# The message that asks for a case of a kind.
MESSAGES: Final[Mapping[CaseKind, type[Asked]]] = {
    CaseKind.LEAVING: LeavingIn,
    CaseKind.TRANSFER: TransferIn,
    CaseKind.SWAP: SwapIn,
    CaseKind.LOSS: LossIn,
    CaseKind.JOINING: JoiningIn,
    CaseKind.REASSIGNMENT: HandingOnIn,
}
