"""One station with a whole hub of phones, one of which hangs: what the agent needs for it."""

import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agents.handset.handset import handsets
from cli.demo.stage import Stage
from fleet.contracts.ports import PortState
from tests.bench.files import server_and_station
from tests.bench.measure import Row, processor_seconds, seconds
from tests.bench.probing import KINDS

PHONES = 32
IDLE_SECONDS = 60.0
LOOK_SECONDS = 0.5
FOUND_WITHIN = 15.0
READ_WITHIN = 120.0
MOST_MEBIBYTES = 200.0
MOST_OF_A_CORE = 0.1


def hub() -> list[Row]:
    names = [KINDS[number % len(KINDS)] for number in range(PHONES)]
    with server_and_station() as stage, handsets(names, adb=stage.adb, seed=False) as phones:
        phones[-1].stop_flow()
        with _agent(stage) as agent:
            read = seconds(lambda: _until(stage, ready=PHONES - 1, hung=1))
            before = processor_seconds(agent)
            time.sleep(IDLE_SECONDS)
            idle = (processor_seconds(agent) - before) / IDLE_SECONDS
            phones[0].stop_flow()
            found = seconds(lambda: _until(stage, ready=PHONES - 2, hung=2))
            memory = _most_memory(agent)
    return [
        _row("all read, and the one that hangs is told after", read, READ_WITHIN, "s"),
        _row("one more hangs: it is on the map of the server after", found, FOUND_WITHIN, "s"),
        _row("the agent at rest, of one core", 100 * idle, 100 * MOST_OF_A_CORE, "%"),
        _row("memory of the agent", memory, MOST_MEBIBYTES, "MiB"),
    ]


@contextmanager
def _agent(stage: Stage) -> Iterator[int]:
    """Run the agent in a process that can be measured, and give its number."""
    command = [sys.executable, "-m", "cli", "agent", "run", "--adb-port", str(stage.adb.port)]
    with stage.log("station").open("wb") as log:
        agent = subprocess.Popen(command, env={**os.environ, **stage.environment()}, stdout=log)
    try:
        yield agent.pid
    finally:
        agent.terminate()
        agent.wait()


def _until(stage: Stage, **states: int) -> None:
    """Wait until the server's map shows so many phones in these states."""
    while True:
        here = stage.narrator.ask("station", "map", "--all")
        seen = Counter(one["state"] for one in here["items"])
        if all(seen[PortState(state)] == count for state, count in states.items()):
            return
        time.sleep(LOOK_SECONDS)


def _most_memory(process: int) -> float:
    """Return in MiB what a process had at most."""
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024


def _row(what: str, ours: float, most: float, unit: str) -> Row:
    said = f"{PHONES} phones: {what}"
    return Row(said, f"{ours:.1f} {unit}", "", "", f"≤ {most:g} {unit}", ours <= most)
