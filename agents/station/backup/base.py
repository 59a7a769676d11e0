"""Going on from an earlier backup: what it has, by blinded name, kept beside the new progress."""

from collections.abc import Iterable, Iterator

from pydantic import ValidationError

from agents.station.backup.errors import ManifestDamaged
from agents.station.backup.lines import lines_of
from agents.station.backup.progress import BaseFile, Progress
from fleet.contracts.backups import KEPT, ManifestFile, ManifestHead


def keep(progress: Progress, chunks: Iterable[bytes], digest: str) -> None:
    """Keep the base's files that were stored and equal; refuses what is not the manifest asked for.

    Nothing of it is kept unless all of it could be read.
    """
    lines = lines_of(chunks, digest)
    try:
        head = ManifestHead.model_validate_json(next(lines))
    except (StopIteration, ValidationError):
        raise ManifestDamaged(reason="no head") from None
    progress.keep_base(digest, head.packs, _files(lines))


def _files(lines: Iterable[bytes]) -> Iterator[BaseFile]:
    for line in lines:
        try:
            file = ManifestFile.model_validate_json(line)
        except ValidationError:
            raise ManifestDamaged(reason="a line that is no file") from None
        if file.state in KEPT and file.sha256 and file.pack:
            yield bytes.fromhex(file.key), file.size, file.mtime, file.sha256, file.pack
