"""Registering departments and people, and their leaving."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.access.services import require_replaced, shut_out_leaver
from fleet.audit.services import record
from fleet.contracts.clock import today
from fleet.contracts.permissions import Permission
from fleet.database import write
from fleet.people.errors import (
    DepartmentCodeTaken,
    DepartmentsInCircle,
    EmployeeHasNotLeft,
    EmployeeNotActive,
    EmployeeNumberTaken,
)
from fleet.people.events import (
    DepartmentAdded,
    DepartmentCorrected,
    EmployeeAdded,
    EmployeeCorrected,
    EmployeeLeaves,
    EmployeeLeft,
    EmployeeReturned,
    EmployeeStays,
)
from fleet.people.models import Department, Employee, Status
from fleet.people.posts import end_all, move
from fleet.people.queries import line_of


def add_department(
    session: Session,
    *,
    code: str,
    name: str,
    actor: Actor,
    parent: Department | None = None,
    head: Employee | None = None,
    responsible: Employee | None = None,
) -> Department:
    actor.require(Permission.PEOPLE_WRITE)
    if session.scalar(select(Department.id).where(Department.code == code)):
        raise DepartmentCodeTaken(department=code)
    added = enter_department(
        session,
        code=code,
        name=name,
        parent=parent,
        head=head,
        responsible=responsible,
        actor=actor,
    )
    write(session)
    return added


def enter_department(
    session: Session,
    *,
    code: str,
    name: str,
    actor: Actor,
    parent: Department | None = None,
    head: Employee | None = None,
    responsible: Employee | None = None,
) -> Department:
    """Register a department whose code is known to be free; sent with whatever comes next."""
    actor.require(Permission.PEOPLE_WRITE)
    added = Department(
        id=uuid4(), code=code, name=name, parent=parent, head=head, responsible=responsible
    )
    session.add(added)
    record(session, actor, DepartmentAdded(subject_id=added.id, subject_name=code))
    return added


def correct_department(
    session: Session, department: Department, changes: Mapping[str, Any], *, actor: Actor
) -> None:
    """Correct the name of a department, what is above it, or who answers for it first."""
    actor.require(Permission.PEOPLE_WRITE)
    parent = changes.get("parent")
    if parent is not None and department.id in line_of(session, parent.id):
        raise DepartmentsInCircle(department=department.code, parent=parent.code)
    if changes.get("responsible") is not None:
        require_active(changes["responsible"])
    _correct(department, changes, {"name", "parent", "responsible"})
    event = DepartmentCorrected(subject_id=department.id, subject_name=department.code)
    record(session, actor, event)


def _correct(row: Department | Employee, changes: Mapping[str, Any], may: Collection[str]) -> None:
    for name in may & changes.keys():
        setattr(row, name, changes[name])


def add_employee(
    session: Session,
    *,
    number: str,
    name: str,
    department: Department,
    actor: Actor,
    position: str | None = None,
    joined_on: date | None = None,
) -> Employee:
    actor.require(Permission.PEOPLE_WRITE)
    if session.scalar(select(Employee.id).where(Employee.number == number)):
        raise EmployeeNumberTaken(number=number)
    added = enter_employee(
        session,
        number=number,
        name=name,
        department=department,
        position=position,
        joined_on=joined_on,
        actor=actor,
    )
    write(session)
    return added


def enter_employee(
    session: Session,
    *,
    number: str,
    name: str,
    department: Department,
    actor: Actor,
    position: str | None = None,
    joined_on: date | None = None,
) -> Employee:
    """Register somebody whose number is known to be free; sent with whatever comes next."""
    actor.require(Permission.PEOPLE_WRITE)
    added = Employee(
        id=uuid4(),
        number=number,
        name=name,
        department=department,
        position=position,
        joined_on=joined_on,
    )
    session.add(added)
    event = EmployeeAdded(subject_id=added.id, subject_name=number, department=department.code)
    record(session, actor, event)
    return added


def correct_employee(
    session: Session,
    employee: Employee,
    changes: Mapping[str, Any],
    *,
    actor: Actor,
    since: date | None = None,
) -> None:
    """Correct what the register says of somebody, or give him another main post from a day on."""
    actor.require(Permission.PEOPLE_WRITE)
    post = {name: changes[name] for name in ("department", "position") if name in changes}
    if any(getattr(employee, name) != value for name, value in post.items()):
        move(session, employee, post, since=since or today(), actor=actor)
    if changes.keys() <= post.keys():
        return
    _correct(employee, changes, {"name", "joined_on"})
    event = EmployeeCorrected(subject_id=employee.id, subject_name=employee.number)
    record(session, actor, event)


def require_active(employee: Employee) -> None:
    """Refuse to hand anything new to somebody who is leaving or has left."""
    if employee.status is not Status.ACTIVE:
        raise EmployeeNotActive(
            number=employee.number, name=employee.name, status=employee.status.value
        )


def start_leaving(
    session: Session, leavers: Iterable[tuple[Employee, date]], *, actor: Actor
) -> None:
    """Note that people leave, each by a day; their leaving cases take care of what they hold."""
    actor.require(Permission.CASES_OPEN)
    given = list(leavers)
    require_replaced(session, [employee.id for employee, _by in given])
    for employee, by in given:
        require_active(employee)
        employee.status, employee.leaves_on = Status.LEAVING, by
        event = EmployeeLeaves(subject_id=employee.id, subject_name=employee.number, leaves_on=by)
        record(session, actor, event)
    write(session)


def take_leaving_back(session: Session, employee: Employee, *, actor: Actor) -> None:
    """Note that somebody who was to leave stays."""
    actor.require(Permission.CASES_OPEN)
    employee.status, employee.leaves_on = Status.ACTIVE, None
    record(session, actor, EmployeeStays(subject_id=employee.id, subject_name=employee.number))
    write(session)


def finish_leaving(session: Session, employee: Employee, *, actor: Actor) -> None:
    """Note that somebody has left: he holds nothing, and his last working day is over.

    His user is shut out.
    """
    employee.status = Status.LEFT
    end_all(session, employee, until=employee.leaves_on or today())
    shut_out_leaver(session, employee.id, actor=actor)
    record(session, actor, EmployeeLeft(subject_id=employee.id, subject_name=employee.number))
    write(session)


def rejoin(
    session: Session,
    employee: Employee,
    *,
    department: Department,
    position: str | None,
    joined_on: date | None,
    actor: Actor,
) -> None:
    """Note that somebody who had left works here again; his user is let in by hand."""
    actor.require(Permission.PEOPLE_WRITE)
    if employee.status is not Status.LEFT:
        raise EmployeeHasNotLeft(
            number=employee.number, name=employee.name, status=employee.status.value
        )
    employee.status, employee.leaves_on = Status.ACTIVE, None
    employee.department, employee.position = department, position
    employee.joined_on = employee.post_since = joined_on or today()
    event = EmployeeReturned(
        subject_id=employee.id, subject_name=employee.number, department=department.code
    )
    record(session, actor, event)
    write(session)
