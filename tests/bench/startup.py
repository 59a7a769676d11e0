"""How long a command line takes to answer, against an interpreter that does nothing."""

import subprocess
import sys
from pathlib import Path
from statistics import median

from tests.bench.measure import Row, at_most, seconds

TIMES = 15


def startup() -> list[Row]:
    workfleet = Path(sys.executable).with_name("workfleet")
    helping = _typical([str(workfleet), "--help"])
    nothing = _typical([sys.executable, "-c", "pass"])
    return [at_most("workfleet --help / python -c pass", helping, nothing, 6)]


def _typical(command: list[str]) -> float:
    def run() -> None:
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)

    run()  # the first one fills the caches
    return median(seconds(run) for _time in range(TIMES))
