"""What becomes of a PIN after a visit: the phone's own answers decide, and both values are kept
until they do.

Only steps that show it make a value `verified` or `proven`, whatever the station calls it. A new
value that may have reached the phone is never given up on a station's word alone.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM, Actor
from fleet.audit.services import record
from fleet.builds.queries import trust_of
from fleet.builds.services import note_visit
from fleet.contracts.builds import BuildTrust
from fleet.contracts.clock import now
from fleet.contracts.credentials import VersionState
from fleet.contracts.proof import Level
from fleet.contracts.rotation import PinOutcome, RotationState
from fleet.contracts.stations import JobDone, JobKind, RotatePinTask
from fleet.database import write
from fleet.rotation import events
from fleet.rotation.errors import RotationEnded
from fleet.rotation.evidence import Evidence, read
from fleet.rotation.models import Rotation
from fleet.rotation.queries import live_rotation, rotation_of
from fleet.rotation.services import (
    AGAIN_AFTER,
    about,
    end,
    follow_up,
    plan_rotation,
    plan_visit,
    subject_of,
)
from fleet.stations.errors import OutcomeMissing
from fleet.stations.jobs import finish_early, sealed_for
from fleet.stations.models import Job, Station
from fleet.stations.outcomes import Work
from fleet.vault import services as vault
from fleet.vault.lifecycle import MAY_BE_IN_USE
from fleet.vault.models import CredentialVersion
from fleet.vault.queries import locked, opened
from fleet.vault.tools import Tools

MOST_VISITS: Final = 3  # each of them can cost a wrong attempt
SUCCESS: Final = {RotationState.PROVEN, RotationState.VERIFIED}
NOTHING_SET: Final = "not_applied"  # a visit that was sent to ask found the new value not in use
NEITHER: Final = "neither_opens"
TAKES_ANY: Final = "says_yes_to_everything"
WIPES_SOON: Final = "wipe_limit_near"
# Each further try is counted, or tells nothing.
FOR_A_PERSON: Final = {NEITHER, TAKES_ANY, WIPES_SOON}
# What a phone makes callers wait after wrong attempts: 30 seconds, later doubling up to a day. The
# first wait is longer than most, and each further one follows the phone's own.
WAIT: Final = timedelta(seconds=60)
LONGEST_WAIT: Final = timedelta(days=1)
MOST_PAUSES: Final = 11  # the last of them is of more than half a day
THROTTLED: Final = "throttled"
LATER: Final = {"tool_gone", "tool_hangs"}  # the phone needs a moment to come to itself


def make_task(session: Session, tools: Tools, job: Job, station: Station) -> RotatePinTask:
    """Seal both values to the station; from now on the new one may be on the phone."""
    rotation = rotation_of(session, job.task["rotation"])
    credential = locked(session, rotation.credential)
    version, active = rotation.version, credential.active
    if not rotation.is_live or version.state is not VersionState.PENDING:
        raise RotationEnded(subject=credential.subject, state=rotation.state.value)
    version.tried_at = now()
    rotation.former = active
    if rotation.state is RotationState.PLANNED:
        rotation.state = RotationState.RUNNING
    new = opened(tools.keyring, version)
    old = opened(tools.keyring, active) if active else None
    build = job.device.build
    return RotatePinTask(
        rotation=str(rotation.id),
        sealed_new=sealed_for(station, job, new),
        sealed_old=sealed_for(station, job, old) if old is not None else None,
        settle=rotation.may_have_begun,
        build=build,
        trust=trust_of(session, [build]).get(build or "", BuildTrust.UNKNOWN),
        even_untrusted=rotation.even_untrusted,
    )


def settle(
    session: Session, tools: Tools, job: Job, done: JobDone, *, late: bool, actor: Actor
) -> None:
    if done.pin is None:
        raise OutcomeMissing(job=done.job, kind=job.kind.value)
    rotation = rotation_of(session, job.task["rotation"])
    locked(session, rotation.credential)
    session.refresh(rotation)
    settle_pin(session, tools, rotation, done.pin, job=job, late=late, actor=actor)
    write(session)


def settle_pin(
    session: Session,
    tools: Tools,
    rotation: Rotation,
    outcome: PinOutcome,
    *,
    job: Job,
    late: bool,
    actor: Actor,
) -> None:
    """Take in what a visit showed."""
    trust = BuildTrust.UNKNOWN
    if outcome.build:
        trust = note_visit(
            session,
            job.device,
            outcome.build,
            outcome.steps,
            rotation=rotation.id,
            outcome=outcome.reason,
            actor=actor,
        )
    asking = rotation.may_have_begun or job.unsure > 0
    believed = trust is BuildTrust.TRUSTED
    evidence = read(outcome.steps, asking=asking, believed=believed)
    is_awaited = rotation.job_id == job.id and not late
    if not rotation.is_live or not (is_awaited or _is_success(outcome, evidence)):
        _hear_late(session, tools, rotation, outcome, evidence, actor)
        return
    _note(rotation, outcome)
    finish_early(session, rotation.job_id, actor=actor)
    _judge(session, tools, rotation, outcome, evidence, actor)


def give_up(session: Session, _tools: Tools, job: Job, *, reason: str, actor: Actor) -> None:
    """End the rotation without a visit's word: its value is kept where it may have been set."""
    rotation = rotation_of(session, job.task["rotation"])
    if not rotation.is_live or rotation.job_id != job.id:
        return
    begun = rotation.may_have_begun
    end_version = vault.keep_doubtful if begun else vault.reject
    end_version(session, rotation.version, reason=reason, actor=actor)
    vault.postpone(session, rotation.credential, now() + AGAIN_AFTER)
    state = RotationState.UNPROVEN if begun else RotationState.REFUSED
    if reason == "cancelled":
        state = RotationState.CANCELLED
    sentence = job.failure or ""
    end(session, rotation, state, Level.NONE, reason=reason, sentence=sentence, actor=actor)


def _judge(
    session: Session,
    tools: Tools,
    rotation: Rotation,
    outcome: PinOutcome,
    evidence: Evidence,
    actor: Actor,
) -> None:
    if _is_success(outcome, evidence):
        _succeeded(session, tools, rotation, outcome, evidence, actor)
    elif outcome.state is RotationState.IN_DOUBT:
        _in_doubt(session, rotation, outcome, actor)
    elif outcome.state is RotationState.REFUSED:
        _refused(session, tools, rotation, outcome, evidence, actor)
    else:
        claimed = outcome.state in SUCCESS
        _unproven(session, rotation, outcome, "steps_missing" if claimed else None, actor)


def _is_success(outcome: PinOutcome, evidence: Evidence) -> bool:
    claims_new = outcome.state in SUCCESS and outcome.active in {None, "new"}
    return claims_new and evidence.new.at_least(Level.VERIFIED)


def _succeeded(
    session: Session,
    tools: Tools,
    rotation: Rotation,
    outcome: PinOutcome,
    evidence: Evidence,
    actor: Actor,
) -> None:
    proven = outcome.state is RotationState.PROVEN and evidence.new is Level.PROVEN
    level = Level.PROVEN if proven else Level.VERIFIED
    # A value that was found in use has been there since it was made, for all that is known.
    changed_at = None if evidence.sent else rotation.version.made_at
    vault.promote(session, tools, rotation.version, level, changed_at=changed_at, actor=actor)
    _end_as(session, rotation, RotationState(level.value), level, outcome, actor)
    seen = rotation.version.disclosed_at is not None
    if rotation.settling and (seen or not evidence.sent):
        follow_up(session, tools, rotation)


def _in_doubt(
    session: Session,
    rotation: Rotation,
    outcome: PinOutcome,
    actor: Actor,
    *,
    wait: timedelta | None = None,
) -> None:
    """Keep both values and send another visit to ask, a few times."""
    pauses = pauses_of(rotation)
    if rotation.visits - pauses >= MOST_VISITS or pauses > MOST_PAUSES:
        _unproven(session, rotation, outcome, "never_settled", actor)
        return
    rotation.state, rotation.reason = RotationState.IN_DOUBT, outcome.reason
    rotation.sentence = outcome.sentence
    rotation.credential.level = Level.NONE
    _send_again(session, rotation, outcome, actor, wait)
    asked = events.RotationToBeSettled(**about(rotation), visits=rotation.visits)
    record(session, actor, asked)


def _send_again(
    session: Session,
    rotation: Rotation,
    outcome: PinOutcome,
    actor: Actor,
    wait: timedelta | None = None,
) -> None:
    if outcome.reason == THROTTLED:
        wait = pause_after(pauses_of(rotation))
    elif outcome.reason in LATER:
        wait = WAIT
    thing = subject_of(session, rotation.credential)
    plan_visit(session, rotation, thing, actor, not_before=now() + wait if wait else None)


def pauses_of(rotation: Rotation) -> int:
    """Count the visits at which the phone let nobody try: they cost no attempt."""
    return sum(step["verdict"] == THROTTLED for step in rotation.steps)


def pause_after(pauses: int) -> timedelta:
    """Return how long to leave a phone alone that has made us wait so many times in a row."""
    doublings = min(max(pauses - 1, 0), MOST_PAUSES)
    return min(WAIT * (1 << doublings), LONGEST_WAIT)


def _postponed(session: Session, rotation: Rotation, outcome: PinOutcome, actor: Actor) -> None:
    """Go on later: the phone is as it was before this visit, which therefore does not count."""
    rotation.state, rotation.visits = RotationState.PLANNED, 0
    rotation.reason, rotation.sentence = outcome.reason, outcome.sentence
    _send_again(session, rotation, outcome, actor)
    until = rotation.job.not_before if rotation.job else None
    postponed = events.RotationPostponed(**about(rotation), until=until, pauses=pauses_of(rotation))
    record(session, actor, postponed)


def _refused(
    session: Session,
    tools: Tools,
    rotation: Rotation,
    outcome: PinOutcome,
    evidence: Evidence,
    actor: Actor,
) -> None:
    """Nothing was changed: the new value is given up where that is shown, and only there."""
    if evidence.old_refused:
        _shut_out(session, rotation, outcome, actor)
        return
    if outcome.reason == THROTTLED and pauses_of(rotation) <= MOST_PAUSES:
        is_as_before = not (evidence.sent or rotation.may_have_begun)
        go_on = _postponed if is_as_before else _in_doubt
        go_on(session, rotation, outcome, actor)
        return
    if not _is_untouched(rotation, outcome, evidence):
        if outcome.reason == WIPES_SOON:
            _unproven(session, rotation, outcome, None, actor)
            return
        _in_doubt(session, rotation, outcome, actor, wait=WAIT)
        return
    asked = rotation.may_have_begun
    reason = outcome.reason or "refused"
    may_still_come = _has_unheard_loans(session, rotation)
    end_version = vault.keep_doubtful if may_still_come else vault.reject
    end_version(session, rotation.version, reason=reason, actor=actor)
    if evidence.old is Level.PROVEN and rotation.credential.active is rotation.former:
        vault.confirm(session, rotation.credential, Level.PROVEN, actor=actor)
    vault.postpone(session, rotation.credential, now() + AGAIN_AFTER)
    _end_as(session, rotation, RotationState.REFUSED, Level.NONE, outcome, actor)
    if asked:
        follow_up(session, tools, rotation)


def _has_unheard_loans(session: Session, rotation: Rotation) -> bool:
    """Tell whether a station that was never heard of may still set the value, off the network."""
    mine = (
        Job.device_id == rotation.credential.device_id,
        Job.kind == JobKind.ROTATE_PIN,
        Job.created_at >= rotation.planned_at,
        Job.unsure > 0,
    )
    return session.scalar(select(Job.id).where(*mine).limit(1)) is not None


def _shut_out(session: Session, rotation: Rotation, outcome: PinOutcome, actor: Actor) -> None:
    """The phone refused the value it should have: somebody changed it, or an earlier visit did.

    Each further try is counted by the phone, up to erasing itself: a person decides what is next.
    """
    reason = outcome.reason or "old_refused"
    vault.keep_doubtful(session, rotation.version, reason=reason, actor=actor)
    vault.postpone(session, rotation.credential, None)
    _end_as(session, rotation, RotationState.REFUSED, Level.NONE, outcome, actor)


def _is_untouched(rotation: Rotation, outcome: PinOutcome, evidence: Evidence) -> bool:
    """Tell whether the new value is shown not to be on the phone."""
    if evidence.new.at_least(Level.VERIFIED):
        return False
    if not evidence.sent and not rotation.may_have_begun:
        return True
    no_lock = outcome.active == "no_lock" or (
        outcome.reason == NOTHING_SET and outcome.active != "new" and not evidence.sent
    )
    return no_lock or evidence.old.at_least(Level.VERIFIED)


def _unproven(
    session: Session,
    rotation: Rotation,
    outcome: PinOutcome,
    reason: str | None,
    actor: Actor,
) -> None:
    why = reason or outcome.reason or "unproven"
    vault.keep_doubtful(session, rotation.version, reason=why, actor=actor)
    again = None if outcome.reason in FOR_A_PERSON else now() + AGAIN_AFTER
    vault.postpone(session, rotation.credential, again)
    state = RotationState.UNPROVEN
    end(
        session,
        rotation,
        state,
        Level.NONE,
        reason=why,
        sentence=outcome.sentence,
        actor=actor,
    )


def _hear_late(
    session: Session,
    tools: Tools,
    rotation: Rotation,
    outcome: PinOutcome,
    evidence: Evidence,
    actor: Actor,
) -> None:
    """Take in a visit that is reported after its rotation went on without it.

    It never takes away what is active; a value that it shows, or may have set, is doubtful again
    and a visit is planned to ask the phone. Where a later value is known better, it is history.
    """
    version = _concerned(rotation, outcome, evidence)
    doubted = version is not None and _contradicts(rotation, version)
    heard = events.RotationHeardOfLate(
        **about(rotation),
        reported=outcome.state,
        opens=outcome.active,
        level=evidence.new,
        doubted=doubted,
    )
    record(session, actor, heard)
    if version is None or not doubted:
        _raise_level(rotation, version, outcome, evidence)
        return
    rotation.credential.level = Level.NONE
    if version.state not in MAY_BE_IN_USE:
        vault.keep_doubtful(session, version, reason="heard_of_late", actor=actor)
    if not live_rotation(session, rotation.credential):
        thing = subject_of(session, rotation.credential)
        plan_rotation(session, tools, thing, reason="heard_of_late", actor=SYSTEM)


def _concerned(
    rotation: Rotation, outcome: PinOutcome, evidence: Evidence
) -> CredentialVersion | None:
    """Return the version that the late visit shows to be in use, or may have put in use."""
    if _is_success(outcome, evidence):
        return rotation.version
    if evidence.old.at_least(Level.VERIFIED):
        return rotation.former
    return rotation.version if evidence.sent else None


def _contradicts(rotation: Rotation, version: CredentialVersion) -> bool:
    """Tell whether it speaks for another value than the active one, and is not mere history."""
    credential = rotation.credential
    active = credential.active
    is_history = (
        active is not None
        and active.number > version.number
        and credential.level.at_least(Level.VERIFIED)
    )
    return version is not active and not is_history


def _raise_level(
    rotation: Rotation,
    version: CredentialVersion | None,
    outcome: PinOutcome,
    evidence: Evidence,
) -> None:
    """A late proof of what is active makes it better known."""
    credential = rotation.credential
    if version is None or version is not credential.active or version is not rotation.version:
        return
    proven = outcome.state is RotationState.PROVEN and evidence.new is Level.PROVEN
    settled = credential.level is Level.VERIFIED and not credential.doubtful
    if proven and settled:
        credential.level = Level.PROVEN


def _note(rotation: Rotation, outcome: PinOutcome) -> None:
    rotation.steps = [
        *rotation.steps,
        *(step.model_dump(mode="json") for step in outcome.steps),
    ]
    rotation.wrong_attempts += outcome.wrong_attempts
    rotation.build = outcome.build or rotation.build


def _end_as(
    session: Session,
    rotation: Rotation,
    state: RotationState,
    level: Level,
    outcome: PinOutcome,
    actor: Actor,
) -> None:
    end(
        session,
        rotation,
        state,
        level,
        reason=outcome.reason,
        sentence=outcome.sentence,
        actor=actor,
    )


ROTATE_PIN: Final = Work(make_task=make_task, settle=settle, give_up=give_up)
