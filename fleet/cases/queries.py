"""Leaving cases as people read them: what is held, what is done, what is left to do."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from fleet.access.actor import Actor
from fleet.cases.errors import LeavingCaseNotFound
from fleet.cases.models import LeavingCase, LeavingItem
from fleet.cases.steps import Leaver, Standing, standing, steps
from fleet.contracts.cases import HeldOut, LeavingOut, LeavingQuery
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.custody.models import Holding
from fleet.custody.queries import held_by, held_by_each, ref, with_its_thing
from fleet.custody.register import shown_accounts, shown_devices, shown_sims
from fleet.paging import containing, page
from fleet.people.models import Employee
from fleet.people.queries import people_within

Listed = TypeVar("Listed")

SORTS = {"number": LeavingCase.number, "by": LeavingCase.by, "opened_at": LeavingCase.opened_at}


def leaving_case(session: Session, number: str, *, actor: Actor) -> LeavingCase:
    """Return a case within the actor's reach; others do not exist for him."""
    within = people_within(actor.reach(Permission.CASES_READ))
    of_them = select(LeavingCase).join(LeavingCase.employee)
    found = session.scalar(of_them.where(LeavingCase.number == number, within))
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
    within = people_within(actor.reach(Permission.CASES_READ))
    statement = select(LeavingCase).join(LeavingCase.employee)
    statement = statement.where(
        within, containing(query.q, LeavingCase.number, Employee.number, Employee.name)
    )
    if query.employee:
        statement = statement.where(Employee.number == query.employee)
    if query.state:
        is_open = LeavingCase.closed_at.is_(None)
        statement = statement.where(is_open if query.state == "open" else ~is_open)
    statement = statement.options(
        joinedload(LeavingCase.employee),
        joinedload(LeavingCase.successor),
        selectinload(LeavingCase.items).joinedload(LeavingItem.holding).options(*with_its_thing()),
    )
    rows, mark = page(
        session, statement, query, sorts=SORTS, default="-opened_at", key=LeavingCase.id
    )
    return shown_cases(session, rows), mark


def shown_case(session: Session, case: LeavingCase) -> LeavingOut:
    (shown,) = shown_cases(session, [case])
    return shown


def shown_cases(session: Session, cases: Sequence[LeavingCase]) -> list[LeavingOut]:
    """Return cases as they stand now, worked out from the proofs in a fixed number of queries."""
    held = _held(session, [case.employee for case in cases])
    known = standing(session, [item.holding for case in cases for item in case.items])
    return [_shown(case, held[case.employee_id], known) for case in cases]


def _shown(case: LeavingCase, held: HeldOut, known: Standing) -> LeavingOut:
    leaver = Leaver(case.employee, case.successor, case.by, case.opened_at.date())
    return LeavingOut(
        number=case.number,
        held=held,
        by=case.by,
        successor=ref(case.successor) if case.successor else None,
        state="open" if case.closed_at is None else "closed",
        opened_at=case.opened_at,
        steps=steps(leaver, [item.holding for item in case.items], known),
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
    holdings = held_by(session, employee)
    return LeavingOut(
        number=None,
        held=_held(session, [employee])[employee.id],
        by=by,
        successor=ref(successor) if successor else None,
        state="planned",
        opened_at=None,
        steps=steps(leaver, holdings, standing(session, holdings)),
    )


def _held(session: Session, employees: Sequence[Employee]) -> dict[UUID, HeldOut]:
    """Return what each of these people holds, by their ids."""
    held = held_by_each(session, {employee.id for employee in employees})
    everything = [holding for theirs in held.values() for holding in theirs]
    devices = _by_id(everything, "device", partial(shown_devices, session))
    sims = _by_id(everything, "sim", partial(shown_sims, session))
    accounts = _by_id(everything, "account", partial(shown_accounts, session))
    return {
        employee.id: HeldOut(
            employee=ref(employee),
            devices=_those(devices, held.get(employee.id, ()), "device"),
            sims=_those(sims, held.get(employee.id, ()), "sim"),
            accounts=_those(accounts, held.get(employee.id, ()), "account"),
        )
        for employee in employees
    }


def _by_id(
    holdings: Sequence[Holding], relation: str, show: Callable[[list[Any]], list[Listed]]
) -> dict[UUID, Listed]:
    """Return the things of one kind as they are shown, all of them together, by their ids."""
    things = [thing for holding in holdings if (thing := getattr(holding, relation)) is not None]
    return {thing.id: shown for thing, shown in zip(things, show(things), strict=True)}


def _those(
    shown: Mapping[UUID, Listed], holdings: Sequence[Holding], relation: str
) -> list[Listed]:
    ids = [getattr(holding, f"{relation}_id") for holding in holdings]
    return [shown[key] for key in ids if key is not None]
