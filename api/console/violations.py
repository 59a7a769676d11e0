"""Drafts of violations: seen by those concerned and the heads above them, decided by people."""

from collections.abc import Callable

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from api.console import links, listing
from api.console.blueprint import bp
from api.console.forms import ReasonForm, answered, parsed
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.conduct import queries, services
from fleet.conduct.models import Violation
from fleet.contracts.permissions import Permission
from fleet.contracts.violations import (
    ViolationDecisionIn,
    ViolationOut,
    ViolationQuery,
    ViolationState,
)
from fleet.contracts.words import _, say


def _rows(query: ViolationQuery) -> listing.Rows:
    rows, mark = queries.violations(current_session(), query, actor=current_actor())
    return [queries.shown(row) for row in rows], mark


def _address(one: ViolationOut) -> str:
    return url_for("console.violation", number=one.number)


listing.add(
    Listing(
        name="violations",
        title=_("Drafts of violations"),
        search=_("Number or person"),
        query=ViolationQuery,
        permission=Permission.VIOLATIONS_READ,
        scoped=True,
        rows=_rows,
        sort="-opened_at",
        to=_address,
        columns=(
            Column(_("Number"), lambda one: one.number, sort="number"),
            Column(_("Person"), lambda one: one.employee.name),
            Column(_("Clause"), lambda one: one.clause),
            Column(_("State"), lambda one: one.state, badge=True),
            Column(_("Phone"), lambda one: one.device, to=lambda one: links.phone(one.device)),
            Column(_("What was seen"), lambda one: one.sentence, wrap=True),
            Column(_("Drafted"), lambda one: one.opened_at, sort="opened_at"),
            Column(_("Decided"), lambda one: one.decided_at, sort="decided_at"),
        ),
        filters=(Filter("state", _("State"), listing.among(ViolationState)),),
    )
)


@bp.get("/violations/<number>")
@asks(Permission.VIOLATIONS_READ, scoped=True)
def violation(number: str) -> str:
    return page("violation.html", violation=_shown(number), form=ReasonForm())


@bp.post("/violations/<number>/dismiss")
@asks(Permission.VIOLATIONS_DECIDE, scoped=True)
def dismiss_violation(number: str) -> Response:
    """Say that it is no violation; the reason stays with it."""
    return _decided(number, services.dismiss, _("It is dismissed."))


@bp.post("/violations/<number>/keep")
@asks(Permission.VIOLATIONS_DECIDE, scoped=True)
def keep_violation(number: str) -> Response:
    """Keep it for a hearing."""
    return _decided(number, services.keep, _("It is kept for a hearing."))


def _decided(number: str, decide: Callable[..., Violation], told: str) -> Response:
    form = ReasonForm()

    def do() -> Response:
        reason = parsed(ViolationDecisionIn, form).reason
        decide(current_session(), number, reason=reason, actor=current_actor())
        flash(say(told))
        return redirect(url_for("console.violation", number=number), code=303)

    return answered("violation.html", form, do, violation=_shown(number))


def _shown(number: str) -> ViolationOut:
    return queries.shown(queries.violation(current_session(), number, actor=current_actor()))
