"""Looking at a phone again because somebody did something to it by hand."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.stations import JobDone, JobKind, ProbeTask
from fleet.database import write
from fleet.devices.models import Device
from fleet.devices.services import observe
from fleet.stations.jobs import add_job
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
    (job,) = plan_probes(session, [device], actor=actor)
    return job


def plan_probes(session: Session, devices: Sequence[Device], *, actor: Actor) -> list[Job]:
    """Plan a look at each of these phones, where none is waiting."""
    phones = Job.device_id.in_([one.id for one in devices])
    waiting = select(Job).where(phones, Job.kind == JobKind.PROBE, Job.state.in_(LIVE))
    known = {job.device_id: job for job in session.scalars(waiting)} if devices else {}
    jobs = [
        known.get(one.id) or add_job(session, JobKind.PROBE, one, task={}, actor=actor)
        for one in devices
    ]
    write(session)
    return jobs


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
