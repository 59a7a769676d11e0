"""Getting a pack to this disk: what an earlier run fetched of it is not fetched again."""

from collections.abc import Callable
from hashlib import file_digest
from pathlib import Path
from threading import Event

from agents.station.backoff import Backoff
from agents.station.backup.opening import DIGEST, PackDamaged
from agents.station.backup.restoring.origins import SealedPack
from api.client import Refused, ServerUnreachable

TRIES = 6  # in a row without a byte; then whoever waits is told, and goes on later

Told = Callable[[int], None]


def fetch(pack: SealedPack, spool: Path, told: Told) -> None:
    """Have the whole pack in `spool`; PackDamaged, and no file, unless it is the one meant."""
    for _again in range(2):
        began = _size(spool)
        _fetch_rest(pack, spool, told)
        if _digest(spool) == pack.digest:
            return
        told(-_size(spool))
        spool.unlink()
        if not began:  # nothing of it was from an earlier run, which may have been cut by a crash
            break
    raise PackDamaged(DIGEST)


def _fetch_rest(pack: SealedPack, spool: Path, told: Told) -> None:
    told(_size(spool) if pack.size is not None else 0)
    backoff, tries = Backoff(), 0
    while True:
        before = _size(spool)
        try:
            _append(pack, spool, told)
        except (Refused, ServerUnreachable) as trouble:
            tries = 1 if _size(spool) > before else tries + 1
            if tries == TRIES or not _may_pass(trouble) or pack.size is None:
                raise
            backoff.wait(Event())
        else:
            return


def _may_pass(trouble: Refused | ServerUnreachable) -> bool:
    return isinstance(trouble, ServerUnreachable) or trouble.kind == "unavailable"


def _append(pack: SealedPack, spool: Path, told: Told) -> None:
    start = _size(spool) if pack.size is not None else 0
    if pack.size is not None and start >= pack.size:
        return
    with pack.open(start) as chunks, spool.open("ab" if start else "wb") as file:
        for chunk in chunks:
            file.write(chunk)
            told(len(chunk))


def _size(spool: Path) -> int:
    return spool.stat().st_size if spool.exists() else 0


def _digest(spool: Path) -> str:
    with spool.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
