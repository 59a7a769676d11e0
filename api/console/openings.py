"""Openings of backups: who asks to read a person's data and what for, and who allows it."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from api.console import links, listing
from api.console.blueprint import bp
from api.console.forms import DecisionForm, Form, NothingForm, OpeningForm, answered, parsed
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.backups.queries import backup_of
from fleet.contracts.credentials import DecisionIn
from fleet.contracts.openings import (
    OpeningIn,
    OpeningOut,
    OpeningPurpose,
    OpeningQuery,
    OpeningState,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _, say
from fleet.openings import queries, services
from fleet.openings.models import Opening


def _rows(query: OpeningQuery) -> listing.Rows:
    rows, mark = queries.openings(current_session(), query, actor=current_actor())
    return [queries.shown(row) for row in rows], mark


def _address(one: OpeningOut) -> str:
    return url_for("console.opening", number=one.number)


listing.add(
    Listing(
        name="openings",
        title=_("Openings of backups"),
        search=_("Number, backup, phone or person"),
        query=OpeningQuery,
        permission=Permission.OPENINGS_READ,
        scoped=True,
        rows=_rows,
        sort="-asked_at",
        to=_address,
        new=("console.new_opening", _("Ask to open a backup")),
        columns=(
            Column(_("Number"), lambda one: one.number, sort="number"),
            Column(_("Backup"), lambda one: one.backup),
            Column(_("Phone"), lambda one: one.device, to=lambda one: links.phone(one.device)),
            Column(_("Whose data"), lambda one: one.holder and one.holder.name),
            Column(_("What for"), lambda one: one.purpose),
            Column(_("State"), lambda one: one.state, badge=True),
            Column(_("Asked by"), lambda one: one.asked_by),
            Column(_("Reason"), lambda one: one.reason, wrap=True),
            Column(_("Until"), lambda one: one.until, sort="until"),
            Column(_("Fetched"), lambda one: one.fetched),
        ),
        filters=(
            Filter("state", _("State"), listing.among(OpeningState)),
            Filter("purpose", _("What for"), listing.among(OpeningPurpose)),
            Filter("mine", _("Asked by"), (("true", _("me")),)),
        ),
    )
)


@bp.get("/openings/new")
@asks(Permission.BACKUPS_OPEN)
def new_opening() -> str:
    return page("opening_new.html", form=OpeningForm(backup=request.args.get("backup")))


@bp.post("/openings/new")
@asks(Permission.BACKUPS_OPEN)
def ask_opening() -> Response:
    """Ask to open a backup; another person approves it."""
    form = OpeningForm()

    def do() -> Response:
        patterns = [line for line in (form.paths.data or "").splitlines() if line.strip()]
        given = parsed(OpeningIn, form, paths=patterns)
        session, actor = current_session(), current_actor()
        backup = backup_of(session, given.backup) if given.backup else None
        asked = services.ask_opening(
            session,
            backup,
            purpose=given.purpose,
            reason=given.reason,
            paths=given.paths,
            actor=actor,
        )
        return _to(asked, _("{number} is asked for."))

    return answered("opening_new.html", form, do)


@bp.get("/openings/<number>")
@asks(Permission.OPENINGS_READ, scoped=True)
def opening(number: str) -> str:
    """Show an opening, and what the one who looks can do about it."""
    return page("opening.html", form=DecisionForm(), **_about(_found(number)))


@bp.post("/openings/<number>/approve")
@asks(Permission.OPENINGS_APPROVE)
def approve_opening(number: str) -> Response:
    return _decided(number, approve=True)


@bp.post("/openings/<number>/deny")
@asks(Permission.OPENINGS_APPROVE)
def deny_opening(number: str) -> Response:
    return _decided(number, approve=False)


@bp.post("/openings/<number>/withdraw")
@asks(Permission.BACKUPS_OPEN)
def withdraw_opening(number: str) -> Response:
    """Take one's own request back."""
    return _ended(number, services.withdraw_opening)


@bp.post("/openings/<number>/close")
@asks(Permission.BACKUPS_OPEN)
def close_opening(number: str) -> Response:
    """End one's own opening."""
    return _ended(number, services.close_opening)


@bp.post("/openings/<number>/revoke")
@asks(Permission.OPENINGS_APPROVE)
def revoke_opening(number: str) -> Response:
    """End what was approved for anybody, at once."""
    return _ended(number, services.revoke_opening)


def _decided(number: str, *, approve: bool) -> Response:
    form, asked = DecisionForm(), _found(number)

    def do() -> Response:
        note, actor = parsed(DecisionIn, form).note, current_actor()
        services.decide_opening(current_session(), asked, approve=approve, note=note, actor=actor)
        return _to(asked, _("{number} is approved.") if approve else _("{number} is denied."))

    return _answered(form, do, asked)


def _ended(number: str, end: Callable[..., None]) -> Response:
    asked = _found(number)

    def do() -> Response:
        end(current_session(), asked, actor=current_actor())
        return _to(asked, _("{number} has ended: nothing can be fetched under it."))

    return _answered(NothingForm(), do, asked)


def _answered(form: Form, do: Callable[[], Response], asked: Opening) -> Response:
    shown = form if isinstance(form, DecisionForm) else DecisionForm(formdata=None)
    return answered("opening.html", shown, do, **_about(asked))


def _to(asked: Opening, told: str) -> Response:
    flash(say(told, number=asked.number))
    return redirect(url_for("console.opening", number=asked.number), code=303)


def _about(asked: Opening) -> dict[str, Any]:
    return {"asked": queries.shown(asked), "is_mine": asked.asked_by_id == current_actor().id}


def _found(number: str) -> Opening:
    return queries.opening(current_session(), number, actor=current_actor())
