"""Remedies: what stations do on phones against findings, read before it is asked for."""

from typing import Any

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from api.console import links, listing
from api.console.blueprint import bp
from api.console.forms import NothingForm, answered
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.compliance import queries as findings
from fleet.contracts.labels import label
from fleet.contracts.permissions import Permission
from fleet.contracts.remedies import RemedyAction
from fleet.contracts.remedying import (
    RemedyLineOut,
    RemedyOut,
    RemedyPlanIn,
    RemedyQuery,
    RemedyState,
)
from fleet.contracts.words import _, say
from fleet.remedies import queries, services


def _rows(query: RemedyQuery) -> listing.Rows:
    session = current_session()
    rows, mark = queries.remedies(session, query, actor=current_actor())
    return queries.shown_each(session, rows), mark


def _address(one: RemedyOut) -> str:
    return url_for("console.remedy", number=one.number)


listing.add(
    Listing(
        name="remedies",
        title=_("Remedies"),
        search=_("Number, tag or app"),
        query=RemedyQuery,
        permission=Permission.REMEDIES_READ,
        rows=_rows,
        sort="-planned_at",
        to=_address,
        columns=(
            Column(_("Number"), lambda one: one.number, sort="number"),
            Column(_("Phone"), lambda one: one.device, to=lambda one: links.phone(one.device)),
            Column(_("What"), lambda one: one.action),
            Column(_("App"), lambda one: one.package),
            Column(_("State"), lambda one: one.state, badge=True),
            Column(_("Level"), lambda one: one.level, badge=True),
            Column(_("Finding"), lambda one: one.finding),
            Column(_("Asked by"), lambda one: one.asked_by),
            Column(_("Planned"), lambda one: one.planned_at, sort="planned_at"),
            Column(_("Ended"), lambda one: one.ended_at, sort="ended_at"),
        ),
        filters=(
            Filter("state", _("State"), listing.among(RemedyState)),
            Filter("action", _("What"), listing.among(RemedyAction)),
        ),
    )
)


@bp.get("/remedies/<number>")
@asks(Permission.REMEDIES_READ)
def remedy(number: str) -> str:
    return page("remedy.html", remedy=_shown(number))


@bp.get("/findings/<number>/remedy/<action>")
@asks(Permission.REMEDIES_PLAN)
def ask_remedy(number: str, action: str) -> str:
    """Say what a station would do, and what is in the way, before anybody asks for it."""
    return page("confirm.html", form=NothingForm(), **_of_planning(number, action))


@bp.post("/findings/<number>/remedy/<action>")
@asks(Permission.REMEDIES_PLAN)
def plan_remedy(number: str, action: str) -> Response:
    """Have a station do something against a finding."""

    def do() -> Response:
        done = services.plan(current_session(), _asked(number, action), actor=current_actor())
        made = [line.remedy for line in done.lines if line.remedy]
        flash(say(_("Planned: {numbers}."), numbers=", ".join(made) or "—"))
        return redirect(url_for("console.finding", number=number), code=303)

    return answered("confirm.html", NothingForm(), do, **_of_planning(number, action))


@bp.get("/remedies/<number>/undo")
@asks(Permission.REMEDIES_PLAN)
def ask_undo_remedy(number: str) -> str:
    """Say what taking a remedy back means before it is asked for."""
    return page("confirm.html", form=NothingForm(), **_of_undoing(_shown(number)))


@bp.post("/remedies/<number>/undo")
@asks(Permission.REMEDIES_PLAN)
def undo_remedy(number: str) -> Response:
    found = _shown(number)

    def do() -> Response:
        made = services.undo(current_session(), number, actor=current_actor())
        flash(say(_("{number} will take {earlier} back."), number=made.number, earlier=number))
        return redirect(url_for("console.remedy", number=made.number), code=303)

    return answered("confirm.html", NothingForm(), do, **_of_undoing(found))


@bp.post("/remedies/<number>/cancel")
@asks(Permission.REMEDIES_PLAN)
def cancel_remedy(number: str) -> Response:
    """Call a remedy off that no station is at."""
    found = _shown(number)

    def do() -> Response:
        services.cancel(current_session(), number, actor=current_actor())
        return redirect(url_for("console.remedy", number=number), code=303)

    return answered("remedy.html", NothingForm(), do, remedy=found)


def _shown(number: str) -> RemedyOut:
    session, actor = current_session(), current_actor()
    actor.require(Permission.REMEDIES_READ)
    return queries.shown(session, queries.remedy(session, number, actor=actor))


def _asked(number: str, action: str, *, dry_run: bool = False) -> RemedyPlanIn:
    """Return what is asked for; a word that is no action is what the rule says first."""
    known = next((one for one in RemedyAction if one == action), None)
    return RemedyPlanIn(findings=[number], action=known, dry_run=dry_run)


def _of_planning(number: str, action: str) -> dict[str, Any]:
    session, actor = current_session(), current_actor()
    found = findings.finding(session, number, actor=actor)
    foreseen = services.plan(session, _asked(number, action, dry_run=True), actor=actor)
    return {
        "title": say(_("Have a station do this on {tag}?"), tag=found.device.tag),
        "tells": [text for line in foreseen.lines for text in _told(line)],
        "button": say(_("Have it done")),
        "back": url_for("console.finding", number=number),
    }


def _told(line: RemedyLineOut) -> list[str]:
    """Return what is done, for whom on the phone, whether it can be taken back, or why not."""
    what = label(line.action) if line.action else ""
    for_user = say(_("for user {user} of the phone"), user=line.user)
    said = [", ".join(filter(None, (what, line.package, line.version, for_user)))]
    if line.in_the_way:
        return [*said, say(_("In the way: {reason}"), reason=line.in_the_way)]
    if line.undo:
        return [*said, say(_("It can be taken back: {action}."), action=label(line.undo))]
    return [*said, say(_("There is no way back: {reason}"), reason=line.no_way_back or "")]


def _of_undoing(found: RemedyOut) -> dict[str, Any]:
    tells = [label(found.undo), found.package] if found.undo else []
    return {
        "title": say(_("Take {number} back on {tag}?"), number=found.number, tag=found.device),
        "tells": [text for text in tells if text],
        "button": say(_("Take it back")),
        "back": url_for("console.remedy", number=found.number),
    }
