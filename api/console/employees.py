"""Employees on pages: who there is, and of one what he holds and what waits for him."""

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from api.console import entry, links, listing
from api.console.blueprint import bp
from api.console.entry_forms import EmployeeForm, EntryForm, PostActForm, PostForm
from api.console.forms import Form, answered, parsed
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.clock import today
from fleet.contracts.people import (
    EmployeeCorrectIn,
    EmployeeIn,
    EmployeeOut,
    EmployeeQuery,
    MainPostIn,
    PostEndIn,
    PostIn,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _, say
from fleet.people import posts, queries
from fleet.people.models import Department, Employee, Status
from fleet.people.services import add_employee, correct_employee


def _rows(query: EmployeeQuery) -> listing.Rows:
    session = current_session()
    rows, mark = queries.employees(session, query, actor=current_actor())
    return posts.shown_employees(session, rows), mark


def _address(one: EmployeeOut) -> str:
    return url_for("console.employee", number=one.number)


def _beside_it(one: EmployeeOut) -> Sequence[str]:
    return [f"{post.department} {post.title or ''}".strip() for post in one.posts]


listing.add(
    Listing(
        name="employees",
        title=_("Employees"),
        search=_("Number or name"),
        query=EmployeeQuery,
        permission=Permission.PEOPLE_READ,
        rows=_rows,
        sort="number",
        scoped=True,
        to=_address,
        new=("console.new_employee", _("Add an employee")),
        columns=(
            Column(_("Employee number"), lambda one: one.number, sort="number"),
            Column(_("Name"), lambda one: one.name, sort="name"),
            Column(
                _("Department"),
                lambda one: one.department,
                to=lambda one: links.department(one.department),
            ),
            Column(_("Position"), lambda one: one.position),
            Column(_("Posts beside it"), _beside_it, wrap=True),
            Column(_("Status"), lambda one: one.status, badge=True),
            Column(_("Joined on"), lambda one: one.joined_on, sort="joined_on"),
            Column(_("Leaves on"), lambda one: one.leaves_on, sort="leaves_on"),
        ),
        filters=(
            Filter("status", _("Status"), listing.among(Status)),
            Filter("department", _("Department (code), any post")),
        ),
    )
)


@bp.get("/employees/<number>")
@asks(Permission.PEOPLE_READ, scoped=True)
def employee(number: str) -> str:
    """Show an employee: every post, what he holds, and what is under way for him."""
    found = queries.employee_within(current_session(), number, actor=current_actor())
    return page("employee.html", form=PostForm(), **_about(found))


def _about(found: Employee) -> dict[str, Any]:
    return {
        "one": found,
        "posts": posts.shown_posts(current_session(), found).posts,
        "today": today(),
        "beside": _beside(found.number),
    }


@bp.post("/employees/<number>/posts")
@asks(Permission.PEOPLE_WRITE)
def add_post(number: str) -> Response:
    """Give an employee a post beside the main one."""
    form, found = PostForm(), _held(number)

    def do() -> Response:
        said = {**dict(parsed(PostIn, form)), "department": _place(form)}
        posts.add_post(current_session(), found, **said, actor=current_actor())
        return _to(number, _("The post is noted."))

    return answered("employee.html", form, do, **_about(found))


@bp.post("/employees/<number>/posts/end")
@asks(Permission.PEOPLE_WRITE)
def end_post(number: str) -> Response:
    """End a post that an employee has beside the main one."""
    form, found = PostActForm(), _held(number)

    def do() -> Response:
        until = parsed(PostEndIn, form, until=form.day.data).until
        told = {"department": form.department.data, "title": form.title.data or ""}
        posts.end_post(current_session(), found, **told, until=until, actor=current_actor())
        return _to(number, _("The post is ended."))

    return answered("employee.html", PostForm(formdata=None), do, **_about(found))


@bp.post("/employees/<number>/posts/main")
@asks(Permission.PEOPLE_WRITE)
def make_main_post(number: str) -> Response:
    """Make a post that an employee has beside the main one his main one; both stay his."""
    form, found = PostActForm(), _held(number)

    def do() -> Response:
        since = parsed(MainPostIn, form, since=form.day.data).since
        told = {"department": form.department.data, "title": form.title.data or ""}
        posts.make_main(
            current_session(), found, **told, since=since, keep=True, actor=current_actor()
        )
        return _to(number, _("It is the main post now; the one of before stays beside it."))

    return answered("employee.html", PostForm(formdata=None), do, **_about(found))


def _held(number: str) -> Employee:
    session = current_session()
    return queries.held_still(session, queries.employee(session, number))


def _to(number: str, told: str) -> Response:
    flash(say(told))
    return redirect(url_for("console.employee", number=number), code=303)


def _beside(number: str) -> list[listing.Part]:
    return listing.parts(
        listing.part("phones", holder=number),
        listing.part("sims", holder=number),
        listing.part("accounts", holder=number),
        listing.part("cases", employee=number),
        listing.part("applications", holder=number),
        listing.part("requests", holder=number),
        listing.part("incidents", employee=number),
        listing.part("papers", employee=number),
    )


def _told(one: Employee) -> dict[str, Any]:
    return {
        "name": one.name,
        "department": one.department.code,
        "position": one.position,
        "joined_on": one.joined_on,
    }


def _place(form: Form) -> Department | None:
    return entry.found(form, "department", lambda code: queries.department(current_session(), code))


def _enter(form: EntryForm) -> str:
    said = {**dict(parsed(EmployeeIn, form)), "department": _place(form)}
    return add_employee(current_session(), **said, actor=current_actor()).number


def _correct(one: Employee, changes: dict[str, Any], form: EntryForm) -> None:
    if "department" in changes:
        changes["department"] = _place(form)
    since = form.since.data
    correct_employee(current_session(), one, changes, since=since, actor=current_actor())


entry.add(
    entry.Entry(
        noun="employee",
        at="employees",
        name="number",
        titles=(_("Add an employee"), _("Edit {name}")),
        permission=Permission.PEOPLE_WRITE,
        form=EmployeeForm,
        edit=EmployeeCorrectIn,
        identity=("number",),
        needed=("number", "name", "department"),
        find=lambda number: queries.employee(current_session(), number),
        hold=lambda one: queries.held_still(current_session(), one),
        told=_told,
        add=_enter,
        correct=_correct,
        only_known=("since",),
        hints={"since": _("The post of before stays among the posts, with its days.")},
    )
)
