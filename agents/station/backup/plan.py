"""Which files go into which pack: small ones as one stream, large ones one by one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agents.station.backup.progress import Item

LARGE = 8 * 1024 * 1024  # from here on a file travels by itself
FILES = 20_000  # in one pack: bounds what one pack keeps in memory


@dataclass(frozen=True)
class Batch:
    """What one pack will hold."""

    small: tuple[Item, ...]
    large: tuple[Item, ...]


def batches(items: Iterable[Item], pack_bytes: int) -> Iterator[Batch]:
    """Cut `items` into packs of about `pack_bytes`; a larger file has a pack of its own."""
    batch: list[Item] = []
    size = 0
    for item in items:
        if batch and (size + item.size > pack_bytes or len(batch) >= FILES):
            yield _batch(batch)
            batch, size = [], 0
        batch.append(item)
        size += item.size
    if batch:
        yield _batch(batch)


def _batch(items: Iterable[Item]) -> Batch:
    both = list(items)
    return Batch(
        small=tuple(item for item in both if item.size < LARGE),
        large=tuple(item for item in both if item.size >= LARGE),
    )
