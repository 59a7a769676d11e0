"""Reading the trail, and finding out whether it is whole."""

from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, inspect, select
from sqlalchemy.orm import Session

from fleet.audit.chain import START, hash_of
from fleet.audit.models import AuditEntry, AuditHead
from fleet.contracts.audit import AuditQuery, TrailOut
from fleet.contracts.words import _, say
from fleet.paging import containing, page

SORTS = {"sequence": AuditEntry.sequence, "at": AuditEntry.at}
ROWS_AT_A_TIME = 1000


def entries(session: Session, query: AuditQuery) -> tuple[list[AuditEntry], str | None]:
    """Return one page of the trail, newest first, and the mark of the next."""
    return page(
        session,
        _matching(query),
        query,
        sorts=SORTS,
        default="-sequence",
        key=AuditEntry.id,
    )


def _matching(query: AuditQuery) -> Select[AuditEntry]:
    wanted = {
        AuditEntry.actor_name: query.actor,
        AuditEntry.event: query.event,
        AuditEntry.subject_name: query.subject,
    }
    filters = [column == value for column, value in wanted.items() if value]
    handles = containing(query.q, AuditEntry.subject_name, AuditEntry.event, AuditEntry.actor_name)
    return select(AuditEntry).where(handles, *filters)


def entries_after(session: Session, sequence: int, *, limit: int = 100) -> list[AuditEntry]:
    """Return what happened since the entry `sequence`, oldest first."""
    later = select(AuditEntry).where(AuditEntry.sequence > sequence)
    return list(session.scalars(later.order_by(AuditEntry.sequence).limit(limit)))


@dataclass
class _Link:
    """The last entry that fits, and where the trail stops to."""

    sequence: int = 0
    hash: str = START
    problem: str | None = None


def verify_trail(session: Session) -> TrailOut:
    """Read the whole trail and name the first entry that does not fit; memory stays flat."""
    before = _head(session)
    link = _Link()
    with closing(_rows(session)) as rows:
        for row in rows:
            link.problem = _misfit(row, link) or _behind_head(row, before)
            if link.problem:
                return _broken(link)
            link.sequence, link.hash = row["sequence"], row["hash"]
    # Entries may have been added while the rows were read: the head only ever moves on.
    link.problem = _end_misfit(link, before, _head(session))
    return _broken(link) if link.problem else _whole(link)


def _rows(session: Session) -> Generator[dict[str, Any], None, None]:
    columns = inspect(AuditEntry).columns
    ordered = select(*columns).order_by(AuditEntry.sequence)
    names = [column.key for column in columns]
    with session.execute(ordered, execution_options={"yield_per": ROWS_AT_A_TIME}) as found:
        for row in found:
            yield dict(zip(names, row, strict=True))


def _head(session: Session) -> tuple[int, str]:
    found = session.execute(select(AuditHead.entries, AuditHead.hash)).one_or_none()
    return (found.entries, found.hash) if found else (0, START)


def _misfit(row: Mapping[str, Any], link: _Link) -> str | None:
    if row["sequence"] != link.sequence + 1:
        return say(_("The entry {number} is gone."), number=link.sequence + 1)
    if row["previous"] != link.hash or row["hash"] != hash_of(row):
        return say(_("The entry {number} was changed or moved."), number=row["sequence"])
    return None


def _behind_head(row: Mapping[str, Any], head: tuple[int, str]) -> str | None:
    if (row["sequence"], row["hash"]) == head or row["sequence"] != head[0]:
        return None
    return say(_("The entry {number} was written anew."), number=row["sequence"])


def _end_misfit(link: _Link, before: tuple[int, str], after: tuple[int, str]) -> str | None:
    if link.sequence < before[0]:
        return say(_("The newest entries are gone: {number} and later."), number=link.sequence + 1)
    if link.sequence > after[0]:
        return say(_("Entries were added past the trail's head, from {number}."), number=after[0])
    return None


def _broken(link: _Link) -> TrailOut:
    return TrailOut(
        whole=False,
        entries=link.sequence,
        head=None,
        broken_at=link.sequence + 1,
        problem=link.problem,
    )


def _whole(link: _Link) -> TrailOut:
    return TrailOut(whole=True, entries=link.sequence, head=link.hash)
