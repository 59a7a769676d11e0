"""A full visit to sixteen phones in one round trip each, against one `adb shell` per question.

The plain way is what a script does: the adb client itself, a process for each question, with as
many phones at a time as our way visits.
"""

import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from agents.handset.adb_server import AdbServer
from agents.handset.handset import handsets
from agents.phone.adb import AdbPhone
from agents.phone.parts.catalogue import PARTS
from agents.phone.probe import probe
from agents.phone.server import Adb, shipped_adb
from tests.bench.measure import Row, faster, seconds

PHONES = 16
TIMES = 3
KINDS = (
    "xiaomi-14-hyperos",
    "huawei-mate60-harmonyos",
    "honor-magic6-magicos",
    "oppo-find-x7-coloros",
)
LOOP = re.compile(r"for (\w) in (\S+) '([^']+)';do (.+);done")
READ = re.compile(r"read \w<(\S+?);")
ECHO = re.compile(r"echo \w+=\$\(([^)]+)\)")


def probes() -> list[Row]:
    names = [KINDS[number % len(KINDS)] for number in range(PHONES)]
    with AdbServer() as adb, handsets(names, adb=adb) as running:
        phones = [AdbPhone(Adb(port=adb.port), phone.address) for phone in running]
        taken = [(_seconds(probe, phones), _seconds(_one_call_each, phones)) for _ in range(TIMES)]
    trips = max(phone.round_trips for phone in phones) // TIMES
    ours, plain = (median(one) for one in zip(*taken, strict=True))
    asked = str(len(list(questions())))
    return [
        Row("adb round trips per probe", str(trips), asked, "", "1", trips == 1),
        faster(f"full probe of {PHONES} phones / adb shell, one call a question", ours, plain, 8),
    ]


def questions() -> Iterator[str]:
    """Give what the probe asks as the commands that a person would type, each once.

    A dump and what filters it are one question, as is everything that one program prints: all
    properties, all settings of a table. What a second try would be after a refusal is left out.
    """
    for part in PARTS:
        command = part.command.split("||")[0]
        if loop := LOOP.fullmatch(command):
            name, first, second, body = loop.groups()
            yield from (_plain(body.replace(f"${name}", value)) for value in (first, second))
        elif command.startswith("read"):
            yield from (f"cat {path}" for path in READ.findall(command))
            yield from ECHO.findall(command)
        else:
            yield _plain(command)


def _plain(command: str) -> str:
    return command.removeprefix("t ")


def _one_call_each(phone: AdbPhone) -> None:
    adb = [str(shipped_adb()), "-P", str(phone.adb.port), "-s", phone.serial, "shell"]
    for question in questions():
        # What a phone refuses ends with a status of its own, and is an answer too.
        subprocess.run([*adb, question], stdin=subprocess.DEVNULL, capture_output=True, check=False)


def _seconds(visit: Callable[[AdbPhone], object], phones: Sequence[AdbPhone]) -> float:
    def side_by_side() -> None:
        with ThreadPoolExecutor(len(phones)) as visitors:
            list(visitors.map(visit, phones))

    return seconds(side_by_side)
