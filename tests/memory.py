"""By how much processes grow meanwhile, at their highest (Linux; see clear_refs in proc(5)).

What getrusage says is the highest since a process began: after one test that took much, no later
one can be seen to take anything.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MEBIBYTE = 1024 * 1024
FORGET_THE_HIGHEST = "5"


@dataclass
class Growth:
    """`most` is of the process that grew most, in bytes; known when the block has ended."""

    most: int = 0


@contextmanager
def growing(*processes: int) -> Iterator[Growth]:
    """Measure what is done in the block; of this process where none is named."""
    folders = [Path("/proc") / str(process) for process in processes or ("self",)]
    grown = Growth()
    for folder in folders:
        (folder / "clear_refs").write_text(FORGET_THE_HIGHEST)
    before = [highest(folder) for folder in folders]
    yield grown
    grown.most = max(highest(folder) - old for folder, old in zip(folders, before, strict=True))


def highest(folder: Path) -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", (folder / "status").read_text())
    assert found is not None, folder
    return int(found[1]) * 1024


def of_group(group: int) -> list[int]:
    """Return the processes of a group, as those of a server that was started with one."""
    return [
        int(folder.name) for folder in Path("/proc").glob("[0-9]*") if _group_of(folder) == group
    ]


def _group_of(folder: Path) -> int | None:
    try:
        return int((folder / "stat").read_text().rpartition(")")[2].split()[2])
    except OSError:
        return None  # it has ended meanwhile
