"""The return gate: what must be shown before a phone is accepted, computed from proofs.

Only what was shown since the return began counts: before that the holder could still change it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.contracts.clock import now
from fleet.contracts.custody import CheckName, CheckOut, GateOut
from fleet.contracts.facts import PhoneFacts
from fleet.contracts.proof import Level
from fleet.contracts.words import LANGUAGES, _, say, speaking
from fleet.custody.accessories import kit_of
from fleet.custody.at_hand import NEVER_WAIVED, declared_in_its_place
from fleet.custody.checks import CHECKS
from fleet.custody.flags import flags_of
from fleet.custody.holds import holds_on
from fleet.custody.models import Declaration, Waiver
from fleet.custody.proofs import Proofs, proofs_of
from fleet.custody.queries import ref
from fleet.custody.visit import Found, Visit
from fleet.custody.waivers import counts_now, is_open
from fleet.devices.models import Device

NEEDED: Final = {
    CheckName.IDENTITY: Level.DECLARED,
    CheckName.SEEN: Level.OBSERVED,
    CheckName.PIN: Level.PROVEN,
    CheckName.BACKUP: Level.OBSERVED,  # verified where every single file could be read
    CheckName.ACCOUNTS: Level.OBSERVED,
    CheckName.UNBOUND: Level.DECLARED,
    CheckName.VENDOR_ACCOUNT: Level.DECLARED,
    CheckName.SIM: Level.DECLARED,
    CheckName.ACCESSORIES: Level.DECLARED,
    CheckName.HANDED_BACK: Level.DECLARED,
}  # of the chat history: what the plans demand; of signatures: a paper that was made is signed
# What a person may answer in the phone's place.
DECLARABLE: Final = frozenset(
    {
        CheckName.IDENTITY,
        CheckName.UNBOUND,
        CheckName.SIM,
        CheckName.VENDOR_ACCOUNT,
        CheckName.HANDED_BACK,
    }
)


def gate(
    session: Session,
    device: Device,
    *,
    beside: Iterable[Declaration] = (),
    proofs: Proofs | None = None,
) -> GateOut:
    """Return every check of the gate of a phone as it stands now.

    `beside`: what somebody is about to declare, taken as if he had; `proofs`, where they are read
    already.
    """
    proofs = proofs or proofs_of(session, [device])
    found = gate_by(proofs, device, beside=beside)
    holding = proofs.holdings.get(device.id)
    warnings = flags_of(session, holding.employee) if holding else []
    kept = [say(KEPT, number=one.number, reason=one.reason) for one in holds_on(session, device)]
    return found.model_copy(update={"warnings": [*warnings, *kept]})


KEPT: Final = _("{number} keeps it from being erased, also when it is accepted: {reason}")


def gate_by(proofs: Proofs, device: Device, *, beside: Iterable[Declaration] = ()) -> GateOut:
    """Return the gate of one of the phones that `proofs` are of."""
    visit = _visit(proofs, device, beside)
    waivers = {row.check_name: row for row in proofs.waived.get(device.id, ()) if row.counts}
    asked = {row.check_name: row.number for row in proofs.waived.get(device.id, ()) if is_open(row)}
    checks = [
        _shown(name, CHECKS[name](visit), waivers.get(name), asked.get(name), visit)
        for name in CheckName
    ]
    return GateOut(
        tag=device.tag,
        holder=ref(visit.holding.employee) if visit.holding else None,
        checks=checks,
        open=[check.check for check in checks if not check.ok],
        since=visit.since,
        kit=kit_of(visit.holding, proofs.kit(device), proofs.words),
    )


def sentences_by(proofs: Proofs, device: Device) -> dict[CheckName, dict[str, str]]:
    """Return what is so at each check in every language, for whoever reads it on paper later."""
    told: dict[CheckName, dict[str, str]] = {name: {} for name in CheckName}
    for language in LANGUAGES:
        with speaking(language):
            for check in gate_by(proofs, device).checks:
                told[check.check][language] = check.sentence
    return told


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
        said=(*proofs.declared.get(device.id, ()), *beside),
    )


def waived_check(
    session: Session, device: Device, check: CheckName, since: datetime | None
) -> Waiver | None:
    """Return the newest waiver of a check of this return that counts now."""
    valid = Waiver.device_id == device.id, Waiver.check_name == check, Waiver.at >= (since or now())
    newest = select(Waiver).where(*valid, counts_now()).order_by(Waiver.at.desc())
    return session.scalar(newest.limit(1))


def _shown(
    name: CheckName, found: Found, waiver: Waiver | None, asked: str | None, visit: Visit
) -> CheckOut:
    word = visit.declared(name)
    speaks = name in DECLARABLE and not found.against
    if word is not None and speaks and found.level is Level.NONE:
        found = declared_in_its_place(found, word)
    needed = _needed(name, visit)
    holds = found.level.at_least(needed)
    passed_by = None if holds else waiver
    return CheckOut(
        check=name,
        ok=holds or waiver is not None,
        level=found.level,
        needed=needed,
        sentence=found.sentence,
        advice="" if holds or waiver else found.advice,
        asked_waiver=None if holds or waiver else asked,
        declarable=speaks,
        waivable=name not in NEVER_WAIVED,
        proofs=list(found.proofs),
        **_passed(passed_by),
    )


def _passed(waiver: Waiver | None) -> dict[str, Any]:
    if waiver is None:
        return {}
    return {
        "waived_by": waiver.decided_by,
        "waiver": waiver.number,
        "waived_because": waiver.reason,
        "waived_until": waiver.until,
    }


def _needed(name: CheckName, visit: Visit) -> Level:
    if name is CheckName.CHAT_HISTORY:
        return visit.proofs.chats_needed(visit.device)
    if name is CheckName.SIGNATURES:
        signing = visit.proofs.signings.get(visit.device.id)
        return Level.DECLARED if signing and not signing.before else Level.NONE
    return NEEDED[name]
