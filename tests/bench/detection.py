"""What each tool claims to have copied, and has not: the same faults, the same phone, one run."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from agents.handset.adb_server import AdbServer
from agents.handset.handset import Handset
from tests.bench.measure import Row
from tests.spoiling.copies import Judged, Tool, adb_pull, adbsync, exec_out, judged
from tests.spoiling.ours import OurBackup
from tests.spoiling.scenarios import SCENARIOS, Scenario

FAULTS = SCENARIOS[1:]  # the first is that nothing is wrong
TOOLS: dict[str, Callable[[Handset, Path], Tool]] = {
    "workfleet": OurBackup,
    "adb pull": adb_pull,
    "BetterADBSync": adbsync,
    "exec-out tar": exec_out,
}


def detection() -> list[Row]:
    """Play every scenario to every tool, print what each claimed, and return the sums."""
    with AdbServer() as adb:
        found = {
            name: [_played(scenario, tool, adb) for scenario in SCENARIOS]
            for name, tool in TOOLS.items()
        }
    _tell(found)
    missed = {name: sum(bool(one.false) for one in said) for name, said in found.items()}
    return [
        Row(
            f"false claims in {len(FAULTS)} faults of files and cable, against {name}",
            str(missed["workfleet"]),
            str(missed[name]),
            "",
            "0",
            missed["workfleet"] == 0,
        )
        for name in TOOLS
        if name != "workfleet"
    ]


def _played(scenario: Scenario, tool: Callable[[Handset, Path], Tool], adb: AdbServer) -> Judged:
    with (
        tempfile.TemporaryDirectory() as folder,
        Handset("xiaomi-14-hyperos", adb=adb, seed=False) as phone,
    ):
        return judged(phone, scenario, tool(phone, Path(folder) / "copy"))


def _tell(found: dict[str, list[Judged]]) -> None:
    table = Table("what goes wrong", *found)
    for number, scenario in enumerate(SCENARIOS):
        said = [judgements[number] for judgements in found.values()]
        table.add_row(scenario.name, *(_word(one) for one in said))
    Console().print(table)


def _word(one: Judged) -> str:
    if one.false:
        return f"{len(one.false)} FALSE"
    if one.claimed == one.on_phone:
        return "all equal"
    return "named" if one.claimed else "gave up"
