"""Incidents: reported on a page at any hour, and their measures ended one by one."""

from collections.abc import Callable
from typing import Any, Final

from flask import flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.console import links, listing
from api.console.blueprint import bp
from api.console.forms import DoneForm, Form, IncidentForm, NoteForm, answered, parsed
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.accounts.queries import account
from fleet.contracts.incidents import (
    IncidentIn,
    IncidentKind,
    IncidentOut,
    IncidentQuery,
    MeasureIn,
    MeasureState,
    NoteIn,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _, say
from fleet.custody.queries import Held
from fleet.devices.errors import DeviceNotFound
from fleet.devices.queries import device
from fleet.incidents import queries, services
from fleet.sims.errors import SimNotFound
from fleet.sims.queries import sim

AT_NOTE: Final = "note"  # which form of the page was sent; else the number of a measure


def _rows(query: IncidentQuery) -> listing.Rows:
    rows, mark = queries.incidents(current_session(), query, actor=current_actor())
    return [queries.shown(row) for row in rows], mark


def _progress(one: IncidentOut) -> str:
    still = sum(measure.state is MeasureState.OPEN for measure in one.measures)
    return f"{len(one.measures) - still}/{len(one.measures)}"


def _late(one: IncidentOut) -> tuple[str, ...]:
    late = any(measure.overdue for measure in one.measures)
    return (one.state, "overdue") if late else (one.state,)


def _address(one: IncidentOut) -> str:
    return url_for("console.incident", number=one.number)


listing.add(
    Listing(
        name="incidents",
        title=_("Incidents"),
        search=_("Number or person"),
        query=IncidentQuery,
        permission=Permission.INCIDENTS_READ,
        scoped=True,
        rows=_rows,
        sort="-reported_at",
        to=_address,
        new=("console.new_incident", _("Report an incident")),
        columns=(
            Column(_("Number"), lambda one: one.number, sort="number"),
            Column(_("What"), lambda one: one.kind),
            Column(_("State"), _late, badge=True),
            Column(
                _("Holder"),
                lambda one: one.employee and one.employee.name,
                to=lambda one: links.person(one.employee),
            ),
            Column(_("Of"), lambda one: [thing.name for thing in one.things], wrap=True),
            Column(_("Measures"), _progress),
            Column(_("Reported by"), lambda one: one.reported_by),
            Column(_("Reported"), lambda one: one.reported_at, sort="reported_at"),
            Column(_("Closed"), lambda one: one.closed_at, sort="closed_at"),
        ),
        filters=(
            Filter("kind", _("What"), listing.among(IncidentKind)),
            Filter("state", _("State"), [("open", ""), ("closed", "")]),
            Filter("overdue", _("Overdue"), listing.FLAG),
        ),
    )
)


@bp.get("/incidents/new")
@asks(Permission.INCIDENTS_REPORT, scoped=True)
def new_incident() -> str:
    return page("incident_new.html", form=IncidentForm(request.args))


@bp.post("/incidents/new")
@asks(Permission.INCIDENTS_REPORT, scoped=True)
def report_incident() -> Response:
    """Say what would follow, and report once that was read."""
    form = IncidentForm()

    def do() -> Response | str:
        given = parsed(IncidentIn, form)
        db, actor = current_session(), current_actor()
        things = [_thing(db, word) for word in (form.things.data or "").split()]
        if not form.sure.data:
            plan, joins = services.plan_report(db, tools(), given.kind, things, actor=actor)
            foreseen = queries.shown_plan(plan, joins, actor=actor)
            return page("incident_sure.html", form=form, foreseen=foreseen)
        made, joined = services.report(
            db, tools(), given.kind, things, note=given.note, actor=actor
        )
        known = _("This is known already; your report was added to it.")
        flash(say(known) if joined else say(_("It is reported. What follows is below.")))
        return _to(made.number)

    return answered("incident_new.html", form, do)


def _thing(db: Session, word: str) -> Held:
    """Return what people call so: the tag of a phone, the number of a SIM, a handle."""
    finders: tuple[tuple[Callable[[Session, str], Held], type[Exception]], ...] = (
        (device, DeviceNotFound),
        (sim, SimNotFound),
    )
    for find, not_found in finders:
        try:
            return find(db, word)
        except not_found:
            continue
    return account(db, word)


@bp.get("/incidents/<number>")
@asks(Permission.INCIDENTS_READ, scoped=True)
def incident(number: str) -> str:
    """Show an incident, and what the one who looks can do about it."""
    return page("incident.html", **_about(number))


@bp.post("/incidents/<number>/notes")
@asks(Permission.INCIDENTS_REPORT, scoped=True)
def note_incident(number: str) -> Response:
    form = NoteForm()

    def do() -> Response:
        text = parsed(NoteIn, form).text
        services.note(current_session(), number, text=text, actor=current_actor())
        return _to(number)

    return _answered(form, do, number, AT_NOTE)


@bp.post("/incidents/<number>/measures/<int:measure>/done")
@asks(Permission.INCIDENTS_HANDLE)
def end_measure(number: str, measure: int) -> Response:
    """Take the word of whoever did it."""
    return _ended(number, measure, not_needed=False)


@bp.post("/incidents/<number>/measures/<int:measure>/not-needed")
@asks(Permission.INCIDENTS_HANDLE)
def waive_measure(number: str, measure: int) -> Response:
    """Note why it need not be done."""
    return _ended(number, measure, not_needed=True)


def _ended(number: str, measure: int, *, not_needed: bool) -> Response:
    form = DoneForm()

    def do() -> Response:
        given = parsed(MeasureIn, form, not_needed=not_needed)
        db, actor = current_session(), current_actor()
        found = queries.incident(db, number, actor=actor)
        services.end_measure(
            db, found, measure, note=given.note, not_needed=given.not_needed, actor=actor
        )
        flash(say(_("The measure is ended.")))
        return _to(number)

    return _answered(form, do, number, measure)


@bp.post("/incidents/<number>/close")
@asks(Permission.INCIDENTS_HANDLE)
def close_incident(number: str) -> Response:
    form = NoteForm()

    def do() -> Response:
        text, db, actor = parsed(NoteIn, form).text, current_session(), current_actor()
        services.close(db, queries.incident(db, number, actor=actor), note=text, actor=actor)
        flash(say(_("The incident is closed.")))
        return _to(number)

    return _answered(form, do, number, AT_NOTE)


def _answered(form: Form, do: Callable[[], Response], number: str, at: int | str) -> Response:
    return answered("incident.html", form, do, **_about(number), at=at)


def _about(number: str) -> dict[str, Any]:
    """Return what the page shows, and the forms that nobody has filled yet."""
    found = queries.incident(current_session(), number, actor=current_actor())
    fresh = {"note": NoteForm(formdata=None), "done": DoneForm(formdata=None)}
    return {"incident": queries.shown(found), **fresh}


def _to(number: str) -> Response:
    return redirect(url_for("console.incident", number=number), code=303)
