"""Crashes at every instant of a rotation, by the thousand, and what the orders of others lose.

Four worlds side by side, each with a server, a station's agent and a phone with a real adbd; one
of them has its server on PostgreSQL. An agent or a server that crashes is ended by SIGKILL, a
database cuts every connection, a cable is pulled. First every kind of phone is rotated with one
crash at each instant by each victim; then two crashes at instants drawn by lot follow each other,
until there are enough. What is counted has happened: a second crash that was not reached is none.
"""

import random
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from rich.console import Console
from sqlalchemy import create_engine, text

import migrations
from agents.handset.adb_server import AdbServer
from tests import postgres_server
from tests.bench.measure import Row
from tests.crash import laps
from tests.crash.control import Crash
from tests.crash.world import Ended, World, lying, world

CRASHES: Final = 1000
ANYWHERE: Final = ("agent", "server", "cable")
ON_POSTGRES: Final = "database"  # of SQLite nobody is cut off: it is the server's own
WORLDS: Final = (*ANYWHERE, ON_POSTGRES)  # by who dies in their first rounds


@dataclass
class Tally:
    """What came of the rounds so far."""

    rounds: int = 0
    by_victim: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    false: int = 0
    broken: list[str] = field(default_factory=list)

    @property
    def crashes(self) -> int:
        return self.by_victim.total()

    def add(self, case: "Case", ended: Ended) -> None:
        self.rounds += 1
        self.by_victim.update(crash.victim for crash in ended.crashes)
        self.lost += any("lost" in one for one in ended.broken)
        self.false += any("falsely" in one for one in ended.broken)
        self.broken += [f"{case}: {one}" for one in ended.broken]

    def join(self, other: "Tally") -> None:
        self.rounds += other.rounds
        self.by_victim += other.by_victim
        self.lost += other.lost
        self.false += other.false
        self.broken += other.broken


@dataclass(frozen=True)
class Case:
    faults: tuple[str, ...]
    crashes: tuple[Crash, ...]


def crashes() -> list[Row]:
    with ProcessPoolExecutor(len(WORLDS), mp_context=get_context("spawn")) as lanes:
        told = lanes.map(_lane, WORLDS)
        ours = Tally()
        for tally in told:
            ours.join(tally)
        others = {order: lanes.submit(_others, order) for order in laps.ORDERS}
        lost = {order: found.result() for order, found in others.items()}
    _tell(ours)
    return [
        _promise(ours),
        *(_beside(order, ours, found, lies=False) for order, found in lost.items()),
        *(_beside(order, ours, found, lies=True) for order, found in lost.items()),
    ]


def _tell(ours: Tally) -> None:
    say = Console().print
    say(f"{ours.crashes:,} injected crashes, {ours.lost} secrets lost, {ours.false} false proofs")
    say(", ".join(f"{victim}: {count}" for victim, count in ours.by_victim.most_common()))
    for one in ours.broken:
        say(one)


def _promise(ours: Tally) -> Row:
    killed = ours.by_victim["agent"] + ours.by_victim["server"]
    return Row(
        f"{ours.crashes:,} injected crashes, of which {killed:,} processes ended by SIGKILL",
        f"{ours.lost} secrets lost, {ours.false} false proofs",
        "",
        "",
        f"0, 0 of ≥ {CRASHES:,}",
        not ours.broken and ours.crashes >= CRASHES,
    )


def _beside(order: str, ours: Tally, found: Sequence[laps.Round], *, lies: bool) -> Row:
    """Say what the order of another loses on phones whose lock tool is honest, or is not."""
    theirs = [one.lost for one in found if bool(one.faults) is lies]
    phones = "lying" if lies else "honest"
    return Row(
        f"secrets lost on {phones} phones, against the order of {order}",
        f"{ours.lost} of {ours.rounds:,} rounds",
        f"{sum(theirs)} of {len(theirs)} rounds",
        "",
        "0",
        ours.lost == 0,
    )


def _lane(victim: str) -> Tally:
    """Kill `victim` once at each instant; then let whoever it is die twice, until it is enough."""
    tally = Tally()
    with _world(on_postgres=victim == ON_POSTGRES) as here:
        instants = _instants(here)
        singles = _each(instants, [victim])
        doubles = _doubles(_each(instants, {victim, *ANYWHERE}), random.Random(victim))
        for case in chain(singles, doubles):
            if tally.rounds >= len(singles) and tally.crashes >= CRASHES / len(WORLDS):
                return tally
            tally.add(case, here.turn(case.faults, *case.crashes))
    raise AssertionError


def _instants(here: World) -> list[Case]:
    """Rotate each kind of phone once, without a crash; return where there could have been one."""
    return [
        Case(faults, (Crash("", instant),))
        for faults in lying()
        for instant in dict.fromkeys(here.turn(faults).trace)
    ]


def _each(instants: Sequence[Case], victims: Iterable[str]) -> list[Case]:
    return [
        replace(case, crashes=(replace(crash, victim=victim),))
        for case in instants
        for crash in case.crashes
        for victim in sorted(victims)
    ]


def _doubles(singles: Sequence[Case], lot: random.Random) -> Iterator[Case]:
    """Give two crashes after each other, drawn by lot, without an end."""
    while True:
        first, second = lot.choice(singles), lot.choice(singles)
        yield replace(first, crashes=(*first.crashes, *second.crashes))


def _others(order: str) -> list[laps.Round]:
    with _world(on_postgres=False) as here:
        return list(laps.killed_everywhere(here, order))


@contextmanager
def _world(*, on_postgres: bool) -> Iterator[World]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        binaries = postgres_server.newest_binaries() if on_postgres else None
        url = f"sqlite:///{folder / 'bench.db'}"
        if binaries is not None:
            server = postgres_server.running(binaries, postgres_server.SAFE_SETTINGS)
            url = _database(stack.enter_context(server).url)
        migrations.upgrade(url)
        adb = stack.enter_context(AdbServer())
        yield stack.enter_context(world(folder, url, adb))


def _database(server: str) -> str:
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE bench"))
    engine.dispose()
    return f"{server}/bench"
