"""Opening a leaving case, which begins every return at once, and its closing by itself."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from functools import partial
from uuid import uuid4

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.accounts import lifecycle as account_lifecycle
from fleet.accounts.errors import NoNumberToBind
from fleet.accounts.models import Account
from fleet.audit.services import record
from fleet.backups.errors import BackupUnderWay
from fleet.backups.services import plan_backup
from fleet.cases.errors import LeavingCaseOpen, SuccessorLeavesToo
from fleet.cases.events import LeavingCaseClosed, LeavingCaseOpened
from fleet.cases.models import LeavingCase, LeavingItem
from fleet.cases.queries import open_case
from fleet.contracts.clock import now
from fleet.contracts.keeping import Purpose
from fleet.contracts.permissions import Permission
from fleet.counting import next_number
from fleet.custody.models import Holding
from fleet.custody.queries import held_by
from fleet.custody.services import return_account, start_return
from fleet.database import write
from fleet.devices import lifecycle as device_lifecycle
from fleet.devices.models import Device
from fleet.people.models import Employee, Status
from fleet.people.services import finish_leaving, start_leaving
from fleet.requests.ending import close_of_leaver
from fleet.rotation.errors import LockWasChanged, RotationUnderWay
from fleet.rotation.services import plan_rotation
from fleet.vault.tools import Tools

REASON = "leaving"


def open_leaving(
    session: Session,
    tools: Tools,
    employee: Employee,
    *,
    by: date,
    actor: Actor,
    successor: Employee | None = None,
) -> LeavingCase:
    """Begin the return of everything a person holds, and plan what the stations are to do."""
    actor.require(Permission.CASES_OPEN)
    under_way = open_case(session, employee)
    if under_way is not None:
        raise LeavingCaseOpen(number=under_way.number, name=employee.name)
    _require_stays(employee, successor)
    start_leaving(session, employee, by=by, actor=actor)
    holdings = held_by(session, employee)
    case = _add(session, employee, holdings, by, successor, actor)
    close_of_leaver(session, employee, actor=actor)
    _begin_returns(session, holdings, actor)
    _plan_work(session, tools, employee, holdings, actor)
    close_if_done(session, employee, actor)
    return case


def _require_stays(employee: Employee, successor: Employee | None) -> None:
    if successor is None:
        return
    if successor.id == employee.id or successor.status is not Status.ACTIVE:
        raise SuccessorLeavesToo(name=successor.name)


def _add(
    session: Session,
    employee: Employee,
    holdings: list[Holding],
    by: date,
    successor: Employee | None,
    actor: Actor,
) -> LeavingCase:
    moment = now()
    number = next_number(session, f"leaving_case.{moment.year}")
    case = LeavingCase(
        id=uuid4(),
        number=f"LV-{moment.year}-{number:03d}",
        employee=employee,
        successor=successor,
        by=by,
        opened_at=moment,
        opened_by=actor.name,
        items=[LeavingItem(holding=item, place=n) for n, item in enumerate(holdings, start=1)],
    )
    session.add(case)
    event = LeavingCaseOpened(
        subject_id=case.id,
        subject_name=case.number,
        employee=employee.number,
        by=by,
        successor=successor.number if successor else None,
        items=len(holdings),
    )
    record(session, actor, event)
    write(session)
    return case


def _begin_returns(session: Session, holdings: list[Holding], actor: Actor) -> None:
    for device in _phones(holdings):
        if device.state is device_lifecycle.State.ISSUED:
            start_return(session, device, handed_back=False, actor=actor)
    for account in _accounts(holdings):
        if account.state is account_lifecycle.State.ISSUED:
            return_account(session, account, actor=actor)


def _plan_work(
    session: Session, tools: Tools, employee: Employee, holdings: list[Holding], actor: Actor
) -> None:
    """Plan passwords first (they need the person), then backups, then PINs.

    A change or a backup that is under way already ends after the return began and counts for it.
    """
    changes = partial(plan_rotation, session, tools, reason=REASON, actor=actor)
    backups = partial(
        plan_backup,
        session,
        tools,
        reason=REASON,
        purpose=Purpose.LEAVING,
        holder=employee,
        actor=actor,
    )
    for account in _accounts(holdings):
        _plan(session, partial(changes, account))
    for device in _phones(holdings):
        _plan(session, partial(backups, device))
    for device in _phones(holdings):
        _plan(session, partial(changes, device))


# Each of them shows as a step that is not done; the case begins all the same.
LEFT_TO_PEOPLE = LockWasChanged, NoNumberToBind, RotationUnderWay, BackupUnderWay


def _plan(session: Session, plan: Callable[[], object]) -> None:
    with suppress(*LEFT_TO_PEOPLE), session.begin_nested():
        plan()


def _phones(holdings: list[Holding]) -> list[Device]:
    return [item.device for item in holdings if item.device is not None]


def _accounts(holdings: list[Holding]) -> list[Account]:
    return [item.account for item in holdings if item.account is not None]


def close_if_done(session: Session, employee: Employee, actor: Actor) -> None:
    """Close the case of a person who holds nothing any more: they have left."""
    case = open_case(session, employee)
    if case is None or held_by(session, employee):
        return
    case.closed_at = now()
    closed = LeavingCaseClosed(
        subject_id=case.id, subject_name=case.number, employee=employee.number
    )
    record(session, actor, closed)
    finish_leaving(session, employee, actor=actor)
