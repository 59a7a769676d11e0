"""Employees on pages: who there is, and of one what he holds and what waits for him."""

from collections.abc import Sequence
from typing import Any

from flask import url_for

from api.console import entry, links, listing
from api.console.blueprint import bp
from api.console.entry_forms import EmployeeForm, EntryForm
from api.console.forms import parsed
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.people import EmployeeCorrectIn, EmployeeIn, EmployeeOut, EmployeeQuery
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _
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
    session = current_session()
    found = queries.employee_within(session, number, actor=current_actor())
    beside = _beside(found.number)
    return page(
        "employee.html", one=found, posts=posts.shown_posts(session, found).posts, beside=beside
    )


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


def _place(form: EntryForm) -> Department | None:
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
