"""What goes out beside a phone: handed out with it, given back with it, or noted as missing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.accessories import (
    AccessoryBackIn,
    AccessoryIn,
    AccessoryMissingIn,
    AccessoryOut,
    Condition,
    ConditionOut,
    KitOut,
)
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.custody.accessory_words import names_of, require_word
from fleet.custody.errors import (
    AccessoryNotOut,
    AccessoryTwice,
    KitNeedsOnePhone,
    MoreThanWentOut,
    NotHeld,
)
from fleet.custody.events import AccessoriesHanded, AccessoriesTakenBack
from fleet.custody.models import Accessory, Holding
from fleet.custody.queries import open_holding
from fleet.database import write
from fleet.devices.models import Device
from fleet.devices.queries import held_still


@dataclass(frozen=True)
class Kit:
    """What goes out beside one phone, and how the phone looks."""

    accessories: Sequence[AccessoryIn] = ()
    condition: Condition | None = None
    note: str | None = None


@dataclass(frozen=True)
class Back:
    """What came back beside a phone, what did not, and how the phone looks."""

    accessories: Sequence[AccessoryBackIn] = ()
    missing: Sequence[AccessoryMissingIn] = ()
    condition: Condition | None = None
    note: str | None = None


NO_KIT: Final = Kit()


def hand_out(session: Session, holdings: Sequence[Holding], kit: Kit, *, actor: Actor) -> None:
    """Hand accessories out beside the one phone among `holdings`, and keep how it looks."""
    actor.require(Permission.CUSTODY_ISSUE)
    if kit == NO_KIT:
        return
    phones = [one for one in holdings if one.device is not None]
    if len(phones) != 1:
        raise KitNeedsOnePhone(count=len(phones))
    _require_each_once([one.word for one in kit.accessories])
    holding = phones[0]
    holding.condition, holding.condition_note = kit.condition, kit.note
    for one in kit.accessories:
        require_word(session, one.word)
        session.add(Accessory(id=uuid4(), holding=holding, back=0, missing=0, **one.model_dump()))
    event = AccessoriesHanded(
        subject_id=holding.id,
        subject_name=holding.name,
        accessories={one.word: one.count for one in kit.accessories},
        condition=kit.condition,
        note=kit.note,
    )
    record(session, actor, event)
    write(session)


def take_back(session: Session, device: Device, given: Back, *, actor: Actor) -> None:
    """Note what came back beside a phone that is out; said again, what is new is added."""
    actor.require(Permission.CUSTODY_RETURN)
    if given == Back():
        return
    holding = open_holding(session, held_still(session, device))
    if holding is None:
        raise NotHeld(name=device.tag)
    _require_each_once([one.word for one in given.accessories])
    _require_each_once([one.word for one in given.missing])
    rows = {row.word: row for row in holding.accessories}
    for one in given.accessories:
        _came_back(_row(rows, one.word, holding), one, actor)
    for gone in given.missing:
        row = _row(rows, gone.word, holding)
        row.missing, row.back_note = row.missing + row.out, gone.note
        row.back_at, row.back_by = now(), actor.name
    holding.back_condition = given.condition or holding.back_condition
    holding.back_note = given.note or holding.back_note
    event = AccessoriesTakenBack(
        subject_id=holding.id,
        subject_name=holding.name,
        back={row.word: row.back for row in rows.values()},
        missing={row.word: row.missing for row in rows.values() if row.missing},
        condition=holding.back_condition,
        note=holding.back_note,
    )
    record(session, actor, event)
    write(session)


def _require_each_once(words: Sequence[str]) -> None:
    twice = sorted({word for word in words if words.count(word) > 1})
    if twice:
        raise AccessoryTwice(word=twice[0])


def _row(rows: Mapping[str, Accessory], word: str, holding: Holding) -> Accessory:
    if word not in rows:
        raise AccessoryNotOut(word=word, name=holding.name, known=", ".join(rows) or "—")
    return rows[word]


def _came_back(row: Accessory, given: AccessoryBackIn, actor: Actor) -> None:
    """What was noted as missing before and turns up is missing no more."""
    count = given.count or row.count - row.back
    if row.back + count > row.count:
        raise MoreThanWentOut(word=row.word, count=count, out=row.count - row.back)
    row.back += count
    row.missing = min(row.missing, row.count - row.back)
    row.back_condition = given.condition
    row.back_note = given.note or row.back_note
    row.back_at, row.back_by = now(), actor.name


def accessories_of(session: Session, holdings: Collection[UUID]) -> dict[UUID, list[Accessory]]:
    """Return what went out beside each of these holdings, in one query."""
    found: dict[UUID, list[Accessory]] = {key: [] for key in holdings}
    theirs = select(Accessory).where(Accessory.holding_id.in_(holdings))
    for row in session.scalars(theirs.order_by(Accessory.word)):
        found[row.holding_id].append(row)
    return found


def kit_of(holding: Holding | None, rows: Iterable[Accessory], names: Mapping[str, str]) -> KitOut:
    """Return what went out beside the phone of a holding, as pages and papers show it."""
    if holding is None:
        return KitOut()
    looked = ConditionOut(
        condition=holding.condition,
        note=holding.condition_note,
        back_condition=holding.back_condition,
        back_note=holding.back_note,
    )
    return KitOut(condition=looked, accessories=[shown_accessory(row, names) for row in rows])


def kit_out_with(session: Session, device: Device) -> KitOut:
    """Return what is out beside a phone with its holder; nothing where nobody has it."""
    holding = open_holding(session, device)
    return kit_of(holding, holding.accessories if holding else (), names_of(session))


def shown_accessory(row: Accessory, names: Mapping[str, str]) -> AccessoryOut:
    return AccessoryOut(
        word=row.word,
        name=names.get(row.word, row.word),
        count=row.count,
        condition=row.condition,
        note=row.note,
        back=row.back,
        missing=row.missing,
        out=row.out,
        back_condition=row.back_condition,
        back_note=row.back_note,
        back_at=row.back_at,
        back_by=row.back_by,
    )
