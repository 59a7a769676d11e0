"""What a check shows, judged by the server from the steps that the station recorded.

A no is a finding: somebody changed the PIN. It is never tried again by itself.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM, Actor
from fleet.audit.services import record
from fleet.compliance import events
from fleet.compliance.checks import refused_since, why_not_now
from fleet.compliance.findings import close_drift, open_drift, open_finding
from fleet.compliance.models import PinCheck
from fleet.compliance.standing import NOT_A_PIN, is_known, is_steady
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.findings import CheckOutcome, CheckResult, LockSeen, Rule
from fleet.contracts.policies import Trigger
from fleet.contracts.proof import Level
from fleet.contracts.rotation import RotationState, RotationStep, StepName
from fleet.contracts.stations import CheckPinTask, JobDone, JobKind
from fleet.database import write
from fleet.devices.models import Device
from fleet.devices.queries import held_still
from fleet.rotation.evidence import ACCEPTED, REFUSED, read
from fleet.rotation.models import Rotation
from fleet.rotation.outcomes import ROTATE_PIN
from fleet.rotation.queries import live_rotation, rotation_of
from fleet.rotation.triggers import make_due
from fleet.stations.errors import OutcomeMissing
from fleet.stations.jobs import sealed_for
from fleet.stations.models import Job, Station
from fleet.stations.outcomes import Work
from fleet.vault import services as vault
from fleet.vault.models import Credential
from fleet.vault.queries import locked, opened, pin_of
from fleet.vault.services import adopt
from fleet.vault.tools import Tools

RULES: Final = {
    CheckResult.REFUSED: Rule.PIN_REFUSED,
    CheckResult.LOCK_REMOVED: Rule.LOCK_REMOVED,
    CheckResult.LOCK_REPLACED: Rule.LOCK_REPLACED,
}
SHOWN: Final = {RotationState.PROVEN, RotationState.VERIFIED}
SHUT_OUT: Final = {"old_refused", "neither_opens"}


def make_task(session: Session, tools: Tools, job: Job, station: Station) -> CheckPinTask:
    """Seal the value to the station where it may be tried; else free questions alone go out.

    A loan of which nobody said what it did may have cost an attempt: it is not risked twice.
    """
    check = _check_of(session, job)
    credential = locked(session, check.version.credential)
    free = live_rotation(session, credential) is None
    is_meant = check.asked_by is not None or not _is_overtaken(check, credential)
    may_try = job.unsure == 0 and not why_not_now(session, job.device)
    check.tried = free and is_meant and may_try
    if not check.tried:
        return CheckPinTask(check=str(check.id), sealed_pin=None)
    value = opened(tools.keyring, check.version)
    return CheckPinTask(check=str(check.id), sealed_pin=sealed_for(station, job, value))


def settle(
    session: Session, tools: Tools, job: Job, done: JobDone, *, late: bool, actor: Actor
) -> None:
    """Take in what a check showed; heard late, it is as true of the value it was about."""
    if done.check is None:
        raise OutcomeMissing(job=done.job, kind=job.kind.value)
    check = _check_of(session, job)
    if check.result not in {None, CheckResult.FAILED}:
        return
    device = held_still(session, job.device)
    credential = locked(session, check.version.credential)
    result, reason = judged(done.check, credential)
    _note(session, check, done.check, result, reason, actor)
    is_history = late and result not in RULES
    if is_history or live_rotation(session, credential) is not None:
        return
    if check.asked_by is None and _is_overtaken(check, credential):
        return
    if result is CheckResult.ACCEPTED:
        _accepted(session, tools, device, check, actor)
    elif result in RULES and credential.active is check.version:
        _drifted(session, tools, device, credential, RULES[result], check.digest, actor)


def _is_overtaken(check: PinCheck, credential: Credential) -> bool:
    """Tell whether the value that was asked about is not the one that the phone should have now."""
    return credential.active is not check.version or not is_known(credential)


def give_up(session: Session, _tools: Tools, job: Job, *, reason: str, actor: Actor) -> None:
    """End the check without a word of the phone."""
    check = _check_of(session, job)
    if check.result is None:
        _end(session, check, CheckResult.FAILED, reason, actor)


def judged(outcome: CheckOutcome, credential: Credential) -> tuple[CheckResult, str | None]:
    """Return what the phone's own answers show, and why it is not more."""
    lock = outcome.lock
    if lock is None:
        return CheckResult.UNCLEAR, "nothing_seen"
    if lock.credential_type in NOT_A_PIN:
        return CheckResult.LOCK_REPLACED, None
    if _is_removed(lock, credential):
        return CheckResult.LOCK_REMOVED, None
    said = _said(outcome.steps)
    if said is None:
        return CheckResult.NOT_TRIED, outcome.reason
    if lock.contradicts or lock.secure is not True or said not in {ACCEPTED, REFUSED}:
        return CheckResult.UNCLEAR, outcome.reason or said
    return CheckResult(said), None


def _is_removed(lock: LockSeen, credential: Credential) -> bool:
    """Believe a phone that says it has no lock where its own state says so as well.

    Before Android 11 only the lock tool tells: it is believed where it has refused a wrong value.
    """
    if lock.credential_type == "none":
        return True
    silent = lock.credential_type is None
    return silent and lock.secure is False and credential.level is Level.PROVEN


def _said(steps: Sequence[RotationStep]) -> str | None:
    answers = [step.verdict for step in steps if step.name == StepName.CHECK_OLD.value]
    return answers[-1] if answers else None


def _accepted(
    session: Session, tools: Tools, device: Device, check: PinCheck, actor: Actor
) -> None:
    """The phone takes the value: it is the active one again, and what was refused is given up."""
    credential, findings = check.version.credential, open_drift(session, device)
    if credential.active is not check.version:
        value = opened(tools.keyring, check.version)
        adopt(session, tools, pin_of(device), value=value, reason="former", actor=SYSTEM)
    vouched = credential.level.at_least(Level.VERIFIED) and not findings
    vault.confirm(session, credential, credential.level if vouched else Level.VERIFIED, actor=actor)
    if findings:
        refused = refused_since(session, device, findings[0].began)
        for version in [one for one in credential.doubtful if one.id in refused]:
            vault.reject(session, version, reason="refused_by_phone", actor=actor)
    close_drift(session, device, because="accepted", actor=actor)


def _drifted(
    session: Session,
    tools: Tools,
    device: Device,
    credential: Credential,
    rule: Rule,
    digest: str | None,
    actor: Actor,
) -> None:
    since = credential.confirmed_at or credential.changed_at
    vouched = is_steady(session, credential)
    vault.doubt(session, credential, reason="drift", actor=actor)
    make_due(session, [device], Trigger.DRIFT, actor=SYSTEM)
    if vouched or open_drift(session, device):
        open_finding(
            session,
            tools,
            device,
            rule,
            since=since,
            digest=digest,
            by_a_station=_unheard(session, device),
            actor=actor,
        )


def _unheard(session: Session, device: Device) -> bool:
    """Tell whether a station was lent a change of this PIN and never said what became of it."""
    lent = Job.device_id == device.id, Job.kind == JobKind.ROTATE_PIN, Job.unsure > 0
    return session.scalar(select(Job.id).where(*lent).limit(1)) is not None


def settle_rotation(
    session: Session, tools: Tools, job: Job, done: JobDone, *, late: bool, actor: Actor
) -> None:
    """Settle a rotation as ever; one that was shut out has found what a check would have found."""
    rotation, device = rotation_of(session, job.task["rotation"]), held_still(session, job.device)
    since = rotation.credential.confirmed_at or rotation.credential.changed_at
    vouched = rotation.credential.level.at_least(Level.VERIFIED)
    ROTATE_PIN.settle(session, tools, job, done, late=late, actor=actor)
    if vouched and not late and _was_shut_out(rotation):
        open_finding(
            session,
            tools,
            device,
            Rule.PIN_REFUSED,
            since=since,
            digest=_digest([RotationStep.model_validate(step) for step in rotation.steps]),
            by_a_station=_unheard(session, device),
            actor=actor,
        )


def _was_shut_out(rotation: Rotation) -> bool:
    if rotation.is_live or rotation.reason not in SHUT_OUT:
        return False
    steps = [RotationStep.model_validate(step) for step in rotation.steps]
    seen = read(steps, asking=rotation.settling)
    return seen.old_refused and not seen.new.at_least(Level.VERIFIED)


def note_rotation(session: Session, rotation: Rotation, actor: Actor) -> None:
    """Close what is open of a phone whose PIN is proven again: a listener of `rotation`."""
    if rotation.kind is CredentialKind.DEVICE_PIN and rotation.state in SHOWN:
        device = session.get_one(Device, rotation.credential.device_id)
        close_drift(session, device, because="rotated", actor=actor)


def _check_of(session: Session, job: Job) -> PinCheck:
    return session.scalars(select(PinCheck).where(PinCheck.job_id == job.id)).one()


def _note(
    session: Session,
    check: PinCheck,
    outcome: CheckOutcome,
    result: CheckResult,
    reason: str | None,
    actor: Actor,
) -> None:
    check.steps = [step.model_dump(mode="json") for step in outcome.steps]
    check.wrong_attempts, check.build = outcome.wrong_attempts, outcome.build
    check.digest = _digest(outcome.steps)
    _end(session, check, result, reason, actor)


def _end(
    session: Session, check: PinCheck, result: CheckResult, reason: str | None, actor: Actor
) -> None:
    check.result, check.reason, check.ended_at = result, reason, now()
    ended = events.PinCheckEnded(
        subject_id=check.id,
        subject_name=check.device.tag,
        result=result,
        reason=reason,
        wrong_attempts=check.wrong_attempts,
        build=check.build,
    )
    record(session, actor, ended)
    write(session)


def _digest(steps: Sequence[RotationStep]) -> str:
    lines = (f"{one.name} {one.verdict} {one.digest}" for one in steps)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


CHECK_PIN: Final = Work(make_task=make_task, settle=settle, give_up=give_up)
WATCHED_ROTATION: Final = Work(
    make_task=ROTATE_PIN.make_task, settle=settle_rotation, give_up=ROTATE_PIN.give_up
)
