"""Planning a change: the new value is in the vault before there is a job, and never two at once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM, Actor, ActorKind
from fleet.accounts.models import Account
from fleet.accounts.opening import key_of, number_to_bind
from fleet.audit.services import record
from fleet.builds.errors import BuildUntrusted
from fleet.builds.queries import trust_of
from fleet.contracts.accounts import AccountKind
from fleet.contracts.builds import BuildTrust
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind, VersionState
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.contracts.rotation import RotationState
from fleet.contracts.stations import JobKind
from fleet.database import write
from fleet.devices.models import Device
from fleet.rotation import events
from fleet.rotation.choosing import playbook_of
from fleet.rotation.errors import (
    BindingNeedsWitness,
    PhonesAnswerForThemselves,
    RotationEnded,
    RotationUnderWay,
    ValueNeverShown,
)
from fleet.rotation.models import Rotation
from fleet.rotation.objections import objections, require_no_objection
from fleet.rotation.queries import live_rotation
from fleet.stations.jobs import Rests, add_job, finish_early
from fleet.stations.models import Job
from fleet.vault import services as vault
from fleet.vault.models import Credential, CredentialVersion
from fleet.vault.queries import Subject, locked, pin_of
from fleet.vault.rules import Rules, rules_of
from fleet.vault.tools import Tools

MOST_ROUNDS: Final = 3  # a phone that never settles is left to a person
AGAIN_AFTER: Final = timedelta(days=1)  # what ended badly is due again then, not at once

# Rooms further down that act when a rotation has ended (findings, incidents and requests
# close what it settled), in its transaction; filled by `fleet.wiring`.
END_LISTENERS: Final[list[Callable[[Session, Rotation, Actor], None]]] = []


@dataclass(frozen=True)
class Asked:
    """What a rotation is planned for, and how."""

    reason: str
    round: int = 1
    rests: Rests = None
    even_untrusted: bool = False
    not_before: datetime | None = None


def plan_rotation(
    session: Session,
    tools: Tools,
    thing: Device | Account,
    *,
    reason: str,
    actor: Actor,
    even_untrusted: bool = False,
    not_before: datetime | None = None,
) -> Rotation:
    """Plan a change of the PIN of a phone, or of the password or the binding of an account.

    Where an earlier change ended in doubt, its value is taken up again and the phone is asked which
    one opens it: no value that may be in use is ever left behind.
    """
    actor.require(Permission.ROTATIONS_PLAN)
    subject = pin_of(thing) if isinstance(thing, Device) else key_of(thing)
    rests = None if actor.kind is ActorKind.USER else _rests(session, tools, subject)
    given = Asked(reason, rests=rests, even_untrusted=even_untrusted, not_before=not_before)
    return _plan(session, tools, thing, subject, given, actor)


def _rests(session: Session, tools: Tools, subject: Subject) -> Rests:
    """Return the quiet hours that a visit keeps which no person has asked for."""
    credential = vault.credential_for(session, subject)
    return quiet_hours(rules_of(session, tools.settings, credential))


def confirm(session: Session, tools: Tools, rotation: Rotation, *, note: str, actor: Actor) -> None:
    """Take a person's word that he changed a password: level `declared`."""
    actor.require(Permission.ROTATIONS_CONFIRM)
    credential = locked(session, rotation.credential)
    if rotation.kind is CredentialKind.DEVICE_PIN:
        raise PhonesAnswerForThemselves(subject=credential.subject)
    if rotation.is_binding:
        raise BindingNeedsWitness(subject=credential.subject)
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
    if isinstance(thing, Device) and not rotation.even_untrusted and is_untrusted(session, thing):
        return None  # its lock tool has just been found to lie: a person decides
    subject = pin_of(thing) if isinstance(thing, Device) else key_of(thing)
    given = Asked(
        rotation.asked,
        round=rotation.round + 1,
        rests=rests_of(rotation.job),
        even_untrusted=rotation.even_untrusted,
    )
    return _plan(session, tools, thing, subject, given, SYSTEM)


def is_untrusted(session: Session, phone: Device) -> bool:
    """Tell whether the lock tool of the phone's build was found to lie."""
    return trust_of(session, [phone.build]).get(phone.build or "") is BuildTrust.UNTRUSTED


def plan_visit(
    session: Session,
    rotation: Rotation,
    thing: Device | Account,
    actor: Actor,
    *,
    not_before: datetime | None = None,
    rests: Rests = None,
) -> None:
    """Give a rotation its next job; an account that is on no phone has none.

    An official account's password is changed on a website. What the first visit was not to disturb,
    the next one does not either.
    """
    on_phone = isinstance(thing, Device) or thing.kind is not AccountKind.OFFICIAL
    device = thing if isinstance(thing, Device) else thing.device if on_phone else None
    if device is None:
        return
    is_pin = rotation.kind is CredentialKind.DEVICE_PIN
    kind = JobKind.ROTATE_PIN if is_pin else JobKind.GUIDE_ACCOUNT
    rotation.job = add_job(
        session,
        kind,
        device,
        task={"rotation": str(rotation.id)},
        actor=actor,
        not_before=not_before,
        rests=rests or rests_of(rotation.job),
    )
    rotation.visits += 1


def rests_of(job: Job | None) -> Rests:
    if job is None or job.rests_from is None or job.rests_until is None:
        return None
    return job.rests_from, job.rests_until


def quiet_hours(rules: Rules) -> Rests:
    if rules.quiet_from is None or rules.quiet_until is None:
        return None
    return rules.quiet_from, rules.quiet_until


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
    for listen in END_LISTENERS:
        listen(session, rotation, actor)


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
    given: Asked,
    actor: Actor,
) -> Rotation:
    credential = locked(session, vault.credential_for(session, subject))
    if live_rotation(session, credential):
        raise RotationUnderWay(subject=subject.name)
    require_no_objection(objections(session, [credential]), credential)
    settling = bool(credential.doubtful)
    number = number_to_bind(session, thing) if isinstance(thing, Account) else None
    if not (settling or given.even_untrusted or isinstance(thing, Account)):
        _require_honest(session, thing)
    if settling:
        version = vault.retry(session, credential, actor=actor)
    else:
        version = vault.propose(
            session, tools, credential, reason=given.reason, actor=actor, value=number
        )
    rotation = begun(session, credential, version, given, settling=settling, actor=actor)
    bind_to(session, rotation, thing, number)
    write(session)
    plan_visit(session, rotation, thing, actor, not_before=given.not_before, rests=given.rests)
    write(session)
    return rotation


def bind_to(
    session: Session, rotation: Rotation, thing: Device | Account, number: str | None
) -> None:
    """Write down what a binding consists of when it is planned; a password has its first visit."""
    if isinstance(thing, Account) and number is not None:
        playbook_of(session, rotation, thing, thing.device, number=number)


def _require_honest(session: Session, phone: Device) -> None:
    if is_untrusted(session, phone):
        raise BuildUntrusted(subject=phone.tag, build=phone.build or "")


def begun(
    session: Session,
    credential: Credential,
    version: CredentialVersion,
    given: Asked,
    *,
    settling: bool,
    actor: Actor,
) -> Rotation:
    """Add the rotation that is to put `version` in use; the caller sends it."""
    rotation = Rotation(
        id=uuid4(),
        kind=credential.kind,
        credential=credential,
        version=version,
        former=credential.active,
        asked=given.reason,
        settling=settling,
        even_untrusted=given.even_untrusted,
        visits=0,
        round=given.round,
        state=RotationState.PLANNED,
        level=Level.NONE,
        sentence="",
        steps=[],
        wrong_attempts=0,
        planned_at=now(),
    )
    session.add(rotation)
    planned = events.RotationPlanned(
        **about(rotation),
        asked=given.reason,
        settling=settling,
        even_untrusted=given.even_untrusted,
    )
    record(session, actor, planned)
    return rotation
