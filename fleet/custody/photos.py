"""Photographs of how a phone looked, kept with its holding: as it went out, and as it came back."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final
from uuid import uuid4

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, contains_eager

from fleet.access.actor import Actor, Reach
from fleet.audit.services import record
from fleet.backups import boxes
from fleet.backups.boxes import Box
from fleet.backups.storage import photo_name
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.photos import LARGEST_PHOTO, PhotoIn, PhotoOut, PhotoQuery, PhotoTaken
from fleet.counting import next_number
from fleet.custody import errors
from fleet.custody.events import PhotoAttached
from fleet.custody.models import Holding, Photo, photo_context
from fleet.custody.queries import open_holding, phones_within, ref
from fleet.database import write
from fleet.devices.lifecycle import State
from fleet.devices.models import Device
from fleet.devices.queries import held_still
from fleet.paging import containing, page
from fleet.people.models import Employee
from fleet.vault.tools import Tools

SORTS: Final = {"number": Photo.number, "added_at": Photo.added_at}


def require_may_attach(*, actor: Actor) -> None:
    """Refuse whoever may not attach a photograph, before its bytes are read."""
    actor.require(Permission.CUSTODY_RETURN)


def attach(
    session: Session, tools: Tools, device: Device, content: bytes, given: PhotoIn, *, actor: Actor
) -> Photo:
    """Keep a photograph of a phone that somebody has; the same one sent again changes nothing."""
    actor.require(Permission.CUSTODY_RETURN)
    kind = _looked_at(content, given)
    device = held_still(session, device)
    holding = open_holding(session, device)
    if holding is None:
        raise errors.NotHeld(name=device.tag)
    mine = Photo.holding_id == holding.id, Photo.digest == given.digest
    known = session.scalar(select(Photo).where(*mine))
    if known is not None:
        return known
    photo = _kept(session, tools, holding, content, given, kind, _taken(device, given), actor)
    event = PhotoAttached(
        subject_id=device.id,
        subject_name=device.tag,
        photo=photo.number,
        taken=photo.taken.value,
        digest=photo.digest,
        size=photo.size,
        note=photo.note,
    )
    record(session, actor, event)
    write(session)
    return photo


def _looked_at(content: bytes, given: PhotoIn) -> str:
    """Return the media type of what arrived, where it is what was announced."""
    if len(content) > LARGEST_PHOTO:
        raise errors.PhotoTooLarge(most=LARGEST_PHOTO)
    if len(content) != given.size or sha256(content).hexdigest() != given.digest:
        raise errors.PhotoArrivedWrong
    kind = boxes.kind_of(content, boxes.PICTURES)
    if kind is None:
        raise errors.PhotoUnreadable
    return kind


def _taken(device: Device, given: PhotoIn) -> PhotoTaken:
    """Take the word of whoever sent it; else a phone on its way back was photographed as such."""
    comes_back = device.state is not State.ISSUED
    return given.taken or (PhotoTaken.GIVEN_BACK if comes_back else PhotoTaken.HANDED_OUT)


def _kept(
    session: Session,
    tools: Tools,
    holding: Holding,
    content: bytes,
    given: PhotoIn,
    kind: str,
    taken: PhotoTaken,
    actor: Actor,
) -> Photo:
    key, moment = uuid4(), now()
    box = boxes.packed(tools, content, named=photo_name, context=photo_context(key))
    number = next_number(session, f"photo.{moment.year}")
    photo = Photo(
        id=key,
        number=f"PH-{moment.year}-{number:05d}",
        holding=holding,
        taken=taken,
        digest=given.digest,
        size=given.size,
        kind=kind,
        object=box.object,
        cipher=box.cipher,
        sealed=box.sealed,
        note=given.note,
        added_at=moment,
        added_by=actor.name,
    )
    session.add(photo)
    return photo


def photos(session: Session, query: PhotoQuery, *, actor: Actor) -> tuple[list[Photo], str | None]:
    """Return one page of photographs, the newest first."""
    statement = _shown(actor.reach(Permission.CUSTODY_READ))
    statement = statement.where(containing(query.q, Photo.number, Device.tag, Employee.name))
    if query.device:
        statement = statement.where(Device.tag == query.device)
    if query.holder:
        statement = statement.where(Employee.number == query.holder)
    if query.taken:
        statement = statement.where(Photo.taken == query.taken)
    return page(session, statement, query, sorts=SORTS, default="-added_at", key=Photo.id)


def photo(session: Session, number: str, *, actor: Actor) -> Photo:
    """Return the photograph with this number, within the actor's reach."""
    mine = _shown(actor.reach(Permission.CUSTODY_READ))
    found = session.scalar(mine.where(Photo.number == number))
    if found is None:
        raise errors.PhotoNotFound(number=number)
    return found


def _shown(reach: Reach) -> Select[Photo]:
    """Return the photographs of the phones that are within reach, with whose they were."""
    joined = select(Photo).join(Photo.holding).join(Holding.device).join(Holding.employee)
    shown = contains_eager(Photo.holding)
    return joined.options(
        shown.contains_eager(Holding.device), shown.contains_eager(Holding.employee)
    ).where(phones_within(reach))


def photos_of(session: Session, holding: Holding, taken: PhotoTaken) -> list[Photo]:
    """Return the photographs of a holding that were taken then, by number."""
    mine = select(Photo).where(Photo.holding_id == holding.id, Photo.taken == taken)
    return list(session.scalars(mine.order_by(Photo.number)))


def opened(tools: Tools, found: Photo) -> bytes:
    """Return a photograph as it was sent; refused where it is not what was stored."""
    box = Box(found.object, found.cipher, found.sealed)
    content = boxes.opened(tools, box, named=photo_name, context=photo_context(found.id))
    if content is None:
        raise errors.PhotoNotWhole(number=found.number)
    return content


def seen(tools: Tools, found: Photo) -> tuple[bytes, str]:
    """Return a photograph, and what its first bytes say that it is: nothing else is shown."""
    content = opened(tools, found)
    kind = boxes.kind_of(content, boxes.PICTURES)
    if kind is None:
        raise errors.PhotoNotWhole(number=found.number)
    return content, kind


def shown_photos(rows: Sequence[Photo]) -> list[PhotoOut]:
    return [
        PhotoOut(
            number=row.number,
            device=row.holding.name,
            holder=ref(row.holding.employee),
            taken=row.taken,
            digest=row.digest,
            size=row.size,
            kind=row.kind,
            note=row.note,
            added_at=row.added_at,
            added_by=row.added_by,
        )
        for row in rows
    ]
