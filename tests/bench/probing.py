"""A full visit in one round trip each, against one call per question through adbutils.

The plain way is what a script does: a call for each question, with as many phones at a time as our
way visits. The phones run in a process of their own, as they would outside: what they take of the
processors is theirs, and what the station takes is shown apart.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from statistics import median
from time import perf_counter, sleep
from typing import Any

from adbutils import AdbClient

from agents.handset.adb_server import AdbServer
from agents.handset.handset import handsets
from agents.phone.adb import AdbPhone
from agents.phone.memory import NoMemory
from agents.phone.parts.catalogue import PARTS
from agents.phone.parts.facts import facts_of
from agents.phone.probe import Visit, look, probe, script_of
from agents.phone.server import Adb
from agents.station.loop import PROBES as AT_ONCE
from tests.bench.measure import Row, Spent, at_most, faster, own_processor_seconds, seconds

PHONES = (1, 16, 32)
TIMES = 3
READINGS = 20
SLOW_SECONDS = 2.0
KINDS = (
    "xiaomi-14-hyperos",
    "huawei-mate60-harmonyos",
    "honor-magic6-magicos",
    "oppo-find-x7-coloros",
)
LOOP = re.compile(r"for a in (.+?);do (.+);done")
READ = re.compile(r"read \w<(\S+?);")
ECHO = re.compile(r"echo [^$;]*\$\(([^)]+)\)")


def probes() -> list[Row]:
    names = [KINDS[number % len(KINDS)] for number in range(max(PHONES))]
    with AdbServer() as adb, _apart(names, adb) as phones:
        rows = [row for number in PHONES for row in _compared(phones[:number], adb)]
        rows += [_first_told(phones[:number]) for number in PHONES]
        visit = probe(phones[0], memory=NoMemory())
    return [*rows, _first_told_of_slow_phones(), _understood(visit)]


@contextmanager
def _apart(names: Sequence[str], adb: AdbServer) -> Iterator[list[AdbPhone]]:
    """Run phones in a process of their own, and give them once all are plugged in."""
    asked = [word for name in names for word in ("--profile", name)]
    handset = [sys.executable, "-m", "cli", "--lang", "en", "handset", "run"]
    words = [*handset, *asked, "--adb-port", str(adb.port)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        plugged = 0
        while plugged < len(names):
            plugged += "is plugged in" in run.stdout.readline()
        here = Adb(port=adb.port)
        try:
            yield [AdbPhone(here, one.serial) for one in here.devices() if one.ready]
        finally:
            run.terminate()


def _compared(phones: Sequence[AdbPhone], adb: AdbServer) -> Iterator[Row]:
    """Compare what it takes to ask these phones at once: trips, bytes that come, time."""
    before = [phone.round_trips for phone in phones]
    visits = list(_side_by_side(probe, phones))
    trips = max(phone.round_trips - had for phone, had in zip(phones, before, strict=True))
    plain = list(_side_by_side(_one_call_each, phones))
    taken = [
        (_spent(probe, phones, adb), _spent(_one_call_each, phones, adb)) for _ in range(TIMES)
    ]
    ours, theirs = (_median(one) for one in zip(*taken, strict=True))
    if len(phones) == 1:
        asked = len(list(questions()))
        yield Row("adb round trips per probe", str(trips), str(asked), "", "1", trips == 1)
        sent = len(script_of(PARTS, "0" * 32).encode()) / 1024
        come = sum(len(part.data) for part in visits[0].parts) / 1024
        yield at_most("a probe: KiB that come and go", come + sent, plain[0] / 1024, 1.5, "KiB")
    what = f"full probe of {len(phones)} / adbutils, a call a question"
    yield faster(what, ours.seconds, theirs.seconds, 2)
    yield faster(f"{what}: the station's processors", ours.cpu, theirs.cpu, 2)


def _spent(
    visit: Callable[[AdbPhone], object], phones: Sequence[AdbPhone], adb: AdbServer
) -> Spent:
    """Measure visits to all of these phones; the processors are those of station and adb."""
    station = os.getpid(), adb.pid
    before = own_processor_seconds(*station)
    taken = seconds(lambda: _side_by_side(visit, phones))
    return Spent(taken, own_processor_seconds(*station) - before)


def _first_told(phones: Sequence[AdbPhone]) -> Row:
    """Compare when the last of new phones is told of: at once, and with its slow questions."""
    taken = [(_last_told(phones, look), _last_told(phones, probe)) for _ in range(TIMES)]
    ours, plain = (median(one) for one in zip(*taken, strict=True))
    what = f"the last of {len(phones)} new phones is told of after, against with the slow questions"
    return faster(what, ours, plain, 1.2)


def _first_told_of_slow_phones() -> Row:
    """Compare the same where a question takes a phone seconds of its own, as it does real ones."""
    with AdbServer() as adb, handsets(KINDS * 2, adb=adb, seed=False) as slow:
        for one in slow:
            one.before("dumpsys usagestats", lambda: sleep(SLOW_SECONDS), times=2 * TIMES)
        here = Adb(port=adb.port)
        told = _first_told([AdbPhone(here, one.address) for one in slow])
    return replace(told, what=f"{told.what}, one of which takes {SLOW_SECONDS:g} s")


def _last_told(phones: Sequence[AdbPhone], visit: Callable[..., Visit]) -> float:
    """Visit new phones as an agent does: so many at once, what takes long in threads of its own."""
    began = perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as rests, ThreadPoolExecutor(AT_ONCE) as visitors:

        def told(phone: AdbPhone) -> float:
            seen = visit(phone, memory=NoMemory())
            if seen.rest:
                rests.submit(seen.rest, phone)
            return perf_counter() - began

        return max(visitors.map(told, phones))


def _median(several: Sequence[Spent]) -> Spent:
    return Spent(median(one.seconds for one in several), median(one.cpu for one in several))


def _understood(visit: Visit) -> Row:
    """Take the time to understand everything a phone said, quick and slow."""
    recorded = {part.name: part.recorded for part in visit.parts}
    taken = median(seconds(lambda: facts_of(recorded)) for _ in range(READINGS))
    told = sum(len(part.data) for part in visit.parts) / 1024
    return Row(
        "understanding one phone",
        f"{taken * 1000:.1f} ms",
        f"{told:.0f} KiB",
        "",
        "≤ 50 ms",
        taken <= 0.05,
    )


def questions() -> Iterator[str]:
    """Give what the probe asks as the commands that a person would type, each once.

    A dump and what filters it are one question, as is everything that one program prints: all
    properties, all settings of a table. What a second try would be after a refusal is left out.
    """
    for part in PARTS:
        yield from _asked(part.command.split("||")[0])


def _asked(command: str) -> Iterator[str]:
    if loop := LOOP.fullmatch(command):
        for value in shlex.split(loop[1]):
            yield from _asked(loop[2].replace("$a", value))
    elif command.startswith("read"):
        yield from (f"cat {path}" for path in READ.findall(command))
        yield from ECHO.findall(command)
    else:
        yield from (_plain(one) for one in re.split(r";(?=t )", command))


def _plain(command: str) -> str:
    echoed = ECHO.fullmatch(command)
    return echoed[1] if echoed else command.removeprefix("t ")


def _one_call_each(phone: AdbPhone) -> int:
    """Ask everything; return how many bytes came. What a phone refuses is an answer too."""
    device = AdbClient(port=phone.adb.port).device(phone.serial)
    return sum(len(device.shell(question, encoding=None)) for question in questions())


def _side_by_side(visit: Callable[[AdbPhone], object], phones: Sequence[AdbPhone]) -> list[Any]:
    with ThreadPoolExecutor(len(phones)) as visitors:
        return list(visitors.map(visit, phones))
