"""`make bench`: our way beside the plain way, in one run, as ratios.

Seconds say more about the machine than about the program; a ratio of two things measured one after
the other on the same machine can be compared anywhere.
"""

import sys

from rich.console import Console
from rich.table import Table

from tests.bench.backups_parallel import together
from tests.bench.crashes import crashes
from tests.bench.detection import detection
from tests.bench.files import again, large_file, many_files, small_files
from tests.bench.hub import hub
from tests.bench.importing import importing
from tests.bench.judging import rules
from tests.bench.measure import Row
from tests.bench.planning import planning
from tests.bench.probing import probes
from tests.bench.rotating import rotating
from tests.bench.startup import startup
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
    "rotating": rotating,
    "rules": rules,
    "detection": detection,
    "crashes": crashes,
    "importing": importing,
}


def table(rows: list[Row]) -> Table:
    shown = Table("what", "ours", "plain way", "ratio", "aim", "")
    for row in rows:
        verdict = "[green]met[/]" if row.met else "[red]missed[/]"
        shown.add_row(row.what, row.ours, row.plain, row.ratio, row.aim, verdict)
    return shown


def main(names: list[str]) -> int:
    rows = [row for name in names or BENCHES for row in BENCHES[name]()]
    Console().print(table(rows))
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
