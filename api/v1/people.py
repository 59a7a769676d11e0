"""Departments and employees."""

from apiflask import APIBlueprint

from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.people import (
    DepartmentIn,
    DepartmentOut,
    EmployeeIn,
    EmployeeOut,
    EmployeeQuery,
    HeadIn,
    HeadOut,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import ListQuery, Page
from fleet.custody.queries import ref
from fleet.people import queries, services
from fleet.people.models import Department, Employee
from fleet.requests import heads

bp = APIBlueprint("people", __name__, url_prefix="/api/v1", tag="People")


@bp.get("/departments")
@asks(Permission.PEOPLE_READ, scoped=True)
@bp.input(ListQuery, location="query", arg_name="query")
@bp.output(Page[DepartmentOut])
def list_departments(query: ListQuery) -> Page[DepartmentOut]:
    """List departments."""
    rows, mark = queries.departments(current_session(), query, actor=current_actor())
    return Page(items=[shown_department(row) for row in rows], next=mark)


@bp.post("/departments")
@asks(Permission.PEOPLE_WRITE)
@bp.input(DepartmentIn, arg_name="body")
@bp.output(DepartmentOut, status_code=201)
def add_department(body: DepartmentIn) -> DepartmentOut:
    """Register a department."""
    session = current_session()
    added = services.add_department(
        session,
        code=body.code,
        name=body.name,
        parent=queries.department(session, body.parent) if body.parent else None,
        head=queries.employee(session, body.head) if body.head else None,
        actor=current_actor(),
    )
    return shown_department(added)


@bp.get("/employees")
@asks(Permission.PEOPLE_READ, scoped=True)
@bp.input(EmployeeQuery, location="query", arg_name="query")
@bp.output(Page[EmployeeOut])
def list_employees(query: EmployeeQuery) -> Page[EmployeeOut]:
    """List employees."""
    rows, mark = queries.employees(current_session(), query, actor=current_actor())
    return Page(items=[shown_employee(row) for row in rows], next=mark)


@bp.post("/departments/<code>/head")
@asks(Permission.PEOPLE_WRITE)
@bp.input(HeadIn, arg_name="body")
@bp.output(HeadOut)
def name_head(code: str, body: HeadIn) -> HeadOut:
    """Give a department another head; with `dry_run` nothing of it is kept."""
    session = current_session()
    place, head = queries.department(session, code), queries.employee(session, body.head)
    former = ref(place.head) if place.head else None
    begun = session.begin_nested()
    due = heads.name_head(
        session, place, head, reason=body.reason, change=body.change, actor=current_actor()
    )
    if body.dry_run:
        begun.rollback()
    return HeadOut(
        department=code, head=ref(head), former=former, due=len(due), dry_run=body.dry_run
    )


@bp.post("/employees")
@asks(Permission.PEOPLE_WRITE)
@bp.input(EmployeeIn, arg_name="body")
@bp.output(EmployeeOut, status_code=201)
def add_employee(body: EmployeeIn) -> EmployeeOut:
    """Register an employee."""
    session = current_session()
    added = services.add_employee(
        session,
        number=body.number,
        name=body.name,
        department=queries.department(session, body.department),
        position=body.position,
        joined_on=body.joined_on,
        actor=current_actor(),
    )
    return shown_employee(added)


@bp.get("/employees/<number>")
@asks(Permission.PEOPLE_READ, scoped=True)
@bp.output(EmployeeOut)
def show_employee(number: str) -> EmployeeOut:
    """Show an employee."""
    return shown_employee(queries.employee_within(current_session(), number, actor=current_actor()))


def shown_department(row: Department) -> DepartmentOut:
    return DepartmentOut(
        code=row.code,
        name=row.name,
        parent=row.parent.code if row.parent else None,
        head=row.head.number if row.head else None,
    )


def shown_employee(row: Employee) -> EmployeeOut:
    return EmployeeOut(
        number=row.number,
        name=row.name,
        department=row.department.code,
        position=row.position,
        status=row.status.value,
        joined_on=row.joined_on,
        leaves_on=row.leaves_on,
    )
