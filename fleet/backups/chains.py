"""Backups that go on from earlier ones, and the key by which files are found again in them."""

from secrets import token_hex
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.backups.models import Backup, BackupNames, BackupPack, names_context
from fleet.backups.queries import latest_complete
from fleet.backups.storage import manifest_name, storage_of
from fleet.contracts.escrow import sealed_to
from fleet.contracts.paths import KEY_BYTES
from fleet.database import in_turn, write
from fleet.devices.models import Device
from fleet.vault.tools import Tools


def base_of(session: Session, tools: Tools, device: Device, recipients: list[str]) -> Backup | None:
    """Return the backup that one of this phone goes on from, None where all is stored anew.

    Anew: when the chain is long enough, when the manifest is not there, and when what is there is
    not sealed to exactly those who are to open the new one.
    """
    base = latest_complete(session, device)
    if base is None or base.index_digest is None or base.manifest_digest is None:
        return None
    if base.chain + 1 >= tools.settings.backup_full_after:
        return None
    if _keys_of(session, base) != {sealed_to(recipients)}:
        return None
    there = storage_of(tools.settings).size_of(manifest_name(base.manifest_digest)) is not None
    return base if there else None


def _keys_of(session: Session, backup: Backup) -> set[str | None]:
    """Return to which keys its index and its packs are sealed now, be it anew."""
    packs = select(BackupPack.sealed_to).where(BackupPack.backup_id == backup.id).distinct()
    return {backup.index_sealed_to, *session.scalars(packs)}


def name_key(session: Session, tools: Tools, device: Device) -> str:
    """Return the key that blinds the names of this phone's files, made when first asked for."""
    mine = select(BackupNames).where(BackupNames.device_id == device.id)
    context = names_context(device.id)
    kept = session.scalar(mine)
    if kept is None:
        in_turn(session, "backup names")
        kept = session.scalar(mine)
    if kept is None:
        sealed = tools.keyring.seal(token_hex(KEY_BYTES), context=context)
        kept = BackupNames(id=uuid4(), device_id=device.id, sealed=sealed)
        session.add(kept)
        write(session)
    return tools.keyring.open(kept.sealed, context=context)
