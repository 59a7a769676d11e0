"""An account's password is changed by a person; the phone's screen, or his word, says that it was.

The station types what nobody has seen; a value that was shown to a person is typed by him.
"""

from typing import Final

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.accounts.models import Account
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.credentials import VersionState
from fleet.contracts.proof import Level
from fleet.contracts.rotation import AccountOutcome, RotationState, RotationStep
from fleet.contracts.stations import GuideAccountTask, JobDone
from fleet.database import write
from fleet.rotation import binding, events
from fleet.rotation.choosing import playbook_of
from fleet.rotation.errors import RotationEnded
from fleet.rotation.models import Rotation
from fleet.rotation.queries import rotation_of
from fleet.rotation.seen import Shown, read
from fleet.rotation.services import AGAIN_AFTER, about, end, follow_up, plan_visit, subject_of
from fleet.stations.errors import OutcomeMissing
from fleet.stations.jobs import finish_early, sealed_for
from fleet.stations.models import Job, Station
from fleet.stations.outcomes import Work
from fleet.vault import services as vault
from fleet.vault.queries import locked, opened
from fleet.vault.tools import Tools

MOST_VISITS: Final = 3
NOT_APPLIED: Final = "not_applied"
NEITHER: Final = "neither_opens"
NOT_OURS: Final = "not_ours"  # somebody changed it to a value that nobody here was shown


def make_task(session: Session, tools: Tools, job: Job, station: Station) -> GuideAccountTask:
    """Choose the playbook once, and seal both values to the station that will type them."""
    rotation = rotation_of(session, job.task["rotation"])
    credential = locked(session, rotation.credential)
    version, active = rotation.version, credential.active
    account = subject_of(session, credential)
    if not rotation.is_live or not isinstance(account, Account):
        raise RotationEnded(subject=credential.subject, state=rotation.state.value)
    book = playbook_of(session, rotation, account, job.device)
    version.tried_at = now()
    rotation.former = active
    if rotation.state is RotationState.PLANNED:
        rotation.state = RotationState.RUNNING
    old = opened(tools.keyring, active) if active else None
    new, is_binding = opened(tools.keyring, version), book.changes == "binding"
    return GuideAccountTask(
        rotation=str(rotation.id),
        handle=account.handle,
        playbook=book,
        sealed_new=None if is_binding else sealed_for(station, job, new),
        sealed_old=None if is_binding or old is None else sealed_for(station, job, old),
        settle=rotation.may_have_begun,
        by_hand=version.disclosed_at is not None,
    )


def settle(
    session: Session, tools: Tools, job: Job, done: JobDone, *, late: bool, actor: Actor
) -> None:
    """Take in what a visit showed: its steps decide, whatever the station calls them."""
    if done.account is None:
        raise OutcomeMissing(job=done.job, kind=job.kind.value)
    rotation = rotation_of(session, job.task["rotation"])
    locked(session, rotation.credential)
    session.refresh(rotation)
    outcome = done.account
    steps = [*_steps(rotation), *outcome.steps]
    shown = read(steps, rotation.playbook)
    seen = _was_seen(rotation, outcome, shown)
    awaited = rotation.job_id == job.id and not late
    if not rotation.is_live or not (awaited or seen):
        _hear_late(session, rotation, outcome, seen=seen, actor=actor)
        return
    rotation.steps = [step.model_dump(mode="json") for step in steps]
    rotation.build = outcome.build or rotation.build
    finish_early(session, rotation.job_id, actor=actor)
    _judge(session, tools, rotation, outcome, shown, seen=seen, actor=actor)
    write(session)


def give_up(session: Session, _tools: Tools, job: Job, *, reason: str, actor: Actor) -> None:
    """End the change without having seen it."""
    rotation = rotation_of(session, job.task["rotation"])
    if not rotation.is_live or rotation.job_id != job.id or binding.stands(rotation):
        return
    doubt = rotation.may_have_begun or rotation.version.disclosed_at is not None
    _unseen(session, rotation, reason, job.failure or "", doubt=doubt, actor=actor)


def _steps(rotation: Rotation) -> list[RotationStep]:
    return [RotationStep.model_validate(step) for step in rotation.steps]


def _was_seen(rotation: Rotation, outcome: AccountOutcome, shown: Shown) -> bool:
    """Believe a screen where the value was typed by the station, or can have been by a person."""
    if shown.changed or shown.new_accepted:
        return True
    typed_by_hand = rotation.version.disclosed_at is not None
    told = bool(outcome.screen_digest and outcome.labels)
    return outcome.state is RotationState.OBSERVED and told and typed_by_hand


def _judge(
    session: Session,
    tools: Tools,
    rotation: Rotation,
    outcome: AccountOutcome,
    shown: Shown,
    *,
    seen: bool,
    actor: Actor,
) -> None:
    disclosed = rotation.version.disclosed_at is not None
    reason = outcome.reason or "not_seen"
    if seen:
        _succeeded(session, tools, rotation, outcome, shown, actor)
    elif binding.stands(rotation):
        return  # what is left to be done has its own witnesses
    elif shown.old_accepted:
        _not_applied(session, tools, rotation, outcome, actor)
    elif shown.old_refused or reason in {NEITHER, NOT_OURS}:
        _shut_out(session, rotation, reason, outcome.sentence, actor)
    elif (shown.sent or rotation.may_have_begun) and not disclosed:
        _in_doubt(session, rotation, outcome, actor)
    else:
        _unseen(session, rotation, reason, outcome.sentence, doubt=disclosed, actor=actor)


def _succeeded(
    session: Session,
    tools: Tools,
    rotation: Rotation,
    outcome: AccountOutcome,
    shown: Shown,
    actor: Actor,
) -> None:
    """The value is in use; one that was only found so has been since it was made."""
    if rotation.is_binding:
        rotation.sentence = outcome.sentence
        binding.end_if_whole(session, tools, rotation, actor=actor)
        return
    made_at = rotation.version.made_at
    changed_at = None if shown.changed or not shown.new_accepted else made_at
    vault.promote(
        session, tools, rotation.version, Level.OBSERVED, changed_at=changed_at, actor=actor
    )
    state, level = RotationState.OBSERVED, Level.OBSERVED
    end(session, rotation, state, level, sentence=outcome.sentence, actor=actor)


def _not_applied(
    session: Session, tools: Tools, rotation: Rotation, outcome: AccountOutcome, actor: Actor
) -> None:
    """The app took the old value and not the new one: the change is begun anew."""
    vault.reject(session, rotation.version, reason=NOT_APPLIED, actor=actor)
    told = {"reason": NOT_APPLIED, "sentence": outcome.sentence}
    end(session, rotation, RotationState.REFUSED, Level.NONE, actor=actor, **told)
    follow_up(session, tools, rotation)


def _shut_out(
    session: Session, rotation: Rotation, reason: str, sentence: str, actor: Actor
) -> None:
    """What the vault holds is not in use: a person finds out why, before anybody tries again."""
    vault.keep_doubtful(session, rotation.version, reason=reason, actor=actor)
    vault.postpone(session, rotation.credential, None)
    state = RotationState.UNPROVEN if reason == NEITHER else RotationState.REFUSED
    end(session, rotation, state, Level.NONE, reason=reason, sentence=sentence, actor=actor)


def _in_doubt(session: Session, rotation: Rotation, outcome: AccountOutcome, actor: Actor) -> None:
    """Keep both values; the next visit tries which one is in use, a few times."""
    if rotation.visits >= MOST_VISITS:
        _unseen(session, rotation, "never_settled", outcome.sentence, doubt=True, actor=actor)
        return
    rotation.state, rotation.reason = RotationState.IN_DOUBT, outcome.reason
    rotation.sentence = outcome.sentence
    rotation.credential.level = Level.NONE
    plan_visit(session, rotation, subject_of(session, rotation.credential), actor)
    asked = events.RotationToBeSettled(**about(rotation), visits=rotation.visits)
    record(session, actor, asked)


def _unseen(
    session: Session, rotation: Rotation, reason: str, sentence: str, *, doubt: bool, actor: Actor
) -> None:
    """End it without success; a value that may be in use is kept."""
    end_version = vault.keep_doubtful if doubt else vault.reject
    end_version(session, rotation.version, reason=reason, actor=actor)
    vault.postpone(session, rotation.credential, now() + AGAIN_AFTER)
    state = RotationState.UNPROVEN if doubt else RotationState.REFUSED
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
    doubted = seen and gone and not newer and not rotation.is_binding
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
