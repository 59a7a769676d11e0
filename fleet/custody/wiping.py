"""What a wipe means here: an accepted phone that was shown to be erased goes back into stock."""

from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM, Actor
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.stations import JobDone, JobState, WipeOutcome, WipeTask
from fleet.custody.acceptance import live_wipes, plan_wipe
from fleet.custody.errors import WipeNotDue, WipeUnderWay
from fleet.custody.events import DeviceRestockedByHand, DeviceWiped, DeviceWipeGivenUp
from fleet.database import write
from fleet.devices.lifecycle import Move, State, after
from fleet.devices.models import Device
from fleet.devices.queries import held_still
from fleet.stations.jobs import end_job, sealed_for
from fleet.stations.lifecycle import Move as JobMove
from fleet.stations.models import Job, Station
from fleet.stations.outcomes import Work
from fleet.vault import services as vault
from fleet.vault.queries import active_value, known_credential, pin_of
from fleet.vault.tools import Tools

ERASED = {"verified", "observed"}  # read back from the phone, or seen on it
MOST_TRIES = 3  # a phone that never settles is left to a person


def make_task(session: Session, tools: Tools, job: Job, station: Station) -> WipeTask:
    """Return the task with the PIN that takes the lock off, sealed to the station.

    Refused for a phone that is not accepted any more: nothing else is ever wiped.
    """
    device = job.device
    if device.state is not State.ACCEPTED:
        raise WipeNotDue(tag=device.tag, state=device.state.value)
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
    """Put an erased phone back into stock; one that may not be erased is tried again."""
    outcome = done.wipe
    if outcome is None:
        return
    device = held_still(session, job.device)
    restocked = outcome.state in ERASED and device.state is State.ACCEPTED
    if restocked:
        _restock(session, device, actor)
    event = DeviceWiped(
        subject_id=device.id,
        subject_name=device.tag,
        state=outcome.state,
        method=outcome.method,
        reason=outcome.reason,
        restocked=restocked,
    )
    record(session, actor, event)
    write(session)
    if not late:
        _try_again(session, device, job, outcome)


def restock_by_hand(session: Session, device: Device, *, reason: str, actor: Actor) -> None:
    """Put an accepted phone into stock on the word of somebody entitled to it.

    For phones that cannot show that they are erased: reset in their settings, they trust nobody.
    """
    actor.require(Permission.CUSTODY_WAIVE)
    device = held_still(session, device)
    require_restockable(session, device, actor=actor)
    for wipe in live_wipes(session, device):
        end_job(session, wipe, JobMove.CANCEL, actor=actor)
    _restock(session, device, actor)
    event = DeviceRestockedByHand(subject_id=device.id, subject_name=device.tag, reason=reason)
    record(session, actor, event)
    write(session)


def require_restockable(session: Session, device: Device, *, actor: Actor) -> None:
    """Refuse what `restock_by_hand` would refuse, and change nothing."""
    actor.require(Permission.CUSTODY_WAIVE)
    after(device.state, Move.RESTOCK)
    for wipe in live_wipes(session, device):
        if wipe.state is JobState.LEASED and wipe.leased_until and wipe.leased_until > now():
            raise WipeUnderWay(tag=device.tag, job=str(wipe.id))


def _restock(session: Session, device: Device, actor: Actor) -> None:
    """Put the phone into stock, without a lock: the PINs it had open nothing any more."""
    device.move(Move.RESTOCK)
    credential = known_credential(session, pin_of(device))
    if credential is not None:
        vault.clear(session, credential, reason="wiped", actor=actor)


def _try_again(session: Session, device: Device, job: Job, outcome: WipeOutcome) -> None:
    tries = int(job.task.get("tries", 1))
    if outcome.state == "in_doubt" and device.state is State.ACCEPTED and tries < MOST_TRIES:
        again = plan_wipe(session, device, actor=SYSTEM)
        again.task = {"tries": tries + 1}


def give_up(session: Session, _tools: Tools, job: Job, *, reason: str, actor: Actor) -> None:
    """Note that a wipe ended without an outcome; the phone stays accepted and is no stock."""
    device: Device = job.device
    event = DeviceWipeGivenUp(subject_id=device.id, subject_name=device.tag, reason=reason)
    record(session, actor, event)


WIPE_WORK = Work(make_task=make_task, settle=settle, give_up=give_up)
