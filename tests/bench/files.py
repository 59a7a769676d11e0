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

from agents.handset.handset import Handset
from agents.phone.server import shipped_adb
from cli.demo.stage import STATION, Stage
from tests.bench.measure import Row, faster, seconds

SMALL_FILES, SMALL_BYTES = 5000, 4096
LARGE_BYTES = 1 << 30
BLOCK = 1 << 20
MEMORY_LIMIT = 200  # MB


@dataclass(frozen=True)
class Backup:
    seconds: float
    megabytes: float  # the most memory the process had


def small_files() -> list[Row]:
    with _bench() as (stage, phone):
        folder = phone.storage_path / "DCIM" / "bench"
        folder.mkdir(parents=True)
        noise = random.Random(1)
        for number in range(SMALL_FILES):
            (folder / f"{number:05d}.bin").write_bytes(noise.randbytes(SMALL_BYTES))
        _settle(phone)
        ours, plain = _backup(stage, phone), _pull(stage, phone)
    return [
        faster(f"{SMALL_FILES} files of 4 KiB: backup / adb pull", ours.seconds, plain, 5),
        _memory("memory of the agent, small files", ours),
    ]


def large_file() -> list[Row]:
    with _bench() as (stage, phone):
        noise = random.Random(2)
        folder = phone.storage_path / "DCIM"
        folder.mkdir(parents=True)
        with (folder / "film.mp4").open("wb") as film:
            for _block in range(LARGE_BYTES // BLOCK):
                film.write(noise.randbytes(BLOCK))
        _settle(phone)
        ours, plain = _backup(stage, phone), _pull(stage, phone)
    return [
        faster("one file of 1 GiB: backup / adb pull", ours.seconds, plain, 0.5),
        _memory("memory of the agent, one large file", ours),
    ]


def _settle(phone: Handset) -> None:
    """Make the files the phone's, and let the disk finish what writing them began."""
    phone.own_files()
    os.sync()


def _memory(what: str, ours: Backup) -> Row:
    met = ours.megabytes < MEMORY_LIMIT
    return Row(what, f"{ours.megabytes:.0f} MB", "", "", f"< {MEMORY_LIMIT} MB", met)


@contextmanager
def _bench() -> Iterator[tuple[Stage, Handset]]:
    """Give a server with an enrolled station, and an empty phone behind an adb server."""
    with Stage() as stage:
        say = stage.narrator
        say.ask("server", "init", "--admin", "bench", "--url", stage.url)
        stage.start_server()
        code = say.ask("station", "invite", STATION)["code"]
        say.ask("station", "enroll", "--code", code)
        adb = stage.adb_server()
        with Handset("vivo-x100-originos", adb=adb, seed=False) as phone:
            yield stage, phone


def _backup(stage: Stage, phone: Handset) -> Backup:
    """Run the backup in a process of its own, as the agent does, and read what it measured."""
    command = [sys.executable, "-m", "tests.bench.station", str(stage.station_home)]
    done = subprocess.run(
        [*command, str(stage.adb.port), phone.address],
        env={**os.environ, **stage.environment()},
        stdout=subprocess.PIPE,
        check=True,
    )
    return Backup(**json.loads(done.stdout))


def _pull(stage: Stage, phone: Handset) -> float:
    command = [str(shipped_adb()), "-P", str(stage.adb.port), "-s", phone.address]
    with tempfile.TemporaryDirectory() as to:
        return seconds(
            lambda: subprocess.run(
                [*command, "pull", "/sdcard/DCIM", str(Path(to))],
                capture_output=True,
                check=True,
            )
        )
