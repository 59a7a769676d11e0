"""Reading the trail, and finding out whether it is whole."""

from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, inspect, or_, select, true
from sqlalchemy.orm import Session

from fleet.audit.checkpoints import begins_after
from fleet.audit.models import AuditEntry, AuditHead
from fleet.audit.naming import entries_named
from fleet.contracts.audit import AuditQuery, TrailOut
from fleet.contracts.chain import START, hash_of
from fleet.contracts.checkpoints import CheckpointOut, is_signed
from fleet.contracts.words import _, say
from fleet.paging import merged, page

SORTS = {"sequence": AuditEntry.sequence, "at": AuditEntry.at}
NEWEST, LATEST = "-sequence", "-at"
ROWS_AT_A_TIME = 1000


def entries(session: Session, query: AuditQuery) -> tuple[list[AuditEntry], str | None]:
    """Return one page of the trail, newest first, and the mark of the next."""
    if not query.q:
        return _page(session, query, true())
    pages = [_page(session, query, named) for named in entries_named(session, query.q)]
    return merged(pages, query, sorts=SORTS, default=_order_of(query))


def _order_of(query: AuditQuery) -> str:
    """Return how a page is sorted that does not say so: by that of which an index is at hand."""
    return LATEST if query.since or query.until else NEWEST


def _page(
    session: Session, query: AuditQuery, named: ColumnElement[bool]
) -> tuple[list[AuditEntry], str | None]:
    asked = select(AuditEntry).where(*_asked(query), named)
    order = _order_of(query)
    return page(session, asked, query, sorts=SORTS, default=order, key=AuditEntry.id)


def matching(session: Session, query: AuditQuery) -> list[ColumnElement[bool]]:
    """Return what holds for the entries that `query` names: who, what, when, on what."""
    named = or_(*entries_named(session, query.q)) if query.q else true()
    return [*_asked(query), named]


def _asked(query: AuditQuery) -> list[ColumnElement[bool]]:
    wanted = {AuditEntry.actor_name: query.actor, AuditEntry.subject_name: query.subject}
    named = [column == value for column, value in wanted.items() if value]
    moments = [
        AuditEntry.at >= query.since if query.since else true(),
        AuditEntry.at < query.until if query.until else true(),
    ]
    return [*named, *moments, _is_event(query.event)]


def _is_event(name: str | None) -> ColumnElement[bool]:
    if not name:
        return true()
    if not name.endswith("*"):
        return AuditEntry.event == name
    return AuditEntry.event.startswith(name.removesuffix("*"), autoescape=True)


def stored_rows(
    session: Session, *filters: ColumnElement[bool]
) -> Generator[dict[str, Any], None, None]:
    """Give entries as they are stored, oldest first, some at a time."""
    columns = inspect(AuditEntry).columns
    ordered = select(*columns).where(*filters).order_by(AuditEntry.sequence)
    names = [column.key for column in columns]
    with session.execute(ordered, execution_options={"yield_per": ROWS_AT_A_TIME}) as found:
        for row in found:
            yield dict(zip(names, row, strict=True))


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


def verify_trail(session: Session, *, key: str | None = None) -> TrailOut:
    """Read the whole trail and name the first entry that does not fit; memory stays flat.

    `key` is the server's public key: a beginning that it did not sign is no beginning.
    """
    before, beginning = _head(session), begins_after(session)
    link = _first_link(beginning)
    if beginning and key and not is_signed(beginning, key):
        link.problem = say(_("The beginning of the trail is not signed by this server."))
        return _broken(link, beginning)
    with closing(stored_rows(session, AuditEntry.sequence > link.sequence)) as rows:
        for row in rows:
            link.problem = _misfit(row, link) or _behind_head(row, before)
            if link.problem:
                return _broken(link, beginning)
            link.sequence, link.hash = row["sequence"], row["hash"]
    # Entries may have been added while the rows were read: the head only ever moves on.
    link.problem = _end_misfit(link, before, _head(session))
    return _broken(link, beginning) if link.problem else _whole(link, beginning)


def _first_link(beginning: CheckpointOut | None) -> _Link:
    return _Link(beginning.sequence, beginning.hash) if beginning else _Link()


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


def _broken(link: _Link, beginning: CheckpointOut | None) -> TrailOut:
    return TrailOut(
        whole=False,
        entries=link.sequence,
        head=None,
        begins_after=beginning.sequence if beginning else 0,
        broken_at=link.sequence + 1,
        problem=link.problem,
    )


def _whole(link: _Link, beginning: CheckpointOut | None) -> TrailOut:
    begins = beginning.sequence if beginning else 0
    return TrailOut(whole=True, entries=link.sequence, head=link.hash, begins_after=begins)
