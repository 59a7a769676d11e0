"""Backups, and the bytes of them; both directions are streams."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

from api.client.transport import Content, Transport
from fleet.contracts.backups import BackupIn, BackupOut, BackupQuery, PackOut, StoredOut
from fleet.contracts.offline import BegunOut, BegunQuery
from fleet.contracts.uploads import PieceQuery, StoreQuery, UploadOut, UploadQuery
from fleet.contracts.wire import Page


class Backups(Transport):
    def back_up(self, tag: str, body: BackupIn | None = None) -> BackupOut:
        return self._post(BackupOut, "devices", tag, "backups", body=body)

    def backups(self, query: BackupQuery | None = None) -> Page[BackupOut]:
        return self._get(Page[BackupOut], "backups", query=query)

    def begun_backups(self, query: BegunQuery | None = None) -> Page[BegunOut]:
        """List what stations began while the server was away."""
        return self._get(Page[BegunOut], "begun-backups", query=query)

    def backup(self, reference: str) -> BackupOut:
        """`reference` is the backup's id or its number (BK-2026-0001)."""
        return self._get(BackupOut, "backups", reference)

    def pause_backup(self, reference: str) -> BackupOut:
        return self._post(BackupOut, "backups", reference, "pause")

    def resume_backup(self, reference: str) -> BackupOut:
        return self._post(BackupOut, "backups", reference, "resume")

    def cancel_backup(self, reference: str) -> BackupOut:
        return self._post(BackupOut, "backups", reference, "cancel")

    def manifest(self, reference: str) -> AbstractContextManager[Iterator[bytes]]:
        return self._download("backups", reference, "manifest")

    def index(self, reference: str) -> AbstractContextManager[Iterator[bytes]]:
        """Give the sealed list of names; of a backup of old its manifest, which is readable."""
        return self._download("backups", reference, "index")

    def base(self, backup: str) -> AbstractContextManager[Iterator[bytes]]:
        """Give the manifest that this backup goes on from, to the station that makes it."""
        return self._download("station", "backups", backup, "base")

    def pack(
        self, reference: str, number: int, *, start: int = 0
    ) -> AbstractContextManager[Iterator[bytes]]:
        """Give a pack's bytes from `start` on, so that a broken download goes on where it was."""
        return self._download("backups", reference, "packs", number, start=start)

    def put_pack(
        self, backup: str, number: int, content: Content, *, size: int, digest: str
    ) -> PackOut:
        """Store a pack; the same one sent again has the effect of one."""
        route = ("station", "backups", backup, "packs", number)
        query = StoreQuery(digest=digest, size=size)
        return self._put(PackOut, *route, content=content, size=size, query=query)

    def upload(self, backup: str, number: int, query: UploadQuery) -> UploadOut:
        """Return how much of a pack the server has."""
        return self._get(
            UploadOut, "station", "backups", backup, "packs", number, "upload", query=query
        )

    def put_piece(
        self, backup: str, number: int, piece: Content, size: int, query: PieceQuery
    ) -> UploadOut:
        """Send a piece of a pack; the answer says where the next one begins."""
        route = ("station", "backups", backup, "packs", number, "upload")
        return self._put(UploadOut, *route, content=piece, size=size, query=query)

    def put_manifest(self, backup: str, content: Content, *, size: int, digest: str) -> StoredOut:
        route = ("station", "backups", backup, "manifest")
        query = StoreQuery(digest=digest, size=size)
        return self._put(StoredOut, *route, content=content, size=size, query=query)

    def put_index(self, backup: str, content: Content, *, size: int, digest: str) -> StoredOut:
        route = ("station", "backups", backup, "index")
        query = StoreQuery(digest=digest, size=size)
        return self._put(StoredOut, *route, content=content, size=size, query=query)
