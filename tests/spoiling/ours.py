"""Our own backup as a tool: a backup that may go on from the last, then a restore of it."""

import tempfile
import threading
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from agents.handset.handset import Handset
from agents.phone.adb import AdbPhone
from agents.phone.errors import NoAnswer
from agents.phone.server import Adb
from agents.station.backup.flow import Flow
from agents.station.backup.run import Backup
from fleet.contracts import paths
from fleet.contracts.backups import KEPT, BackupTask, FileState
from tests.pieces import FromPieces, restore
from tests.seals import SIGNER
from tests.shelf import IDENTITY, NAMES, Shelf
from tests.spoiling.copies import Copy, contents_of


@dataclass
class OurBackup:
    """Called again it goes on from the backup before; a pulled cable is plugged in again."""

    phone: Handset
    folder: Path
    shelf: Shelf = field(default_factory=Shelf)
    made: int = 0

    def __call__(self) -> Copy:
        self.folder.mkdir(exist_ok=True)
        if self.made:
            self.shelf = self.shelf.next_one()
        self.made += 1
        sure = self._until_it_ends()
        assert self.shelf.verdict().complete, self.shelf.verdict().faults
        _head, files = self.shelf.lines()
        states = {paths.bytes_of(path): file.state for path, file in files.items()}
        with tempfile.TemporaryDirectory(dir=self.folder) as to:
            return Copy(self._restored(Path(to)), lambda path: sure and self._claims(states, path))

    def _claims(self, states: dict[bytes, FileState], path: bytes) -> bool:
        """A path, or a folder it is in, that is named as not stored is not claimed."""
        parents = [path.rsplit(b"/", n)[0] for n in range(1, path.count(b"/") + 1)]
        if path in states:
            return states[path] in KEPT
        return not any(states.get(parent) is FileState.MISSING for parent in parents)

    def _until_it_ends(self) -> bool:
        """Run it as a station does: a broken connection ends a run, and the next one goes on."""
        for _run in range(3):
            try:
                return self._run()
            except NoAnswer:
                self.phone.plug_in()
        raise AssertionError("it did not end")

    def _run(self) -> bool:
        """Return whether the phone said which places it could not list; else it is incomplete."""
        earlier = self.shelf.earlier
        task = BackupTask(
            backup=f"b{self.made}",
            roots=["/sdcard"],
            excludes=[],
            recipients=[str(IDENTITY.to_public())],
            pack_bytes=64 << 20,
            sealed_names="",
            base=sha256(earlier).hexdigest() if earlier else None,
        )
        written, _seal = Backup(
            phone=AdbPhone(Adb(port=self.phone.adb.port), self.phone.address),
            task=task,
            folder=self.folder / f"backup-{self.made}",
            store=self.shelf,
            serial=self.phone.serial,
            build="x",
            names=NAMES,
            signer=SIGNER,
            stop=threading.Event(),
            pause=threading.Event(),
            flow=Flow.at(self.folder),
            tell=lambda *_step: None,
        ).run()
        return written.sure

    def _restored(self, to: Path) -> dict[bytes, str]:
        identity = self.folder / "identity"
        identity.write_text(str(IDENTITY))
        report = restore(FromPieces(self.shelf.open, [self.shelf.index]), identity, to / "all")
        assert report.whole, report
        return dict(contents_of(to / "all"))
