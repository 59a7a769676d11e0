"""Letting a finding be, for a reason and until a day; who may go past a rule is not who works."""

from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.compliance import events
from fleet.compliance.errors import (
    FindingClosedAlready,
    FindingNotFound,
    FindingNotWaived,
    PinCannotBeWaived,
    WaiverTooLong,
)
from fleet.compliance.findings import about, reopen
from fleet.compliance.models import Finding
from fleet.compliance.rules.catalogue import OF_THE_PIN
from fleet.contracts.clock import now
from fleet.contracts.findings import WaiverIn
from fleet.contracts.permissions import Permission
from fleet.database import write

LONGEST: Final = timedelta(days=366)


def waive(session: Session, number: str, given: WaiverIn, *, actor: Actor) -> Finding:
    """Have a finding not count until a day; it is open still, and closes by itself."""
    actor.require(Permission.FINDINGS_WAIVE)
    finding = _held_still(session, number)
    if finding.rule in OF_THE_PIN:
        raise PinCannotBeWaived(number=number)
    if not now() < given.until <= now() + LONGEST:
        raise WaiverTooLong(until=given.until.isoformat(timespec="minutes"))
    finding.waived_until, finding.waived_by = given.until, actor.name
    finding.waived_because = given.reason
    waived = events.FindingWaived(
        **about(finding, finding.device.tag), until=given.until, reason=given.reason
    )
    record(session, actor, waived)
    write(session)
    return finding


def unwaive(session: Session, number: str, *, reason: str, actor: Actor) -> Finding:
    """Have a finding count again at once."""
    actor.require(Permission.FINDINGS_WAIVE)
    finding = _held_still(session, number)
    if finding.waived_until is None:
        raise FindingNotWaived(number=number)
    reopen(session, finding, finding.device.tag, because=reason, actor=actor)
    write(session)
    return finding


def _held_still(session: Session, number: str) -> Finding:
    wanted = select(Finding).where(Finding.number == number).with_for_update()
    finding = session.scalar(wanted.execution_options(populate_existing=True))
    if finding is None:
        raise FindingNotFound(number=number)
    if finding.closed_at is not None:
        raise FindingClosedAlready(number=number)
    return finding
