"""Restores that people did: recorded, and believed as far as the server's own manifest says so."""

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.backups import events
from fleet.backups.errors import BackupUnderWay, NotInStorage
from fleet.backups.manifests import ManifestUnreadable, read_manifest
from fleet.backups.models import Backup
from fleet.backups.services import about
from fleet.backups.storage import storage_of
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.contracts.restores import Contents, RestoreIn, RestoreOut
from fleet.vault.tools import Tools


def record_restore(
    session: Session, tools: Tools, backup: Backup, given: RestoreIn, *, actor: Actor
) -> RestoreOut:
    """Record who restored what of a backup that has ended.

    The level is of the backup as a whole, so a part proves nothing.

    Whoever restored all of it names the digest of what came back. It is not believed, but compared
    with what the manifest says, which the server has judged itself.
    """
    actor.require(Permission.BACKUPS_OPEN)
    if backup.is_under_way:
        raise BackupUnderWay(tag=backup.device.tag, number=backup.number)
    level = _level(tools, backup, given)
    restored = events.BackupRestored(
        **about(backup),
        to=given.to,
        phone=given.phone,
        level=level,
        files=given.files,
        bytes=given.bytes,
        missing=given.missing,
        renamed=given.renamed,
        partly=given.partly,
    )
    record(session, actor, restored)
    return RestoreOut(
        backup=backup.number,
        device=backup.device.tag,
        level=level,
        whole=_is_whole(given),
        at=now(),
    )


def _level(tools: Tools, backup: Backup, given: RestoreIn) -> Level:
    if not _is_whole(given):
        return Level.NONE
    expected = _contents(tools, backup)
    if expected is None:
        return Level.DECLARED
    return Level.VERIFIED if given.contents == expected else Level.NONE


def _is_whole(given: RestoreIn) -> bool:
    return not given.partly and not given.missing


def _contents(tools: Tools, backup: Backup) -> str | None:
    """Return the digest of what the manifest has in packs; None where that cannot be said."""
    if backup.manifest_digest is None:
        return None
    contents = Contents()
    try:
        _head, files = read_manifest(storage_of(tools.settings), backup.manifest_digest)
        for file in files:
            if file.pack is not None and file.sha256 is not None:
                contents.add(bytes.fromhex(file.key), file.sha256, file.size)
    except (ManifestUnreadable, NotInStorage):
        return None  # of format 1, which has names, or lost
    return contents.digest
