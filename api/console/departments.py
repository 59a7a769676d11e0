"""Departments on pages: what stands above and beneath each, and who is in it."""

from typing import Any

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from api.console import entry, links, listing
from api.console.blueprint import bp
from api.console.entry_forms import DepartmentForm, EntryForm, HeadForm
from api.console.forms import Form, FormNotRight, answered, parsed
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.identity import asks, current_actor
from api.transaction import current_session, tried
from fleet.contracts.people import DepartmentCorrectIn, DepartmentIn, DepartmentQuery, HeadIn
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _, say
from fleet.people import queries
from fleet.people.models import Department, Employee
from fleet.people.services import add_department, correct_department
from fleet.requests import heads


def _rows(query: DepartmentQuery) -> listing.Rows:
    return queries.departments(current_session(), query, actor=current_actor())


def _address(one: Department) -> str:
    return url_for("console.department", code=one.code)


def _person(one: Employee | None) -> str:
    return f"{one.name} ({one.number})" if one else ""


listing.add(
    Listing(
        name="departments",
        title=_("Departments"),
        search=_("Code or name"),
        query=DepartmentQuery,
        permission=Permission.PEOPLE_READ,
        rows=_rows,
        sort="code",
        scoped=True,
        to=_address,
        new=("console.new_department", _("Add a department")),
        columns=(
            Column(_("Code"), lambda one: one.code, sort="code"),
            Column(_("Name"), lambda one: one.name, sort="name"),
            Column(
                _("Above it"),
                lambda one: one.parent and one.parent.name,
                to=lambda one: links.department(one.parent.code),
            ),
            Column(
                _("Head"),
                lambda one: _person(one.head),
                to=lambda one: links.employee(one.head.number),
            ),
            Column(
                _("First responsible"),
                lambda one: _person(one.responsible),
                to=lambda one: links.employee(one.responsible.number),
            ),
        ),
        filters=(Filter("parent", _("Beneath (code)")),),
    )
)


@bp.get("/departments/<code>")
@asks(Permission.PEOPLE_READ, scoped=True)
def department(code: str) -> str:
    """Show a department, what is beneath it, and who is in it by any post."""
    one = queries.department_within(current_session(), code, actor=current_actor())
    return page("department.html", one=one, beside=_beside(one.code))


def _beside(code: str) -> list[listing.Part]:
    return listing.parts(
        listing.part("departments", parent=code),
        listing.part("employees", most=20, department=code),
        listing.part("accounts", department=code),
        listing.part("cases", department=code, state="open"),
        listing.part("findings", department=code, state="open"),
        listing.part("partners", department=code),
    )


@bp.get("/departments/<code>/head")
@asks(Permission.PEOPLE_WRITE)
def ask_head(code: str) -> str:
    return page("head.html", form=HeadForm(), one=queries.department(current_session(), code))


@bp.post("/departments/<code>/head")
@asks(Permission.PEOPLE_WRITE)
def name_head(code: str) -> Response:
    """Say what another head makes due, and name him once that was read."""
    form, place = HeadForm(), queries.department(current_session(), code)

    def do() -> Response | str:
        given = parsed(HeadIn, form)
        head = _who(form, "head")
        if head is None:
            raise FormNotRight
        with tried(dry_run=not form.sure.data) as session:
            due = heads.name_head(
                session,
                place,
                head,
                reason=given.reason,
                change=given.change,
                actor=current_actor(),
            )
        if not form.sure.data:
            return page("head.html", form=form, one=place, named=head, due=len(due))
        flash(say(_("{name} heads {code} now."), name=head.name, code=code))
        return redirect(url_for("console.department", code=code), code=303)

    return answered("head.html", form, do, one=place)


def _told(one: Department) -> dict[str, Any]:
    return {
        "name": one.name,
        "parent": one.parent.code if one.parent else None,
        "responsible": one.responsible.number if one.responsible else None,
    }


def _above(form: EntryForm) -> Department | None:
    return entry.found(form, "parent", lambda code: queries.department(current_session(), code))


def _who(form: Form, name: str) -> Employee | None:
    return entry.found(form, name, lambda number: queries.employee(current_session(), number))


def _enter(form: EntryForm) -> str:
    said = dict(parsed(DepartmentIn, form))
    said |= {"parent": _above(form), "head": _who(form, "head")}
    said |= {"responsible": _who(form, "responsible")}
    return add_department(current_session(), **said, actor=current_actor()).code


def _correct(one: Department, changes: dict[str, Any], form: EntryForm) -> None:
    if "parent" in changes:
        changes["parent"] = _above(form)
    if "responsible" in changes:
        changes["responsible"] = _who(form, "responsible")
    correct_department(current_session(), one, changes, actor=current_actor())


entry.add(
    entry.Entry(
        noun="department",
        at="departments",
        name="code",
        titles=(_("Add a department"), _("Edit {name}")),
        permission=Permission.PEOPLE_WRITE,
        form=DepartmentForm,
        edit=DepartmentCorrectIn,
        identity=("code",),
        needed=("code", "name"),
        find=lambda code: queries.department(current_session(), code),
        hold=lambda one: queries.held_department(current_session(), one),
        told=_told,
        add=_enter,
        correct=_correct,
        only_new=("head",),
    )
)
