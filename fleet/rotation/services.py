"""Planning a change: the new value is in the vault before there is a job, and never two at once."""

from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM, Actor
from fleet.accounts.models import Account
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind, VersionState
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.contracts.rotation import RotationState
from fleet.contracts.stations import JobKind
from fleet.database import DatabaseBusy, write
from fleet.devices.models import Device
from fleet.errors import FleetError
from fleet.rotation import events
from fleet.rotation.errors import (
    PhonesAnswerForThemselves,
    RotationEnded,
    RotationUnderWay,
    ValueNeverShown,
)
from fleet.rotation.models import Rotation
from fleet.rotation.queries import due, live_rotation
from fleet.stations.jobs import finish_early, plan_job
from fleet.vault import services as vault
from fleet.vault.models import Credential
from fleet.vault.queries import Subject, locked, password_of, pin_of
from fleet.vault.tools import Tools

MOST_ROUNDS: Final = 3  # a phone that never settles is left to a person
AGAIN_AFTER: Final = timedelta(days=1)  # what ended badly is due again then, not at once


def plan_rotation(
    session: Session, tools: Tools, thing: Device | Account, *, reason: str, actor: Actor
) -> Rotation:
    """Plan a change of the PIN of a phone or the password of an account.

    Where an earlier change ended in doubt, its value is taken up again and the phone is asked which
    one opens it: no value that may be in use is ever left behind.
    """
    actor.require(Permission.ROTATIONS_PLAN)
    subject = pin_of(thing) if isinstance(thing, Device) else password_of(thing)
    return _plan(session, tools, thing, subject, asked=reason, actor=actor, round_=1)


def plan_due(session: Session, tools: Tools, *, actor: Actor) -> list[Rotation]:
    """Plan a rotation of everything that is due; what refuses is left for the next time."""
    actor.require(Permission.ROTATIONS_PLAN)
    planned = []
    for credential in due(session):
        thing = subject_of(session, credential)
        try:
            with session.begin_nested():
                planned.append(plan_rotation(session, tools, thing, reason="due", actor=actor))
        except DatabaseBusy:
            raise
        except FleetError:
            continue
    return planned


def confirm(session: Session, tools: Tools, rotation: Rotation, *, note: str, actor: Actor) -> None:
    """Take a person's word that he changed a password: level `declared`."""
    actor.require(Permission.ROTATIONS_CONFIRM)
    credential = locked(session, rotation.credential)
    if rotation.kind is CredentialKind.DEVICE_PIN:
        raise PhonesAnswerForThemselves(subject=credential.subject)
    if rotation.version.state not in {VersionState.PENDING, VersionState.DOUBTFUL}:
        raise RotationEnded(subject=credential.subject, state=rotation.state.value)
    if rotation.version.disclosed_at is None:
        raise ValueNeverShown(subject=credential.subject)
    vault.promote(session, tools, rotation.version, Level.DECLARED, actor=actor)
    end(session, rotation, RotationState.DECLARED, Level.DECLARED, sentence=note, actor=actor)
    finish_early(session, rotation.job_id, actor=actor)


def follow_up(session: Session, tools: Tools, rotation: Rotation) -> Rotation | None:
    """Plan the change that `rotation` was meant to be: its visit only settled an older doubt."""
    if rotation.round >= MOST_ROUNDS or live_rotation(session, rotation.credential):
        return None
    thing = subject_of(session, rotation.credential)
    subject = pin_of(thing) if isinstance(thing, Device) else password_of(thing)
    return _plan(
        session,
        tools,
        thing,
        subject,
        asked=rotation.asked,
        actor=SYSTEM,
        round_=rotation.round + 1,
    )


def plan_visit(
    session: Session,
    rotation: Rotation,
    thing: Device | Account,
    actor: Actor,
    *,
    not_before: datetime | None = None,
) -> None:
    """Give a rotation its next job; an account that is on no phone has none."""
    device = thing if isinstance(thing, Device) else thing.device
    if device is None:
        return
    is_pin = rotation.kind is CredentialKind.DEVICE_PIN
    kind = JobKind.ROTATE_PIN if is_pin else JobKind.GUIDE_ACCOUNT
    task = {"rotation": str(rotation.id)}
    rotation.job = plan_job(session, kind, device, task=task, actor=actor, not_before=not_before)
    rotation.visits += 1


def subject_of(session: Session, credential: Credential) -> Device | Account:
    if credential.device_id is not None:
        return session.get_one(Device, credential.device_id)
    return session.get_one(Account, credential.account_id)


def end(
    session: Session,
    rotation: Rotation,
    state: RotationState,
    level: Level,
    *,
    actor: Actor,
    reason: str | None = None,
    sentence: str = "",
) -> None:
    """Write down how a rotation ended."""
    rotation.state, rotation.level, rotation.ended_at = state, level, now()
    rotation.reason, rotation.sentence = reason, sentence
    ended = events.RotationEndedAs(
        **about(rotation),
        state=state,
        level=level,
        reason=reason,
        wrong_attempts=rotation.wrong_attempts,
        build=rotation.build,
    )
    record(session, actor, ended)
    write(session)


def about(rotation: Rotation) -> events.About:
    return {
        "subject_id": rotation.id,
        "subject_name": rotation.credential.subject,
        "kind": rotation.kind,
    }


def _plan(
    session: Session,
    tools: Tools,
    thing: Device | Account,
    subject: Subject,
    *,
    asked: str,
    actor: Actor,
    round_: int,
) -> Rotation:
    credential = locked(session, vault.credential_for(session, subject))
    if live_rotation(session, credential):
        raise RotationUnderWay(subject=subject.name)
    settling = bool(credential.doubtful)
    if settling:
        version = vault.retry(session, credential, actor=actor)
    else:
        version = vault.propose(session, tools, credential, reason=asked, actor=actor)
    rotation = Rotation(
        id=uuid4(),
        kind=credential.kind,
        credential=credential,
        version=version,
        former=credential.active,
        asked=asked,
        settling=settling,
        visits=0,
        round=round_,
        state=RotationState.PLANNED,
        level=Level.NONE,
        sentence="",
        steps=[],
        wrong_attempts=0,
        planned_at=now(),
    )
    session.add(rotation)
    planned = events.RotationPlanned(**about(rotation), asked=asked, settling=settling)
    record(session, actor, planned)
    write(session)
    plan_visit(session, rotation, thing, actor)
    write(session)
    return rotation
