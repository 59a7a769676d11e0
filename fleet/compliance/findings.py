"""A finding opens once and closes by itself; who acts on it has put himself in the list."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.compliance import events
from fleet.compliance.models import Finding
from fleet.contracts.clock import now
from fleet.contracts.findings import Rule
from fleet.counting import next_number
from fleet.database import write
from fleet.devices.models import Device
from fleet.vault.tools import Tools

# Rooms further down that act on a finding (incidents, conduct); filled by `fleet.wiring`.
LISTENERS: Final[list[Callable[[Session, Tools, Finding], None]]] = []


def open_findings(session: Session, device: Device) -> list[Finding]:
    of_it = select(Finding).where(Finding.device_id == device.id, Finding.closed_at.is_(None))
    return list(session.scalars(of_it.order_by(Finding.opened_at, Finding.id)))


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
    """Open a finding, or return the one that is open already."""
    known = next((one for one in open_findings(session, device) if one.rule is rule), None)
    if known is not None:
        return known
    moment = now()
    number = next_number(session, f"finding.{moment.year}")
    finding = Finding(
        id=uuid4(),
        number=f"FD-{moment.year}-{number:03d}",
        rule=rule,
        device=device,
        opened_at=moment,
        since=since,
        by_a_station=by_a_station,
        digest=digest,
    )
    session.add(finding)
    record(session, actor, events.FindingOpened(**_about(finding), digest=digest))
    write(session)
    for listen in LISTENERS:
        listen(session, tools, finding)
    return finding


def close_findings(session: Session, device: Device, *, because: str, actor: Actor) -> None:
    """Close what is open of a phone that has shown that the vault opens it again."""
    for finding in open_findings(session, device):
        finding.closed_at, finding.closed_because = now(), because
        record(session, actor, events.FindingClosed(**_about(finding), because=because))
    write(session)


def _about(finding: Finding) -> events.About:
    return {
        "subject_id": finding.id,
        "subject_name": finding.number,
        "rule": finding.rule,
        "device": finding.device.tag,
    }
