"""Looking at a phone again because somebody did something to it by hand."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.stations import JobDone, JobKind, ProbeTask
from fleet.devices.models import Device
from fleet.devices.services import observe
from fleet.stations.jobs import plan_job
from fleet.stations.lifecycle import LIVE
from fleet.stations.models import Job
from fleet.stations.outcomes import Work
from fleet.vault.tools import Tools


def probe_device(session: Session, device: Device, *, actor: Actor) -> Job:
    """Have the phone looked at; a look that is waiting already is the same look."""
    actor.require(Permission.DEVICES_PROBE)
    return plan_probe(session, device, actor=actor)


def plan_probe(session: Session, device: Device, *, actor: Actor) -> Job:
    """Plan a look on behalf of another verb, which has asked permission for what it does."""
    waiting = select(Job).where(
        Job.device_id == device.id, Job.kind == JobKind.PROBE, Job.state.in_(LIVE)
    )
    return session.scalar(waiting) or plan_job(session, JobKind.PROBE, device, task={}, actor=actor)


def _make_task(*_asked: Any) -> ProbeTask:
    return ProbeTask()


def _settle(
    session: Session, tools: Tools, job: Job, done: JobDone, *, late: bool, actor: Actor
) -> None:
    """Take in what was seen; what is heard late is older than what the phone went through since."""
    seen, station_id = done.probe, job.station_id
    if seen is not None and station_id is not None and not late:
        at = seen.facts.probed_at or now()
        observe(session, seen.facts, station_id=station_id, at=at, actor=actor, tools=tools)


def _give_up(*_job: Any, **_why: Any) -> None:
    """Nothing was begun that could be half done."""


PROBE = Work(make_task=_make_task, settle=_settle, give_up=_give_up)
