"""Finding departments and employees."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, or_, select, true
from sqlalchemy.orm import Session, aliased, joinedload

from fleet.access.actor import Actor, Owner, Reach, Whole
from fleet.contracts.bin import RecordKind
from fleet.contracts.clock import today
from fleet.contracts.people import DepartmentQuery, EmployeeQuery
from fleet.contracts.permissions import Permission
from fleet.database import still_there, taken_hold_of
from fleet.former.queries import led_to
from fleet.paging import page
from fleet.people.errors import DepartmentNotFound, EmployeeNotFound
from fleet.people.models import Department, Employee, Post
from fleet.search.matching import named

EMPLOYEE_SORTS = {
    "number": Employee.number,
    "name": Employee.name,
    "joined_on": Employee.joined_on,
    "leaves_on": Employee.leaves_on,
}
DEPARTMENT_SORTS = {"code": Department.code, "name": Department.name}


def employee(session: Session, number: str) -> Employee:
    found = session.scalar(select(Employee).where(Employee.number == number))
    found = found or led_to(session, Employee, RecordKind.EMPLOYEE, number)
    if found is None:
        raise EmployeeNotFound(number=number)
    return found


def held_still(session: Session, found: Employee) -> Employee:
    """Return somebody as he is now; whoever hands him a thing, or opens a case, waits."""
    (held,) = all_held_still(session, [found])
    return held


def all_held_still(session: Session, found: Sequence[Employee]) -> list[Employee]:
    """Return people as they are now, with their departments, locked until the commit."""
    return taken_hold_of(session, found, joinedload(Employee.department))


def department(session: Session, code: str) -> Department:
    found = session.scalar(select(Department).where(Department.code == code))
    found = found or led_to(session, Department, RecordKind.DEPARTMENT, code)
    if found is None:
        raise DepartmentNotFound(department=code)
    return found


def held_department(session: Session, found: Department) -> Department:
    """Return a department as it is now, locked until the commit."""
    fresh = select(Department).where(Department.id == found.id).with_for_update()
    return still_there(session.scalar(fresh.execution_options(populate_existing=True)))


def employees(
    session: Session, query: EmployeeQuery, *, actor: Actor
) -> tuple[list[Employee], str | None]:
    """Return one page of the people within the actor's reach, and the mark of the next."""
    within = people_within(actor.reach(Permission.PEOPLE_READ))
    statement = select(Employee).options(joinedload(Employee.department)).where(within)
    if query.department:
        statement = statement.where(_in_any_post(query.department))
    if query.status:
        statement = statement.where(Employee.status == query.status)
    statement = statement.where(named(session, query.q, Employee, Employee.number, Employee.name))
    return page(session, statement, query, sorts=EMPLOYEE_SORTS, default="number", key=Employee.id)


def _in_any_post(code: str) -> ColumnElement[bool]:
    """Return what holds for who has a post in a department: the main one, or one that goes on."""
    place = select(Department.id).where(Department.code == code).scalar_subquery()
    beside = select(Post.employee_id).where(Post.department_id == place, ~Post.main, goes_on())
    return or_(Employee.department_id == place, Employee.id.in_(beside))


def goes_on() -> ColumnElement[bool]:
    """Return what holds for the posts that are not over."""
    return Post.until.is_(None) | (Post.until >= today())


def departments(
    session: Session, query: DepartmentQuery, *, actor: Actor
) -> tuple[list[Department], str | None]:
    """Return one page of the departments within the actor's reach, and the mark of the next."""
    within = departments_within(actor.reach(Permission.PEOPLE_READ))
    above = Department.parent, Department.head, Department.responsible
    statement = select(Department).options(*map(joinedload, above)).where(within)
    if query.parent:
        statement = statement.where(Department.parent.has(code=query.parent))
    handles = Department.code, Department.name
    statement = statement.where(named(session, query.q, Department, *handles))
    return page(
        session, statement, query, sorts=DEPARTMENT_SORTS, default="code", key=Department.id
    )


def employee_within(session: Session, number: str, *, actor: Actor) -> Employee:
    """Return an employee within the actor's reach; others do not exist for him."""
    within = people_within(actor.reach(Permission.PEOPLE_READ))
    named = employee(session, number)
    found = session.scalar(select(Employee).where(Employee.id == named.id, within))
    if found is None:
        raise EmployeeNotFound(number=number)
    return found


def department_within(session: Session, code: str, *, actor: Actor) -> Department:
    """Return a department within the actor's reach; others do not exist for him."""
    within = departments_within(actor.reach(Permission.PEOPLE_READ))
    named = department(session, code)
    found = session.scalar(select(Department).where(Department.id == named.id, within))
    if found is None:
        raise DepartmentNotFound(department=code)
    return found


def people_within(reach: Reach) -> ColumnElement[bool]:
    """Return what holds for the employees that `reach` covers."""
    if reach.everything:
        return true()
    return or_(
        Employee.department_id.in_(covered(reach)) if reach.departments else false(),
        Employee.id == reach.employee_id if reach.employee_id else false(),
    )


def departments_within(reach: Reach) -> ColumnElement[bool]:
    """Return what holds for the departments that `reach` covers, and for one's own."""
    if reach.everything:
        return true()
    own = select(Employee.department_id).where(Employee.id == reach.employee_id)
    return or_(
        Department.id.in_(covered(reach)) if reach.departments else false(),
        Department.id.in_(own) if reach.employee_id else false(),
    )


def settled(session: Session, reach: Reach) -> Reach:
    """Return `reach` with each department named that it covers.

    Of names a database knows how many people they mean; of a tree it can only guess.
    """
    if not reach.departments or isinstance(reach.departments, Whole):
        return reach
    return replace(reach, departments=Whole(session.scalars(beneath(reach.departments))))


def covered(reach: Reach) -> Select[UUID] | Collection[UUID]:
    """Return the ids of the departments of `reach`, those beneath them among them."""
    is_whole = isinstance(reach.departments, Whole)
    return reach.departments if is_whole else beneath(reach.departments)


def beneath(roots: Collection[UUID]) -> Select[UUID]:
    """Return the ids of `roots` and of every department beneath them, whatever the depth."""
    tree = select(Department.id).where(Department.id.in_(roots)).cte(recursive=True)
    beneath = aliased(Department)
    tree = tree.union(select(beneath.id).join(tree, beneath.parent_id == tree.c.id))
    return select(tree.c.id)


def owner_of(session: Session, holder: Employee) -> Owner:
    """Return the owner that a thing held by `holder` has: himself, and every department above."""
    return Owner(holder.id, line_of(session, holder.department_id))


def line_of(session: Session, department: UUID) -> frozenset[UUID]:
    """Return the ids of a department and of every one above it."""
    upwards = select(Department.id, Department.parent_id).where(Department.id == department)
    line = upwards.cte(recursive=True)
    above = aliased(Department)
    line = line.union(select(above.id, above.parent_id).join(line, above.id == line.c.parent_id))
    return frozenset(session.scalars(select(line.c.id)))


def codes_of(session: Session, departments: Collection[UUID]) -> dict[UUID, str]:
    """Return the codes of departments by their ids, in one query; none where none is asked."""
    if not departments:
        return {}
    found = select(Department.id, Department.code).where(Department.id.in_(departments))
    return {row.id: row.code for row in session.execute(found)}


def numbers_of(session: Session, employees: Collection[UUID]) -> dict[UUID, str]:
    """Return the numbers of employees by their ids, in one query; none where none is asked."""
    if not employees:
        return {}
    found = select(Employee.id, Employee.number).where(Employee.id.in_(employees))
    return {row.id: row.number for row in session.execute(found)}
