"""A backup as it lies in storage, made without a phone."""

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyrage
import zstandard

from agents.station.backup import packs
from fleet.contracts import paths
from fleet.contracts.backups import FileState, IndexFile, IndexHead
from fleet.contracts.clock import now

IDENTITY = pyrage.x25519.Identity.generate()
AT = now()


@dataclass
class Made:
    """A backup as it lies in storage."""

    folder: Path
    packs: list[bytes] = field(default_factory=list)
    lines: list[IndexFile] = field(default_factory=list)

    def pack(self, files: dict[bytes, bytes]) -> None:
        number = len(self.packs) + 1
        with packs.PackWriter(self.folder / "spool", [IDENTITY.to_public()]) as writer:
            for name, data in files.items():
                added = writer.add(name, size=len(data), mtime=1700000000.25, chunks=[data])
                self.line(name, pack=number, sha256=added.sha256, size=len(data))
            self.packs.append(writer.finish().path.read_bytes())

    def line(self, name: bytes, *, size: int = 0, state=FileState.STORED, **given) -> None:
        text = paths.text_of(name)
        given.setdefault("mtime", 1700000000.25)
        self.lines.append(IndexFile(path=text, size=size, state=state, **given))

    def manifest(self, **changes) -> bytes:
        head = IndexHead(
            backup="b",
            serial="s",
            build="x",
            roots=[],
            excludes=[],
            started_at=AT,
            ended_at=AT,
            listed=len(self.lines),
            relisted=len(self.lines),
            packs=[hashlib.sha256(pack).hexdigest() for pack in self.packs],
        ).model_copy(update=changes)
        lines = [head, *self.lines]
        return zstandard.compress(b"".join(one.model_dump_json().encode() + b"\n" for one in lines))

    def index(self) -> bytes:
        """Return the list of names as it is stored: sealed like a pack."""
        return pyrage.encrypt(self.manifest(), [IDENTITY.to_public()])

    @contextmanager
    def open(self, number: int):
        data = self.packs[number - 1]
        yield (data[start : start + 1000] for start in range(0, len(data), 1000))
