"""Changes of PINs, passwords and bindings: how each stands, and what people say of it."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from api.console import listing
from api.console.blueprint import bp
from api.console.forms import DoneForm, Form, NothingForm, answered, parsed
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.permissions import Permission
from fleet.contracts.rotation import DeclareIn, RotationOut, RotationQuery, RotationState
from fleet.contracts.words import _, say
from fleet.rotation import declaring, queries
from fleet.rotation.models import Rotation


def _rows(query: RotationQuery) -> listing.Rows:
    db = current_session()
    rows, mark = queries.rotations(db, query, actor=current_actor())
    return queries.shown_each(db, rows), mark


def _address(one: RotationOut) -> str:
    return url_for("console.rotation", rotation_id=one.id)


listing.add(
    Listing(
        name="rotations",
        title=_("Changes at stations"),
        search=_("Tag or handle"),
        query=RotationQuery,
        permission=Permission.ROTATIONS_READ,
        rows=_rows,
        sort="-planned_at",
        to=_address,
        columns=(
            Column(_("Subject"), lambda one: one.subject),
            Column(_("What"), lambda one: one.kind),
            Column(_("State"), lambda one: one.state, badge=True),
            Column(_("Level"), lambda one: one.level),
            Column(_("Now"), lambda one: one.now or one.sentence, wrap=True),
            Column(_("Station"), lambda one: one.station),
            Column(_("Planned"), lambda one: one.planned_at, sort="planned_at"),
            Column(_("Ended"), lambda one: one.ended_at, sort="ended_at"),
        ),
        filters=(
            Filter("kind", _("What"), listing.among(CredentialKind)),
            Filter("state", _("State"), listing.among(RotationState)),
            Filter("live", _("Under way"), (("true", _("yes")), ("false", _("no")))),
            Filter("unproven", _("Not known to have come true"), listing.FLAG),
        ),
    )
)


@bp.get("/rotations/<rotation_id>")
@asks(Permission.ROTATIONS_READ)
def rotation(rotation_id: str) -> str:
    """Show a change step by step; a page of one under way asks again by itself."""
    return page("rotation.html", **_about(_found(rotation_id)))


@bp.post("/rotations/<rotation_id>/<what>/declare")
@asks(Permission.ROTATIONS_CONFIRM)
def declare_rotation(rotation_id: str, what: str) -> Response:
    """Say that something beside the change was done; another person confirms it."""
    form, found = DoneForm(), _found(rotation_id)

    def do() -> Response:
        given = parsed(DeclareIn, form, what=what)
        told = {"what": given.what, "note": given.note}
        declaring.declare(current_session(), found, **told, actor=current_actor())
        flash(say(_("It is noted. A second person who saw it confirms it.")))
        return redirect(url_for("console.rotation", rotation_id=rotation_id), code=303)

    return _answered(form, do, found, at=what)


@bp.post("/rotations/<rotation_id>/<what>/witness")
@asks(Permission.ROTATIONS_CONFIRM)
def witness_rotation(rotation_id: str, what: str) -> Response:
    """Confirm, as another person, what was declared."""
    found = _found(rotation_id)

    def do() -> Response:
        declaring.witness(current_session(), tools(), found, what=what, actor=current_actor())
        flash(say(_("It is witnessed.")))
        return redirect(url_for("console.rotation", rotation_id=rotation_id), code=303)

    return _answered(NothingForm(), do, found)


def _answered(
    form: Form, do: Callable[[], Response], found: Rotation, at: str | None = None
) -> Response:
    """`at`: what the form that was sent declares."""
    return answered("rotation.html", form, do, **_about(found), at=at)


def _about(found: Rotation) -> dict[str, Any]:
    shown = queries.shown(current_session(), found)
    return {"rotation": shown, "live": found.is_live, "done": DoneForm(formdata=None)}


def _found(rotation_id: str) -> Rotation:
    current_actor().require(Permission.ROTATIONS_READ)
    return queries.rotation_of(current_session(), rotation_id)
