"""The company's list of its people: what it says that the register does not, for people to decide.

A list comes in without a session, as imports do, and a dry run only reads.
"""

from apiflask import APIBlueprint

from api.house import house, tools
from api.identity import asks, current_actor
from api.transaction import current_session, short_look
from api.v1.streams import pieces
from fleet.contracts.directory import (
    COLUMNS,
    AcceptIn,
    DecisionsOut,
    DismissIn,
    ProposalOut,
    ProposalQuery,
    SyncOut,
    SyncQuery,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.registers import Kind
from fleet.contracts.wire import Page
from fleet.directory import queries, services, syncing
from fleet.registers.importing import received

bp = APIBlueprint("directory", __name__, url_prefix="/api/v1/directory", tag="Directory")


@bp.post("/sync")
@asks(Permission.DIRECTORY_SYNC)
@bp.input(SyncQuery, location="query", arg_name="query")
@bp.output(SyncOut)
def sync(query: SyncQuery) -> SyncOut:
    """Compare a whole list of people, sent as the body, with the register; it makes proposals."""
    settings, actor = house().settings, current_actor()
    with received(Kind.EMPLOYEES, pieces(), settings, COLUMNS) as sheet:
        if not query.dry_run:
            return syncing.sync(current_session(), sheet, query, settings, actor=actor)
        with short_look() as session:
            return syncing.compared(session, sheet, settings, actor=actor)


@bp.get("/proposals")
@asks(Permission.DIRECTORY_READ)
@bp.input(ProposalQuery, location="query", arg_name="query")
@bp.output(Page[ProposalOut])
def list_proposals(query: ProposalQuery) -> Page[ProposalOut]:
    """List the proposals that wait, or all of them."""
    rows, mark = queries.proposals(current_session(), query, actor=current_actor())
    return Page(items=[queries.shown(row) for row in rows], next=mark)


@bp.get("/proposals/<number>")
@asks(Permission.DIRECTORY_READ)
@bp.output(ProposalOut)
def show_proposal(number: str) -> ProposalOut:
    """Show a proposal."""
    return queries.shown(queries.proposal(current_session(), number, actor=current_actor()))


@bp.post("/proposals/accept")
@asks(Permission.DIRECTORY_SYNC)
@bp.input(AcceptIn, arg_name="body")
@bp.output(DecisionsOut)
def accept_proposals(body: AcceptIn) -> DecisionsOut:
    """Do what proposals say, one by one; with `dry_run` nothing of it is kept."""
    return services.accept_several(current_session(), tools(), body, actor=current_actor())


@bp.post("/proposals/dismiss")
@asks(Permission.DIRECTORY_SYNC)
@bp.input(DismissIn, arg_name="body")
@bp.output(DecisionsOut)
def dismiss_proposals(body: DismissIn) -> DecisionsOut:
    """Leave the register as it is; the same is not proposed again while the list says so."""
    return services.dismiss_several(current_session(), body, actor=current_actor())
