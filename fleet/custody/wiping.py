"""What a wipe means here: an accepted phone that was erased, and then seen empty, is stock."""

from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM, Actor
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.contracts.stations import JobDone, JobState, WipeOutcome, WipeTask
from fleet.custody.acceptance import end_what_waits, live_wipes, plan_wipe
from fleet.custody.emptiness import boots_of, restock
from fleet.custody.erasing import boots_before, forget
from fleet.custody.errors import WipeNotDue, WipeUnderWay
from fleet.custody.events import (
    DeviceKept,
    DeviceRestockedByHand,
    DeviceSaidWiped,
    DeviceWiped,
    DeviceWipeGivenUp,
)
from fleet.custody.holds import holds_on, require_no_hold
from fleet.custody.models import Wipe
from fleet.database import write
from fleet.devices.lifecycle import Move, State, after
from fleet.devices.models import Device
from fleet.devices.queries import held_still
from fleet.stations.jobs import sealed_for
from fleet.stations.models import Job, Station
from fleet.stations.outcomes import Work
from fleet.stations.probing import plan_probe
from fleet.vault.queries import active_value, pin_of
from fleet.vault.tools import Tools

ERASED = {"verified", "observed"}  # read back from the phone, or seen on it
NOT_ERASED = {"refused", "guided"}
MOST_TRIES = 3  # a phone that never settles is left to a person


def make_task(session: Session, tools: Tools, job: Job, station: Station) -> WipeTask:
    """Return the task with the PIN that takes the lock off, sealed to the station.

    Refused for a phone that is not accepted any more, or that something keeps as it is: nothing
    else is ever wiped. Both stay so until the loan is committed.
    """
    device = held_still(session, job.device)
    if device.state is not State.ACCEPTED:
        raise WipeNotDue(tag=device.tag, state=device.state.value)
    require_no_hold(session, device)
    pin = active_value(session, tools.keyring, pin_of(device))
    return WipeTask(sealed_pin=sealed_for(station, job, pin) if pin else None)


def settle(
    session: Session,
    _tools: Tools,
    job: Job,
    done: JobDone,
    *,
    late: bool,
    actor: Actor,
) -> None:
    """Note that a phone was erased, and have it looked at; one that may not be is tried again."""
    outcome = done.wipe
    if outcome is None:
        return
    device = held_still(session, job.device)
    erased = outcome.state in ERASED and device.state is State.ACCEPTED
    if erased:
        known = Level(outcome.state)
        wipe = _wipe(device, outcome.method, known, actor, job.station_id, outcome.digest)
        # The phone may have been seen again before the station could tell: by its new start.
        wipe.boots = boots_before(job) or wipe.boots
        _wiped(session, device, wipe)
        # Also of one that is not here: it may be back by now, and what was seen of it before this
        # moment, in the same message even, shows nothing.
        plan_probe(session, device, actor=SYSTEM)
    event = DeviceWiped(
        subject_id=device.id,
        subject_name=device.tag,
        state=outcome.state,
        method=outcome.method,
        reason=outcome.reason,
        erased=erased,
    )
    record(session, actor, event)
    if erased or outcome.state in NOT_ERASED:
        forget(job)
    write(session)
    if not late:
        _try_again(session, device, job, outcome)


def _wipe(
    device: Device,
    way: str,
    level: Level,
    actor: Actor,
    station_id: UUID | None = None,
    digest: str | None = None,
    note: str | None = None,
) -> Wipe:
    return Wipe(
        id=uuid4(),
        device_id=device.id,
        way=way,
        level=level,
        at=now(),
        by=actor.name,
        station_id=station_id,
        digest=digest,
        note=note,
        boots=boots_of(device.known_facts),
        left=[],
    )


def _wiped(session: Session, device: Device, wipe: Wipe) -> None:
    """Have the phone wait for a visit that finds it empty."""
    session.add(wipe)
    device.move(Move.WIPE)


def say_wiped(session: Session, device: Device, *, way: str, note: str, actor: Actor) -> None:
    """Note a person's word that he erased an accepted phone himself; a visit has to bear it out."""
    actor.require(Permission.CUSTODY_ACCEPT)
    end_what_waits(session, device, actor=actor)
    device = held_still(session, device)
    after(device.state, Move.WIPE)
    require_no_hold(session, device)
    _wiped(session, device, _wipe(device, way, Level.DECLARED, actor, note=note))
    event = DeviceSaidWiped(subject_id=device.id, subject_name=device.tag, way=way, note=note)
    record(session, actor, event)
    write(session)


def restock_by_hand(session: Session, device: Device, *, reason: str, actor: Actor) -> None:
    """Put an accepted phone into stock on the word of somebody entitled to it.

    For phones that cannot show that they are erased: reset in their settings, they trust nobody.
    """
    actor.require(Permission.CUSTODY_WAIVE)
    end_what_waits(session, device, actor=actor)
    device = held_still(session, device)
    _require_may_be_stock(session, device)
    restock(session, device, actor=actor)
    event = DeviceRestockedByHand(subject_id=device.id, subject_name=device.tag, reason=reason)
    record(session, actor, event)
    write(session)


def require_restockable(session: Session, device: Device, *, actor: Actor) -> None:
    """Refuse what `restock_by_hand` would refuse, and change nothing."""
    actor.require(Permission.CUSTODY_WAIVE)
    _require_may_be_stock(session, device)
    for wipe in live_wipes(session, device):
        if wipe.state is JobState.LEASED and wipe.leased_until and wipe.leased_until > now():
            raise WipeUnderWay(tag=device.tag, job=str(wipe.id))


def _require_may_be_stock(session: Session, device: Device) -> None:
    """What a preservation keeps is no stock; of a phone that was erased it keeps nothing more."""
    after(device.state, Move.RESTOCK)
    if device.state is State.ACCEPTED:
        require_no_hold(session, device)


def _try_again(session: Session, device: Device, job: Job, outcome: WipeOutcome) -> None:
    tries = int(job.task.get("tries", 1))
    if outcome.state == "in_doubt" and device.state is State.ACCEPTED and tries < MOST_TRIES:
        again = plan_wipe(session, device, actor=SYSTEM)
        again.task = {**again.task, "tries": tries + 1}


def give_up(session: Session, _tools: Tools, job: Job, *, reason: str, actor: Actor) -> None:
    """Note that a wipe ended without an outcome; the phone stays accepted and is no stock.

    Where something keeps it by now it is in quarantine again, and wiped when that is over.
    """
    device: Device = job.device
    kept = [one.number for one in holds_on(session, device)]
    if kept and device.state is State.ACCEPTED:
        device.move(Move.QUARANTINE)
        told = DeviceKept(subject_id=device.id, subject_name=device.tag, preservations=kept)
        record(session, actor, told)
    event = DeviceWipeGivenUp(subject_id=device.id, subject_name=device.tag, reason=reason)
    record(session, actor, event)


WIPE_WORK = Work(make_task=make_task, settle=settle, give_up=give_up)
