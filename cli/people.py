"""`workfleet employee …` and `workfleet department …`."""

from datetime import date, datetime
from typing import Any

import click

from cli.bin import add_to
from cli.context import DRY_RUN, YES, App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.options import WHY
from cli.output import Column, text_of
from cli.said import Said, named, options, tell
from cli.speaking import argument, group, option
from fleet.contracts.bin import RecordKind
from fleet.contracts.clock import now
from fleet.contracts.people import (
    DepartmentCorrectIn,
    DepartmentIn,
    DepartmentQuery,
    EmployeeCorrectIn,
    EmployeeIn,
    EmployeeOut,
    EmployeeQuery,
    HeadIn,
    MainPostIn,
    PostEndIn,
    PostIn,
    PostOut,
    PostsOut,
)
from fleet.contracts.words import _

DAY = click.DateTime(["%Y-%m-%d"])


def _others(one: EmployeeOut) -> list[str]:
    return [f"{post.department} {post.title or ''}".strip() for post in one.posts]


@group(_("Employees."))
def employee() -> None:
    pass


employee.add_command(
    list_command(
        Listing(
            help=_("List employees."),
            query=EmployeeQuery,
            fetch=lambda client, query: client.employees(query),
            columns=(
                Column(_("Number"), lambda one: one.number),
                Column(_("Name"), lambda one: one.name),
                Column(_("Department"), lambda one: one.department),
                Column(_("Position"), lambda one: one.position),
                Column(_("Posts beside it"), _others, spare=True),
                Column(_("Status"), lambda one: label(one.status)),
                Column(_("Leaves on"), lambda one: one.leaves_on),
            ),
            empty=_("No employee fits."),
            filters={
                "department": _("Only who has a post in this department (its code)."),
                "status": _("Only this status: active, leaving, left."),
            },
        )
    )
)


@employee.command(help=_("Show an employee and what he holds."))
@argument("number")
@pass_app
def show(app: App, number: str) -> None:
    found = app.client.employee(number)
    more = (*_posts(app, number), *_held(app, number)) if app.for_people else ()
    app.fields(found, [*_facts(found), *more])


def _facts(one: EmployeeOut) -> list[tuple[str, object]]:
    return [
        (_("Number"), one.number),
        (_("Name"), one.name),
        (_("Department"), one.department),
        (_("Position"), one.position),
        (_("Status"), label(one.status)),
        (_("Joined on"), one.joined_on),
        (_("Leaves on"), one.leaves_on),
    ]


def _posts(app: App, number: str) -> list[tuple[str, object]]:
    _main, *others = app.client.posts(number).posts
    today = now().astimezone().date()
    beside = [one for one in others if one.until is None or one.until >= today]
    before = [one for one in others if one not in beside]
    return [
        (_("Posts beside it"), [_post(one) for one in beside]),
        (_("Posts before"), [_post(one) for one in before]),
    ]


def _post(one: PostOut) -> str:
    days = f"{one.since or '…'} – {one.until or ''}".strip()
    return f"{one.department} {one.title or ''} ({days})".replace("  ", " ")


def _held(app: App, number: str) -> list[tuple[str, object]]:
    from fleet.contracts.accounts import AccountQuery
    from fleet.contracts.devices import DeviceQuery
    from fleet.contracts.sims import SimQuery

    phones = app.client.devices(DeviceQuery(holder=number)).items
    sims = app.client.sims(SimQuery(holder=number)).items
    accounts = app.client.accounts(AccountQuery(holder=number)).items
    return [
        (_("Phones"), [one.tag for one in phones]),
        (_("SIMs"), [one.number for one in sims]),
        (_("Accounts"), [one.handle for one in accounts]),
    ]


@employee.command(help=_("Enter an employee."))
@argument("number")
@option("--name", required=True, help=_("Name, as people say it."))
@option("--department", required=True, metavar="CODE", help=_("Code of the department."))
@option("--position", help=_("What he does."))
@option("--joined", type=DAY, metavar="DATE", help=_("First day, like 2026-03-01."))
@pass_app
def add(
    app: App, number: str, name: str, department: str, position: str | None, joined: datetime | None
) -> None:
    body = EmployeeIn(
        number=number,
        name=name,
        department=department,
        position=position,
        joined_on=joined.date() if joined else None,
    )
    made = app.client.add_employee(body)
    app.answer(made, _("{name} ({number}) is entered."), name=made.name, number=made.number)


SAID = (
    Said("name", "--name", _("Name, as people say it."), needed=True),
    Said("department", "--department", _("Code of the department."), metavar="CODE", needed=True),
    Said("position", "--position", _("What he does.")),
    Said("joined_on", "--joined", _("First day, like 2026-03-01."), date, "DATE"),
)


@employee.command(help=_("Correct an entry, or give an employee another main post."))
@argument("number")
@options(SAID, clearing=True)
@option("--since", type=DAY, metavar="DATE", help=_("First day of the post; today if not."))
@pass_app
def edit(
    app: App,
    /,
    number: str,
    since: datetime | None,
    clear: tuple[str, ...],
    *,
    dry_run: bool,
    **given: Any,
) -> None:
    said = named(SAID, given, clear)
    before = app.client.employee(number)
    body = EmployeeCorrectIn.model_validate({**said, "since": _day(since)})
    after = app.client.correct_employee(number, body, dry_run=dry_run)
    tell(app, before, after, SAID, dry_run=dry_run)


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None


@group(_("Posts of an employee: the main one, and others beside it."))
def post() -> None:
    pass


employee.add_command(post)


DEPARTMENT_OF = option(
    "--department", required=True, metavar="CODE", help=_("Code of the post's department.")
)
TITLE = option("--title", help=_("What the post is called."))


@post.command("list", help=_("List every post of an employee, now and before."))
@argument("number")
@pass_app
def list_posts(app: App, number: str) -> None:
    _show_posts(app, app.client.posts(number))


def _show_posts(app: App, found: PostsOut) -> None:
    app.table(found.posts, POSTS, empty="")


POSTS = (
    Column(_("Department"), lambda one: one.department),
    Column(_("Title"), lambda one: one.title),
    Column(_("Main"), lambda one: one.main),
    Column(_("From"), lambda one: one.since),
    Column(_("Until"), lambda one: one.until),
)


@post.command("add", help=_("Give an employee a post beside the main one."))
@argument("number")
@DEPARTMENT_OF
@TITLE
@option("--since", type=DAY, metavar="DATE", help=_("First day; today if not."))
@option("--until", type=DAY, metavar="DATE", help=_("Last day, where it is known."))
@pass_app
def add_post(
    app: App,
    number: str,
    department: str,
    title: str | None,
    since: datetime | None,
    until: datetime | None,
) -> None:
    body = PostIn(department=department, title=title, since=_day(since), until=_day(until))
    _show_posts(app, app.client.add_post(number, body))


@post.command("end", help=_("End a post that an employee has beside the main one."))
@argument("number")
@DEPARTMENT_OF
@TITLE
@option("--until", type=DAY, metavar="DATE", help=_("Last day; today if not."))
@pass_app
def end_post(
    app: App, number: str, department: str, title: str | None, until: datetime | None
) -> None:
    body = PostEndIn(department=department, title=title, until=_day(until))
    _show_posts(app, app.client.end_post(number, body))


@post.command("main", help=_("Make a post beside the main one the main one."))
@argument("number")
@DEPARTMENT_OF
@TITLE
@option("--since", type=DAY, metavar="DATE", help=_("First day; today if not."))
@option("--keep", is_flag=True, help=_("The main post of before stays, beside the new one."))
@pass_app
def main_post(
    app: App,
    number: str,
    department: str,
    title: str | None,
    since: datetime | None,
    *,
    keep: bool,
) -> None:
    body = MainPostIn(department=department, title=title, since=_day(since), keep=keep)
    _show_posts(app, app.client.make_main_post(number, body))


@group(_("Departments."))
def department() -> None:
    pass


DEPARTMENTS = Listing(
    help=_("List departments."),
    query=DepartmentQuery,
    fetch=lambda client, query: client.departments(query),
    columns=(
        Column(_("Code"), lambda one: one.code),
        Column(_("Name"), lambda one: one.name),
        Column(_("Above it"), lambda one: one.parent),
        Column(_("Head"), lambda one: one.head),
        Column(_("First responsible"), lambda one: one.responsible),
    ),
    empty=_("No department fits."),
    filters={"parent": _("Only those right beneath this one (its code).")},
)
department.add_command(list_command(DEPARTMENTS))


@department.command("show", help=_("Show a department and who is in it."))
@argument("code")
@pass_app
def show_department(app: App, code: str) -> None:
    found = app.client.department(code)
    people = app.client.employees(EmployeeQuery(department=code, limit=1000)).items
    rows = [
        (_("Code"), found.code),
        (_("Name"), found.name),
        (_("Above it"), found.parent),
        (_("Head"), found.head),
        (_("First responsible"), found.responsible),
        (_("Employees"), [one.name for one in people]),
    ]
    app.fields(found, rows)


RESPONSIBLE = option(
    "--responsible", metavar="NUMBER", help=_("Employee number of who answers for it first.")
)


@department.command("add", help=_("Enter a department."))
@argument("code")
@option("--name", required=True, help=_("Its name."))
@option("--parent", metavar="CODE", help=_("The department above it."))
@option("--head", metavar="NUMBER", help=_("Employee number of its head."))
@RESPONSIBLE
@pass_app
def add_department(
    app: App,
    code: str,
    name: str,
    parent: str | None,
    head: str | None,
    responsible: str | None,
) -> None:
    body = DepartmentIn(code=code, name=name, parent=parent, head=head, responsible=responsible)
    made = app.client.add_department(body)
    app.answer(made, _("{name} ({code}) is entered."), name=made.name, code=made.code)


SAID_OF_DEPARTMENTS = (
    Said("name", "--name", _("Its name."), needed=True),
    Said("parent", "--parent", _("The department above it."), metavar="CODE"),
    Said(
        "responsible",
        "--responsible",
        _("Employee number of who answers for it first."),
        metavar="NUMBER",
    ),
)


@department.command("edit", help=_("Correct a department; its head has a command of his own."))
@argument("code")
@options(SAID_OF_DEPARTMENTS, clearing=True)
@pass_app
def edit_department(
    app: App, /, code: str, clear: tuple[str, ...], *, dry_run: bool, **given: Any
) -> None:
    body = DepartmentCorrectIn.model_validate(named(SAID_OF_DEPARTMENTS, given, clear))
    before = app.client.department(code)
    after = app.client.correct_department(code, body, dry_run=dry_run)
    tell(app, before, after, SAID_OF_DEPARTMENTS, dry_run=dry_run)


@department.command("head", help=_("Give a department another head."))
@argument("code")
@argument("employee")
@WHY
@option("--change", is_flag=True, help=_("He asks that what its people hold is changed."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def name_head(
    app: App, code: str, employee: str, reason: str, *, change: bool, dry_run: bool, yes: bool
) -> None:
    body = HeadIn(head=employee, reason=reason, change=change, dry_run=True)
    plan = app.client.name_head(code, body)
    told = {"code": code, "name": text_of(plan.head), "count": plan.due}
    if dry_run:
        app.answer(plan, WOULD_HEAD, **told)
        return
    app.confirm(WOULD_HEAD, yes=yes, **told)
    done = app.client.name_head(code, body.model_copy(update={"dry_run": False}))
    app.answer(done, _("{name} heads {code} now."), **told)


WOULD_HEAD = _("{name} heads {code} from now on; {count} PINs and passwords are due at once.")

add_to(employee, RecordKind.EMPLOYEE)
add_to(department, RecordKind.DEPARTMENT)
