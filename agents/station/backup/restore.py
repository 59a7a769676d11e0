"""Putting a backup back into a folder: every file compared, everything that lacks named."""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager, closing
from pathlib import Path
from types import MappingProxyType

from agents.station.backup import opening
from agents.station.backup.reading_index import opened
from agents.station.backup.restoring.folder import FolderTarget
from agents.station.backup.restoring.report import Report
from agents.station.backup.restoring.sources import FromPieces
from agents.station.backup.restoring.work import Restoring

OpenPack = Callable[[int], AbstractContextManager[Iterable[bytes]]]


def restore(
    packs: OpenPack,
    index: Iterable[bytes],
    identity_file: Path,
    to: Path,
    *,
    digest: str | None = None,
    only: Collection[int] | None = None,
    resealed: Mapping[str, str] = MappingProxyType({}),
) -> Report:
    """Restore all into `to`, which must be new or empty, or hold a restore of this that was begun.

    Refuses a wrong identity before anything. `digest` is of the index as the server has it; a
    damaged pack is named in the report and the others are restored. `only` are the numbers of the
    packs that are asked for, all when left out.
    """
    identities = opening.read_identities(identity_file)
    source = FromPieces(packs, index, resealed, digest)
    with opened(index, identities, identity_file, digest) as wanted:
        if only is not None:
            wanted.choose_packs(only)
        with closing(FolderTarget.of(to, wanted)) as target:
            return Restoring(source, identities, identity_file, wanted, target).run()
