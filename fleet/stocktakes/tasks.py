"""What of stock-takes waits for somebody: results to sign, and differences to clear up."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.cases import TaskKind, TaskOut
from fleet.contracts.clock import end_of, now
from fleet.contracts.labels import label
from fleet.contracts.permissions import Permission
from fleet.contracts.stocktakes import DifferenceQuery, StocktakeState
from fleet.contracts.words import _, say
from fleet.stocktakes.models import Stocktake
from fleet.stocktakes.queries import differences

MOST: Final = 1000


def tasks(session: Session, actor: Actor) -> Iterator[TaskOut]:
    """Give what waits for the actor: to sign what another has closed, and what differs."""
    if actor.may(Permission.STOCKTAKES_SIGN):
        yield from _to_sign(session, actor)
    if actor.may(Permission.STOCKTAKES_RUN):
        yield from _differences(session, actor)


def _to_sign(session: Session, actor: Actor) -> Iterator[TaskOut]:
    closed = select(Stocktake).where(
        Stocktake.state == StocktakeState.CLOSED, Stocktake.closed_by != actor.name
    )
    for one in session.scalars(closed.order_by(Stocktake.number).limit(MOST)):
        yield TaskOut(
            kind=TaskKind.STOCKTAKE,
            of=one.number,
            step=None,
            what=say(_("The result that {who} has closed is to be signed."), who=one.closed_by),
            who=one.closed_by,
            due_at=None,
            overdue=False,
            how=say(_("`workfleet stocktake sign {number}`"), number=one.number),
        )


def _differences(session: Session, actor: Actor) -> Iterator[TaskOut]:
    rows, _mark = differences(session, DifferenceQuery(waiting=True, limit=MOST), actor=actor)
    advice = _("`workfleet stocktake resolve {number} {name} --as … --note TEXT`")
    for one in rows:
        end = end_of(one.due_on) if one.due_on else None
        yield TaskOut(
            kind=TaskKind.STOCKTAKE,
            of=f"{one.stocktake} {one.name}",  # each is a task of its own
            step=None,
            what=label(one.result),
            who=one.holder.name if one.holder else None,
            due_at=end,
            overdue=end is not None and end <= now(),
            how=say(advice, number=one.stocktake, name=one.name),
        )
