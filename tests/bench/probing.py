"""A full visit to sixteen phones in one round trip each, against one adb call per question."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from agents.handset.adb_server import AdbServer
from agents.handset.handset import handsets
from agents.phone.adb import AdbPhone
from agents.phone.parts.catalogue import PARTS
from agents.phone.probe import probe
from agents.phone.server import Adb
from tests.bench.measure import Row, faster, seconds

PHONES = 16
KINDS = (
    "xiaomi-14-hyperos",
    "huawei-mate60-harmonyos",
    "honor-magic6-magicos",
    "oppo-find-x7-coloros",
)


def probes() -> list[Row]:
    names = [KINDS[number % len(KINDS)] for number in range(PHONES)]
    with AdbServer() as adb, handsets(names, adb=adb) as running:
        phones = [AdbPhone(Adb(port=adb.port), phone.address) for phone in running]
        ours, trips = _ours(phones)
        plain = seconds(lambda: _side_by_side(_one_call_each, phones))
    return [
        Row("adb round trips per probe", str(trips), str(len(PARTS)), "", "1", trips == 1),
        faster(f"full probe of {PHONES} phones", ours, plain, 8),
    ]


def _ours(phones: Sequence[AdbPhone]) -> tuple[float, int]:
    taken = seconds(lambda: _side_by_side(probe, phones))
    return taken, max(phone.round_trips for phone in phones)


def _one_call_each(phone: AdbPhone) -> None:
    """Ask what the probe asks, the way a script with `adb shell` does."""
    for part in PARTS:
        phone.script(f't() {{ "$@"; }}; {part.command}')


def _side_by_side(visit: Callable[[AdbPhone], object], phones: Sequence[AdbPhone]) -> None:
    with ThreadPoolExecutor(len(phones)) as visitors:
        list(visitors.map(visit, phones))
