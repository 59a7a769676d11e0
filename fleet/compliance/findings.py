"""A finding opens once and closes by itself; who acts on it has put himself in the list."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM, Actor
from fleet.audit.services import record
from fleet.chores.services import AT_A_TIME
from fleet.compliance import events
from fleet.compliance.ledger import holders_of
from fleet.compliance.models import Finding
from fleet.compliance.rules.catalogue import CATALOGUE, OF_THE_PIN
from fleet.compliance.terms import policies
from fleet.contracts.clock import now
from fleet.contracts.findings import Rule
from fleet.counting import next_numbers
from fleet.database import write
from fleet.devices.models import Device
from fleet.vault.tools import Tools

# Rooms further down that act on a finding of the PIN (incidents, conduct); filled by
# `fleet.wiring`.
LISTENERS: Final[list[Callable[[Session, Tools, Finding], None]]] = []


def is_open_drift() -> tuple[ColumnElement[bool], ...]:
    """Return what holds for findings of a PIN that are open."""
    return Finding.closed_at.is_(None), Finding.rule.in_(OF_THE_PIN)


def open_drift(session: Session, device: Device) -> list[Finding]:
    """Return what is open of a phone's PIN, the oldest first."""
    of_the_pin = select(Finding).where(Finding.device_id == device.id, *is_open_drift())
    return list(session.scalars(of_the_pin.order_by(Finding.opened_at, Finding.id)))


def open_finding(
    session: Session,
    tools: Tools,
    device: Device,
    rule: Rule,
    *,
    since: datetime | None,
    digest: str | None,
    actor: Actor,
    by_a_station: bool = False,
) -> Finding:
    """Open a finding of the PIN, or return the one that is open already."""
    known = next((one for one in open_drift(session, device) if one.rule is rule), None)
    if known is not None:
        return known
    moment, every = now(), policies(session)
    holder = holders_of(session, [device.id]).get(device.id)
    place = holder.department_id if holder else None
    terms = every.terms(place, moment)
    severity = CATALOGUE[rule].severity_by(terms)
    finding = Finding(
        id=uuid4(),
        number=numbers(session, moment, 1)[0],
        rule=rule,
        device=device,
        severity=severity,
        owner_id=every.head(place),
        opened_at=moment,
        due_at=moment + timedelta(days=terms.due_days[severity]),
        since=since,
        by_a_station=by_a_station,
        seen={},
        digest=digest,
    )
    session.add(finding)
    opened = events.FindingOpened(**about(finding, device.tag), severity=severity, digest=digest)
    record(session, actor, opened)
    write(session)
    for listen in LISTENERS:
        listen(session, tools, finding)
    return finding


def numbers(session: Session, moment: datetime, count: int) -> list[str]:
    """Return so many numbers of findings, as people say them."""
    given = next_numbers(session, f"finding.{moment.year}", count)
    return [f"FD-{moment.year}-{number:03d}" for number in given]


def await_turn(session: Session) -> None:
    """Wait for others who open findings before phones are locked: they may wait for one of them."""
    numbers(session, now(), 0)


def close_drift(session: Session, device: Device, *, because: str, actor: Actor) -> None:
    """Close what is open of a phone that has shown that the vault opens it again."""
    for finding in open_drift(session, device):
        close(session, finding, device.tag, because=because, digest=None, actor=actor)
    write(session)


def close(
    session: Session, finding: Finding, tag: str, *, because: str, digest: str | None, actor: Actor
) -> None:
    finding.closed_at, finding.closed_because, finding.closed_digest = now(), because, digest
    closed = events.FindingClosed(**about(finding, tag), because=because, digest=digest)
    record(session, actor, closed)


def reopen(session: Session, finding: Finding, tag: str, *, because: str, actor: Actor) -> None:
    """End a waiver: the finding is due in as many days as it was at first."""
    finding.due_at = now() + (finding.due_at - finding.opened_at)
    finding.waived_until = finding.waived_by = finding.waived_because = None
    record(session, actor, events.FindingReopened(**about(finding, tag), because=because))


def end_waivers(session: Session, *, at_most: int = AT_A_TIME) -> int:
    """Have findings count again whose waiver has run out."""
    run_out = select(Finding, Device.tag).join(Finding.device).where(Finding.waived_until <= now())
    still_open = run_out.where(Finding.closed_at.is_(None)).order_by(Finding.waived_until)
    found = session.execute(still_open.limit(at_most)).all()
    for finding, tag in found:
        reopen(session, finding, tag, because="ran_out", actor=SYSTEM)
    write(session)
    return len(found)


def open_of(session: Session, devices: Collection[UUID]) -> dict[UUID, dict[Rule, Finding]]:
    """Return what is open of phones beside their PINs."""
    is_open = Finding.device_id.in_(devices), Finding.closed_at.is_(None)
    found: dict[UUID, dict[Rule, Finding]] = {device: {} for device in devices}
    beside = select(Finding).where(*is_open, Finding.rule.not_in(OF_THE_PIN))
    for finding in session.scalars(beside):
        found[finding.device_id][finding.rule] = finding
    return found


def about(finding: Finding, tag: str) -> events.About:
    return {
        "subject_id": finding.id,
        "subject_name": finding.number,
        "rule": finding.rule,
        "device": tag,
    }
