"""Planning a change: the new value is in the vault before there is a job, and never two at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM, Actor, ActorKind
from fleet.accounts.models import Account
from fleet.accounts.opening import key_of
from fleet.audit.services import record
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
from fleet.errors import FleetError
from fleet.rotation import events
from fleet.rotation.choosing import playbook_of
from fleet.rotation.errors import (
    BindingNeedsWitness,
    PhonesAnswerForThemselves,
    RotationEnded,
    ValueNeverShown,
)
from fleet.rotation.ground import Ground, ground_of
from fleet.rotation.models import Rotation
from fleet.rotation.queries import live_rotation
from fleet.stations.jobs import Rests, add_job, finish_early
from fleet.stations.models import Job
from fleet.vault import services as vault
from fleet.vault.models import Credential, CredentialVersion
from fleet.vault.queries import Subject, locked, locked_each, pin_of
from fleet.vault.rules import Rules
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
    quiet: bool = False  # it keeps the quiet hours of its rules: no person has asked for it


@dataclass(frozen=True)
class Planned:
    """What became of each thing, by its id."""

    rotations: dict[UUID, Rotation] = field(default_factory=dict)
    refused: dict[UUID, FleetError] = field(default_factory=dict)


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
    """Plan a change of the PIN of a phone, or of the password or the binding of an account."""
    actor.require(Permission.ROTATIONS_PLAN)
    asked = Asked(
        reason,
        even_untrusted=even_untrusted,
        not_before=not_before,
        quiet=actor.kind is not ActorKind.USER,
    )
    return _the_only(plan_rotations(session, tools, [thing], asked, actor=actor))


def _the_only(planned: Planned) -> Rotation:
    for refusal in planned.refused.values():
        raise refusal
    (rotation,) = planned.rotations.values()
    return rotation


def plan_rotations(
    session: Session,
    tools: Tools,
    things: Sequence[Device | Account],
    asked: Asked,
    *,
    actor: Actor,
) -> Planned:
    """Plan a change of what opens each of these, in a fixed number of questions.

    Where an earlier change ended in doubt, its value is taken up again and the phone is asked which
    one opens it: no value that may be in use is ever left behind. Nothing is stored of what is
    refused.
    """
    actor.require(Permission.ROTATIONS_PLAN)
    planned = Planned()
    if not things:
        return planned
    subjects = {one.id: _opens(one) for one in things}
    known = locked_each(session, subjects.values())
    mine = {key: known.get(one) or vault.empty(one) for key, one in subjects.items()}
    ground = ground_of(
        session, tools.settings, [*mine.values()], things, even_untrusted=asked.even_untrusted
    )
    for thing in things:
        credential = mine[thing.id]
        try:
            ground.require_plannable(credential)
        except FleetError as refusal:
            planned.refused[thing.id] = refusal
            continue
        session.add(credential)
        planned.rotations[thing.id] = begin(
            session, tools, credential, thing, asked, ground, actor=actor
        )
    write(session)
    return planned


def _opens(thing: Device | Account) -> Subject:
    return pin_of(thing) if isinstance(thing, Device) else key_of(thing)


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
    given = Asked(
        rotation.asked,
        round=rotation.round + 1,
        rests=rests_of(rotation.job),
        even_untrusted=rotation.even_untrusted,
    )
    return _the_only(plan_rotations(session, tools, [thing], given, actor=SYSTEM))


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


def begin(
    session: Session,
    tools: Tools,
    credential: Credential,
    thing: Device | Account,
    asked: Asked,
    ground: Ground,
    *,
    actor: Actor,
) -> Rotation:
    """Put a change in hand that `ground` allows, with its first visit; the caller sends it.

    The caller holds the credential. The new value is in the vault in the same transaction.
    """
    settling = bool(credential.doubtful)
    rules, number = ground.rules[credential.id], ground.numbers.get(thing.id)
    if settling:
        version = vault.take_up(session, credential, actor=actor)
    else:
        version = vault.draw(
            session, tools, credential, rules, reason=asked.reason, actor=actor, value=number
        )
    rotation = _begun(session, credential, version, asked, settling=settling, actor=actor)
    _bind_to(session, rotation, thing, number)
    rests = asked.rests or (quiet_hours(rules) if asked.quiet else None)
    plan_visit(session, rotation, thing, actor, not_before=asked.not_before, rests=rests)
    return rotation


def _bind_to(
    session: Session, rotation: Rotation, thing: Device | Account, number: str | None
) -> None:
    """Write down what a binding consists of when it is planned; a password has its first visit."""
    if isinstance(thing, Account) and number is not None:
        playbook_of(session, rotation, thing, thing.device, number=number)


def _begun(
    session: Session,
    credential: Credential,
    version: CredentialVersion,
    given: Asked,
    *,
    settling: bool,
    actor: Actor,
) -> Rotation:
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
