"""The days between an acceptance and the wipe, in which a mistake can still be undone."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM, Actor
from fleet.audit.services import record
from fleet.chores.services import AT_A_TIME
from fleet.contracts.clock import now
from fleet.contracts.custody import CheckName
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _, say
from fleet.custody.acceptance import end_what_waits, live_wipes, plan_wipe
from fleet.custody.erasing import in_doubt
from fleet.custody.errors import EraseInDoubt, NoAcceptanceToUndo, WipeUnderWay
from fleet.custody.events import AcceptanceUndone, QuarantineEnded
from fleet.custody.holds import holds_on_each
from fleet.custody.models import Certificate, Holding
from fleet.custody.services import add_declaration
from fleet.database import write
from fleet.devices.lifecycle import Move, State
from fleet.devices.models import Device
from fleet.devices.queries import held_still
from fleet.stations.probing import plan_probe

UNDOABLE = frozenset({State.QUARANTINED, State.ACCEPTED})


def newest_certificate(session: Session, device: Device) -> Certificate | None:
    """Return the paper of the phone's last acceptance, unless that was taken back."""
    mine = select(Certificate).where(Certificate.device_id == device.id)
    paper = session.scalar(mine.order_by(Certificate.accepted_at.desc()).limit(1))
    return None if paper is None or paper.undone_at else paper


def undo_accept(session: Session, device: Device, *, reason: str, actor: Actor) -> Certificate:
    """Take an acceptance back: the phone is its former holder's again, and on its way back.

    What was with it (SIM, accounts) stays in stock and is issued anew where it is wanted. Possible
    until a station begins to erase the phone.
    """
    actor.require(Permission.CUSTODY_ACCEPT)
    end_what_waits(session, device, actor=actor)
    device = held_still(session, device)
    paper = _undoable(session, device)
    device.move(Move.UNDO_ACCEPT)
    _open_again(session, device, paper)
    paper.undone_at, paper.undone_by, paper.undone_because = now(), actor.name, reason
    event = AcceptanceUndone(
        subject_id=device.id, subject_name=device.tag, certificate=paper.number, reason=reason
    )
    record(session, actor, event)
    still_here = say(
        _("It stayed here: the acceptance {number} was taken back."), number=paper.number
    )
    add_declaration(session, device, CheckName.HANDED_BACK, still_here, actor=actor)
    if device.present:
        plan_probe(session, device, actor=actor)
    write(session)
    return paper


def require_undoable(session: Session, device: Device, *, actor: Actor) -> Certificate:
    """Refuse what `undo_accept` would refuse, and change nothing."""
    actor.require(Permission.CUSTODY_ACCEPT)
    for wipe in live_wipes(session, device):
        if wipe.leased_until and wipe.leased_until > now():
            raise WipeUnderWay(tag=device.tag, job=str(wipe.id))
    return _undoable(session, device)


def _undoable(session: Session, device: Device) -> Certificate:
    paper = newest_certificate(session, device)
    if device.state not in UNDOABLE or paper is None:
        raise NoAcceptanceToUndo(tag=device.tag, state=device.state.value)
    if begun := in_doubt(session, device):
        raise EraseInDoubt(tag=device.tag, at=begun.at.isoformat(timespec="minutes"))
    return paper


def _open_again(session: Session, device: Device, paper: Certificate) -> None:
    """Go on with the holding that the acceptance ended; a found phone had none."""
    if paper.employee_id is None:
        return
    theirs = Holding.device_id == device.id, Holding.employee_id == paper.employee_id
    newest = select(Holding).where(*theirs).order_by(Holding.issued_at.desc()).limit(1)
    holding = session.scalar(newest)
    if holding is not None:
        holding.returned_at = holding.returned_by = None


def end_quarantines(session: Session) -> int:
    """Have those phones wiped whose days are over and that nothing keeps: a chore."""
    newest = (
        select(func.max(Certificate.accepted_at))
        .where(Certificate.device_id == Device.id)
        .correlate(Device)
        .scalar_subquery()
    )
    over = (
        select(Device)
        .join(Certificate, Certificate.device_id == Device.id)
        .where(
            Device.state == State.QUARANTINED,
            Certificate.accepted_at == newest,
            Certificate.quarantine_until <= now(),
        )
        .order_by(Certificate.quarantine_until, Device.id)
        .limit(AT_A_TIME)
        .with_for_update(of=Device, skip_locked=True)
    )
    phones = session.scalars(over).all()
    kept = holds_on_each(session, {phone.id for phone in phones})
    ending = [phone for phone in phones if phone.id not in kept]
    for phone in ending:
        phone.move(Move.END_QUARANTINE)
        record(session, SYSTEM, QuarantineEnded(subject_id=phone.id, subject_name=phone.tag))
        plan_wipe(session, phone, actor=SYSTEM)
    write(session)
    return len(ending)
