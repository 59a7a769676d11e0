"""Departments and employees."""

from apiflask import APIBlueprint

from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.people import (
    DepartmentCorrectIn,
    DepartmentIn,
    DepartmentOut,
    EmployeeCorrectIn,
    EmployeeIn,
    EmployeeOut,
    EmployeeQuery,
    HeadIn,
    HeadOut,
    MainPostIn,
    PostEndIn,
    PostIn,
    PostsOut,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import ListQuery, Page
from fleet.custody.queries import ref
from fleet.people import posts, queries, services
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
        responsible=queries.employee(session, body.responsible) if body.responsible else None,
        actor=current_actor(),
    )
    return shown_department(added)


@bp.post("/departments/<code>/correct")
@asks(Permission.PEOPLE_WRITE)
@bp.input(DepartmentCorrectIn, arg_name="body")
@bp.output(DepartmentOut)
def correct_department(code: str, body: DepartmentCorrectIn) -> DepartmentOut:
    """Correct the name of a department, what is above it, or who answers for it first."""
    session, changes = current_session(), body.model_dump(exclude_none=True)
    place = queries.department(session, code)
    if body.parent:
        changes["parent"] = queries.department(session, body.parent)
    if body.responsible:
        changes["responsible"] = queries.employee(session, body.responsible)
    services.correct_department(session, place, changes, actor=current_actor())
    return shown_department(place)


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


@bp.post("/employees/<number>/correct")
@asks(Permission.PEOPLE_WRITE)
@bp.input(EmployeeCorrectIn, arg_name="body")
@bp.output(EmployeeOut)
def correct_employee(number: str, body: EmployeeCorrectIn) -> EmployeeOut:
    """Correct an entry; another department or position is a new main post from a day on."""
    session, changes = current_session(), body.model_dump(exclude_none=True, exclude={"since"})
    person = queries.employee(session, number)
    if body.department:
        changes["department"] = queries.department(session, body.department)
    told = {"since": body.since, "actor": current_actor()}
    services.correct_employee(session, person, changes, **told)  # type: ignore[arg-type]
    return shown_employee(person)


@bp.get("/employees/<number>/posts")
@asks(Permission.PEOPLE_READ, scoped=True)
@bp.output(PostsOut)
def show_posts(number: str) -> PostsOut:
    """Show every post of an employee, now and before."""
    session = current_session()
    return posts.shown_posts(
        session, queries.employee_within(session, number, actor=current_actor())
    )


@bp.post("/employees/<number>/posts")
@asks(Permission.PEOPLE_WRITE)
@bp.input(PostIn, arg_name="body")
@bp.output(PostsOut, status_code=201)
def add_post(number: str, body: PostIn) -> PostsOut:
    """Give an employee a post beside the main one."""
    session = current_session()
    person = queries.employee(session, number)
    place = queries.department(session, body.department)
    told = {"title": body.title, "since": body.since, "until": body.until}
    posts.add_post(session, person, department=place, **told, actor=current_actor())  # type: ignore[arg-type]
    return posts.shown_posts(session, person)


@bp.post("/employees/<number>/posts/end")
@asks(Permission.PEOPLE_WRITE)
@bp.input(PostEndIn, arg_name="body")
@bp.output(PostsOut)
def end_post(number: str, body: PostEndIn) -> PostsOut:
    """End a post that an employee has beside the main one."""
    session = current_session()
    person = queries.employee(session, number)
    posts.end_post(session, person, **dict(body), actor=current_actor())
    return posts.shown_posts(session, person)


@bp.post("/employees/<number>/posts/main")
@asks(Permission.PEOPLE_WRITE)
@bp.input(MainPostIn, arg_name="body")
@bp.output(PostsOut)
def make_main_post(number: str, body: MainPostIn) -> PostsOut:
    """Make a post that an employee has beside the main one his main post."""
    session = current_session()
    person = queries.employee(session, number)
    posts.make_main(session, person, **dict(body), actor=current_actor())
    return posts.shown_posts(session, person)


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
        responsible=row.responsible.number if row.responsible else None,
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
