"""Remedies: how things stood is in the journal before anything is changed.

Whoever comes after a crash looks first: what took is not done again, and the way back is known.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from agents.phone.apps import Disable, Remove, Restore, Update
from agents.phone.errors import CommandTimedOut, NoAnswer
from agents.phone.remedies import AnySeen, Remedy, carry_out, refused
from agents.phone.wireless import CloseWireless, OpenWireless
from agents.station.far import Far
from agents.station.jobs.work import Work
from agents.station.stopping import Stopped
from fleet.contracts.apks import ApkUnclear, read_apk
from fleet.contracts.clock import now
from fleet.contracts.remedies import (
    ApkOffer,
    AppSeen,
    RemedyAction,
    RemedyOutcome,
    RemedyTask,
    WirelessSeen,
)
from fleet.contracts.remedy_outcomes import sentence_of
from fleet.contracts.rotation import RotationStep
from fleet.contracts.stations import JobDone

BEFORE: Final = "before"  # the step whose verdict is how things stood
UNDOING: Final = {RemedyAction.RESTORE_APP, RemedyAction.OPEN_WIRELESS}


def run(work: Work, task: RemedyTask) -> JobDone:
    before = _before(work, task)
    begun: list[AnySeen] = [before] if before else []

    def begin(seen: AnySeen) -> None:
        step = RotationStep(name=BEFORE, at=now(), verdict=seen.model_dump_json())
        work.remember([step], touches=True)
        begun.append(seen)
        work.tell(task.action, None)

    try:
        outcome = _outcome(work, task, begin, before)
    except Stopped:
        raise
    except Exception as error:
        if not begun and isinstance(error, NoAnswer):
            return JobDone(job=work.job, failure=str(error), again=True)
        if not begun:
            raise
        outcome = _in_doubt(begun[-1], error)  # whatever it was, the phone may have changed before
    return JobDone(job=work.job, remedy=outcome.model_copy(update={"build": work.build}))


def lost_sight(done: JobDone) -> bool:
    """Whether the phone went away before it could be looked at again."""
    return done.remedy is not None and done.remedy.state == "in_doubt"


def _before(work: Work, task: RemedyTask) -> AnySeen | None:
    """Return how things stood before an earlier visit, as this station or the server knows it."""
    kept = next((step.verdict for step in work.entry.steps if step.name == BEFORE), None)
    if kept is not None:
        of_an_app = task.package is not None
        return (AppSeen if of_an_app else WirelessSeen).model_validate_json(kept)
    return None if task.action in UNDOING else task.before


def _outcome(
    work: Work, task: RemedyTask, begin: Callable[[AnySeen], None], before: AnySeen | None
) -> RemedyOutcome:
    if task.action is RemedyAction.UPDATE_APP:
        return _updated(work, task, begin, before)
    return carry_out(_remedy(work, task), begin=begin, before=before)


def _remedy(work: Work, task: RemedyTask) -> Remedy:
    phone, package, user = work.phone, task.package or "", task.user
    to_app = task.before if isinstance(task.before, AppSeen) else None
    to_doors = task.before if isinstance(task.before, WirelessSeen) else WirelessSeen(switch=True)
    match task.action:
        case RemedyAction.DISABLE_APP:
            return Disable(phone, package, user)
        case RemedyAction.REMOVE_APP:
            return Remove(phone, package, user)
        case RemedyAction.RESTORE_APP:
            return Restore(phone, package, user, to=to_app)
        case RemedyAction.CLOSE_WIRELESS:
            return CloseWireless(phone, work.reconnect, work.stop)
        case RemedyAction.OPEN_WIRELESS:
            return OpenWireless(phone, work.reconnect, work.stop, to=to_doors)
        case RemedyAction.UPDATE_APP:
            raise TypeError("an update needs its file")


def _updated(
    work: Work, task: RemedyTask, begin: Callable[[AnySeen], None], before: AnySeen | None
) -> RemedyOutcome:
    offer, package = task.apk, task.package
    if offer is None or package is None or work.apks is None:
        raise TypeError("an update has an app and its file")
    with work.apks.file(offer, work.stop) as path:
        wrong = _what_is_wrong(path, package, offer)
        if wrong:
            return refused(wrong, before)

        def progress(sent: int) -> None:
            work.tell(task.action, Far(sent, offer.size))

        remedy = Update(work.phone, package, task.user, offer=offer, file=path, progress=progress)
        return carry_out(remedy, begin=begin, before=before)


def _what_is_wrong(path: Path, package: str, offer: ApkOffer) -> str | None:
    """Hold the file against what was announced of it, however it came here."""
    try:
        found = read_apk(path)
    except ApkUnclear as unclear:
        return unclear.reason
    announced = (package, offer.version_code, offer.certificate)
    is_announced = (found.package, found.version_code, found.certificate) == announced
    return None if is_announced else "apk_differs"


def _in_doubt(before: AnySeen, error: Exception) -> RemedyOutcome:
    reason = "connection_lost" if isinstance(error, NoAnswer) else "station_failed"
    reason = "tool_hangs" if isinstance(error, CommandTimedOut) else reason
    return RemedyOutcome(
        state="in_doubt", reason=reason, sentence=sentence_of(reason), before=before
    )
