"""`make bench`: our way beside the plain way, in one run, as ratios.

Seconds say more about the machine than about the program; a ratio of two things measured one after
the other on the same machine can be compared anywhere.
"""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path

from rich.console import Console
from rich.table import Table

from api import log
from tests.bench.backups_parallel import together
from tests.bench.casework import casework
from tests.bench.crashes import crashes
from tests.bench.detection import detection
from tests.bench.files import again, large_file, many_files, small_files
from tests.bench.handing import handing
from tests.bench.hub import hub
from tests.bench.importing import importing
from tests.bench.judging import rules
from tests.bench.lists import lists
from tests.bench.measure import Row, ask_size
from tests.bench.planning import planning
from tests.bench.probing import probes
from tests.bench.rotating import rotating
from tests.bench.startup import startup
from tests.bench.syncing import syncing
from tests.bench.trail import trail

BENCHES = {
    "probe": probes,
    "hub": hub,
    "small": small_files,
    "many": many_files,
    "large": large_file,
    "again": again,
    "together": together,
    "startup": startup,
    "trail": trail,
    "planning": planning,
    "syncing": syncing,
    "rotating": rotating,
    "rules": rules,
    "detection": detection,
    "crashes": crashes,
    "importing": importing,
    "casework": casework,
    "handing": handing,
    "lists": lists,
}


def table(rows: list[Row]) -> Table:
    shown = Table("what", "ours", "plain way", "ratio", "aim", "")
    for row in rows:
        verdict = "[green]met[/]" if row.met else "[red]missed[/]"
        shown.add_row(row.what, row.ours, row.plain, row.ratio, row.aim, verdict)
    return shown


def main(given: list[str]) -> int:
    asked = ArgumentParser(prog="python -m tests.bench")
    asked.add_argument("names", nargs="*", choices=[*BENCHES, []], metavar="NAME")
    asked.add_argument("--size", type=int, help="how many, where a bench can be larger (syncing)")
    wanted = asked.parse_args(given)
    if wanted.size:
        ask_size(wanted.size)
    with logged_to(os.devnull):
        rows = [row for name in wanted.names or BENCHES for row in BENCHES[name]()]
    Console().print(table(rows))
    return 0 if all(row.met for row in rows) else 1


@contextmanager
def logged_to(file: str) -> Iterator[None]:
    """Have a server that is measured in this process write its log, and not into the table."""
    with Path(file).open("w", encoding="utf-8") as said:
        with redirect_stderr(said):
            log.to_standard_error()
        yield


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
