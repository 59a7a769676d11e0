"""The index and the manifest of a backup on their way: they go last, and close it."""

from collections.abc import Callable, Iterator
from functools import partial

from agents.station.backup.manifest import Written
from agents.station.backup.sending import Store, send_file


def send_papers(
    store: Store, backup: str, index: Written, written: Written
) -> Iterator[Callable[[], None]]:
    """Yield what sends them, the index first: a manifest there never names one that is not."""
    yield _sending(store.put_index, backup, index)
    yield _sending(store.put_manifest, backup, written)


def _sending(put: Callable[..., object], backup: str, file: Written) -> Callable[[], None]:
    size = file.path.stat().st_size
    return partial(send_file, put, file.path, backup, size=size, digest=file.digest)
