"""Handing out what a backup holds: under an approved opening, recorded before the first byte."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.backups.errors import NotInStorage
from fleet.backups.models import Backup
from fleet.backups.storage import index_name, manifest_name, pack_name, storage_of
from fleet.contracts.permissions import Permission
from fleet.openings import events
from fleet.openings.models import Opening
from fleet.openings.services import note_fetch, opening_in_use
from fleet.vault.tools import Tools

INDEX = "index"
MANIFEST = "manifest"


def open_index(session: Session, tools: Tools, backup: Backup, *, actor: Actor) -> Iterator[bytes]:
    """Return the sealed list of names; of a backup of old its manifest, which has them in clear."""
    actor.require(Permission.BACKUPS_OPEN)
    if backup.index_digest is None:
        return open_manifest(session, tools, backup, actor=actor)
    used = opening_in_use(session, backup, actor=actor)
    pieces = storage_of(tools.settings).read(index_name(backup.index_digest))
    note_opened(session, backup, INDEX, used, actor=actor)
    return pieces


def open_manifest(
    session: Session, tools: Tools, backup: Backup, *, actor: Actor
) -> Iterator[bytes]:
    """Return the manifest's bytes: sizes and digests of a person's files."""
    actor.require(Permission.BACKUPS_OPEN)
    used = opening_in_use(session, backup, actor=actor)
    if backup.manifest_digest is None:
        raise NotInStorage(digest="")
    pieces = storage_of(tools.settings).read(manifest_name(backup.manifest_digest))
    note_opened(session, backup, MANIFEST, used, actor=actor)
    return pieces


def open_pack(
    session: Session,
    tools: Tools,
    backup: Backup,
    *,
    number: int,
    actor: Actor,
    start: int = 0,
    end: int | None = None,
) -> Iterator[bytes]:
    """Return the bytes of a pack, or a part of them."""
    actor.require(Permission.BACKUPS_OPEN)
    used = opening_in_use(session, backup, actor=actor)
    pack = next((pack for pack in backup.packs if pack.number == number), None)
    if pack is None:
        raise NotInStorage(digest=f"{backup.number}/{number}")
    pieces = storage_of(tools.settings).read(pack_name(pack.digest), start=start, end=end)
    part = f"{number}" if start == 0 else f"{number} from {start}"
    note_opened(session, backup, part, used, actor=actor)
    return pieces


def note_opened(
    session: Session, backup: Backup, part: str, used: Opening, *, actor: Actor
) -> None:
    """Record that a part of a backup leaves the server."""
    actor.require(Permission.BACKUPS_OPEN)
    note_fetch(session, used)
    opened = events.BackupOpened(
        subject_id=backup.id,
        subject_name=backup.number,
        device=backup.device.tag,
        part=part,
        opening=used.number,
    )
    record(session, actor, opened)
