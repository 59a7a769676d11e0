"""Accepting a phone: every check holds or was waived, and the paper says how it stood."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.events import masked
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.custody import CheckName, CheckOut, GateOut
from fleet.contracts.permissions import Permission
from fleet.contracts.stations import JobKind, JobState
from fleet.counting import next_number
from fleet.custody.at_hand import IN_PERSON
from fleet.custody.checks import accounts_on_it, sims_in_it
from fleet.custody.erasing import handed_on
from fleet.custody.errors import GateOpen, WipeNotDue, WipeUnderWay
from fleet.custody.events import DeviceAccepted
from fleet.custody.gate import gate, sentences_by
from fleet.custody.holds import holds_on, require_no_hold
from fleet.custody.models import Certificate, Declaration, Holding
from fleet.custody.proofs import proofs_of
from fleet.custody.queries import held_by, open_holding
from fleet.custody.services import add_declaration, close, take_back_account
from fleet.database import write
from fleet.devices.lifecycle import Move, State, after
from fleet.devices.models import Device
from fleet.devices.queries import held_still
from fleet.sims import lifecycle as sim_lifecycle
from fleet.sims.numbers import free
from fleet.stations.jobs import end_job, plan_job
from fleet.stations.lifecycle import LIVE
from fleet.stations.lifecycle import Move as JobMove
from fleet.stations.models import Job


@dataclass(frozen=True)
class Acceptance:
    """`wipe` is None while the phone is kept as it is."""

    device: Device
    gate: GateOut
    certificate: Certificate
    wipe: Job | None


def accept(
    session: Session,
    device: Device,
    *,
    actor: Actor,
    witness: str | None = None,
    quarantine_days: int = 0,
) -> Acceptance:
    """Take a phone back from its holder; refused with the open checks while there are any.

    Its holding ends, and so do those of the SIM in it and of the accounts used on it. It is wiped
    when its quarantine is over and no preservation keeps it.
    """
    actor.require(Permission.CUSTODY_ACCEPT)
    device = held_still(session, device)
    after(device.state, Move.ACCEPT)
    add_declaration(session, device, CheckName.HANDED_BACK, IN_PERSON, actor=actor)
    write(session)
    proofs = proofs_of(session, [device])
    seen = gate(session, device, proofs=proofs)
    _require_closed(seen)
    stood = _stood(seen, sentences_by(proofs, device))
    holding = open_holding(session, device)
    _take_back_what_is_with_it(session, device, holding, actor)
    kept = quarantine_days > 0 or bool(holds_on(session, device))
    device.move(Move.QUARANTINE if kept else Move.ACCEPT)
    until = now() + timedelta(days=quarantine_days)
    paper = _certify(session, device, holding, seen, stood, witness, until, actor)
    wipe = None if kept else plan_wipe(session, device, actor=actor)
    return Acceptance(device, seen, paper, wipe)


def foreseen(session: Session, device: Device, *, actor: Actor) -> GateOut:
    """Return the gate as `accept` would find it now, and change nothing.

    Whoever accepts a phone has it in his hand: that its holder gave it back is not asked of it.
    """
    actor.require(Permission.CUSTODY_ACCEPT)
    after(device.state, Move.ACCEPT)
    _require_no_wipe(session, device)
    handed = Declaration(check_name=CheckName.HANDED_BACK, note=IN_PERSON, by=actor.name)
    return gate(session, device, beside=[handed])


def _stood(seen: GateOut, sentences: Mapping[CheckName, Mapping[str, str]]) -> list[dict[str, Any]]:
    """Return the checks as a certificate keeps them, in the languages of all who read it."""
    return [
        {**check.model_dump(mode="json"), "sentences": sentences[check.check]}
        for check in seen.checks
    ]


def _require_closed(seen: GateOut) -> None:
    if not seen.open:
        return
    still_open = [_plain(check) for check in seen.checks if not check.ok]
    raise GateOpen(
        tag=seen.tag,
        count=len(still_open),
        open=[name.value for name in seen.open],
        checks=still_open,
    )


def _plain(check: CheckOut) -> dict[str, str]:
    return {"check": check.check.value, "sentence": check.sentence, "advice": check.advice}


def _take_back_what_is_with_it(
    session: Session, device: Device, holding: Holding | None, actor: Actor
) -> None:
    held = held_by(session, holding.employee) if holding else []
    for account in accounts_on_it(device, held):
        take_back_account(session, account, actor=actor)
    for sim in sims_in_it(device, held):
        with_it = open_holding(session, sim)
        if with_it is not None:
            close(session, with_it, masked(sim.number), actor=actor)
        sim.move(sim_lifecycle.Move.TAKE_BACK)
        free(session, sim)
        sim.device = None
    if holding is not None:
        close(session, holding, device.tag, actor=actor)
    write(session)


def _certify(
    session: Session,
    device: Device,
    holding: Holding | None,
    seen: GateOut,
    stood: list[dict[str, Any]],
    witness: str | None,
    until: datetime,
    actor: Actor,
) -> Certificate:
    moment = now()
    number = next_number(session, f"certificate.{moment.year}")
    paper = Certificate(
        id=uuid4(),
        number=f"CC-{moment.year}-{number:03d}",
        device_id=device.id,
        employee_id=holding.employee_id if holding else None,
        accepted_at=moment,
        accepted_by=actor.name,
        witness=witness,
        checks=stood,
        kit=seen.kit.model_dump(mode="json"),
        quarantine_until=until,
    )
    session.add(paper)
    event = DeviceAccepted(
        subject_id=device.id,
        subject_name=device.tag,
        certificate=paper.number,
        witness=witness,
        checks={check.check.value: check.waived_by or check.level.value for check in seen.checks},
        quarantine_until=until,
    )
    record(session, actor, event)
    write(session)
    return paper


def plan_wipe(session: Session, device: Device, *, actor: Actor) -> Job:
    """Have an accepted phone wiped at a station, the first time or again.

    One that was wiped and is not empty yet is wiped again.
    """
    actor.require(Permission.CUSTODY_ACCEPT)
    if device.state not in {State.ACCEPTED, State.WIPED}:
        raise WipeNotDue(tag=device.tag, state=device.state.value)
    require_no_hold(session, device)
    _require_no_wipe(session, device)
    known = handed_on(session, device)
    if device.state is State.WIPED:
        device.move(Move.WIPE_AGAIN)
    return plan_job(session, JobKind.WIPE, device, task=known, actor=actor)


def live_wipes(session: Session, device: Device, *, held: bool = False) -> Sequence[Job]:
    """Return the wipes that wait or run; `held`: until the commit, before the phone itself is."""
    wipes = Job.device_id == device.id, Job.kind == JobKind.WIPE, Job.state.in_(LIVE)
    live = select(Job).where(*wipes)
    if held:
        live = live.with_for_update().execution_options(populate_existing=True)
    return session.scalars(live).all()


def end_what_waits(session: Session, device: Device, *, actor: Actor) -> None:
    """Take back the wipes that no station is at; refused while one is.

    Called before the phone is held: whoever lends a wipe holds the job first, then the phone.
    """
    for wipe in live_wipes(session, device, held=True):
        if wipe.state is JobState.LEASED and wipe.leased_until and wipe.leased_until > now():
            raise WipeUnderWay(tag=device.tag, job=str(wipe.id))
        end_job(session, wipe, JobMove.CANCEL, actor=actor)


def _require_no_wipe(session: Session, device: Device) -> None:
    for under_way in live_wipes(session, device):
        raise WipeUnderWay(tag=device.tag, job=str(under_way.id))
