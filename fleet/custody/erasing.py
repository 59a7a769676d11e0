"""A station asks before it changes a phone to erase it, and before it does so once more.

A loan may be hours old when its phone turns up: what keeps the phone may have come since. The marks
left on the phone are kept here from the moment its station may erase it until it is known how that
ended: whoever comes next looks for them first, so that nothing is erased twice unseen.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.stations import JobKind, Planted, WipeStepIn
from fleet.custody.errors import WipeNotDue, WipeNotYours
from fleet.custody.events import DeviceEraseAllowed
from fleet.custody.holds import require_no_hold
from fleet.custody.models import Certificate
from fleet.database import write
from fleet.devices.lifecycle import State
from fleet.devices.models import Device
from fleet.devices.queries import held_still
from fleet.stations.leases import prolong
from fleet.stations.models import Job
from fleet.stations.queries import held_job, job_of, lent_to
from fleet.vault.tools import Tools

ERASING: Final = "erasing"  # in the task of a wipe


@dataclass(frozen=True)
class Erasing:
    """Since `at` the phone may have been erased, and nobody knows."""

    at: datetime
    planted: Planted


def planted_for(session: Session, job: str, *, actor: Actor) -> Planted | None:
    """Return the marks left before an earlier erasing of which nobody heard the end."""
    actor.require(Permission.STATIONS_SYNC)
    wipe = _theirs(job_of(session, job), actor)
    begun = _begun(wipe)
    return begun.planted if begun else None


def allow_step(
    session: Session, tools: Tools, job: str, given: WipeStepIn, *, actor: Actor
) -> Planted | None:
    """Let a station change a phone now; refused where it would not be lent to be erased any more.

    Held in the order of a loan: the job, the phone, and what nobody may begin to keep meanwhile.
    """
    actor.require(Permission.STATIONS_SYNC)
    wipe = _theirs(held_job(session, job_of(session, job)), actor)
    device = held_still(session, wipe.device)
    if device.state is not State.ACCEPTED:
        raise WipeNotDue(tag=device.tag, state=device.state.value)
    require_no_hold(session, device)
    prolong(wipe, tools.settings)
    if given.planted is not None:
        _remember(wipe, given.planted)
        told = DeviceEraseAllowed(
            subject_id=device.id, subject_name=device.tag, station=actor.name, job=wipe.id
        )
        record(session, actor, told)
    write(session)
    return given.planted


def _theirs(job: Job, actor: Actor) -> Job:
    """Refuse what is no wipe, or is not lent to this station now."""
    if job.kind is not JobKind.WIPE or not lent_to(job, actor.id):
        raise WipeNotYours(job=str(job.id), station=actor.name)
    return job


def _remember(wipe: Job, planted: Planted) -> None:
    told = {"at": now().isoformat(), "planted": planted.model_dump(mode="json")}
    wipe.task = {**wipe.task, ERASING: told}


def forget(wipe: Job) -> None:
    """It is known how the erasing ended."""
    wipe.task = {name: value for name, value in wipe.task.items() if name != ERASING}


def _begun(wipe: Job) -> Erasing | None:
    told = wipe.task.get(ERASING)
    if told is None:
        return None
    planted = Planted.model_validate(told["planted"])
    return Erasing(datetime.fromisoformat(told["at"]), planted)


def boots_before(wipe: Job) -> str | None:
    """Return by which start the phone was known when it was marked."""
    begun = _begun(wipe)
    return begun.planted.boots if begun else None


def in_doubt(session: Session, device: Device) -> Erasing | None:
    """Return the erasing of a phone, since it was last accepted, of which nobody knows the end."""
    wipe = _newest(session, device)
    return _begun(wipe) if wipe is not None else None


def handed_on(session: Session, device: Device) -> dict[str, Any]:
    """Return what the next wipe of an accepted phone is to know of the one before."""
    wipe = _newest(session, device) if device.state is State.ACCEPTED else None
    if wipe is None or ERASING not in wipe.task:
        return {}
    return {ERASING: wipe.task[ERASING]}


def _newest(session: Session, device: Device) -> Job | None:
    """Return the newest wipe of this life of the phone: what an earlier one left is long gone."""
    accepted = select(func.max(Certificate.accepted_at)).where(Certificate.device_id == device.id)
    wipes = select(Job).where(Job.device_id == device.id, Job.kind == JobKind.WIPE)
    wipe = session.scalar(wipes.order_by(Job.created_at.desc(), Job.id).limit(1))
    since = session.scalar(accepted)
    return None if wipe is None or (since is not None and wipe.created_at < since) else wipe
