"""What is left where a phone does not take its PIN: in which order, and what each step costs.

The cheapest first; what erases the phone last. What the software cannot do is said as well.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.backups.models import Backup
from fleet.backups.queries import latest_complete
from fleet.compliance.checks import candidates, spent, why_not_now
from fleet.compliance.findings import open_drift
from fleet.compliance.models import Finding, PinCheck
from fleet.compliance.standing import lock_of
from fleet.contracts.facts import PhoneFacts
from fleet.contracts.findings import CandidateOut, CheckResult, RecoveryOut
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _, say
from fleet.custody.checks import LOCKING
from fleet.devices.models import Device
from fleet.vault.models import CredentialVersion
from fleet.vault.queries import credential_of, pin_of

ACTIVE: Final = _(
    "1. The PIN of the vault once more: `workfleet rotation recover {tag} --try active`. If it is "
    "wrong, the phone counts one attempt."
)
FORMER: Final = _(
    "2. A former PIN, one at a time: `workfleet rotation recover {tag} --try NUMBER` with a number "
    "of the table. Each wrong one is counted; after the fifth in a row a phone makes one wait."
)
NO_FORMER: Final = _("2. There is no former PIN in the vault that has not been refused.")
TOLD: Final = _(
    "3. Ask the holder for the PIN he has set and type it: `workfleet rotation recover {tag} "
    "--told`. It is tried once, kept in the vault, and changed at once."
)
UNLOCKED: Final = _(
    "4. Where the holder opens the phone by finger or face: that gives nobody its PIN, and nothing "
    "can change the lock without it. Have him change the PIN himself in the settings, and tell it."
)
RESET: Final = _(
    "5. At last a factory reset in the recovery menu: everything on the phone is lost that is not "
    "in a backup. No software can spare that where nobody knows the PIN."
)


def recovery(session: Session, device: Device, *, actor: Actor) -> RecoveryOut:
    """Return what is left to open `device`; nothing is tried."""
    actor.require(Permission.ROTATIONS_READ)
    credential = credential_of(session, pin_of(device))
    findings, facts = open_drift(session, device), device.known_facts
    refused = _refused(session, device, findings)
    possible = candidates(credential)
    backup = latest_complete(session, device)
    locks = _activation_locks(facts)
    return RecoveryOut(
        device=device.tag,
        level=credential.level,
        findings=[one.number for one in findings],
        candidates=[_candidate(one, refused) for one in possible],
        spent=(counted := spent(session, device)),
        left=_left(device, counted),
        why_not=why_not_now(session, device),
        steps=_steps(device, possible, refused, backup, locks),
        backup=backup.number if backup else None,
        backup_at=backup.ended_at if backup else None,
        activation_lock=locks or [],
        activation_seen=locks is not None,
    )


def _refused(session: Session, device: Device, findings: list[Finding]) -> dict[UUID, datetime]:
    """Return when the phone last refused which value, since something was found."""
    if not findings:
        return {}
    rows = session.execute(
        select(PinCheck.version_id, func.max(PinCheck.ended_at))
        .where(
            PinCheck.device_id == device.id,
            PinCheck.result == CheckResult.REFUSED,
            PinCheck.ended_at >= findings[0].began,
        )
        .group_by(PinCheck.version_id)
    )
    return {key: at for key, at in rows if at is not None}


def _candidate(version: CredentialVersion, refused: dict[UUID, datetime]) -> CandidateOut:
    return CandidateOut(
        number=version.number,
        state=version.state,
        made_at=version.made_at,
        ended_at=version.ended_at,
        refused_at=refused.get(version.id),
    )


def _left(device: Device, counted: int) -> int | None:
    lock = lock_of(device)
    if lock is None or not lock.wipe_limit:
        return None
    return max(lock.wipe_limit - counted, 0)


def _activation_locks(facts: PhoneFacts | None) -> list[str] | None:
    """Return the accounts that lock a phone after a reset; None where that was not seen."""
    if facts is None or facts.missing("accounts"):
        return None
    return [one.type for one in facts.accounts if one.count and one.type.startswith(LOCKING)]


def _steps(
    device: Device,
    possible: list[CredentialVersion],
    refused: dict[UUID, datetime],
    backup: Backup | None,
    locks: list[str] | None,
) -> list[str]:
    former = [one for one in possible[1:] if one.id not in refused]
    texts = (ACTIVE, FORMER if former else NO_FORMER, TOLD, UNLOCKED, RESET)
    steps = [say(text, tag=device.tag) for text in texts]
    return [*steps, *_lost(device, backup), *_locked_after(locks)]


def _lost(device: Device, backup: Backup | None) -> list[str]:
    chats = say(_("Chats are in no backup of this software: a reset loses them for good."))
    if backup is None or backup.ended_at is None:
        return [say(_("There is no complete backup of {tag}."), tag=device.tag), chats]
    day = f"{backup.ended_at.astimezone():%Y-%m-%d %H:%M}"
    text = _("What came after the backup {number} of {day} is lost.")
    return [say(text, number=backup.number, day=day), chats]


def _locked_after(locks: list[str] | None) -> list[str]:
    if locks is None:
        text = _("Whether an account would lock the phone after a reset is not known.")
        return [say(text)]
    if not locks:
        return []
    text = _(
        "{kinds}: still signed in. After a reset the phone asks for that account's password; "
        "without it, it stays locked."
    )
    return [say(text, kinds=", ".join(locks))]
