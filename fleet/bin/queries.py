"""What is in the recycle bin."""

from collections import Counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.bin.errors import BinEntryNotFound
from fleet.bin.models import BinEntry
from fleet.contracts.bin import BinEntryOut, BinQuery
from fleet.contracts.permissions import Permission
from fleet.paging import containing, page

SORTS = {
    "number": BinEntry.number,
    "name": BinEntry.name,
    "at": BinEntry.at,
    "until": BinEntry.until,
}


def entries(
    session: Session, query: BinQuery, *, actor: Actor
) -> tuple[list[BinEntry], str | None]:
    """Return one page of what is in the bin, the newest first, and the mark of the next."""
    actor.require(Permission.BIN_READ)
    statement = select(BinEntry).where(
        containing(query.q, BinEntry.number, BinEntry.name, BinEntry.also, BinEntry.into)
    )
    if query.kind:
        statement = statement.where(BinEntry.kind == query.kind)
    if query.why:
        statement = statement.where(BinEntry.why == query.why)
    return page(session, statement, query, sorts=SORTS, default="-at", key=BinEntry.id)


def entry(session: Session, number: str, *, actor: Actor) -> BinEntry:
    actor.require(Permission.BIN_READ)
    found = session.scalar(select(BinEntry).where(BinEntry.number == number))
    if found is None:
        raise BinEntryNotFound(number=number)
    return found


def shown(found: BinEntry) -> BinEntryOut:
    return BinEntryOut(
        number=found.number,
        kind=found.kind,
        name=found.name,
        also=found.also,
        why=found.why,
        into=found.into,
        moved=counted(found),
        filled=sorted(found.before),
        reason=found.reason,
        by=found.by,
        at=found.at,
        until=found.until,
    )


def counted(found: BinEntry) -> dict[str, int]:
    """Return how many rows a merge has led elsewhere, by table."""
    counts: Counter[str] = Counter()
    for one in found.moved:
        counts[one["table"]] += len(one["ids"])
    return dict(counts)
