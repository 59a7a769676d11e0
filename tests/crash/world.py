"""A server, a station and one phone, of which each can die at any instant and is started again."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations
from pathlib import Path
from time import monotonic, sleep
from typing import Final

import pyrage
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from agents.handset.adb_server import AdbServer
from agents.handset.faults import NAMED, Fault, fault
from agents.handset.framework.lock import Check, Kind, LockTool
from agents.handset.framework.lock import Lock as PhoneLock
from agents.handset.framework.state import Admin
from agents.handset.handset import Handset
from agents.station.enrol import enrol
from agents.station.home import Home
from fleet.builds.models import Build
from fleet.builds.services import reset_build
from fleet.contracts.builds import BuildTrust
from fleet.contracts.proof import Level
from fleet.contracts.stations import JobState
from fleet.devices.models import Device
from fleet.keys.keyring import Keyring
from fleet.rotation.models import Rotation
from fleet.rotation.services import plan_rotation
from fleet.settings import Settings, load
from fleet.stations.models import Job
from fleet.vault.queries import pin_of
from fleet.vault.services import adopt, clear, credential_for
from tests.agents.station.desk import (
    CLERK,
    Desk,
    all_in_vault,
    level_in_vault,
    present,
    until,
    value_in_vault,
)
from tests.crash.control import Control, Crash
from tests.crash.processes import Life, serves, watches
from tests.ports import free_port

DIGITS: Final = 12  # so many are not met by chance in a log
SECONDS: Final = 120.0  # for one round, on a machine that does much else
WRONG_A_VISIT: Final = 2  # one to find out which value opens it, one as the control
WATCHING: Final = "crash-watching"
LOOKS_EVERY: Final = 0.03
PAUSES_FROM: Final = 5  # wrong values in a row


def lying() -> list[tuple[str, ...]]:
    """Return the honest phone and every fault of a lock tool, by itself and with each other one."""
    names = [name for name, make in NAMED.items() if concerns_the_lock(make())]
    return [(), *((name,) for name in names), *combinations(names, 2)]


def concerns_the_lock(one: Fault) -> bool:
    return type(one).lock_tool is not Fault.lock_tool


@dataclass(frozen=True)
class Ended:
    """What became of a round; `broken` are the promises that were not kept."""

    faults: tuple[str, ...]
    crashes: tuple[Crash, ...]
    trace: tuple[str, ...]
    level: Level
    broken: tuple[str, ...]


@dataclass
class World:
    """Started with a phone that is plugged in; `turn` makes one round of it."""

    folder: Path
    url: str
    adb: AdbServer
    phone: Handset
    lives: dict[str, Life] = field(default_factory=dict)
    _is_pulled: bool = False
    _is_waiting: bool = False

    def __post_init__(self) -> None:
        self.port = free_port()
        settings = _settings(self.folder / "server", self.url)
        watched = replace(settings, database_url=_watching(self.url))
        self.desk = Desk(watched, _identity(), port=self.port)
        strikes = {
            "agent": partial(self._kill, "agent"),
            "server": partial(self._kill, "server"),
            "database": self._cut_database,
            "cable": self._pull,
        }
        self.control = Control(strikes, self.phone.lock)
        self.phone.framework.witnesses.append(self.control)

    def start(self) -> None:
        self._start("server")
        until(self.desk_answers)
        self.home: Home = enrol(self.desk.url, self.desk.code("bench-1"), self.folder / "station")
        self._start("agent")
        until(lambda: present(self.desk, self.phone))

    def end(self) -> None:
        for life in self.lives.values():
            life.kill()
        self.control.close()
        self.desk.engine.dispose()

    def turn(self, faults: Sequence[str], *crashes: Crash, wipe_limit: int = 0) -> Ended:
        """Rotate the phone's PIN with crashes in between, until nothing is under way any more."""
        old = self._begin(faults, wipe_limit)
        self.control.arm(*crashes)
        with self.desk.acting() as session:
            phone = self._device(session)
            plan_rotation(session, self.desk.tools, phone, reason="asked", actor=CLERK)
        broken = self._run_to_the_end()
        broken += self._broken_at_the_end(faults, {old, *all_in_vault(self.desk, self.phone)})
        level = level_in_vault(self.desk, self.phone)
        happened, trace = tuple(self.control.happened), tuple(self.control.trace)
        return Ended(tuple(faults), happened, trace, level, tuple(broken))

    def desk_answers(self) -> bool:
        from api.client import Client, ServerUnreachable

        with Client(self.desk.url) as client:
            try:
                client.ready()
            except ServerUnreachable:
                return False
            return True

    def _begin(self, faults: Sequence[str], wipe_limit: int) -> str:
        """Give the phone a PIN that a person hands over, and a lock tool as it was made."""
        lock, pin = self.phone.lock, new_pin()
        for log in self.folder.glob("*.log"):
            log.write_bytes(b"")
        lock.change(Kind.PIN, pin)
        lock.wipe_limit, self.wrong_before = wipe_limit, lock.wrong_total
        self.phone.state.admins = [Admin("com.example/.Admin", maximum_failures=wipe_limit)]
        self.phone.state.lock_tool = tool_with(faults, lock)
        with self.desk.acting() as session:
            subject = pin_of(self._device(session))
            clear(session, credential_for(session, subject), reason="new round", actor=CLERK)
            adopt(session, self.desk.tools, subject, value=pin, reason="known", actor=CLERK)
            # Nobody has met this lock tool before; a round cut short has found out nothing.
            known = select(Build).where(Build.trust != BuildTrust.UNKNOWN)
            for build in session.scalars(known):
                reset_build(session, build, reason="new round", actor=CLERK)
        return pin

    def _device(self, session: Session) -> Device:
        return session.scalars(select(Device).where(Device.serial == self.phone.serial)).one()

    def _run_to_the_end(self) -> list[str]:
        broken, seen, deadline = [], 0, monotonic() + SECONDS
        while self._is_under_way():
            if len(self.control.happened) > seen:
                seen = len(self.control.happened)
                broken += self._lost(f"after {self.control.happened[-1]}")
            self._start_again()
            if monotonic() > deadline:
                return [*broken, f"not at its end within {SECONDS} s"]
            sleep(LOOKS_EVERY)
        return broken

    def _is_under_way(self) -> bool:
        """Tell whether a rotation has not ended, or the agent has not heard that it has."""
        with self.desk.looking() as session:
            live = session.scalar(select(Rotation.id).where(Rotation.ended_at.is_(None)).limit(1))
            waits = Job.state == JobState.WAITING, Job.not_before.is_not(None)
            self._is_waiting = session.scalar(select(Job.id).where(*waits).limit(1)) is not None
        if live:
            self.control.idle.clear()
        return bool(live) or not self.control.idle.is_set()

    def _start_again(self) -> None:
        """Start whoever has died, plug in what was pulled, and let waiting times go by."""
        for who, life in list(self.lives.items()):
            if life.ended:
                self._start(who)
        if self._is_pulled:
            self._is_pulled = False
            self.phone.plug_in()
        if self._is_waiting:
            with self.desk.acting() as session:
                session.execute(update(Job).values(not_before=None))

    def _start(self, who: str) -> None:
        log = str(self.folder / f"{who}.log")
        if who == "server":
            options = {"home": self.desk.settings.home, "port": self.port}
            self.lives[who] = Life.begin(serves, self.control.address, log, options)
        else:
            arguments = ["--home", str(self.home.path), "--adb-port", str(self.adb.port)]
            self.lives[who] = Life.begin(watches, self.control.address, log, arguments)

    def _kill(self, who: str) -> None:
        self.lives[who].kill()

    def _pull(self) -> None:
        self.phone.unplug()
        self._is_pulled = True

    def _cut_database(self) -> None:
        """Cut every connection but our own, where there is a server behind them."""
        gone = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        others = f"WHERE datname = current_database() AND application_name <> '{WATCHING}'"
        with self.desk.engine.connect() as connection:
            connection.execute(text(f"{gone} {others}"))

    def _lost(self, when: str) -> list[str]:
        """The phone's secret is among the values that the vault would try."""
        mine = self.phone.lock.secret in all_in_vault(self.desk, self.phone)
        return [] if mine else [f"lost {when}"]

    def _broken_at_the_end(self, faults: Sequence[str], known: set[str]) -> list[str]:
        return [
            *self._lost("at the end"),
            *self._claimed_falsely(faults),
            *self._tried_too_often(),
            *self._in_clear(known),
        ]

    def _tried_too_often(self) -> list[str]:
        visits = self.control.trace.count("start.kept")
        wrong = self.phone.lock.wrong_total - self.wrong_before
        if wrong > WRONG_A_VISIT * visits or self.control.most_failures >= PAUSES_FROM:
            return [f"{wrong} wrong values in {visits} visits"]
        return []

    def _claimed_falsely(self, faults: Sequence[str]) -> list[str]:
        level = level_in_vault(self.desk, self.phone)
        if not level.at_least(Level.VERIFIED):
            return []
        opens = value_in_vault(self.desk, self.phone) == self.phone.lock.secret
        false_proof = level is Level.PROVEN and takes_any_value(faults)
        return [f"falsely {level.value}"] if false_proof or not opens else []

    def _in_clear(self, values: set[str]) -> list[str]:
        """Look for the values in all that the station and both processes have written."""
        files = [*self.home.path.rglob("*"), *self.folder.glob("*.log")]
        kept = b"".join(file.read_bytes() for file in files if file.is_file())
        return ["a secret in clear"] if any(value.encode() in kept for value in values) else []


def tool_with(faults: Sequence[str], lock: PhoneLock) -> LockTool:
    tool = LockTool(lock)
    for name in faults:
        tool = fault(name).lock_tool(tool)
    return tool


def takes_any_value(faults: Sequence[str]) -> bool:
    """Tell whether a phone with these faults says yes to a wrong value."""
    return tool_with(faults, PhoneLock(Kind.PIN, "right")).check("wrong") is Check.RIGHT


def new_pin() -> str:
    return "".join(secrets.choice("0123456789") for _ in range(DIGITS))


def _watching(url: str) -> str:
    """Return the address with our own name in it: who looks on is not cut off."""
    return f"{url}?application_name={WATCHING}" if url.startswith("postgres") else url


def _identity() -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.generate()


def _settings(home: Path, url: str) -> Settings:
    for folder in ("data", "keys", "storage"):
        (home / folder).mkdir(parents=True)
    Keyring.create(Settings(home=home).key_path)
    lines = (
        f'database_url = "{url}"',
        f'recipients = ["{_identity().to_public()}"]',
        f"pin_length = {DIGITS}",
    )
    (home / "settings.toml").write_text("\n".join(lines))
    return load(home)


@contextmanager
def world(folder: Path, url: str, adb: AdbServer) -> Iterator[World]:
    with Handset(adb=adb, seed=False) as phone:
        made = World(folder, url, adb, phone)
        try:
            made.start()
            yield made
        finally:
            made.end()
