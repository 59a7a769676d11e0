"""Two records of one thing become one, and are parted again where that was wrong."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy import update as change
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.backups.models import BackupNames
from fleet.bin.errors import CannotMerge, TooLateToPart
from fleet.bin.events import RecordMerged, RecordParted
from fleet.bin.kinds import KINDS, Kept
from fleet.bin.models import BinEntry, said
from fleet.bin.queries import counted
from fleet.bin.rows import moved, moved_back, references, table_of
from fleet.bin.services import back_into_register, held_still, new_entry, out_of_register
from fleet.contracts.bin import TABLES, RecordKind, WentBy
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.stations import JobState
from fleet.contracts.words import _, say, translated
from fleet.custody.models import Holding
from fleet.custody.queries import accounts_of, open_holding
from fleet.database import write
from fleet.devices.models import Device, DeviceImei
from fleet.devices.naming import note_imeis
from fleet.former.models import FormerName
from fleet.people.models import Department, Employee, Status
from fleet.people.queries import line_of
from fleet.stations.models import Job
from fleet.vault.models import Credential

LATELY: Final = timedelta(days=30)  # two phones that stations saw since then are two phones
MOVES_ALONG: Final = frozenset(
    {"device_change", "post"}
)  # of what follows a record that is deleted
_OF_ITSELF: Final = frozenset({"id", "version", "state", "status", "returning_since"})


@dataclass(frozen=True)
class Pair:
    """The record that goes, and the one that stays."""

    session: Session
    kept: Kept
    old: Any
    new: Any

    @property
    def names(self) -> tuple[str, str]:
        return self.kept.called(self.old), self.kept.called(self.new)

    def refuse(self, *reasons: str) -> CannotMerge:
        old, new = self.names
        return CannotMerge(name=old, into=new, why="; ".join(reasons))


def merge(
    session: Session,
    kind: RecordKind,
    name: str,
    *,
    into: str,
    reason: str,
    days: int,
    actor: Actor,
) -> BinEntry:
    """Make one record part of another: what refers to it refers to that from now on.

    Refused where both hold a truth that contradicts. The old handle goes on leading to the new one.
    """
    actor.require(Permission.BIN_WRITE)
    pair = _locked_pair(session, kind, name, into)
    if reasons := list(_contradictions(pair)):
        raise pair.refuse(*reasons)
    entry = new_entry(session, kind, pair.old, reason=reason, days=days, actor=actor)
    entry.why, entry.into, entry.into_id = WentBy.MERGED, pair.names[1], pair.new.id
    entry.before = _filled(pair)
    session.flush()
    entry.moved = _led_over(pair)
    imeis = list(getattr(pair.old, "imei", ()))
    _go_on(pair, reason)
    _lead_on(session, entry, pair)
    entry.content = out_of_register(session, _for_merging(pair.kept), pair.old)
    _add_imeis(session, entry, imeis)
    session.add(entry)
    event = RecordMerged(
        subject_id=pair.new.id,
        subject_name=said(kind, entry.name),
        kind=kind,
        number=entry.number,
        into=said(kind, entry.into),
        moved=counted(entry),
        filled=sorted(entry.before),
        reason=reason,
    )
    record(session, actor, event)
    write(session)
    return entry


def _locked_pair(session: Session, kind: RecordKind, name: str, into: str) -> Pair:
    kept = KINDS[kind]
    found = {"old": kept.find(session, name), "new": kept.find(session, into)}
    held = {}
    for part in sorted(found, key=lambda one: found[one].id):  # in an order that all keep
        held[part] = kept.locked(session, found[part])
    pair = Pair(session, kept, held["old"], held["new"])
    if pair.old is pair.new:
        raise pair.refuse(say(_("they are one record already")))
    return pair


def _contradictions(pair: Pair) -> Iterator[str]:
    """Say where both cannot be true of one thing."""
    if all(_is_out(pair.session, one) for one in (pair.old, pair.new)):
        yield say(_("both are with somebody"))
    if not _states_agree(pair):
        yield say(_("one is {old}, the other {new}"), old=_state(pair, 0), new=_state(pair, 1))
    yield from _same_credentials(pair)
    if isinstance(pair.old, Device):
        yield from _of_phones(pair, pair.old, pair.new)
    if isinstance(pair.old, Employee):
        yield from _of_people(pair.old, pair.new)
    if isinstance(pair.old, Department):
        yield from _of_departments(pair.session, pair.old, pair.new)


def _is_out(session: Session, row: Any) -> bool:
    holds = not isinstance(row, Employee) and hasattr(row, "state")
    return holds and open_holding(session, row) is not None


def _state(pair: Pair, which: int) -> str:
    row = (pair.old, pair.new)[which]
    return str(getattr(row, pair.kept.state).value) if pair.kept.state else ""


def _states_agree(pair: Pair) -> bool:
    """Tell whether one of the two states gives way: it says nothing that the other denies."""
    old, new = _state(pair, 0), _state(pair, 1)
    return old == new or old in pair.kept.resting or new == _rest(pair)


def _rest(pair: Pair) -> str:
    """Return the state of a record that nothing has happened to."""
    return "active" if pair.kept.state == "status" else "in_stock"


def _same_credentials(pair: Pair) -> Iterator[str]:
    column = next(
        (one for one in references(table_of(pair.kept.model.__tablename__)) if _opens(one)), None
    )
    if column is None:
        return
    of_both = select(Credential.kind).where(column.in_([pair.old.id, pair.new.id]))
    twice = of_both.group_by(Credential.kind).having(func.count() > 1)
    for kind in pair.session.scalars(twice):
        yield say(_("the vault has a {kind} for both"), kind=translated(str(kind.value)))


def _opens(column: Any) -> bool:
    return bool(column.table.name == Credential.__tablename__)


def _of_phones(pair: Pair, old: Device, new: Device) -> Iterator[str]:
    session = pair.session
    seen = [one.last_seen_at for one in (old, new)]
    if all(at is not None and at > now() - LATELY for at in seen):
        yield say(_("stations have seen both in the last {days} days"), days=LATELY.days)
    if old.last_seen_at is not None and new.last_seen_at is None:
        yield say(
            _("a station knows {old} by its own number: merge {new} into it instead"),
            old=old.tag,
            new=new.tag,
        )
    going = Job.device_id == old.id, Job.state.in_([JobState.WAITING, JobState.LEASED])
    if old.present or session.scalar(select(Job.id).where(*going).limit(1)):
        yield say(_("a station is at work on {old}"), old=old.tag)
    if session.scalar(select(BackupNames.id).where(BackupNames.device_id == old.id)):
        yield say(_("{old} has backups, which are sealed to it"), old=old.tag)


def _of_people(old: Employee, new: Employee) -> Iterator[str]:
    if new.status is Status.LEFT and old.status is not Status.LEFT:
        yield say(_("{new} has left: merge that into {old} instead"), old=old.name, new=new.name)


def _of_departments(session: Session, old: Department, new: Department) -> Iterator[str]:
    if old.id in line_of(session, new.id) or new.id in line_of(session, old.id):
        yield say(_("one is above the other"))


def _filled(pair: Pair) -> dict[str, list[Any]]:
    """Let the record that stays say what it left empty, and tell what it said before."""
    before: dict[str, list[Any]] = {}
    keys = {name for key in pair.kept.keys for name in key}
    for name in pair.kept.model.__trail__:
        if name in keys | _OF_ITSELF or not pair.kept.model.__table__.c[name].nullable:
            continue
        old, new = getattr(pair.old, name), getattr(pair.new, name)
        if new is None and old is not None:
            setattr(pair.new, name, old)
            before[name] = [None, _told(old)]
    if pair.kept.state and _state(pair, 0) not in pair.kept.resting:
        name = pair.kept.state
        if _state(pair, 0) != _state(pair, 1):
            before[name] = [_state(pair, 1), _state(pair, 0)]
            setattr(pair.new, name, getattr(pair.old, name))
            if hasattr(pair.new, "returning_since"):
                pair.new.returning_since = pair.old.returning_since
    return before


def _told(value: Any) -> str:
    return str(getattr(value, "value", value))


def _led_over(pair: Pair) -> list[dict[str, Any]]:
    """Lead what refers to the old record to the new one; refused where the new has its own."""
    session, table = pair.session, table_of(pair.kept.model.__tablename__)
    led = []
    for column in references(table, pair.kept.derived - MOVES_ALONG):
        name = column.table.name
        try:
            with session.begin_nested():
                ids = moved(session, column, pair.old.id, pair.new.id)
        except IntegrityError:
            word = translated(TABLES.get(name, name))
            raise pair.refuse(say(_("both have {things} of one kind"), things=word)) from None
        if ids:
            led.append({"table": name, "column": column.name, "ids": ids})
    return led


def _go_on(pair: Pair, reason: str) -> None:
    """Put right what the new record now has of the old one: names in the vault, exceptions."""
    session, new = pair.session, pair.new
    session.expire_all()
    if isinstance(new, Employee):
        held: set[Any] = set()
        for account in accounts_of(session, new):
            if account.kind in held:
                only = Holding.account_id == account.id, Holding.returned_at.is_(None)
                session.scalars(select(Holding).where(*only)).one().exception = reason
            held.add(account.kind)
        return
    _name_credentials(session, pair.kept, new)


def _lead_on(session: Session, entry: BinEntry, pair: Pair) -> None:
    """Let the old handles, and those that led to the old record, lead to the new one."""
    led = change(FormerName).where(FormerName.row_id == pair.old.id)
    session.execute(led.values(row_id=pair.new.id))
    for name in {entry.name, entry.also} - {None} if entry.kind in _SAID_ALOUD else {entry.name}:
        session.add(
            FormerName(
                id=uuid4(),
                kind=entry.kind,
                name=name,
                row_id=pair.new.id,
                entry_id=entry.id,
                since=entry.at,
            )
        )


_SAID_ALOUD: Final = frozenset({RecordKind.DEVICE, RecordKind.SIM})  # by both of their handles


def _for_merging(kept: Kept) -> Kept:
    return replace(kept, derived=kept.derived - MOVES_ALONG)


def _add_imeis(session: Session, entry: BinEntry, imeis: list[str]) -> None:
    if entry.kind is RecordKind.DEVICE and imeis:
        phone = session.get_one(Device, entry.into_id)
        added = sorted(set(imeis) - set(phone.imei))
        note_imeis(session, phone, added)
        entry.before = {**entry.before, **({"imei": [[], added]} if added else {})}


def part(session: Session, entry: BinEntry, *, reason: str, actor: Actor) -> None:
    """Undo a merge: what was the old record's is its own again, unless it has moved on since."""
    actor.require(Permission.BIN_WRITE)
    entry = held_still(session, entry)
    new = _still_as_merged(session, entry)
    back_into_register(session, entry)
    old_id, counts = entry.row_id, dict[str, int]()
    for one in entry.moved:
        told = one["table"], one["column"], one["ids"]
        count = moved_back(session, *told, new.id, old_id)
        counts[one["table"]] = counts.get(one["table"], 0) + count
    for name in session.scalars(select(FormerName).where(FormerName.entry_id == entry.id)):
        session.delete(name)
    session.expire_all()
    _unfill(session, entry, new)
    old = session.get_one(KINDS[entry.kind].model, old_id)
    _name_credentials(session, KINDS[entry.kind], old)
    event = RecordParted(
        subject_id=old_id,
        subject_name=said(entry.kind, entry.name),
        kind=entry.kind,
        number=entry.number,
        into=said(entry.kind, entry.into or ""),
        moved=counts,
        reason=reason,
    )
    record(session, actor, event)
    session.delete(entry)
    write(session)


def _still_as_merged(session: Session, entry: BinEntry) -> Any:
    kept = KINDS[entry.kind]
    new = session.get(kept.model, entry.into_id)
    names = {"name": entry.name, "into": entry.into or ""}
    if new is None:
        raise TooLateToPart(**names, why=say(_("{into} is gone"), into=entry.into))
    new = kept.locked(session, new)
    state = entry.before.get(kept.state or "")
    if state is not None and _told(getattr(new, kept.state or "")) != state[1]:
        raise TooLateToPart(**names, why=say(_("{into} has moved on since"), into=entry.into))
    return new


def _unfill(session: Session, entry: BinEntry, new: Any) -> None:
    """Empty what was filled in, where it still says what it was filled with."""
    for name, (was, filled) in entry.before.items():
        if name == "imei":
            _take_imeis(session, new, filled)
        elif _told(getattr(new, name)) == filled:
            kind = type(getattr(new, name))
            setattr(new, name, None if was is None else kind(was))


def _take_imeis(session: Session, phone: Device, imeis: list[str]) -> None:
    those = DeviceImei.device_id == phone.id, DeviceImei.imei.in_(imeis)
    for row in session.scalars(select(DeviceImei).where(*those)):
        session.delete(row)
    phone.imei = sorted(set(phone.imei) - set(imeis))


def _name_credentials(session: Session, kept: Kept, row: Any) -> None:
    """Call what opens a record by the handle of that record."""
    for column in references(table_of(kept.model.__tablename__)):
        if _opens(column):
            for credential in session.scalars(select(Credential).where(column == row.id)):
                credential.subject = kept.called(row)
