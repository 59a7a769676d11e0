"""Keys that open everybody's backups: asked for by one, confirmed by another with the paper."""

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Final
from uuid import uuid4

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM, Actor
from fleet.audit.services import record
from fleet.contracts.clock import day_of, now
from fleet.contracts.escrow import EscrowKeyIn, EscrowState, same_fingerprint
from fleet.contracts.permissions import Permission
from fleet.database import in_turn, write
from fleet.escrow import events
from fleet.escrow.errors import (
    ChallengeNotMet,
    ChallengeOver,
    EscrowKeyKnown,
    EscrowKeyMoved,
    FingerprintDiffers,
    LastEscrowKey,
)
from fleet.escrow.models import EscrowKey
from fleet.escrow.queries import active_keys, has_keys
from fleet.escrow.recipients import checked, refuse_private_keys, seal
from fleet.settings import Settings

ANSWERED_IN: Final = timedelta(minutes=30)  # a stick has to be fetched, a paper to be typed
TAKEN_OVER: Final = "a recipient of the settings"


def take_over(session: Session, settings: Settings) -> None:
    """Make the recipients of the settings the first keys, all of them, once.

    From then on the settings decide nothing: who can write a file on the server could otherwise
    read everybody's data without a second person.
    """
    if has_keys(session):
        return
    in_turn(session, "escrow")
    if has_keys(session):
        return
    for number, recipient in enumerate(dict.fromkeys(settings.recipients), start=1):
        key = _made_of_settings(f"settings-{number}", recipient)
        session.add(key)
        record(session, SYSTEM, events.EscrowKeyTakenOver(**_about(key)))
    write(session)


def add_key(session: Session, settings: Settings, given: EscrowKeyIn, *, actor: Actor) -> EscrowKey:
    """Ask for a key; nothing is sealed to it before another person has confirmed it."""
    actor.require(Permission.ESCROW_WRITE)
    refuse_private_keys(*(text for text in given.model_dump().values() if isinstance(text, str)))
    recipient = checked(given.recipient)
    take_over(session, settings)
    _refuse_known(session, given.name, recipient)
    moment = now()
    key = EscrowKey(
        id=uuid4(),
        **given.model_dump(exclude={"recipient", "since"}),
        recipient=recipient,
        since=given.since or day_of(moment),
        state=EscrowState.REQUESTED,
        asked_by_id=actor.id,
        asked_by=actor.name,
        asked_at=moment,
    )
    session.add(key)
    record(session, actor, events.EscrowKeyRequested(**_about(key), reason=given.reason))
    write(session)
    return key


def confirm_key(
    session: Session, key: EscrowKey, *, fingerprint: str, note: str, actor: Actor
) -> None:
    """Let a key take effect: by another person, who read the fingerprint from the paper."""
    actor.require(Permission.ESCROW_CONFIRM)
    _refuse_unless(key, EscrowState.REQUESTED)
    if not same_fingerprint(fingerprint, key.fingerprint):
        raise FingerprintDiffers(name=key.name)
    key.decide(note=note, actor=actor)
    _decided(session, key, EscrowState.ACTIVE, note, actor)


def deny_key(session: Session, key: EscrowKey, *, note: str, actor: Actor) -> None:
    actor.require(Permission.ESCROW_CONFIRM)
    _refuse_unless(key, EscrowState.REQUESTED)
    key.decide(note=note, actor=actor)
    _decided(session, key, EscrowState.DENIED, note, actor)


def retire_key(
    session: Session, settings: Settings, key: EscrowKey, *, reason: str, actor: Actor
) -> None:
    """Seal nothing new to a key; what was sealed to it still opens, until it is resealed."""
    actor.require(Permission.ESCROW_WRITE)
    take_over(session, settings)
    in_turn(session, "escrow")
    session.refresh(key)
    _refuse_unless(key, EscrowState.ACTIVE)
    left = len(active_keys(session)) - 1
    if not left:
        raise LastEscrowKey(name=key.name)
    key.state, key.retired_at = EscrowState.RETIRED, now()
    key.retired_by, key.retired_because = actor.name, reason
    record(session, actor, events.EscrowKeyRetired(**_about(key), reason=reason, left=left))
    write(session)


def challenge_key(session: Session, key: EscrowKey, *, actor: Actor) -> bytes:
    """Return random bytes sealed to the key; only their digest is kept."""
    actor.require(Permission.ESCROW_WRITE)
    _refuse_unless(key, EscrowState.REQUESTED, EscrowState.ACTIVE, EscrowState.RETIRED)
    content = secrets.token_bytes(32)
    sealed = seal(key.recipient, content)
    key.challenge, key.challenge_until = sha256(content).hexdigest(), now() + ANSWERED_IN
    write(session)
    return sealed


def prove_key(session: Session, key: EscrowKey, *, answer: str, actor: Actor) -> None:
    """Record that somebody who has the identity opened what was sealed to the recipient."""
    actor.require(Permission.ESCROW_WRITE)
    if key.challenge is None or key.challenge_until is None or key.challenge_until <= now():
        raise ChallengeOver(name=key.name)
    if not secrets.compare_digest(answer, key.challenge):
        raise ChallengeNotMet(name=key.name)
    key.challenge = key.challenge_until = None
    key.proved_at, key.proved_by = now(), actor.name
    record(session, actor, events.EscrowKeyProved(**_about(key)))
    write(session)


def _decided(session: Session, key: EscrowKey, state: EscrowState, note: str, actor: Actor) -> None:
    key.state = state
    approved = state is EscrowState.ACTIVE
    record(session, actor, events.EscrowKeyDecided(**_about(key), approved=approved, note=note))
    write(session)


def _made_of_settings(name: str, recipient: str) -> EscrowKey:
    moment = now()
    return EscrowKey(
        id=uuid4(),
        name=name,
        recipient=recipient,
        state=EscrowState.ACTIVE,
        kept_by="—",
        kept_at="—",
        since=day_of(moment),
        from_settings=True,
        reason=TAKEN_OVER,
        asked_by_id=SYSTEM.id,
        asked_by=SYSTEM.name,
        asked_at=moment,
    )


def _refuse_known(session: Session, name: str, recipient: str) -> None:
    same = or_(EscrowKey.name == name, EscrowKey.recipient == recipient)
    live = EscrowKey.state != EscrowState.DENIED
    found = session.scalar(select(EscrowKey).where(same, live).limit(1))
    if found is not None:
        raise EscrowKeyKnown(name=found.name, state=found.state.value)


def _refuse_unless(key: EscrowKey, *states: EscrowState) -> None:
    if key.state not in states:
        raise EscrowKeyMoved(name=key.name, state=key.state.value)


def _about(key: EscrowKey) -> events.About:
    return {"subject_id": key.id, "subject_name": key.name, "fingerprint": key.fingerprint}
