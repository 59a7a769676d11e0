"""One backup of one phone: list, read, hash on both sides, send, list again, until it agrees.

Everything done is on disk before the next thing begins, so a backup that was stopped, unplugged
or killed goes on with the first file that is not yet in a pack.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from threading import Event
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agents.phone.phone import Phone
from agents.station.backup import base, manifest, plan
from agents.station.backup.hashing import Hasher, hash_all
from agents.station.backup.making import Making
from agents.station.backup.packs import parse_recipients
from agents.station.backup.progress import Item, Progress
from agents.station.backup.reading import Reader
from agents.station.backup.sending import Sender, Store, patiently, resend, send_file, spooled
from agents.station.stopping import go_on
from fleet.contracts import seals
from fleet.contracts.backups import BackupTask, ManifestSeal

ROUNDS = 3  # a file that changes while it is read is read again, so often at most

Tell = Callable[[str, int | None, int | None], None]


@dataclass
class Backup:
    """`folder` keeps the progress and at most two packs; it is removed by whoever ends the job."""

    phone: Phone
    task: BackupTask
    folder: Path
    store: Store
    serial: str
    build: str
    names: bytes = field(repr=False)  # blinds the paths of the manifest
    signer: Ed25519PrivateKey = field(repr=False)
    stop: Event
    tell: Tell
    _done: int = field(default=0, init=False)
    _total: int = field(default=0, init=False)

    def run(self) -> tuple[manifest.Manifest, ManifestSeal]:
        """Return what the manifest says, signed, once it and every pack are at the server."""
        recipients = parse_recipients(self.task.recipients)
        reader = Reader.of(self.phone, self.task.roots, self.task.excludes)
        with closing(Progress(self.folder)) as progress:
            progress.forgive()
            self._go_on_from_base(progress)
            sender = Sender(self.store, progress, self.task.backup, self.stop)
            with closing(sender):
                resend(progress, sender)
                self._in_rounds(progress, reader, sender, recipients)
                sender.finish()
            making = manifest.Making(
                progress, self.task, self.serial, self.build, self.names, recipients
            )
            written = making.write()
        self._send(written)
        return written, self._signed(written)

    def _go_on_from_base(self, progress: Progress) -> None:
        if self.task.base is None or progress.has_base():
            return
        with self.store.base(self.task.backup) as chunks:
            base.keep(progress, chunks, self.task.base)

    def _signed(self, written: manifest.Manifest) -> ManifestSeal:
        seal = ManifestSeal(
            backup=self.task.backup,
            serial=self.serial,
            manifest=written.digest,
            index=written.index.digest,
            station_key=seals.public_of(self.signer),
        )
        return seals.sign(self.signer, seal)

    def _in_rounds(
        self, progress: Progress, reader: Reader, sender: Sender, recipients: Sequence[Any]
    ) -> None:
        self._list(progress, reader)
        for _round in range(ROUNDS):
            self._read(progress, reader, sender, recipients)
            self._list(progress, reader)
            if next(_todo(progress), None) is None:
                return

    def _list(self, progress: Progress, reader: Reader) -> None:
        self.tell("listing", None, None)
        progress.list_anew(reader.listing())
        if progress.has_base():
            progress.carry(self.names, self.task.compare)
        self._done, self._total = progress.packed(), progress.total()
        go_on(self.stop)

    def _read(
        self, progress: Progress, reader: Reader, sender: Sender, recipients: Sequence[Any]
    ) -> None:
        """Put everything that is not in a pack yet into packs, and have the phone hash it."""
        with closing(Hasher(reader, progress, self.stop)) as hasher:
            for batch in plan.batches(_todo(progress), self.task.pack_bytes):
                making = Making(reader, self.stop, hasher.hand_over, self._told)
                number = progress.next_number()
                pack = making.pack(spooled(progress.folder, number), batch, recipients)
                progress.keep_problems(making.problems)
                if pack is not None:
                    progress.seal(number, pack, making.stored)
                    sender.hand_over(number, pack.digest, pack.size)
            hasher.finish()
        hash_all(reader, progress, progress.to_hash(), self.stop)

    def _told(self, size: int) -> None:
        self._done += size
        self.tell("reading", self._done, self._total)

    def _send(self, written: manifest.Manifest) -> None:
        """Send the index first: a manifest that is there never names one that is not."""
        self.tell("sending", None, None)
        self._send_one(self.store.put_index, written.index)
        self._send_one(self.store.put_manifest, written)

    def _send_one(self, put: Callable[..., object], file: manifest.Written) -> None:
        size = file.path.stat().st_size
        patiently(
            lambda: send_file(put, file.path, self.task.backup, size=size, digest=file.digest),
            self.stop,
        )


def _todo(progress: Progress) -> Iterator[Item]:
    """Small files first: they are most of what a person would miss."""
    return chain(
        progress.todo(large=False, threshold=plan.LARGE),
        progress.todo(large=True, threshold=plan.LARGE),
    )
