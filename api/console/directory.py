"""The company's whole list of its people on pages: sent, looked at, and made into proposals."""

from typing import Any, Final
from uuid import UUID

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from api.console.blueprint import bp
from api.console.forms import AllowForm, NothingForm, answered, parsed
from api.console.registers import FORM_BYTES, answered_anew, chosen_file
from api.console.surroundings import page
from api.house import house
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.directory import COLUMNS, SyncQuery
from fleet.contracts.permissions import Permission
from fleet.contracts.registers import EMPLOYEES, Kind
from fleet.contracts.words import _, language, say
from fleet.directory import syncing
from fleet.registers import importing, waiting

LIMITS: Final = {"console.send_list": FORM_BYTES}


@bp.get("/directory")
@asks(Permission.DIRECTORY_SYNC)
def directory() -> str:
    """Say what a list is, and take one."""
    return page("directory.html", columns=_columns())


@bp.post("/directory/lists")
@asks(Permission.DIRECTORY_SYNC)
def send_list() -> Response:
    """Keep a list and show what it would propose; one that cannot be read is refused here."""

    def do() -> Response:
        name, content = chosen_file()
        session, actor = current_session(), current_actor()
        with importing.received(Kind.EMPLOYEES, [content], house().settings, COLUMNS):
            kept = waiting.keep(session, waiting.DIRECTORY, name, content, actor=actor)
        return redirect(url_for("console.look_list", key=kept.id), code=303)

    return answered("directory.html", NothingForm(), do, columns=_columns())


@bp.get("/directory/lists/<uuid:key>")
@asks(Permission.DIRECTORY_SYNC)
def look_list(key: UUID) -> str:
    """Show what a list would propose; nothing is stored."""
    return page("directory_list.html", form=AllowForm(formdata=None), **_looked_at(key))


@bp.post("/directory/lists/<uuid:key>/propose")
@asks(Permission.DIRECTORY_SYNC)
def propose_list(key: UUID) -> Response:
    """Propose what a list says, or refuse and show it anew."""
    form = AllowForm()

    def do() -> Response:
        session, actor, settings = current_session(), current_actor(), house().settings
        sheet = waiting.waiting(session, waiting.DIRECTORY, key, actor=actor)
        query = parsed(SyncQuery, form)
        with importing.received(Kind.EMPLOYEES, waiting.pieces(sheet), settings, COLUMNS) as read:
            done = syncing.sync(session, read, query, settings, actor=actor)
        session.delete(sheet)
        told = {"count": sum(done.proposed.values()), "withdrawn": done.withdrawn}
        flash(say(_("{count} proposed, {withdrawn} withdrawn."), **told))
        return redirect(url_for("console.proposals"), code=303)

    return answered_anew("directory_list.html", form, do, lambda: _looked_at(key))


def _looked_at(key: UUID) -> dict[str, Any]:
    session, actor, settings = current_session(), current_actor(), house().settings
    sheet = waiting.waiting(session, waiting.DIRECTORY, key, actor=actor)
    with importing.received(Kind.EMPLOYEES, waiting.pieces(sheet), settings, COLUMNS) as read:
        found = syncing.compared(session, read, settings, actor=actor)
    return {
        "sheet": sheet,
        "found": found,
        "crowd": found.leavers > found.most_leavers,
        "allows": actor.may(Permission.DIRECTORY_FORCE),
        "anything": bool(found.proposed) or found.withdrawn > 0,
    }


def _columns() -> list[str]:
    return [EMPLOYEES.column(name).header(language()) for name in COLUMNS]
