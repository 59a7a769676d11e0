"""A backup — read, hashed on both sides, compressed, encrypted, stored — against `adb pull`."""

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from adbutils import AdbClient

from agents.handset.handset import Handset
from agents.phone.server import shipped_adb
from cli.demo.stage import STATION, Stage
from tests.bench.measure import Row, Spent, sooner, spent

SMALL_FILES, SMALL_BYTES = 5000, 4096
MANY_FILES, MOST_FILES = 50_000, 200_000
LIMIT = "the same / adb exec-out tar | zstd | age"
LARGE_BYTES = 1 << 30
ON_CABLE_BYTES, CABLE = 256 << 20, 40_000_000  # bytes, and so many a second
BLOCK = 1 << 20
TREE_FILES, TREE_BYTES = 6000, 600 << 20  # a tenth of what a phone of some years has
MEMORY_LIMIT = 250  # MB


@dataclass(frozen=True)
class Backup(Spent):
    megabytes: float  # the most memory the process had
    each: list[float]  # seconds, where there were several at once


def small_files() -> list[Row]:
    with _bench() as (stage, phone):
        _fill(phone, SMALL_FILES)
        ours, plain = backup(stage, phone), _pull(stage, phone)
        limit, synced = _tar_pipe(stage, phone), _adbsync(stage, phone)
        pulled = _adbutils(stage, phone)
    return [
        sooner(f"{SMALL_FILES:,} files of 4 KiB: backup / adb pull", ours, plain, 10),
        sooner(f"{LIMIT}, no hash compared", ours, limit, 0.5),
        sooner("the same / BetterADBSync", ours, synced, 10),
        sooner("the same / pull of adbutils", ours, pulled, 10),
        memory("memory of the agent, small files", ours),
    ]


def many_files() -> list[Row]:
    """Ten and forty times as many: nothing grows with their number but the time."""
    with _bench() as (stage, phone):
        _fill(phone, MANY_FILES)
        ours, plain = backup(stage, phone), _pull(stage, phone)
        limit = _tar_pipe(stage, phone)
    with _bench() as (stage, phone):
        _fill(phone, MOST_FILES)
        most = backup(stage, phone)
    return [
        sooner(f"{MANY_FILES:,} files of 4 KiB: backup / adb pull", ours, plain, 10),
        sooner(f"{LIMIT}, no hash compared", ours, limit, 0.5),
        memory(f"memory of the agent, {MANY_FILES:,} files", ours),
        memory(f"memory of the agent, {MOST_FILES:,} files in {most.seconds:.0f} s", most),
    ]


def _fill(phone: Handset, files: int) -> None:
    noise = random.Random(1)
    for number in range(files):
        path = phone.storage_path / f"DCIM/bench/{number // 1000:03d}/{number:06d}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(noise.randbytes(SMALL_BYTES))
    settle(phone)


def large_file() -> list[Row]:
    """Loopback is as fast as memory, which no cable is: the second is what USB 2 carries."""
    with _bench() as (stage, phone):
        _film(phone, LARGE_BYTES)
        ours, plain = backup(stage, phone), _pull(stage, phone)
    with _bench() as (stage, phone):
        _film(phone, ON_CABLE_BYTES)
        phone.slow_down(CABLE)
        on_cable, pulled = backup(stage, phone), _pull(stage, phone)
    cable = f"{ON_CABLE_BYTES >> 20} MiB over {CABLE // 10**6} MB/s: backup / adb pull"
    return [
        sooner("one file of 1 GiB: backup / adb pull", ours, plain, 0.5),
        sooner(cable, on_cable, pulled, 0.5),
        memory("memory of the agent, one large file", ours),
    ]


def _film(phone: Handset, size: int) -> None:
    noise = random.Random(2)
    folder = phone.storage_path / "DCIM"
    folder.mkdir(parents=True)
    with (folder / "film.mp4").open("wb") as film:
        for _block in range(size // BLOCK):
            film.write(noise.randbytes(BLOCK))
    settle(phone)


@dataclass(frozen=True)
class Twice:
    first: Backup
    pulled: Spent
    second: Backup


def again() -> list[Row]:
    """Back a phone up, change one file in a hundred, and back it up once more."""
    every, tenth, on_cable = _twice(100), _twice(10), _twice(100, CABLE)
    what = f"{TREE_FILES} files as of a messenger, {TREE_BYTES >> 20} MiB"
    return [
        sooner(f"{what}: backup / adb pull", every.first, every.pulled, 5),
        _later("1 % changed, every file compared", every),
        _later("1 % changed, a tenth compared", tenth),
        _later(f"1 % changed, every file compared, over {CABLE // 10**6} MB/s", on_cable),
        sooner("1 % changed: second / adb pull of all", every.second, every.pulled, 20),
        memory("memory of the agent, second run", every.second),
    ]


def _later(what: str, made: Twice) -> Row:
    return sooner(f"{what}: second / first", made.second, made.first, 20)


def _twice(compare: int, cable: int = 0) -> Twice:
    """`compare` percent of what is carried on are hashed by the phone again.

    `cable` is how many bytes a second it carries, 0 for as many as come.
    """
    setting = f"backup_compare_percent = {compare}\n"
    with server_and_station(setting) as stage, empty_phone(stage) as phone:
        paths = _tree(phone, TREE_FILES, TREE_BYTES)
        phone.slow_down(cable)
        first, pulled = backup(stage, phone), _pull(stage, phone)
        _change(phone, paths)
        return Twice(first, pulled, backup(stage, phone))


def _tree(phone: Handset, files: int, total: int) -> list[Path]:
    """Make files as a messenger leaves them: sizes log-normal, many folders."""
    noise = random.Random(3)
    sizes = [noise.lognormvariate(9.0, 2.0) for _ in range(files)]
    scale = total / sum(sizes)
    paths = []
    for number, size in enumerate(sizes):
        path = phone.storage_path / f"DCIM/{number % 256:02x}/{number:06d}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(noise.randbytes(int(size * scale) + 1))
        paths.append(path)
    settle(phone)
    return paths


def _change(phone: Handset, paths: list[Path]) -> None:
    for path in paths[::100]:
        path.write_bytes(os.urandom(path.stat().st_size))
    settle(phone)


def settle(phone: Handset) -> None:
    """Make the files the phone's, and let the disk finish what writing them began."""
    phone.own_files()
    os.sync()


def memory(what: str, ours: Backup) -> Row:
    met = ours.megabytes < MEMORY_LIMIT
    return Row(what, f"{ours.megabytes:.0f} MB", "", "", f"< {MEMORY_LIMIT} MB", met)


@contextmanager
def _bench() -> Iterator[tuple[Stage, Handset]]:
    """Give a server with an enrolled station, and an empty phone behind an adb server."""
    with server_and_station() as stage, empty_phone(stage) as phone:
        yield stage, phone


def empty_phone(stage: Stage) -> Handset:
    return Handset("vivo-x100-originos", adb=stage.adb, seed=False)


@contextmanager
def server_and_station(setting: str = "") -> Iterator[Stage]:
    with Stage() as stage:
        say = stage.narrator
        say.ask("server", "init", "--admin", "bench", "--url", stage.url)
        settings = stage.server_home / "settings.toml"
        settings.write_text(setting + settings.read_text())
        stage.start_server()
        code = say.ask("station", "invite", STATION)["code"]
        say.ask("station", "enroll", "--code", code)
        stage.adb_server()
        yield stage


def backup(stage: Stage, *phones: Handset) -> Backup:
    """Run backups in a process of their own, as the agent does, and read what it measured."""
    command = [sys.executable, "-m", "tests.bench.station", str(stage.station_home)]
    addresses = [phone.address for phone in phones]
    done = subprocess.run(
        [*command, str(stage.adb.port), *addresses],
        env={**os.environ, **stage.environment()},
        stdout=subprocess.PIPE,
        check=True,
    )
    return Backup(**json.loads(done.stdout))


def _tar_pipe(stage: Stage, phone: Handset) -> Spent:
    """Do what is practical by hand: one stream, compressed and sealed, and nothing compared."""
    adb = [str(shipped_adb()), "-P", str(stage.adb.port), "-s", phone.address]
    command = [sys.executable, "-m", "tests.bench.pipe", *adb]
    with tempfile.TemporaryDirectory() as to:
        done = subprocess.run(
            [*command, "exec-out", "tar -c -C /sdcard DCIM"],
            env={**os.environ, "SEALED": str(Path(to) / "sealed")},
            stdout=subprocess.PIPE,
            check=True,
        )
    return Spent(**json.loads(done.stdout))


def _adbsync(stage: Stage, phone: Handset) -> Spent:
    """Pull with BetterADBSync, which does not follow /sdcard, a link."""
    program = Path(sys.executable).with_name("adbsync")
    adb = ["--adb-bin", str(shipped_adb()), "--adb-option", "P", str(stage.adb.port)]
    adb += ["--adb-option", "s", phone.address]
    with tempfile.TemporaryDirectory() as to:
        command = [str(program), *adb, "pull", "/storage/emulated/0/DCIM", to]
        return spent(lambda: subprocess.run(command, capture_output=True, check=True))


def _adbutils(stage: Stage, phone: Handset) -> Spent:
    device = AdbClient(port=stage.adb.port).device(phone.address)
    with tempfile.TemporaryDirectory() as to:
        return spent(lambda: device.sync.pull("/sdcard/DCIM/", f"{to}/all"))


def _pull(stage: Stage, phone: Handset) -> Spent:
    command = [str(shipped_adb()), "-P", str(stage.adb.port), "-s", phone.address]
    with tempfile.TemporaryDirectory() as to:
        return spent(
            lambda: subprocess.run(
                [*command, "pull", "/sdcard/DCIM", str(Path(to))],
                capture_output=True,
                check=True,
            )
        )
