"""Saved views: made from any list, shown as that list, shared with everybody or kept."""

from typing import Any, Final
from urllib.parse import parse_qsl

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from api.console.blueprint import bp
from api.console.forms import Form, NothingForm, ViewForm, answered, parsed, queried
from api.console.listing import LISTINGS
from api.console.surroundings import page
from api.identity import current_actor, may_ask
from api.transaction import current_session
from fleet.contracts.views import LISTS, ShareIn, ViewIn, ViewOut, ViewQuery
from fleet.contracts.words import _, say
from fleet.views import queries, services

NAMES: Final = {one.query: name for name, one in LISTS.items()}


@bp.get("/views")
def views() -> str:
    query, actor = queried(ViewQuery, request.args), current_actor()
    rows, mark = queries.views(current_session(), query, actor=actor)
    items = [queries.shown(row, actor=actor) for row in rows]
    return page("views.html", items=items, next=mark, query=query, address=_address)


@bp.get("/views/<name>")
def view(name: str) -> str:
    return page("view.html", **_about(name))


@bp.post("/views")
def save_view() -> Response:
    """Save what the list before this page was asked, in the words of its address."""
    form = ViewForm()

    def do() -> Response:
        listing = LISTINGS.get(form.listing.data or "")
        of = NAMES.get(listing.query) if listing else form.listing.data
        asked = dict(parse_qsl(form.asked.data or ""))
        given = parsed(ViewIn, form, list=of or "?", query=asked)
        saved = services.save_view(current_session(), given, actor=current_actor())
        flash(say(_("The view is saved.")))
        return redirect(url_for("console.view", name=saved.name), code=303)

    return answered("view_new.html", form, do)


@bp.post("/views/<name>/share")
def share_view(name: str) -> Response:
    def do() -> Response:
        body = ShareIn(shared=request.form.get("shared") == "yes")
        db, actor = current_session(), current_actor()
        services.share_view(db, name, shared=body.shared, actor=actor)
        return redirect(url_for("console.view", name=name), code=303)

    return _answered(NothingForm(), do, name)


@bp.post("/views/<name>/remove")
def remove_view(name: str) -> Response:
    def do() -> Response:
        services.remove_view(current_session(), name, actor=current_actor())
        flash(say(_("The view is gone.")))
        return redirect(url_for("console.views"), code=303)

    return _answered(NothingForm(), do, name)


def _answered(form: Form, do: Any, name: str) -> Response:
    return answered("view.html", form, do, **_about(name))


def _about(name: str) -> dict[str, Any]:
    actor = current_actor()
    found = queries.shown(queries.view(current_session(), name, actor=actor), actor=actor)
    return {"view": found, "address": _address(found)}


def _address(one: ViewOut) -> str | None:
    """Return the page that shows the list of a view, where it has one that the reader may ask."""
    query = LISTS[one.list].query if one.list in LISTS else None
    whole = (name for name, one in LISTINGS.items() if one.query is query and one.whole)
    name = next(whole, None)
    if name is None or not may_ask(f"console.{name}"):
        return None
    asked: dict[str, Any] = {field: _written(value) for field, value in one.query.items()}
    return url_for(f"console.{name}", **asked)


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
