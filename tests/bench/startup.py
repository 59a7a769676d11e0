"""How long a command line takes to answer, against an interpreter that does nothing."""

import subprocess
import sys
from pathlib import Path
from statistics import median

from tests.bench.measure import Row, at_most, seconds

TIMES = 25


def startup() -> list[Row]:
    helping = [str(Path(sys.executable).with_name("workfleet")), "--help"]
    nothing = [sys.executable, "-c", "pass"]
    _run(helping)  # the first one fills the caches
    # By turns: what else the machine does then falls on both.
    taken = [(seconds(lambda: _run(helping)), seconds(lambda: _run(nothing))) for _ in range(TIMES)]
    ours, plain = (median(one) for one in zip(*taken, strict=True))
    return [at_most("workfleet --help / python -c pass", ours, plain, 6)]


def _run(command: list[str]) -> None:
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
