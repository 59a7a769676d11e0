"""The return gate: what must be shown before a phone is accepted, computed from proofs.

Only what was shown since the return began counts: before that the holder could still change it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.contracts.clock import now
from fleet.contracts.custody import CheckName, CheckOut, GateOut
from fleet.contracts.proof import Level
from fleet.contracts.words import _, say
from fleet.custody.checks import CHECKS, Found, Visit
from fleet.custody.models import Declaration, Waiver
from fleet.custody.queries import open_holding, ref
from fleet.devices.models import Device

NEEDED: Final = {
    CheckName.PIN: Level.PROVEN,
    CheckName.BACKUP: Level.OBSERVED,  # verified where every single file could be read
    CheckName.ACCOUNTS: Level.OBSERVED,
    CheckName.SIM: Level.DECLARED,
    CheckName.VENDOR_ACCOUNT: Level.DECLARED,
    CheckName.HANDED_BACK: Level.DECLARED,
}
# What a person may answer in the phone's place.
DECLARABLE: Final = frozenset({CheckName.SIM, CheckName.VENDOR_ACCOUNT, CheckName.HANDED_BACK})

Paper = TypeVar("Paper", Waiver, Declaration)


def gate(session: Session, device: Device, *, beside: Iterable[Declaration] = ()) -> GateOut:
    """Return every check of the gate of a phone as it stands now.

    `beside`: what somebody is about to declare, taken as if he had.
    """
    visit = _visit(session, device, beside)
    waived = _newest_by_check(session, Waiver, device, visit.since)
    checks = [_shown(name, CHECKS[name](visit), waived.get(name), visit) for name in CheckName]
    return GateOut(
        tag=device.tag,
        holder=ref(visit.holding.employee) if visit.holding else None,
        checks=checks,
        open=[check.check for check in checks if not check.ok],
    )


def _visit(session: Session, device: Device, beside: Iterable[Declaration]) -> Visit:
    since = device.returning_since
    seen = device.last_seen_at
    fresh = since is not None and seen is not None and seen >= since
    return Visit(
        session=session,
        device=device,
        holding=open_holding(session, device),
        since=since,
        facts=device.known_facts if fresh else None,
        declared=_newest_by_check(session, Declaration, device, since)
        | {said.check_name: said for said in beside},
    )


def _newest_by_check(
    session: Session, paper: type[Paper], device: Device, since: datetime | None
) -> dict[CheckName, Paper]:
    valid = select(paper).where(paper.device_id == device.id, paper.at >= (since or now()))
    return {row.check_name: row for row in session.scalars(valid.order_by(paper.at))}


def waived_check(
    session: Session, device: Device, check: CheckName, since: datetime | None
) -> Waiver | None:
    """Return the newest waiver of a check of this return."""
    return _newest_by_check(session, Waiver, device, since).get(check)


def _shown(name: CheckName, found: Found, waiver: Waiver | None, visit: Visit) -> CheckOut:
    declared = visit.declared.get(name)
    if declared is not None and name in DECLARABLE and found.level is Level.NONE:
        said = say(_("{by} says: {note}"), by=declared.by, note=declared.note)
        found = Found(Level.DECLARED, said)
    holds = found.level.at_least(NEEDED[name])
    return CheckOut(
        check=name,
        ok=holds or waiver is not None,
        level=found.level,
        needed=NEEDED[name],
        sentence=found.sentence,
        advice="" if holds or waiver else found.advice,
        waived_by=None if holds or waiver is None else waiver.by,
    )
