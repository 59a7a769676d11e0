"""What stations are told of a remedy, and what their word of it means here.

Nothing is verified because a tool said so: what the phone showed afterwards has to be what was
wanted. A remedy in doubt is looked at again at the next visit, a few times.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM, Actor
from fleet.audit.services import record
from fleet.contracts.proof import Level
from fleet.contracts.remedies import (
    ApkOffer,
    AppSeen,
    RemedyAction,
    RemedyOutcome,
    RemedyTask,
    Seen,
    WirelessSeen,
)
from fleet.contracts.remedying import RemedyState
from fleet.contracts.stations import JobDone, JobKind
from fleet.database import write
from fleet.remedies import events
from fleet.remedies.errors import NoApkOf
from fleet.remedies.lifecycle import MOVES, Move
from fleet.remedies.models import Apk, Remedy
from fleet.remedies.obstacles import ALWAYS, AN_UNDO, require
from fleet.remedies.queries import seen_of
from fleet.remedies.scene import Step, looked_at, scene_of
from fleet.remedies.services import about, end
from fleet.stations.jobs import finish_early, plan_job
from fleet.stations.lifecycle import LIVE
from fleet.stations.models import Job, Station
from fleet.stations.outcomes import Work
from fleet.vault.tools import Tools

MOST_TRIES: Final = 3  # a phone that never shows what was done is left to a person
MOVE_OF: Final = {"verified": Move.FINISH, "refused": Move.REFUSE, "in_doubt": Move.DOUBT}
NOT_SHOWN: Final = "not_shown"


def make_task(session: Session, _tools: Tools, job: Job, _station: Station) -> RemedyTask:
    """Say what is to be done; refused where something has come in its way since it was planned."""
    remedy = _of(session, job)
    _require_still(session, remedy)
    earlier = remedy.undo_of or remedy  # an earlier visit of its own, where it ended in doubt
    return RemedyTask(
        remedy=str(remedy.id),
        action=remedy.action,
        package=remedy.package,
        user=remedy.phone_user,
        apk=_offer(remedy.apk) if remedy.apk else None,
        before=seen_of(earlier.before),
    )


def _require_still(session: Session, remedy: Remedy) -> None:
    [device] = looked_at(session, [remedy.device_id])
    step = Step(
        device, remedy.action, remedy.package, remedy.phone_user, remedy.finding, remedy.apk
    )
    asks = ALWAYS if remedy.undo_of_id is None else AN_UNDO
    require(asks, scene_of(session, [device]), step)


def _offer(apk: Apk) -> ApkOffer:
    if apk.removed_at is not None:
        raise NoApkOf(package=apk.package)
    return ApkOffer(
        digest=apk.digest,
        size=apk.size,
        version_code=apk.version_code,
        certificate=apk.certificate,
    )


def settle(
    session: Session, _tools: Tools, job: Job, done: JobDone, *, late: bool, actor: Actor
) -> None:
    """Take in what a phone showed; what is heard late is true of it all the same."""
    outcome = done.remedy
    if outcome is None:
        return
    remedy = _of(session, job, held=True)
    move = _move(remedy, outcome)
    if (remedy.state, move) not in MOVES:
        return  # it has ended, by what was heard before
    if move is not Move.FINISH and late and remedy.job.state in LIVE:
        return  # whoever has it now will say
    _keep(remedy, outcome, is_shown=move is Move.FINISH)
    if move is Move.DOUBT and remedy.state is RemedyState.PLANNED and _again(session, remedy, job):
        return
    reason = outcome.reason or (NOT_SHOWN if outcome.state == "verified" else None)
    end(session, remedy, move, reason=None if move is Move.FINISH else reason, actor=actor)
    if move is Move.FINISH:
        finish_early(session, remedy.job_id, actor=actor)
        _note_undone(session, remedy, actor)


def give_up(session: Session, _tools: Tools, job: Job, *, reason: str, actor: Actor) -> None:
    """Note that a remedy ended without an outcome; a station may have begun it."""
    remedy = _of(session, job, held=True)
    if remedy.state is not RemedyState.PLANNED or remedy.job_id != job.id:
        return
    remedy.sentence = job.failure
    end(session, remedy, _ending(job, reason), reason=reason, actor=actor)


def _ending(job: Job, reason: str) -> Move:
    if job.unsure:
        return Move.DOUBT
    return Move.CANCEL if reason == "cancelled" else Move.REFUSE


def _of(session: Session, job: Job, *, held: bool = False) -> Remedy:
    wanted = select(Remedy).where(Remedy.id == UUID(job.task["remedy"]))
    if held:
        wanted = wanted.with_for_update(of=Remedy).execution_options(populate_existing=True)
    return session.scalars(wanted).one()


def _move(remedy: Remedy, outcome: RemedyOutcome) -> Move:
    """Return what an outcome means; a word that the phone did not bear out leaves it in doubt."""
    move = MOVE_OF[outcome.state]
    return Move.DOUBT if move is Move.FINISH and not shows(remedy, outcome.after) else move


def shows(remedy: Remedy, seen: Seen | None) -> bool:
    """Tell whether a phone shows what a remedy was to bring about."""
    if isinstance(seen, WirelessSeen):
        return _shows_doors(remedy, seen)
    if seen is None or (seen.package, seen.user) != (remedy.package, remedy.phone_user):
        return False
    match remedy.action:
        case RemedyAction.DISABLE_APP:
            return seen.enabled is False or seen.installed is False
        case RemedyAction.REMOVE_APP:
            return seen.installed is False
        case RemedyAction.UPDATE_APP:
            return remedy.apk is not None and _is_of(remedy.apk, seen)
        case _:
            return remedy.action is RemedyAction.RESTORE_APP and _is_back(remedy, seen)


def _shows_doors(remedy: Remedy, seen: WirelessSeen) -> bool:
    if remedy.action is RemedyAction.CLOSE_WIRELESS:
        return seen.closed
    return remedy.action is RemedyAction.OPEN_WIRELESS and not seen.closed


def _is_of(apk: Apk, seen: AppSeen) -> bool:
    is_signer = seen.certificate in {None, apk.certificate}
    return is_signer and seen.version_code is not None and seen.version_code >= apk.version_code


def _is_back(remedy: Remedy, seen: AppSeen) -> bool:
    """Tell whether an app stands as it did; where nothing is known of that, it can be used."""
    before = seen_of(remedy.undo_of.before) if remedy.undo_of else None
    was = before if isinstance(before, AppSeen) else None
    installed = was.installed if was and was.installed is not None else True
    enabled = was.enabled if was and was.enabled is not None else True
    if not installed:
        return seen.installed is False
    return seen.installed is True and seen.enabled is enabled


def _keep(remedy: Remedy, outcome: RemedyOutcome, *, is_shown: bool) -> None:
    """Keep what was shown; how it stood before is what the first visit saw of it."""
    if remedy.before is None and outcome.before is not None:
        remedy.before = outcome.before.model_dump(mode="json")
    remedy.after = outcome.after.model_dump(mode="json") if outcome.after else None
    remedy.changed, remedy.undo = outcome.changed, outcome.undo
    remedy.sentence, remedy.word = outcome.sentence or None, outcome.word or None
    remedy.build, remedy.digest = outcome.build, outcome.digest
    remedy.level = Level.VERIFIED if is_shown else Level.NONE


def _again(session: Session, remedy: Remedy, job: Job) -> bool:
    """Have the next visit look again; tell whether there is one."""
    tries = int(job.task.get("tries", 1))
    if tries >= MOST_TRIES:
        return False
    task = {"remedy": str(remedy.id), "tries": tries + 1}
    remedy.job = plan_job(session, JobKind.REMEDY, job.device, task=task, actor=SYSTEM)
    write(session)
    return True


def _note_undone(session: Session, remedy: Remedy, actor: Actor) -> None:
    done = remedy.undo_of
    if done is None or (done.state, Move.UNDO) not in MOVES:
        return
    done.state = MOVES[done.state, Move.UNDO]
    record(session, actor, events.RemedyUndone(**about(done), by=remedy.number))
    write(session)


REMEDY = Work(make_task=make_task, settle=settle, give_up=give_up)
