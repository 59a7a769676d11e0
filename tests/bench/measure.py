"""One line of the table, and how time is taken."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Row:
    what: str
    ours: str
    plain: str
    ratio: str
    aim: str
    met: bool


@dataclass(frozen=True)
class Spent:
    """Seconds on the wall, and those of processors: what else runs changes the first alone.

    The second are of everything that takes part: phone, adb server, station and server.
    """

    seconds: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s ({self.cpu:.2f} s CPU)"


_sizes: list[int] = []


def size(usual: int) -> int:
    """Return how many of a thing a bench is to measure: as asked for by `--size`, or `usual`."""
    return _sizes[-1] if _sizes else usual


def ask_size(wanted: int) -> None:
    _sizes.append(wanted)


def highest(*, reset: bool = False) -> float:
    """Return the most memory the process has held, in MB; `reset` begins anew (see proc(5))."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5", "ascii")
    status = Path("/proc/self/status").read_text("ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def spent(work: Callable[[], object], root: int | None = None) -> Spent:
    """Measure `work`; `root` is the process above all that take part, this one if None."""
    before = processor_seconds(root or os.getpid())
    taken = seconds(work)
    return Spent(taken, processor_seconds(root or os.getpid()) - before)


def processor_seconds(root: int) -> float:
    """Add up what a process and all below it used, and what those used that have ended."""
    stats = {int(fields[0]): fields for fields in _stats()}
    children: dict[int, list[int]] = {}
    for pid, fields in stats.items():
        children.setdefault(int(fields[2]), []).append(pid)
    total, waiting = 0, [root]
    while waiting:
        pid = waiting.pop()
        waiting += children.get(pid, [])
        total += sum(map(int, stats[pid][12:16]))
    return total / TICKS


def own_processor_seconds(*pids: int) -> float:
    """Add up what these processes used by themselves, without those below them."""
    used = (stat[12:14] for stat in _stats() if int(stat[0]) in pids)
    return sum(int(ticks) for both in used for ticks in both) / TICKS


def _stats() -> Iterator[list[str]]:
    """Give the fields of each process: its number, its state, its parent's number and so on."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            number, _, rest = path.read_text().partition(" (")
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        yield [number, *rest.rpartition(") ")[2].split()]


def faster(what: str, ours: float, plain: float, aim: float) -> Row:
    """Compare two times: we aim at being at least `aim` times as fast."""
    ratio = plain / ours
    return Row(
        what, f"{ours:.2f} s", f"{plain:.2f} s", f"{ratio:.1f} ×", f"≥ {aim:g} ×", ratio >= aim
    )


def sooner(what: str, ours: Spent, plain: Spent, aim: float) -> Row:
    """Compare two times, and show what each took of the processors."""
    row = faster(what, ours.seconds, plain.seconds, aim)
    return Row(what, str(ours), str(plain), row.ratio, row.aim, row.met)


def at_most(what: str, ours: float, plain: float, aim: float, unit: str = "s") -> Row:
    """Compare two amounts: ours may be at most `aim` times the plain one."""
    ratio = ours / plain
    return Row(
        what,
        f"{ours:.3f} {unit}",
        f"{plain:.3f} {unit}",
        f"{ratio:.1f} ×",
        f"≤ {aim:g} ×",
        ratio <= aim,
    )
