"""A store that keeps packs in memory, for tests of the station's side."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256

import pyrage

from agents.station.backup.lines import lines_of
from fleet.backups.completeness import judge
from fleet.contracts.backups import IndexFile, ManifestFile, ManifestHead
from fleet.contracts.uploads import UploadOut

NAMES = bytes(range(32))
IDENTITY = pyrage.x25519.Identity.generate()


@dataclass
class Shelf:
    """Takes packs as the server does; `meanwhile` is called when one has arrived."""

    packs: dict[int, bytes] = field(default_factory=dict)
    digests: dict[int, str] = field(default_factory=dict)
    index: bytes = b""
    manifest: bytes = b""
    earlier: bytes = b""  # the manifest to go on from
    meanwhile: Callable[[int], None] = lambda _number: None
    parts: dict[str, bytes] = field(default_factory=dict)

    def upload(self, _backup, number, query):
        stored = query.digest is not None and self.digests.get(number) == query.digest
        return UploadOut(offset=len(self.parts.get(query.mark, b"")), stored=stored)

    def put_piece(self, _backup, number, content, size, query):
        piece = b"".join(content)
        assert len(piece) == size
        before = self.parts.get(query.mark, b"")
        if query.offset != len(before):
            return UploadOut(offset=len(before))
        assert sha256(before).hexdigest() == query.before
        whole = before + piece
        assert sha256(whole).hexdigest() == query.digest
        if query.last:
            self._take(number, whole, query.digest)
        self.parts[query.mark] = whole
        return UploadOut(offset=len(whole), stored=query.last)

    def put_pack(self, _backup, number, content, *, size, digest):
        data = b"".join(content)
        assert len(data) == size
        self._take(number, data, digest)

    def _take(self, number, data, digest):
        self.packs[number], self.digests[number] = data, digest
        self.meanwhile(number)

    def put_index(self, _backup, content, *, size, digest):
        self.index = b"".join(content)

    def put_manifest(self, _backup, content, *, size, digest):
        self.manifest = b"".join(content)

    @contextmanager
    def base(self, _backup):
        yield [self.earlier]

    @contextmanager
    def open(self, number):
        wanted = self.head().packs[number - 1]
        yield [next(self.packs[n] for n, digest in self.digests.items() if digest == wanted)]

    def head(self) -> ManifestHead:
        return ManifestHead.model_validate_json(next(lines_of([self.manifest], None)))

    def lines(self) -> tuple[ManifestHead, dict[str, IndexFile]]:
        """Return the head, and every file by its name: for that the index must be opened."""
        plain = pyrage.decrypt(self.index, [IDENTITY])
        _head, *files = lines_of([plain], None)
        read = [IndexFile.model_validate_json(line) for line in files]
        return self.head(), {file.path: file for file in read}

    def verdict(self):
        head, *files = lines_of([self.manifest], None)
        return judge(
            ManifestHead.model_validate_json(head),
            map(ManifestFile.model_validate_json, files),
            set(self.digests.values()),
        )

    def next_one(self) -> "Shelf":
        """Return the shelf for a backup that goes on from this one: the packs stay."""
        return Shelf(dict(self.packs), dict(self.digests), earlier=self.manifest)
