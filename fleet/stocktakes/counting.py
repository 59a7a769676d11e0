"""Counting: what people scan or type becomes found, unexpected, or unknown. Twice is as once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.custody import Thing
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.contracts.stocktakes import CountAnswer, CountIn, CountLineOut, CountOut, StocktakeScope
from fleet.custody.models import Holding
from fleet.database import write
from fleet.devices.models import Device, DeviceImei
from fleet.people.models import Employee
from fleet.sims.models import Sim
from fleet.stocktakes import events
from fleet.stocktakes.lifecycle import Move
from fleet.stocktakes.models import Stocktake, StocktakeItem
from fleet.stocktakes.pool import are_in
from fleet.stocktakes.queries import counted, held_still, holder_of
from fleet.stocktakes.services import about

Known = Device | Sim


@dataclass
class Sheet:
    """A stock-take that is counted: its items by name, and what was typed found in the register."""

    one: Stocktake
    given: CountIn
    actor: Actor
    known: Mapping[str, Known]
    items: dict[str, StocktakeItem]
    in_scope: set[UUID]
    holders: Mapping[UUID, Employee]
    lines: list[CountLineOut] = field(default_factory=list)


def count(session: Session, number: str, given: CountIn, *, actor: Actor) -> CountOut:
    """Note what a person found; a tag that was counted before changes nothing."""
    actor.require(Permission.STOCKTAKES_RUN)
    one = held_still(session, number)
    one.move(Move.COUNT)
    sheet = _sheet(session, one, given, actor)
    for text in given.names:
        sheet.lines.append(_counted(session, sheet, text))
    answers = [line.answer for line in sheet.lines]
    new = events.StocktakeCounted(
        **about(one),
        how=given.how.value,
        found=answers.count(CountAnswer.FOUND),
        unexpected=answers.count(CountAnswer.UNEXPECTED) + answers.count(CountAnswer.UNKNOWN),
    )
    if new.found or new.unexpected:
        record(session, actor, new)
    write(session)
    return CountOut(lines=sheet.lines, counts=counted(session, [one.id])[one.id])


def word_of(text: str) -> str:
    """Return the handle in what was scanned: of a label with an address in it, its last part."""
    word = text.strip()
    if "://" in word:
        word = word.partition("?")[0].rstrip("/").rpartition("/")[2]
    return word


def _sheet(session: Session, one: Stocktake, given: CountIn, actor: Actor) -> Sheet:
    known = _known(session, {word_of(text) for text in given.names})
    names = {_name(thing) for thing in known.values()} | {word_of(text) for text in given.names}
    listed = select(StocktakeItem).where(
        StocktakeItem.stocktake_id == one.id, StocktakeItem.name.in_(names)
    )
    beside = joinedload(StocktakeItem.holder), joinedload(StocktakeItem.device)
    items = {row.name: row for row in session.scalars(listed.options(*beside))}
    scope = StocktakeScope.model_validate(one.scope)
    ids = {thing: [at.id for at in known.values() if _kind(at) is thing] for thing in scope.things}
    inside = [are_in(session, scope, thing, found) for thing, found in ids.items()]
    everywhere: set[UUID] = set().union(*inside)
    return Sheet(one, given, actor, known, items, everywhere, _holders(session, known.values()))


def _holders(session: Session, things: Iterable[Known]) -> dict[UUID, Employee]:
    """Return who holds each of these things now, in one query."""
    ids = [thing.id for thing in things]
    theirs = or_(Holding.device_id.in_(ids), Holding.sim_id.in_(ids))
    now_open = select(Holding).where(theirs, Holding.returned_at.is_(None))
    rows = session.scalars(now_open.options(joinedload(Holding.employee))) if ids else ()
    return {key: row.employee for row in rows if (key := row.device_id or row.sim_id)}


def _known(session: Session, words: Iterable[str]) -> dict[str, Known]:
    """Return phones and SIMs by what people scan or type of them, in three queries."""
    spelled = {form: word for word in words for form in (word.upper(), word)}
    forms = list(spelled)
    imeis = select(DeviceImei.device_id, DeviceImei.imei).where(DeviceImei.imei.in_(forms))
    by_imei = {row.device_id: row.imei for row in session.execute(imeis)}
    phones = select(Device).where(
        or_(Device.tag.in_(forms), Device.serial.in_(forms), Device.id.in_(by_imei))
    )
    found: dict[str, Known] = {}
    for phone in session.scalars(phones):
        handles = (phone.tag, phone.serial, by_imei.get(phone.id))
        found |= {spelled[handle]: phone for handle in handles if handle in spelled}
    for card in session.scalars(
        select(Sim).where(or_(Sim.number.in_(forms), Sim.iccid.in_(forms)))
    ):
        found |= {spelled[one]: card for one in (card.number, card.iccid) if one in spelled}
    return found


def _kind(thing: Known) -> Thing:
    return Thing.DEVICE if isinstance(thing, Device) else Thing.SIM


def _name(thing: Known) -> str:
    return thing.tag if isinstance(thing, Device) else thing.number


def _counted(session: Session, sheet: Sheet, text: str) -> CountLineOut:
    word = word_of(text)
    thing = sheet.known.get(word)
    name = _name(thing) if thing is not None else word
    item = sheet.items.get(name)
    if item is not None:
        return _again(sheet, item, text)
    if thing is not None and sheet.one.sample and thing.id in sheet.in_scope:
        return _line(text, name, CountAnswer.NOT_DRAWN, _kind(thing))
    item = _unexpected(session, sheet, thing, name)
    answer = CountAnswer.UNKNOWN if thing is None else CountAnswer.UNEXPECTED
    return _line(text, None if thing is None else name, answer, item.thing, item)


def _again(sheet: Sheet, item: StocktakeItem, text: str) -> CountLineOut:
    """Note that an item was found, unless it was before: a visit says more than a person."""
    answer = CountAnswer.ALREADY
    if item.found_at is None and not _was_seen(sheet.one, item):
        _mark(sheet, item)
        answer = CountAnswer.FOUND
    return _line(text, item.name, answer, item.thing, item)


def _was_seen(one: Stocktake, item: StocktakeItem) -> bool:
    seen = item.device.last_seen_at if item.device else None
    return seen is not None and one.began_at is not None and seen >= one.began_at


def _unexpected(session: Session, sheet: Sheet, thing: Known | None, name: str) -> StocktakeItem:
    item = StocktakeItem(
        id=uuid4(),
        stocktake=sheet.one,
        thing=None if thing is None else _kind(thing),
        device=thing if isinstance(thing, Device) else None,
        sim=thing if isinstance(thing, Sim) else None,
        name=name,
        expected=False,
        holder=sheet.holders.get(thing.id) if thing is not None else None,
    )
    _mark(sheet, item)
    session.add(item)
    sheet.items[name] = item
    return item


def _mark(sheet: Sheet, item: StocktakeItem) -> None:
    item.found_at, item.found_by = now(), sheet.actor.name
    item.how, item.level, item.note = sheet.given.how, Level.DECLARED, sheet.given.note


def _line(
    text: str,
    name: str | None,
    answer: CountAnswer,
    thing: Thing | None,
    item: StocktakeItem | None = None,
) -> CountLineOut:
    holder = holder_of(item) if item is not None else None
    return CountLineOut(given=text, name=name, answer=answer, thing=thing, holder=holder)
