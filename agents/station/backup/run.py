"""One backup of one phone: list, read, hash on both sides, send, list again, until it agrees.

Everything done is on disk before the next thing begins, so a backup that was stopped, unplugged
or killed goes on with the first file that is not yet in a pack. Once everything is read the phone
is needed no more, whether the server is there or not.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agents.phone.phone import Phone
from agents.station.backoff import Backoff
from agents.station.backup import base, manifest, plan, sending
from agents.station.backup.bases import Bases
from agents.station.backup.errors import ManifestDamaged, UploadLost
from agents.station.backup.flow import Flow
from agents.station.backup.hashing import STREAMS, Hasher, hash_all
from agents.station.backup.making import Making
from agents.station.backup.packs import parse_recipients
from agents.station.backup.papers import send_papers
from agents.station.backup.progress import Item, Progress
from agents.station.backup.reading import Reader
from agents.station.backup.sending import (
    NOT_NOW,
    Outgoing,
    Sender,
    Store,
    resend,
    spooled,
    taken,
)
from agents.station.backup.spool import Spool
from agents.station.far import Far
from agents.station.stopping import Paused, Stopped, go_on
from api.client import Refused
from fleet.contracts import seals
from fleet.contracts.backups import BackupTask, ManifestSeal

ROUNDS = 3  # a file that changes while it is read is read again, so often at most

WAITING_FOR_DISK = "waiting_for_disk"
TOLD_EVERY = 0.2  # seconds
PACED = 64 * 1024  # bytes that are told, and waited for, at once
OVERHEAD = 2048  # bytes of a pack beside a file's content

Tell = Callable[[str, Far | None], None]
Made = tuple[manifest.Manifest, ManifestSeal]


class LeftHere(Stopped):
    """Everything is read and noted, and the server does not take the rest now."""


def nothing(_made: Made) -> None:
    """Nobody waits for the phone."""


@dataclass
class Backup:
    """`folder` keeps the progress and the packs that are not at the server yet.

    It is removed by whoever ends the job. `read_whole` hears of the manifest as soon as the phone
    is needed no more.
    """

    phone: Phone
    task: BackupTask
    folder: Path
    store: Store
    flow: Flow
    serial: str
    build: str
    names: bytes = field(repr=False)  # blinds the paths of the manifest
    signer: Ed25519PrivateKey = field(repr=False)
    stop: Event
    pause: Event
    tell: Tell
    read_whole: Callable[[Made], None] = nothing
    bases: Bases | None = None
    _far: Far = field(default_factory=Far, init=False)
    _listed: bytes = field(default=b"", init=False)  # the digest of the newest listing
    _told_at: float = field(default=0.0, init=False)

    def run(self) -> Made:
        """Return what the manifest says, signed, once it and every pack are at the server.

        Raises LeftHere where the server is away by the time that everything is read.
        """
        while True:
            try:
                return self._from_what_is_here()
            except UploadLost:
                if not self.flow.is_away():
                    raise

    def _from_what_is_here(self) -> Made:
        self._listed = b""
        recipients = parse_recipients(self.task.recipients)
        reader = Reader.of(self.phone, self.task)
        with closing(Progress(self.folder)) as progress:
            progress.forgive()
            self._go_on_from_base(progress)
            sender = Sender(
                self.store, progress, self.task.backup, self.flow, self.stop, self.pause
            )
            with closing(sender):
                resend(progress, sender)
                self._in_rounds(progress, reader, sender, recipients)
                sender.wait_for_windows()
                reader.look_for_archives()
                written = self._written(progress, reader, recipients)
                made = written, self._signed(written)
                self.read_whole(made)
                self._hand_over(sender, written)
        return made

    def _written(
        self, progress: Progress, reader: Reader, recipients: Sequence[Any]
    ) -> manifest.Manifest:
        return manifest.Writing(
            progress, self.task, self.serial, self.build, self.names, recipients, reader.sources
        ).write()

    def _hand_over(self, sender: Sender, written: manifest.Manifest) -> None:
        """Send what is left, the lists of names last; what the server does not take stays here."""
        self.tell("sending", self._far)
        try:
            all_of_it = sender.finish_unless_away() and self._papers_sent(written)
        except Refused as refusal:
            if refusal.code not in NOT_NOW:
                raise
            all_of_it = False
        if not all_of_it:
            raise LeftHere

    def _papers_sent(self, written: manifest.Manifest) -> bool:
        for send in send_papers(self.store, self.task.backup, written.index, written):
            if not taken(send, self.flow.line):
                return False
            go_on(self.stop, self.pause)
        return True

    def _go_on_from_base(self, progress: Progress) -> None:
        """Fetch what an earlier backup has, unless everything is being stored anew already.

        A server that stays away is not waited for: the phone is here now.
        """
        digest = self.task.base
        if digest is None or progress.has_base() or progress.next_number() > 1:
            return
        if self._has_base_here(progress, digest):
            return
        backoff, line = Backoff(), self.flow.line
        while not taken(partial(self._keep_base, progress, digest), line):
            if line.away_seconds() >= sending.AWAY_SECONDS:
                return
            line.wait(backoff.next_seconds(), self.stop, self.pause)

    def _has_base_here(self, progress: Progress, digest: str) -> bool:
        """Go on from a manifest that was kept here, if it is as it was."""
        if self.bases is None or not self.bases.has(self.serial, digest):
            return False
        try:
            base.keep(progress, self.bases.read(self.serial, digest), digest)
        except ManifestDamaged:
            self.bases.drop(self.serial, digest)
            return False
        return True

    def _keep_base(self, progress: Progress, digest: str) -> None:
        with self.store.base(self.task.backup) as chunks:
            base.keep(progress, chunks, digest)

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
        self.tell("listing", None)
        with reader.listing() as listing:
            if listing.digest != self._listed:
                progress.list_anew(reader.understood(listing))
                self._listed = listing.digest
                self._carry(progress, reader)
        self._far = Far(progress.packed(), progress.total(), *progress.files())
        go_on(self.stop, self.pause)

    def _carry(self, progress: Progress, reader: Reader) -> None:
        if progress.has_base():
            progress.carry(self.names, self.task.compare)
            hash_all(reader, progress, progress.perhaps_moved(), self.stop, self.pause)
            progress.carry_moved()

    def _read(
        self, progress: Progress, reader: Reader, sender: Sender, recipients: Sequence[Any]
    ) -> None:
        """Put everything that is not in a pack yet into packs, and have the phone hash it."""
        with closing(Hasher(reader, progress, self.stop, self.pause)) as hasher:
            for batch in plan.batches(_todo(progress), self.task.pack_bytes):
                self._pack(batch, progress, sender, self._making(reader, hasher), recipients)
                go_on(self.stop, self.pause)
            hasher.finish()
        hash_all(reader, progress, progress.to_hash(), self.stop, self.pause, STREAMS)

    def _making(self, reader: Reader, hasher: Hasher) -> Making:
        return Making(reader, self.stop, self.pause, hasher.hand_over, self._told)

    def _pack(
        self,
        batch: plan.Batch,
        progress: Progress,
        sender: Sender,
        making: Making,
        recipients: Sequence[Any],
    ) -> None:
        """Make a pack and send it meanwhile; its end leaves when it is noted what is in it."""
        sender.wait_for_one()
        number = progress.next_number()
        size, away = _room_for(batch), self.flow.is_away
        room = self.flow.room.book(size, self.stop, self.pause, self._waits, away)

        def begun(spool: Spool) -> None:
            noting.callback(spool.give_up)  # nothing that was not noted is ever sent to its end
            sender.send(Outgoing(number, spool, room, size))

        with ExitStack() as noting:
            noting.callback(room.end)
            path = spooled(progress.folder, number)
            pack = making.pack(path, batch, recipients, begun, window=room.window)
            progress.keep_problems(making.problems)
            if pack is not None:
                progress.seal(number, pack, making.stored)
                room.written(away=away())
                pack.seal()
                noting.pop_all()

    def _waits(self) -> None:
        self.tell(WAITING_FOR_DISK, self._far)

    def _told(self, size: int, files: int) -> None:
        self._far = self._far.further(0, files)
        for at in range(0, size, PACED):
            self._read_on(min(PACED, size - at))

    def _read_on(self, size: int) -> None:
        """Tell of some bytes, and wait where a bound wants it: many small files come at once."""
        self._far = self._far.further(size, 0)
        if (at := monotonic()) >= self._told_at + TOLD_EVERY:
            self.tell("reading", self._far)
            self._told_at = at
        with suppress(Paused):  # what is being read is read to its end, and nothing waits for it
            self.flow.reading.take(size, self.stop, self.pause)


def _room_for(batch: plan.Batch) -> int:
    return sum(item.size + OVERHEAD for item in (*batch.small, *batch.large))


def _todo(progress: Progress) -> Iterator[Item]:
    """Small files first: they are most of what a person would miss."""
    return chain(
        progress.todo(large=False, threshold=plan.LARGE),
        progress.todo(large=True, threshold=plan.LARGE),
    )
