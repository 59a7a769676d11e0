"""The return gate: what must be shown before a phone is accepted, computed from proofs.

Only what was shown since the return began counts: before that the holder could still change it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.contracts.clock import now
from fleet.contracts.custody import CheckName, CheckOut, GateOut
from fleet.contracts.facts import PhoneFacts
from fleet.contracts.proof import Level
from fleet.contracts.words import _, say
from fleet.custody.checks import CHECKS, Found, Visit
from fleet.custody.flags import flags_of
from fleet.custody.models import Declaration, Waiver
from fleet.custody.proofs import Proofs, proofs_of
from fleet.custody.queries import open_holding, ref
from fleet.devices.models import Device

NEEDED: Final = {
    CheckName.PIN: Level.PROVEN,
    CheckName.BACKUP: Level.OBSERVED,  # verified where every single file could be read
    CheckName.ACCOUNTS: Level.OBSERVED,
    CheckName.SIM: Level.DECLARED,
    CheckName.VENDOR_ACCOUNT: Level.DECLARED,
    CheckName.HANDED_BACK: Level.DECLARED,
}  # of the chat history: what the plans demand
# What a person may answer in the phone's place.
DECLARABLE: Final = frozenset({CheckName.SIM, CheckName.VENDOR_ACCOUNT, CheckName.HANDED_BACK})


def gate(session: Session, device: Device, *, beside: Iterable[Declaration] = ()) -> GateOut:
    """Return every check of the gate of a phone as it stands now.

    `beside`: what somebody is about to declare, taken as if he had.
    """
    found = gate_by(proofs_of(session, [device]), device, beside=beside)
    holding = open_holding(session, device)
    warnings = flags_of(session, holding.employee) if holding else []
    return found.model_copy(update={"warnings": warnings})


def gate_by(proofs: Proofs, device: Device, *, beside: Iterable[Declaration] = ()) -> GateOut:
    """Return the gate of one of the phones that `proofs` are of."""
    visit = _visit(proofs, device, beside)
    waived = {row.check_name: row for row in proofs.waived.get(device.id, ())}
    checks = [_shown(name, CHECKS[name](visit), waived.get(name), visit) for name in CheckName]
    return GateOut(
        tag=device.tag,
        holder=ref(visit.holding.employee) if visit.holding else None,
        checks=checks,
        open=[check.check for check in checks if not check.ok],
    )


def _visit(proofs: Proofs, device: Device, beside: Iterable[Declaration]) -> Visit:
    since = device.returning_since
    seen = device.last_seen_at
    fresh = since is not None and seen is not None and seen >= since
    facts = proofs.facts.get(device.id) if fresh else None
    return Visit(
        device=device,
        proofs=proofs,
        holding=proofs.holdings.get(device.id),
        since=since,
        facts=None if facts is None else PhoneFacts.model_validate(facts),
        declared={row.check_name: row for row in (*proofs.declared.get(device.id, ()), *beside)},
    )


def waived_check(
    session: Session, device: Device, check: CheckName, since: datetime | None
) -> Waiver | None:
    """Return the newest waiver of a check of this return."""
    valid = Waiver.device_id == device.id, Waiver.check_name == check, Waiver.at >= (since or now())
    return session.scalar(select(Waiver).where(*valid).order_by(Waiver.at.desc()).limit(1))


def _shown(name: CheckName, found: Found, waiver: Waiver | None, visit: Visit) -> CheckOut:
    declared = visit.declared.get(name)
    if declared is not None and name in DECLARABLE and found.level is Level.NONE:
        said = say(_("{by} says: {note}"), by=declared.by, note=declared.note)
        found = Found(Level.DECLARED, said)
    needed = _needed(name, visit)
    holds = found.level.at_least(needed)
    return CheckOut(
        check=name,
        ok=holds or waiver is not None,
        level=found.level,
        needed=needed,
        sentence=found.sentence,
        advice="" if holds or waiver else found.advice,
        waived_by=None if holds or waiver is None else waiver.by,
    )


def _needed(name: CheckName, visit: Visit) -> Level:
    if name is CheckName.CHAT_HISTORY:
        return visit.proofs.chats_needed(visit.device)
    return NEEDED[name]
