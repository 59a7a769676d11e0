"""Where files of a backup go: what every such place can do."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from agents.station.backup.reading_index import Expected
from agents.station.backup.restoring.report import Done

Wish = tuple[bytes, Expected]


class Target(Protocol):
    """Takes checked files; what it says of each may come later, at the latest with `flush`."""

    @property
    def spool(self) -> Path:
        """A folder of ours with room for a pack and for one file."""
        ...

    def there(self, wishes: Iterable[Wish]) -> Iterator[Done]:
        """Tell what an earlier run brought here already, and what is in nobody's way to bring."""
        ...

    def put(self, path: bytes, expected: Expected, part: Path) -> Iterator[Done]:
        """Take the file `part`, whose content is as expected."""
        ...

    def flush(self) -> Iterator[Done]: ...

    def finish(self, *, whole: bool) -> None:
        """Leave nothing of ours behind but what a later run needs."""
        ...
