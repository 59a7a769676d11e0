"""Measures end by what is seen elsewhere in the house, in the same transaction, or by a person."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.accounts import lifecycle as accounts
from fleet.accounts.models import Account
from fleet.audit.services import record
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.incidents import MeasureKind, MeasureState
from fleet.contracts.proof import Level
from fleet.database import write
from fleet.devices import lifecycle as devices
from fleet.devices.models import Device
from fleet.incidents import events
from fleet.incidents.lifecycle import Move
from fleet.incidents.models import Measure
from fleet.rotation.models import Rotation
from fleet.sims import lifecycle as sims
from fleet.sims.models import Sim

ENOUGH = {
    CredentialKind.DEVICE_PIN: Level.VERIFIED,
    CredentialKind.ACCOUNT_PASSWORD: Level.DECLARED,
    CredentialKind.ACCOUNT_BINDING: Level.DECLARED,
}


def finish(
    session: Session,
    measure: Measure,
    level: Level,
    *,
    actor: Actor,
    note: str | None = None,
    move: Move = Move.FINISH,
) -> None:
    """End a measure, known at `level`; the caller has asked, or saw it happen."""
    measure.end(move, level=level, by=actor.on_behalf or actor.name, note=note)
    ended = events.MeasureEndedAs(
        subject_id=measure.incident.id,
        subject_name=measure.incident.number,
        kind=measure.incident.kind,
        measure=measure.number,
        what=measure.kind,
        state=measure.state,
        level=level,
    )
    record(session, actor, ended)
    write(session)


def already_so(measure: Measure) -> bool:
    """Tell whether what a measure asks for had been done before it was reported."""
    if measure.kind is MeasureKind.MARK_LOST and measure.device:
        return measure.device.state in {devices.State.LOST, devices.State.RETIRED}
    if measure.kind is MeasureKind.FREEZE_ACCOUNT and measure.account:
        return measure.account.state in {accounts.State.FROZEN, accounts.State.DEREGISTERED}
    if measure.kind is MeasureKind.BLOCK_SIM and measure.sim:
        return measure.sim.state in sims.BLOCKED
    return False


def note_device_moved(session: Session, device: Device, move: devices.Move, actor: Actor) -> None:
    """A phone was marked lost: a listener of `devices`."""
    if move is devices.Move.LOSE:
        _finish_all(session, device, MeasureKind.MARK_LOST, actor)


def note_account_moved(
    session: Session, account: Account, move: accounts.Move, actor: Actor
) -> None:
    """An account was frozen, or is gone for good: a listener of `accounts`."""
    if move in {accounts.Move.FREEZE, accounts.Move.DEREGISTER}:
        _finish_all(session, account, MeasureKind.FREEZE_ACCOUNT, actor)


def note_sim_moved(session: Session, sim: Sim, move: sims.Move, actor: Actor) -> None:
    """A SIM was blocked by its operator, or is cancelled: a listener of `sims`."""
    if move in {sims.Move.SUSPEND, sims.Move.CANCEL}:
        _finish_all(session, sim, MeasureKind.BLOCK_SIM, actor)


def note_rotation(session: Session, rotation: Rotation, actor: Actor) -> None:
    """What may be known to others was changed: a listener of `rotation`.

    A value that somebody had seen before the report is as good as known itself.
    """
    needed = ENOUGH.get(rotation.kind)
    if needed is None or not rotation.level.at_least(needed):
        return
    credential, version = rotation.credential, rotation.version
    thing = credential.device_id or credential.account_id
    for measure in _open_ones(session, MeasureKind.CHANGE, thing):
        reported_at = measure.incident.reported_at
        if version.made_at >= reported_at or version.disclosed_at is None:
            finish(session, measure, rotation.level, actor=actor)


def _finish_all(
    session: Session, thing: Device | Account | Sim, kind: MeasureKind, actor: Actor
) -> None:
    for measure in _open_ones(session, kind, thing.id):
        finish(session, measure, Level.DECLARED, actor=actor)


def _open_ones(session: Session, kind: MeasureKind, thing: object) -> list[Measure]:
    about_it = (
        (Measure.device_id == thing) | (Measure.account_id == thing) | (Measure.sim_id == thing)
    )
    still = select(Measure).where(
        Measure.kind == kind, Measure.state == MeasureState.OPEN, about_it
    )
    return list(session.scalars(still.order_by(Measure.due_at, Measure.id)))
