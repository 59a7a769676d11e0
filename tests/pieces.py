"""A backup that lies in memory, put back into a folder."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from agents.station.backup import opening
from agents.station.backup.reading_index import opened
from agents.station.backup.restoring.folder import FolderTarget
from agents.station.backup.restoring.origins import SealedPack
from agents.station.backup.restoring.report import Report
from agents.station.backup.restoring.work import Restoring


@dataclass(frozen=True)
class FromPieces:
    """Packs that are opened by their number; `resealed` are new digests by those first stored."""

    packs: Callable[[int], AbstractContextManager[Iterable[bytes]]]
    pieces: Iterable[bytes]
    resealed: Mapping[str, str] = field(default_factory=dict)
    digest: str | None = None

    @contextmanager
    def index(self) -> Iterator[Iterable[bytes]]:
        yield self.pieces

    def pack(self, number: int, digest: str, /) -> SealedPack:
        return SealedPack(
            self.resealed.get(digest, digest), None, lambda _start: self.packs(number)
        )


def restore(origin: FromPieces, identity_file: Path, to: Path) -> Report:
    """Restore all of it into `to`."""
    identities = opening.read_identities(identity_file)
    with (
        opened(origin.pieces, identities, identity_file, origin.digest) as wanted,
        closing(FolderTarget.of(to, wanted)) as target,
    ):
        return Restoring(origin, identities, identity_file, wanted, target).run()
