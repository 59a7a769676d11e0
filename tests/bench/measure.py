"""One line of the table, and how time is taken."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    what: str
    ours: str
    plain: str
    ratio: str
    aim: str
    met: bool


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def faster(what: str, ours: float, plain: float, aim: float) -> Row:
    """Compare two times: we aim at being at least `aim` times as fast."""
    ratio = plain / ours
    return Row(
        what, f"{ours:.2f} s", f"{plain:.2f} s", f"{ratio:.1f} ×", f"≥ {aim:g} ×", ratio >= aim
    )


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
