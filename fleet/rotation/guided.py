"""An account's password is changed by a person; the phone's screen, or his word, says that it was.

Nobody but a person can type it, so a new password that was never shown cannot be in use.
"""

from typing import Final

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.accounts.models import Account
from fleet.audit.services import record
from fleet.contracts.accounts import AccountKind
from fleet.contracts.clock import now
from fleet.contracts.credentials import VersionState
from fleet.contracts.proof import Level
from fleet.contracts.rotation import AccountOutcome, RotationState
from fleet.contracts.stations import GuideAccountTask, JobDone
from fleet.rotation import events
from fleet.rotation.errors import RotationEnded
from fleet.rotation.models import Rotation
from fleet.rotation.queries import rotation_of
from fleet.rotation.services import AGAIN_AFTER, about, end, subject_of
from fleet.stations.errors import OutcomeMissing
from fleet.stations.jobs import finish_early
from fleet.stations.models import Job, Station
from fleet.stations.outcomes import Work
from fleet.vault import services as vault
from fleet.vault.queries import locked
from fleet.vault.tools import Tools

PACKAGE: Final = {
    AccountKind.WECHAT: "com.tencent.mm",
    AccountKind.OFFICIAL: "com.tencent.mm",
    AccountKind.WECOM: "com.tencent.wework",
}


def make_task(session: Session, _tools: Tools, job: Job, _station: Station) -> GuideAccountTask:
    """Name the app to watch; no secret goes along."""
    rotation = rotation_of(session, job.task["rotation"])
    account = subject_of(session, rotation.credential)
    if not rotation.is_live or not isinstance(account, Account):
        raise RotationEnded(subject=rotation.credential.subject, state=rotation.state.value)
    rotation.version.tried_at = now()
    rotation.former = rotation.credential.active
    rotation.state = RotationState.RUNNING
    return GuideAccountTask(
        rotation=str(rotation.id), handle=account.handle, package=PACKAGE[account.kind]
    )


def settle(
    session: Session, tools: Tools, job: Job, done: JobDone, *, late: bool, actor: Actor
) -> None:
    if done.account is None:
        raise OutcomeMissing(job=done.job, kind=job.kind.value)
    rotation = rotation_of(session, job.task["rotation"])
    locked(session, rotation.credential)
    session.refresh(rotation)
    seen = _was_seen(rotation, done.account)
    if not rotation.is_live or (late and not seen):
        _hear_late(session, rotation, done.account, seen=seen, actor=actor)
    elif seen:
        _succeeded(session, tools, rotation, done.account, actor)
    else:
        outcome = done.account
        reason = outcome.reason or "not_seen"
        _not_seen(session, rotation, reason, outcome.sentence, actor)


def give_up(session: Session, _tools: Tools, job: Job, *, reason: str, actor: Actor) -> None:
    """End the change without having seen it."""
    rotation = rotation_of(session, job.task["rotation"])
    if rotation.is_live and rotation.job_id == job.id:
        _not_seen(session, rotation, reason, job.failure or "", actor)


def _was_seen(rotation: Rotation, outcome: AccountOutcome) -> bool:
    """Believe a station that saw the phone say so, where the new value can have been typed."""
    shown = bool(outcome.screen_digest and outcome.labels)
    was_disclosed = rotation.version.disclosed_at is not None
    return outcome.state is RotationState.OBSERVED and shown and was_disclosed


def _succeeded(
    session: Session, tools: Tools, rotation: Rotation, outcome: AccountOutcome, actor: Actor
) -> None:
    vault.promote(session, tools, rotation.version, Level.OBSERVED, actor=actor)
    state, level = RotationState.OBSERVED, Level.OBSERVED
    end(session, rotation, state, level, sentence=outcome.sentence, actor=actor)
    finish_early(session, rotation.job_id, actor=actor)


def _not_seen(
    session: Session, rotation: Rotation, reason: str, sentence: str, actor: Actor
) -> None:
    """Keep a value that somebody has seen: he may have typed it all the same."""
    may_be_set = rotation.version.disclosed_at is not None or rotation.settling
    end_version = vault.keep_doubtful if may_be_set else vault.reject
    end_version(session, rotation.version, reason=reason, actor=actor)
    vault.postpone(session, rotation.credential, now() + AGAIN_AFTER)
    state = RotationState.UNPROVEN if may_be_set else RotationState.REFUSED
    if reason == "cancelled":
        state = RotationState.CANCELLED
    end(session, rotation, state, Level.NONE, reason=reason, sentence=sentence, actor=actor)


def _hear_late(
    session: Session, rotation: Rotation, outcome: AccountOutcome, *, seen: bool, actor: Actor
) -> None:
    """Take in what was seen on a phone after the change had ended otherwise."""
    version, credential = rotation.version, rotation.credential
    is_active = version.state is VersionState.ACTIVE
    gone = version.state in {VersionState.REJECTED, VersionState.RETIRED}
    newer = credential.active is not None and credential.active.number > version.number
    doubted = seen and gone and not newer
    if seen and is_active and credential.level is Level.DECLARED:
        credential.level = Level.OBSERVED
    if doubted:
        vault.keep_doubtful(session, version, reason="heard_of_late", actor=actor)
    heard = events.RotationHeardOfLate(
        **about(rotation),
        reported=outcome.state,
        opens=None,
        level=Level.OBSERVED if seen else Level.NONE,
        doubted=doubted,
    )
    record(session, actor, heard)


GUIDE_ACCOUNT: Final = Work(make_task=make_task, settle=settle, give_up=give_up)
