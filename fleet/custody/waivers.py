"""Letting a check of the gate pass: one person asks, another grants it, and it ends on a day."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session, contains_eager

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.waivers import (
    LONGEST_DAYS,
    USUAL_DAYS,
    WaiverIn,
    WaiverOut,
    WaiverQuery,
    WaiverState,
)
from fleet.counting import next_number
from fleet.custody import events
from fleet.custody.at_hand import NEVER_WAIVED
from fleet.custody.errors import (
    CannotBeWaived,
    NotOnItsWayBack,
    OwnWaiver,
    WaiverAskedAlready,
    WaiverDecided,
    WaiverNotFound,
    WaiverTermWrong,
)
from fleet.custody.models import Waiver
from fleet.custody.queries import phones_within
from fleet.database import clash, write
from fleet.devices.lifecycle import State
from fleet.devices.models import Device
from fleet.paging import containing, page

clash("uq_waiver_asked", WaiverAskedAlready)
clash("waiver.device_id, waiver.check_name", WaiverAskedAlready)

SORTS = {"number": Waiver.number, "at": Waiver.at, "until": Waiver.until}
# A leaving case begins returns weeks before; what is asked for then may be known already.
ON_ITS_WAY = frozenset({State.ISSUED, State.RETURNING})


def is_open(waiver: Waiver) -> bool:
    return waiver.state is WaiverState.ASKED and waiver.until > now()


def counts_now() -> ColumnElement[bool]:
    return and_(Waiver.state == WaiverState.GRANTED, Waiver.until > now())


def ask_waiver(session: Session, device: Device, given: WaiverIn, *, actor: Actor) -> Waiver:
    """Ask that a check of this return may be let pass, and why; somebody else decides."""
    actor.require(Permission.CUSTODY_DECLARE)
    if given.check in NEVER_WAIVED:
        raise CannotBeWaived(check=given.check.value)
    if device.state not in ON_ITS_WAY:
        raise NotOnItsWayBack(tag=device.tag, state=device.state.value)
    until = _until(given.until)
    moment = now()
    number = next_number(session, f"waiver.{moment.year}")
    waiver = Waiver(
        id=uuid4(),
        number=f"WV-{moment.year}-{number:03d}",
        device=device,
        check_name=given.check,
        state=WaiverState.ASKED,
        reason=given.reason,
        until=until,
        asked_by=actor.name,
        asked_by_id=actor.id,
        at=moment,
    )
    session.add(waiver)
    asked = events.WaiverAsked(
        subject_id=waiver.id,
        subject_name=waiver.number,
        device=device.tag,
        check=given.check,
        reason=given.reason,
        until=until,
    )
    record(session, actor, asked)
    write(session)
    return waiver


def _until(until: datetime | None) -> datetime:
    moment = now()
    wanted = until or moment + timedelta(days=USUAL_DAYS)
    if not moment < wanted <= moment + timedelta(days=LONGEST_DAYS):
        raise WaiverTermWrong(until=wanted.isoformat(timespec="minutes"), most=LONGEST_DAYS)
    return wanted


def decide_waiver(session: Session, number: str, *, grant: bool, note: str, actor: Actor) -> Waiver:
    """Grant or refuse what somebody else asked for."""
    actor.require(Permission.CUSTODY_WAIVE)
    waiver = _held_still(session, number)
    _require_state(waiver, {WaiverState.ASKED})
    if waiver.asked_by_id == actor.id:
        raise OwnWaiver(number=number)
    waiver.state = WaiverState.GRANTED if grant else WaiverState.REFUSED
    _decided(waiver, note, actor)
    about = _about(waiver, note)
    granted = events.WaiverGranted(**about, until=waiver.until)
    record(session, actor, granted if grant else events.WaiverRefused(**about))
    write(session)
    return waiver


def withdraw_waiver(session: Session, number: str, *, note: str, actor: Actor) -> Waiver:
    """Take one back: one's own that was not decided, or, by who grants them, one in force."""
    actor.require(Permission.CUSTODY_DECLARE)
    waiver = _held_still(session, number)
    _require_state(waiver, {WaiverState.ASKED, WaiverState.GRANTED})
    if waiver.asked_by_id != actor.id:
        actor.require(Permission.CUSTODY_WAIVE)
    waiver.state = WaiverState.WITHDRAWN
    _decided(waiver, note, actor)
    record(session, actor, events.WaiverWithdrawn(**_about(waiver, note)))
    write(session)
    return waiver


def _decided(waiver: Waiver, note: str, actor: Actor) -> None:
    waiver.decided_by, waiver.decided_at, waiver.note = actor.name, now(), note


def _about(waiver: Waiver, note: str) -> dict[str, Any]:
    return {
        "subject_id": waiver.id,
        "subject_name": waiver.number,
        "device": waiver.device.tag,
        "check": waiver.check_name,
        "note": note,
    }


def _require_state(waiver: Waiver, allowed: set[WaiverState]) -> None:
    if waiver.state not in allowed:
        raise WaiverDecided(number=waiver.number, state=waiver.state.value)


def _held_still(session: Session, number: str) -> Waiver:
    wanted = select(Waiver).where(Waiver.number == number).with_for_update()
    waiver = session.scalar(wanted.execution_options(populate_existing=True))
    if waiver is None:
        raise WaiverNotFound(number=number)
    return waiver


def waiver_within(session: Session, number: str, *, actor: Actor) -> Waiver:
    """Return a waiver of a phone within the actor's reach; others do not exist for him."""
    within = phones_within(actor.reach(Permission.CUSTODY_READ))
    mine = select(Waiver).join(Waiver.device).where(Waiver.number == number, within)
    waiver = session.scalar(mine)
    if waiver is None:
        raise WaiverNotFound(number=number)
    return waiver


def waivers(
    session: Session, query: WaiverQuery, *, actor: Actor
) -> tuple[list[Waiver], str | None]:
    """Return one page of waivers, the newest first."""
    within = phones_within(actor.reach(Permission.CUSTODY_READ))
    statement = (
        select(Waiver)
        .join(Waiver.device)
        .options(contains_eager(Waiver.device))
        .where(within, containing(query.q, Waiver.number, Device.tag, Waiver.asked_by))
    )
    if query.device:
        statement = statement.where(Device.tag == query.device)
    if query.check:
        statement = statement.where(Waiver.check_name == query.check)
    if query.state:
        statement = statement.where(Waiver.state == query.state)
    if query.counting:
        statement = statement.where(counts_now())
    return page(session, statement, query, sorts=SORTS, default="-at", key=Waiver.id)


def shown_waiver(waiver: Waiver) -> WaiverOut:
    return WaiverOut(
        number=waiver.number,
        device=waiver.device.tag,
        check=waiver.check_name,
        state=waiver.state,
        counts=waiver.counts,
        reason=waiver.reason,
        until=waiver.until,
        asked_by=waiver.asked_by,
        asked_at=waiver.at,
        decided_by=waiver.decided_by,
        decided_at=waiver.decided_at,
        note=waiver.note,
    )
