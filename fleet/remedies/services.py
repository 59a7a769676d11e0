"""Planning remedies, one or many at once, taking them back, and calling them off."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.contracts.remedies import RemedyAction
from fleet.contracts.remedying import RemedyLineOut, RemedyPlanIn, RemedyPlanOut, RemedyState
from fleet.contracts.stations import JobKind, JobState
from fleet.counting import next_numbers
from fleet.database import ChangedMeanwhile, clash, write
from fleet.errors import FleetError
from fleet.remedies import events
from fleet.remedies.apks import apk_of
from fleet.remedies.errors import (
    NothingWasChanged,
    NoWayBack,
    RemedyNotDone,
    RemedyOvertaken,
    RemedyPlannedMeanwhile,
)
from fleet.remedies.lifecycle import Move, after
from fleet.remedies.models import Remedy
from fleet.remedies.obstacles import BEFORE_AN_UNDO, in_the_way, require
from fleet.remedies.queries import held_remedy, numbered
from fleet.remedies.scene import Scene, Step, held, looked_at, scene_of
from fleet.remedies.steps import once, steps_of, wanted_by
from fleet.stations.errors import JobUnderWay
from fleet.stations.jobs import add_job, end_job
from fleet.stations.lifecycle import Move as JobMove
from fleet.stations.queries import held_job

for _form in ("uq_remedy_live", "remedy.device_id, remedy.target"):
    clash(_form, RemedyPlannedMeanwhile)


@dataclass
class Line:
    """A step, and what is in its way or what it has become."""

    step: Step
    refusal: FleetError | None = None
    remedy: Remedy | None = None


def plan(session: Session, given: RemedyPlanIn, *, actor: Actor) -> RemedyPlanOut:
    """Plan what is asked for on every phone where nothing is in the way, and say of each.

    One thing that cannot be done is refused; of many, those that can be are planned.
    """
    actor.require(Permission.REMEDIES_PLAN)
    wanted = wanted_by(session, given)
    find = looked_at if given.dry_run else held
    devices = find(session, wanted.devices)
    scene = scene_of(session, devices)
    apk = apk_of(session, given.apk) if given.apk else None
    steps = once(steps_of(scene, devices, wanted, given, apk))
    lines = [Line(step, in_the_way(scene, step)) for step in steps]
    if not given.dry_run:
        _refuse_a_single(lines)
        _add(session, lines, because=given.reason, actor=actor)
    return RemedyPlanOut(
        lines=[_shown(scene, line) for line in lines],
        planned=sum(line.refusal is None for line in lines),
        dry_run=given.dry_run,
        next=wanted.next,
    )


def undo(session: Session, number: str, *, reason: str | None = None, actor: Actor) -> Remedy:
    """Plan the way back of a remedy that was carried out, as a remedy of its own."""
    actor.require(Permission.REMEDIES_PLAN)
    [device] = held(session, [numbered(session, number).device_id])
    done = held_remedy(session, number)
    action = _way_back(session, done)
    step = Step(device, action, done.package, done.phone_user, done.finding)
    require(BEFORE_AN_UNDO, scene_of(session, [device]), step)
    line = Line(step)
    _add(session, [line], because=reason, actor=actor, undo_of=done)
    assert line.remedy is not None  # noqa: S101 — for the type checker
    return line.remedy


def cancel(session: Session, number: str, *, actor: Actor) -> Remedy:
    """Call a remedy off that no station is at now."""
    actor.require(Permission.REMEDIES_PLAN)
    job = held_job(session, numbered(session, number).job)
    remedy = held_remedy(session, number)
    after(remedy.state, Move.CANCEL)
    if remedy.job_id != job.id:
        raise ChangedMeanwhile
    if job.state is JobState.LEASED and job.leased_until and job.leased_until > now():
        raise JobUnderWay(job=str(job.id), station=job.station.name if job.station else "")
    may_have_begun = job.unsure > 0 or job.state is JobState.LEASED
    end_job(session, job, JobMove.CANCEL, actor=actor)
    end(
        session,
        remedy,
        Move.DOUBT if may_have_begun else Move.CANCEL,
        reason="cancelled",
        actor=actor,
    )
    return remedy


def end(session: Session, remedy: Remedy, move: Move, *, reason: str | None, actor: Actor) -> None:
    """Note what became of a remedy; what the phone showed is on its row by then."""
    remedy.state, remedy.reason, remedy.ended_at = after(remedy.state, move), reason, now()
    ended = events.RemedyEnded(
        **about(remedy),
        state=remedy.state,
        level=remedy.level,
        reason=reason,
        changed=remedy.changed,
        build=remedy.build,
        digest=remedy.digest,
    )
    record(session, actor, ended)
    write(session)


def about(remedy: Remedy) -> events.About:
    return {
        "subject_id": remedy.id,
        "subject_name": remedy.number,
        "device": remedy.device.tag,
        "action": remedy.action,
        "package": remedy.package,
        "user": remedy.phone_user,
    }


def _refuse_a_single(lines: Sequence[Line]) -> None:
    if len(lines) == 1 and lines[0].refusal is not None:
        raise lines[0].refusal


def _add(
    session: Session,
    lines: Sequence[Line],
    *,
    because: str | None,
    actor: Actor,
    undo_of: Remedy | None = None,
) -> None:
    possible = [line for line in lines if line.refusal is None]
    moment = now()
    numbers = next_numbers(session, f"remedy.{moment.year}", len(possible)) if possible else ()
    for line, number in zip(possible, numbers, strict=True):
        line.remedy = _remedy(line.step, f"RM-{moment.year}-{number:03d}", because, actor, undo_of)
        task = {"remedy": str(line.remedy.id)}
        line.remedy.job = add_job(session, JobKind.REMEDY, line.step.device, task=task, actor=actor)
        session.add(line.remedy)
        planned = events.RemedyPlanned(
            **about(line.remedy),
            finding=line.step.finding.number if line.step.finding else None,
            undo_of=undo_of.number if undo_of else None,
            because=because,
        )
        record(session, actor, planned)
    write(session)


def _remedy(
    step: Step, number: str, because: str | None, actor: Actor, undo_of: Remedy | None
) -> Remedy:
    return Remedy(
        id=uuid4(),
        number=number,
        device=step.device,
        finding=step.finding,
        action=step.action,
        package=step.package,
        phone_user=step.user,
        target=step.target,
        apk=step.apk,
        asked_by=actor.name,
        asked_because=because,
        state=RemedyState.PLANNED,
        planned_at=now(),
        level=Level.NONE,
        undo_of=undo_of,
    )


def _way_back(session: Session, done: Remedy) -> RemedyAction:
    if done.state is not RemedyState.DONE:
        raise RemedyNotDone(number=done.number, state=done.state.value)
    if done.changed is False:
        raise NothingWasChanged(number=done.number)
    if done.undo is None:
        raise NoWayBack(number=done.number)
    later = select(Remedy.number).where(
        Remedy.device_id == done.device_id,
        Remedy.target == done.target,
        Remedy.state == RemedyState.DONE,
        Remedy.ended_at > done.ended_at,
    )
    newest = session.scalar(later.order_by(Remedy.ended_at.desc()).limit(1))
    if newest is not None:
        raise RemedyOvertaken(number=done.number, later=newest)
    return done.undo


def _shown(scene: Scene, line: Line) -> RemedyLineOut:
    step = line.step
    back, why_not = scene.undo_of(step)
    return RemedyLineOut(
        device=step.device.tag,
        finding=step.finding.number if step.finding else None,
        rule=step.finding.rule if step.finding else None,
        action=step.action,
        package=step.package,
        user=step.user,
        version=step.apk.version if step.apk else None,
        undo=back,
        no_way_back=why_not,
        code=line.refusal.code if line.refusal else None,
        in_the_way=line.refusal.sentence() if line.refusal else None,
        advice=line.refusal.next_step() if line.refusal else None,
        remedy=line.remedy.number if line.remedy else None,
    )
