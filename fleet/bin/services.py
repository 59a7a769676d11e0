"""Deleting records that nothing hangs on, restoring them, and clearing the bin."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM, Actor
from fleet.accounts.models import Account
from fleet.audit.services import record
from fleet.bin.errors import (
    NameTaken,
    RecordHasHistory,
    RecordHeld,
    RecordInUse,
    RestoreNeedsMore,
)
from fleet.bin.events import RecordDeleted, RecordPurged, RecordRestored
from fleet.bin.kinds import KINDS, PRESENT, Kept
from fleet.bin.models import BinEntry, said
from fleet.bin.rows import missing, put_back, references, referring, table_of, taken_out
from fleet.chores.services import AT_A_TIME
from fleet.contracts.bin import TABLES, RecordKind, WentBy, in_words
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _, say, translated
from fleet.counting import next_number
from fleet.custody.queries import held_by, open_holding
from fleet.database import still_there, write
from fleet.devices.models import Device
from fleet.people.models import Employee
from fleet.sims.lifecycle import State as SimState
from fleet.sims.models import Sim
from fleet.sims.numbers import require_unbound


def delete_record(
    session: Session, kind: RecordKind, name: str, *, reason: str, days: int, actor: Actor
) -> BinEntry:
    """Put a record into the bin for so many days; refused where it holds, is held, or has a past.

    Its handles are free at once. Whoever hands it out at the same moment waits, and is refused.
    """
    actor.require(Permission.BIN_WRITE)
    kept = KINDS[kind]
    row = kept.locked(session, kept.find(session, name))
    refuse_in_use(session, kept, row)
    entry = new_entry(session, kind, row, reason=reason, days=days, actor=actor)
    entry.content = out_of_register(session, kept, row)
    session.add(entry)
    event = RecordDeleted(
        subject_id=entry.row_id,
        subject_name=said(kind, entry.name),
        kind=kind,
        number=entry.number,
        reason=reason,
    )
    record(session, actor, event)
    write(session)
    return entry


def refuse_in_use(session: Session, kept: Kept, row: Any) -> None:
    """Refuse to delete what somebody has, what is in use, and what has a history, in this order."""
    name = kept.called(row)
    if things := _held(session, row):
        raise RecordHeld(name=name, things=things)
    if isinstance(row, Device) and row.present:
        raise RecordInUse(name=name, things=say(_("it is plugged in at a station")))
    if isinstance(row, Sim) and row.state is not SimState.CANCELLED:
        require_unbound(session, row.number)
    table = table_of(kept.model.__tablename__)
    found = referring(session, table, row.id, kept.derived)
    present = {one: count for one, count in found.items() if one in PRESENT}
    if present:
        raise RecordInUse(name=name, things=", ".join(in_words(present)))
    if found:
        raise RecordHasHistory(name=name, things=", ".join(in_words(found)), retire=kept.retire)


def _held(session: Session, row: Any) -> str:
    if isinstance(row, Employee):
        names = ", ".join(holding.name for holding in held_by(session, row))
        return say(_("holds {names}"), names=names) if names else ""
    holding = open_holding(session, row) if isinstance(row, Device | Sim | Account) else None
    if holding is None:
        return ""
    holder = f"{holding.employee.name} ({holding.employee.number})"
    return say(_("it is with {holder}"), holder=holder)


def new_entry(
    session: Session, kind: RecordKind, row: Any, *, reason: str, days: int, actor: Actor
) -> BinEntry:
    kept, moment = KINDS[kind], now()
    year = moment.year
    return BinEntry(
        id=uuid4(),
        number=f"BIN-{year}-{next_number(session, f'bin.{year}'):03d}",
        kind=kind,
        name=kept.called(row),
        also=getattr(row, kept.also),
        row_id=row.id,
        why=WentBy.DELETED,
        reason=reason,
        by=actor.name,
        at=moment,
        until=(moment + timedelta(days=days)).astimezone().date(),
        moved=[],
        before={},
    )


def out_of_register(session: Session, kept: Kept, row: Any) -> dict[str, list[dict[str, Any]]]:
    """Take a record out with what follows it, and return all of it by table."""
    key, content = row.id, {}
    session.flush()
    table = table_of(kept.model.__tablename__)
    for column in references(table):
        name = column.table.name
        if name in kept.derived and (rows := taken_out(session, column.table, column == key)):
            content[name] = rows
    content[table.name] = taken_out(session, table, table.c.id == key)
    session.expunge(row)
    session.expire_all()
    return content


def restore_record(session: Session, entry: BinEntry, *, reason: str, actor: Actor) -> None:
    """Put a deleted record back as it was; refused where its handles are another's by now."""
    actor.require(Permission.BIN_WRITE)
    entry = held_still(session, entry)
    back_into_register(session, entry)
    event = RecordRestored(
        subject_id=entry.row_id,
        subject_name=said(entry.kind, entry.name),
        kind=entry.kind,
        number=entry.number,
        reason=reason,
    )
    record(session, actor, event)
    session.delete(entry)
    write(session)


def back_into_register(session: Session, entry: BinEntry) -> None:
    kept = KINDS[entry.kind]
    table = table_of(kept.model.__tablename__)
    content = entry.content
    for row in content[table.name]:
        _refuse_taken(session, kept, row)
    gone = missing(session, table, content[table.name], entry.row_id)
    if gone:
        raise RestoreNeedsMore(
            name=entry.name,
            what=", ".join(translated(TABLES.get(one, one)) for one in sorted(gone)),
        )
    put_back(session, table, content[table.name])
    for name in sorted(content.keys() - {table.name}):
        put_back(session, table_of(name), content[name])


def _refuse_taken(session: Session, kept: Kept, row: Mapping[str, Any]) -> None:
    for key in kept.keys:
        same = [getattr(kept.model, name) == row[name] for name in key]
        if kept.model is Sim and key == ("number",):
            if row["state"] == SimState.CANCELLED:
                continue
            same.append(Sim.state != SimState.CANCELLED)
        if session.scalar(select(kept.model.id).where(*same)) is not None:
            name = str(row[kept.name])
            raise NameTaken(name=name, field=key[-1], value=str(row[key[-1]]))


def purge_entry(session: Session, entry: BinEntry, *, reason: str, actor: Actor) -> None:
    """Forget what is in the bin for good; what was merged stays merged, and found."""
    actor.require(Permission.BIN_PURGE)
    _purge(session, held_still(session, entry), reason, actor)
    write(session)


def purge_what_is_over(session: Session) -> int:
    """Forget what has been in the bin as long as it was to be."""
    today = now().astimezone().date()
    over = select(BinEntry).where(BinEntry.until < today).order_by(BinEntry.until, BinEntry.id)
    rows = list(session.scalars(over.limit(AT_A_TIME).with_for_update()))
    for entry in rows:
        _purge(session, entry, None, SYSTEM)
    return len(rows)


def _purge(session: Session, entry: BinEntry, reason: str | None, actor: Actor) -> None:
    event = RecordPurged(
        subject_id=entry.row_id,
        subject_name=said(entry.kind, entry.name),
        kind=entry.kind,
        number=entry.number,
        reason=reason,
    )
    record(session, actor, event)
    session.delete(entry)


def held_still(session: Session, entry: BinEntry) -> BinEntry:
    fresh = select(BinEntry).where(BinEntry.id == entry.id).with_for_update()
    return still_there(session.scalar(fresh.execution_options(populate_existing=True)))
