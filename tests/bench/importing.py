"""A register of a hundred thousand phones in one workbook: looked at, then taken in.

On a server of its own, so that what is measured is the server's memory and not the client's.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final
from uuid import uuid4
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook

from tests.bench.measure import Row

ROWS: Final = 100_000
MOST_SECONDS, MOST_MEBIBYTES = 60.0, 300
SHEET, TEXTS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
TYPES: Final = "[Content_Types].xml"
TEXTS_TYPE: Final = (
    f'<Override PartName="/{TEXTS}" ContentType="application/'
    'vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
)
NAMES: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
IN_CELL: Final = re.compile('t="inlineStr"><is><t>([^<]*)</t></is>')


def importing() -> list[Row]:
    """Import twice, the second time every row is there already; and what programs write.

    Excel, WPS and LibreOffice keep each text of a workbook once, beside the cells that show it;
    openpyxl, and so our own exports, write it into each cell.
    """
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as other:
        file, excels = Path(home) / "phones.xlsx", Path(home) / "excel.xlsx"
        _workbook(file)
        _share_texts(file, excels)
        first, again = _measured(home, excels), _measured(home, excels)
        in_cells = _measured(other, file)
    assert (first["added"], again["unchanged"], in_cells["added"]) == (ROWS, ROWS, ROWS)
    what = f"{ROWS:,} phones, dry run and import"
    return [
        *_rows(what, first),
        *_rows(f"{what}, all known", again),
        *_rows(f"{what}, texts in their cells", in_cells),
    ]


def _rows(what: str, told: dict[str, Any]) -> list[Row]:
    taken, most = told["seconds"], told["mebibytes"]
    beside = f"dry run {told['dry']:.1f} s", f"{told['cpu']:.1f} s CPU"
    return [
        Row(what, f"{taken:.1f} s", *beside, f"≤ {MOST_SECONDS:g} s", taken <= MOST_SECONDS),
        Row(
            f"memory of the same, {told['before']} MiB before",
            f"{most} MiB",
            "",
            "",
            f"≤ {MOST_MEBIBYTES} MiB",
            most <= MOST_MEBIBYTES,
        ),
    ]


def _workbook(path: Path) -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["序号", "资产编号", "品牌", "型号", "颜色/容量", "序列号", "IMEI1", "备注"])
    for n in range(ROWS):
        phone = f"A-{n:06d}", "小米", f"小米 {n % 20}", "黑/256G", f"SN{n:010d}", _imei(n), "x"
        sheet.append([n + 1, *phone])
    book.save(path)


def _share_texts(path: Path, to: Path) -> None:
    """Write a workbook again as Excel does: texts in a part of their own, cells with numbers."""
    numbers: dict[str, int] = {}

    def shared(cell: re.Match[str]) -> str:
        return f't="s"><v>{numbers.setdefault(cell[1], len(numbers))}</v>'

    with ZipFile(path) as made, ZipFile(to, "w", ZIP_DEFLATED) as excels:
        cells = IN_CELL.sub(shared, made.read(SHEET).decode())
        texts = "".join(f"<si><t>{text}</t></si>" for text in numbers)
        types = made.read(TYPES).decode().replace("</Types>", f"{TEXTS_TYPE}</Types>")
        parts = {SHEET: cells, TEXTS: f'<sst xmlns="{NAMES}">{texts}</sst>', TYPES: types}
        for name in {*made.namelist(), TEXTS}:
            excels.writestr(name, parts.get(name) or made.read(name))


def _imei(number: int) -> str:
    digits = f"86{number:012d}"
    doubled = [int(d) * (1 + place % 2) for place, d in enumerate(digits)]
    return digits + str(-sum(n // 10 + n % 10 for n in doubled) % 10)


def _measured(home: str, file: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.importing", home, str(file)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _import(home: Path, file: Path) -> dict[str, Any]:
    import migrations
    from api.serve import leave_out_what_stays
    from fleet.access.actor import Actor, HeldRole
    from fleet.contracts.access import Role
    from fleet.contracts.imports import ImportQuery
    from fleet.contracts.registers import Kind
    from fleet.database import make_engine, make_sessions, reading
    from fleet.registers.importing import import_register, planned, received
    from fleet.settings import Settings
    from tests.memory import MEBIBYTE, highest

    settings = Settings(home=home)
    (home / "data").mkdir(exist_ok=True)
    url = os.environ.get("WORKFLEET_BENCH_DATABASE", settings.database)
    migrations.upgrade(url)
    sessions = make_sessions(make_engine(url))
    actor = Actor(id=uuid4(), name="Liu Yang", roles=(HeldRole(Role.OPERATOR),))
    leave_out_what_stays()  # as the server does
    before = highest(Path("/proc/self"))
    began, used = time.perf_counter(), time.process_time()
    with received(Kind.PHONES, _pieces(file), settings) as sheet, sessions() as session:
        plan = planned(reading(session), sheet.table, settings, actor=actor).plan
    dry = time.perf_counter() - began
    with received(Kind.PHONES, _pieces(file), settings) as sheet, sessions.begin() as session:
        query = ImportQuery(plan=plan)
        done = import_register(session, sheet, query, settings, actor=actor)
    return {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - used,
        "dry": dry,
        "before": before // MEBIBYTE,
        "mebibytes": highest(Path("/proc/self")) // MEBIBYTE,
        "added": done.added,
        "unchanged": done.unchanged,
    }


def _pieces(file: Path) -> Any:
    with file.open("rb") as content:
        while piece := content.read(1 << 20):
            yield piece


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_import(Path(sys.argv[1]), Path(sys.argv[2]))))
