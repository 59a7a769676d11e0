"""Keys that backups are sealed to: who keeps them, and two people for each."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from api.console import listing
from api.console.blueprint import bp
from api.console.forms import (
    DecisionForm,
    EscrowConfirmForm,
    EscrowForm,
    Form,
    ReasonForm,
    answered,
    parsed,
)
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.credentials import DecisionIn
from fleet.contracts.escrow import (
    Custody,
    EscrowConfirmIn,
    EscrowKeyIn,
    EscrowKeyOut,
    EscrowQuery,
    EscrowRetireIn,
    EscrowState,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _, say
from fleet.escrow import queries, services
from fleet.escrow.models import EscrowKey


def _rows(query: EscrowQuery) -> listing.Rows:
    settings = tools().settings
    rows, mark = queries.keys(current_session(), query, settings, actor=current_actor())
    return [queries.shown(row, settings) for row in rows], mark


def _address(one: EscrowKeyOut) -> str:
    return url_for("console.escrow_key", name=one.name)


listing.add(
    Listing(
        name="escrow_keys",
        title=_("Keys that open backups"),
        search=_("Name, keeper or place"),
        query=EscrowQuery,
        permission=Permission.ESCROW_READ,
        rows=_rows,
        sort="name",
        to=_address,
        new=("console.new_escrow_key", _("Ask for a key")),
        columns=(
            Column(_("Name"), lambda one: one.name, sort="name"),
            Column(_("State"), lambda one: one.state, badge=True),
            Column(_("Custody"), lambda one: one.custody, badge=True),
            Column(_("Kept by"), lambda one: (one.kept_by, one.kept_with)),
            Column(_("Where"), lambda one: one.kept_at),
            Column(_("Shown last"), lambda one: one.proved_at, sort="proved_at"),
            Column(_("Due"), lambda one: one.proof_due_at),
        ),
        filters=(
            Filter("state", _("State"), listing.among(EscrowState)),
            Filter("custody", _("Custody"), listing.among(Custody)),
        ),
    )
)


@bp.get("/escrow-keys/new")
@asks(Permission.ESCROW_WRITE)
def new_escrow_key() -> str:
    return page("escrow_key_new.html", form=EscrowForm())


@bp.post("/escrow-keys/new")
@asks(Permission.ESCROW_WRITE)
def ask_escrow_key() -> Response:
    """Ask for a key that will open every backup; another person confirms it."""
    form = EscrowForm()

    def do() -> Response:
        given, settings = parsed(EscrowKeyIn, form), tools().settings
        key = services.add_key(current_session(), settings, given, actor=current_actor())
        return _to(key, _("{name} waits for a second person; nothing is sealed to it yet."))

    return answered("escrow_key_new.html", form, do)


@bp.get("/escrow-keys/<name>")
@asks(Permission.ESCROW_READ)
def escrow_key(name: str) -> str:
    """Show a key, and what the one who looks can do about it."""
    return page("escrow_key.html", **_about(_found(name)))


@bp.post("/escrow-keys/<name>/confirm")
@asks(Permission.ESCROW_CONFIRM)
def confirm_escrow_key(name: str) -> Response:
    """Let a key take effect, by the fingerprint on its paper."""
    form, key = EscrowConfirmForm(), _found(name)

    def do() -> Response:
        given = parsed(EscrowConfirmIn, form)
        told = {"fingerprint": given.fingerprint, "note": given.note}
        services.confirm_key(current_session(), key, **told, actor=current_actor())
        return _to(key, _("{name} is active: every new pack is sealed to it."))

    return _answered(form, do, key)


@bp.post("/escrow-keys/<name>/deny")
@asks(Permission.ESCROW_CONFIRM)
def deny_escrow_key(name: str) -> Response:
    """Deny a key that somebody else asked for."""
    form, key = DecisionForm(), _found(name)

    def do() -> Response:
        note = parsed(DecisionIn, form).note
        services.deny_key(current_session(), key, note=note, actor=current_actor())
        return _to(key, _("Denied: nothing is sealed to {name}."))

    return _answered(form, do, key)


@bp.get("/escrow-keys/<name>/retire")
@asks(Permission.ESCROW_WRITE)
def ask_retire_escrow_key(name: str) -> str:
    """Say what retiring a key means before it is done."""
    return page("confirm.html", form=ReasonForm(), **_of_retiring(_found(name)))


@bp.post("/escrow-keys/<name>/retire")
@asks(Permission.ESCROW_WRITE)
def retire_escrow_key(name: str) -> Response:
    """Seal nothing new to a key."""
    form, key = ReasonForm(), _found(name)

    def do() -> Response:
        reason, settings = parsed(EscrowRetireIn, form).reason, tools().settings
        services.retire_key(current_session(), settings, key, reason=reason, actor=current_actor())
        return _to(key, _("{name} is retired; what was sealed to it still opens."))

    return answered("confirm.html", form, do, **_of_retiring(key))


def _answered(form: Form, do: Callable[[], Response], key: EscrowKey) -> Response:
    return answered("escrow_key.html", form, do, **_about(key), at=type(form).__name__)


def _to(key: EscrowKey, told: str) -> Response:
    flash(say(told, name=key.name))
    return redirect(url_for("console.escrow_key", name=key.name), code=303)


def _about(key: EscrowKey) -> dict[str, Any]:
    """Return what the page shows, and the forms that nobody has filled yet."""
    confirm, deny = EscrowConfirmForm(formdata=None), DecisionForm(formdata=None)
    return {"key": queries.shown(key, tools().settings), "confirm": confirm, "deny": deny}


def _of_retiring(key: EscrowKey) -> dict[str, object]:
    active = queries.active_keys(current_session())
    others = ", ".join(one.name for one in active if one.id != key.id) or "—"
    return {
        "title": say(_("Retire the key {name}?"), name=key.name),
        "tells": [
            say(_("Nothing new is sealed to it; these are left: {others}."), others=others),
            say(_("What was sealed to it still opens with it, until it is sealed anew.")),
        ],
        "button": say(_("Retire it")),
        "back": url_for("console.escrow_key", name=key.name),
    }


def _found(name: str) -> EscrowKey:
    current_actor().require(Permission.ESCROW_READ)
    return queries.escrow_key(current_session(), name)
