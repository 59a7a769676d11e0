"""Playbooks: how a change of a password is guided, in versions."""

from apiflask import APIBlueprint

from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.permissions import Permission
from fleet.contracts.playbooks import (
    ChoiceOut,
    ChoiceQuery,
    PlaybookIn,
    PlaybookOut,
    PlaybookQuery,
    PlaybookSetOut,
    PlaybookShowQuery,
)
from fleet.contracts.wire import Page
from fleet.devices.queries import device
from fleet.playbooks import queries, services

bp = APIBlueprint("playbooks", __name__, url_prefix="/api/v1", tag="Playbooks")


@bp.get("/playbooks")
@asks(Permission.PLAYBOOKS_READ)
@bp.input(PlaybookQuery, location="query", arg_name="query")
@bp.output(Page[PlaybookOut])
def list_playbooks(query: PlaybookQuery) -> Page[PlaybookOut]:
    """List the newest version of each playbook, or every one."""
    rows, mark = queries.listed(current_session(), query, actor=current_actor())
    return Page(items=[queries.shown(row) for row in rows], next=mark)


@bp.get("/playbooks/<name>")
@asks(Permission.PLAYBOOKS_READ)
@bp.input(PlaybookShowQuery, location="query", arg_name="query")
@bp.output(PlaybookOut)
def show_playbook(name: str, query: PlaybookShowQuery) -> PlaybookOut:
    """Show a version of a playbook, the newest where none is named."""
    found = queries.playbook(current_session(), name, query.number, actor=current_actor())
    return queries.shown(found)


@bp.post("/playbooks/<name>")
@asks(Permission.PLAYBOOKS_WRITE)
@bp.input(PlaybookIn, arg_name="body")
@bp.output(PlaybookSetOut, status_code=201)
def set_playbook(name: str, body: PlaybookIn) -> PlaybookSetOut:
    """Add a version; with `dry_run`, say whether it could be followed."""
    verb = services.foreseen if body.dry_run else services.set_playbook
    version = verb(current_session(), name, body.book, reason=body.reason, actor=current_actor())
    return PlaybookSetOut(playbook=queries.shown(version), dry_run=body.dry_run)


@bp.get("/devices/<tag>/playbook")
@asks(Permission.PLAYBOOKS_READ)
@bp.input(ChoiceQuery, location="query", arg_name="query")
@bp.output(ChoiceOut)
def choose_playbook(tag: str, query: ChoiceQuery) -> ChoiceOut:
    """Say which playbook a change on a phone would be guided by."""
    session = current_session()
    return queries.choice_shown(session, device(session, tag), query.package, actor=current_actor())
