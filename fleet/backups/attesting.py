"""What a person did for the chats of a phone, and another one who saw it: each with his sign-in."""

from uuid import uuid4

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.backups import events
from fleet.backups.chats import chats_by, counted, said_of
from fleet.backups.errors import (
    ArchiveNotVerified,
    ChatsDeclaredAlready,
    ChatsNotDeclared,
    ChatsWitnessIsTheSame,
)
from fleet.backups.models import ChatAttestation
from fleet.backups.queries import latest_complete
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.plans import How
from fleet.contracts.proof import Level
from fleet.contracts.sheets import Attested
from fleet.database import write
from fleet.devices.models import Device
from fleet.devices.queries import held_still


def declare_chats(
    session: Session, device: Device, *, what: Attested, how: How, note: str, actor: Actor
) -> ChatAttestation:
    """Say that the chats were put into an archive, or that the archive was restored for a test.

    Said once more it begins anew: what was said before counts no longer.
    """
    actor.require(Permission.BACKUPS_ATTEST)
    device = held_still(session, device)
    said = _said_of(session, device)
    _require_news(said, device, what)
    if what is Attested.RESTORED:
        _require_verified(session, device, said)
    attestation = ChatAttestation(
        id=uuid4(),
        device=device,
        what=what,
        how=how,
        note=note,
        said_by=actor.name,
        said_by_id=actor.id,
        said_at=now(),
    )
    session.add(attestation)
    told = events.ChatHistoryDeclared(
        subject_id=device.id, subject_name=device.tag, what=what, how=how, note=note
    )
    record(session, actor, told)
    write(session)
    return attestation


def witness_chats(session: Session, device: Device, *, actor: Actor) -> ChatAttestation:
    """Confirm, as another person, what was declared last."""
    actor.require(Permission.BACKUPS_ATTEST)
    device = held_still(session, device)
    waiting = [one for one in _said_of(session, device) if one.witnessed_at is None]
    if not waiting:
        raise ChatsNotDeclared(tag=device.tag)
    said = waiting[-1]
    if said.said_by_id == actor.id:
        raise ChatsWitnessIsTheSame(name=actor.name)
    said.witnessed_by, said.witnessed_by_id, said.witnessed_at = actor.name, actor.id, now()
    told = events.ChatHistoryWitnessed(
        subject_id=device.id, subject_name=device.tag, what=said.what, said_by=said.said_by
    )
    record(session, actor, told)
    write(session)
    return said


def _said_of(session: Session, device: Device) -> list[ChatAttestation]:
    """Return what was said, in a return only since it began."""
    return counted(said_of(session, [device.id])[device.id], None, device.returning_since)


def _require_news(said: list[ChatAttestation], device: Device, what: Attested) -> None:
    if said and said[-1].what is what and said[-1].witnessed_at is None:
        raise ChatsDeclaredAlready(tag=device.tag, name=said[-1].said_by)


def _require_verified(session: Session, device: Device, said: list[ChatAttestation]) -> None:
    """Only what lies in a backup, equal and witnessed, can have been restored from it."""
    chats = chats_by(said, latest_complete(session, device), device.returning_since)
    if not chats.level.at_least(Level.VERIFIED):
        raise ArchiveNotVerified(tag=device.tag)
