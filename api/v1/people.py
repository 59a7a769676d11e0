"""Departments and employees."""

from apiflask import APIBlueprint

from api.identity import asks, current_actor
from api.transaction import current_session, tried
from fleet.contracts.people import (
    DepartmentCorrectIn,
    DepartmentIn,
    DepartmentOut,
    DepartmentQuery,
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
    corrections,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import LookQuery, Page
from fleet.custody.queries import ref
from fleet.database import write
from fleet.people import posts, queries, services
from fleet.people.models import Department, Employee
from fleet.requests import heads

bp = APIBlueprint("people", __name__, url_prefix="/api/v1", tag="People")


@bp.get("/departments")
@asks(Permission.PEOPLE_READ, scoped=True)
@bp.input(DepartmentQuery, location="query", arg_name="query")
@bp.output(Page[DepartmentOut])
def list_departments(query: DepartmentQuery) -> Page[DepartmentOut]:
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
@bp.input(LookQuery, location="query", arg_name="look")
@bp.input(DepartmentCorrectIn, arg_name="body")
@bp.output(DepartmentOut)
def correct_department(code: str, look: LookQuery, body: DepartmentCorrectIn) -> DepartmentOut:
    """Correct the name of a department, what is above it, or who answers for it first."""
    with tried(dry_run=look.dry_run) as session:
        changes = corrections(body)
        place = queries.department(session, code)
        if body.parent:
            changes["parent"] = queries.department(session, body.parent)
        if body.responsible:
            changes["responsible"] = queries.employee(session, body.responsible)
        services.correct_department(session, place, changes, actor=current_actor())
        write(session)
        return shown_department(place)


@bp.get("/departments/<code>")
@asks(Permission.PEOPLE_READ, scoped=True)
@bp.output(DepartmentOut)
def show_department(code: str) -> DepartmentOut:
    """Show a department."""
    return shown_department(
        queries.department_within(current_session(), code, actor=current_actor())
    )


@bp.get("/employees")
@asks(Permission.PEOPLE_READ, scoped=True)
@bp.input(EmployeeQuery, location="query", arg_name="query")
@bp.output(Page[EmployeeOut])
def list_employees(query: EmployeeQuery) -> Page[EmployeeOut]:
    """List employees."""
    rows, mark = queries.employees(current_session(), query, actor=current_actor())
    return Page(items=posts.shown_employees(current_session(), rows), next=mark)


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
    return _shown(added)


@bp.post("/employees/<number>/correct")
@asks(Permission.PEOPLE_WRITE)
@bp.input(LookQuery, location="query", arg_name="look")
@bp.input(EmployeeCorrectIn, arg_name="body")
@bp.output(EmployeeOut)
def correct_employee(number: str, look: LookQuery, body: EmployeeCorrectIn) -> EmployeeOut:
    """Correct an entry; another department or position is a new main post from a day on."""
    with tried(dry_run=look.dry_run) as session:
        changes = corrections(body)
        since = changes.pop("since", None)
        person = queries.employee(session, number)
        if body.department:
            changes["department"] = queries.department(session, body.department)
        services.correct_employee(session, person, changes, since=since, actor=current_actor())
        write(session)
        return _shown(person)


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
    return _shown(queries.employee_within(current_session(), number, actor=current_actor()))


def _shown(row: Employee) -> EmployeeOut:
    return posts.shown_employees(current_session(), [row])[0]


def shown_department(row: Department) -> DepartmentOut:
    return DepartmentOut(
        code=row.code,
        name=row.name,
        parent=row.parent.code if row.parent else None,
        head=row.head.number if row.head else None,
        responsible=row.responsible.number if row.responsible else None,
    )
