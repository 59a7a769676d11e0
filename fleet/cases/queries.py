"""Leaving cases as people read them: what is held, what is done, what is left to do."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from fleet.access.actor import Actor
from fleet.access.permissions import Permission
from fleet.cases.errors import LeavingCaseNotFound
from fleet.cases.models import LeavingCase, LeavingItem
from fleet.cases.steps import Leaver, steps
from fleet.contracts.cases import HeldOut, LeavingOut, LeavingQuery
from fleet.contracts.clock import now
from fleet.custody.models import Holding
from fleet.custody.queries import held_by, ref
from fleet.custody.register import shown_accounts, shown_devices, shown_sims
from fleet.paging import containing, page
from fleet.people.models import Employee

SORTS = {"number": LeavingCase.number, "by": LeavingCase.by, "opened_at": LeavingCase.opened_at}


def leaving_case(session: Session, number: str) -> LeavingCase:
    found = session.scalar(select(LeavingCase).where(LeavingCase.number == number))
    if found is None:
        raise LeavingCaseNotFound(number=number)
    return found


def open_case(session: Session, employee: Employee) -> LeavingCase | None:
    of_them = select(LeavingCase).where(
        LeavingCase.employee_id == employee.id, LeavingCase.closed_at.is_(None)
    )
    return session.scalar(of_them)


def leaving_cases(
    session: Session, query: LeavingQuery, *, actor: Actor
) -> tuple[list[LeavingOut], str | None]:
    """Return one page of cases and the mark of the next."""
    actor.require(Permission.CASES_READ)
    statement = select(LeavingCase).join(LeavingCase.employee)
    statement = statement.where(
        containing(query.q, LeavingCase.number, Employee.number, Employee.name)
    )
    if query.employee:
        statement = statement.where(Employee.number == query.employee)
    if query.state:
        is_open = LeavingCase.closed_at.is_(None)
        statement = statement.where(is_open if query.state == "open" else ~is_open)
    statement = statement.options(
        joinedload(LeavingCase.employee),
        selectinload(LeavingCase.items).joinedload(LeavingItem.holding),
    )
    rows, mark = page(
        session, statement, query, sorts=SORTS, default="-opened_at", key=LeavingCase.id
    )
    return [shown_case(session, row) for row in rows], mark


def shown_case(session: Session, case: LeavingCase) -> LeavingOut:
    leaver = Leaver(case.employee, case.successor, case.by, case.opened_at.date())
    return LeavingOut(
        number=case.number,
        held=_held(session, case.employee),
        by=case.by,
        successor=ref(case.successor) if case.successor else None,
        state="open" if case.closed_at is None else "closed",
        opened_at=case.opened_at,
        steps=steps(session, leaver, [item.holding for item in case.items]),
    )


def plan_leaving(
    session: Session,
    employee: Employee,
    *,
    by: date,
    actor: Actor,
    successor: Employee | None = None,
) -> LeavingOut:
    """Return what a leaving case would be, without beginning one."""
    actor.require(Permission.CASES_READ)
    leaver = Leaver(employee, successor, by, now().date())
    return LeavingOut(
        number=None,
        held=_held(session, employee),
        by=by,
        successor=ref(successor) if successor else None,
        state="planned",
        opened_at=None,
        steps=steps(session, leaver, held_by(session, employee)),
    )


def _held(session: Session, employee: Employee) -> HeldOut:
    holdings = held_by(session, employee)
    return HeldOut(
        employee=ref(employee),
        devices=shown_devices(session, _those(holdings, "device")),
        sims=shown_sims(session, _those(holdings, "sim")),
        accounts=shown_accounts(session, _those(holdings, "account")),
    )


def _those(holdings: Sequence[Holding], relation: str) -> list[Any]:
    return [thing for holding in holdings if (thing := getattr(holding, relation)) is not None]
