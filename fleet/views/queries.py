"""Finding saved views: one's own, and those that others share."""

from typing import Final

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.views import LISTS, ViewOut, ViewQuery
from fleet.paging import containing, page
from fleet.views.errors import ViewNotFound, ViewOfSeveral
from fleet.views.models import SavedView

SORTS: Final = {
    "name": SavedView.name,
    "list": SavedView.list,
    "saved_at": SavedView.saved_at,
}


def views(
    session: Session, query: ViewQuery, *, actor: Actor
) -> tuple[list[SavedView], str | None]:
    """Return one page of the actor's views and the shared ones, and the mark of the next."""
    statement = select(SavedView).where(_seen_by(actor))
    statement = statement.where(containing(query.q, SavedView.name, SavedView.owner))
    if query.list:
        statement = statement.where(SavedView.list == query.list)
    if query.mine:
        statement = statement.where(SavedView.owner_id == actor.id)
    return page(session, statement, query, sorts=SORTS, default="name", key=SavedView.id)


def view(session: Session, name: str, *, actor: Actor) -> SavedView:
    """Return the view called `name`, or "owner:name"; one's own before those of others."""
    owner, _colon, plain = name.rpartition(":")
    statement = select(SavedView).where(SavedView.name == plain, _seen_by(actor))
    if owner:
        statement = statement.where(SavedView.owner == owner)
    found = session.scalars(statement.order_by(SavedView.owner)).all()
    mine = [one for one in found if one.owner_id == actor.id]
    best = mine or found
    if not best:
        raise ViewNotFound(view=name)
    if len(best) > 1:
        raise ViewOfSeveral(view=name, owners=", ".join(one.owner for one in best))
    return best[0]


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    return or_(SavedView.owner_id == actor.id, SavedView.shared)


def shown(one: SavedView, *, actor: Actor) -> ViewOut:
    return ViewOut(
        name=one.name,
        list=one.list,
        command=LISTS[one.list].command if one.list in LISTS else "",
        query=one.query,
        owner=one.owner,
        mine=one.owner_id == actor.id,
        shared=one.shared,
        saved_at=one.saved_at,
    )
