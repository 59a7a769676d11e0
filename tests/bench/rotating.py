"""Rotations: how many phones an hour at one station, where the time goes, and who believes a lie.

Sixteen phones, each a real adbd, through a real server and a real agent: all at once, against the
same agent taking one job at a time. A rotation counts from the loan of its job until the server has
stored its proof. Real phones are slower than ours: each use of their lock tool starts a runtime on
the phone, so the same is measured with a pause at each, which costs the station no processor.

What a rotation asks is taken down by the phone itself and asked again one command at a time, each
in an `adb shell` of its own, as a script would.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

import pyrage
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import fleet.wiring  # noqa: F401 — puts the rooms together, as the server does
from agents.handset.adb_server import AdbServer
from agents.handset.faults import Fault
from agents.handset.framework.lock import Kind
from agents.handset.framework.reply import Call, Reply
from agents.handset.framework.state import Admin
from agents.handset.handset import Handset, handsets
from agents.handset.profile import profile_names
from agents.phone import lockscreen
from agents.phone.adb import Adb, AdbPhone
from agents.phone.lock_visit import Step
from agents.phone.phone import quoted
from agents.phone.server import shipped_adb
from cli.demo.stage import STATION, Stage
from fleet.contracts.rotation import RotationState
from fleet.devices.models import Device
from fleet.rotation.models import Rotation
from fleet.rotation.services import plan_rotation
from fleet.settings import load
from fleet.stations.models import JobLease
from fleet.vault.queries import pin_of
from fleet.vault.services import adopt, clear, credential_for
from tests.agents.station.desk import CLERK, Desk, until
from tests.bench.measure import Row
from tests.crash.world import lying, new_pin, takes_any_value, tool_with

PHONES: Final = 16
PAUSE: Final = 0.5  # seconds
PATIENCE: Final = 120.0
TIMES: Final = 5
KINDS: Final = (
    "xiaomi-14-hyperos",
    "huawei-mate60-harmonyos",
    "honor-magic6-magicos",
    "oppo-find-x7-coloros",
)
SUCCESS: Final = {RotationState.PROVEN, RotationState.VERIFIED}

AGENT: Final = """
import sys, threading
from pathlib import Path
from agents.station import loop, runner, sync
loop.CAPACITY = runner.CAPACITY = sync.CAPACITY = int(sys.argv[3])
loop.run(Path(sys.argv[1]), stop=threading.Event(), say=print, adb_port=int(sys.argv[2]))
"""


def rotating() -> list[Row]:
    return [*_an_hour(), *_one_rotation(), *_believed()]


@dataclass
class Slow(Fault):
    """The lock tool takes its time, as on a phone that starts a runtime for each use of it."""

    seconds: float = 0.0

    def before(self, call: Call) -> Reply | None:
        if self.seconds and call.starts_with("locksettings"):
            time.sleep(self.seconds)
        return None


def _an_hour() -> list[Row]:
    with _station() as (stage, desk):
        names = [KINDS[number % len(KINDS)] for number in range(PHONES)]
        with handsets(names, adb=stage.adb) as phones:
            slow = [Slow() for _phone in phones]
            for phone, fault in zip(phones, slow, strict=True):
                phone.add_fault(fault)
            return [_side_by_side(stage, desk, phones, slow, pause) for pause in (0.0, PAUSE)]


def _side_by_side(
    stage: Stage, desk: Desk, phones: Sequence[Handset], slow: Sequence[Slow], pause: float
) -> Row:
    for fault in slow:
        fault.seconds = pause
    ours, plain = (_rotated(stage, desk, phones, at_once=many) for many in (PHONES, 1))
    what = f", {pause:g} s for each use of the lock tool" if pause else ""
    ratio, aim = plain / ours, 4.0 if pause else 1.2
    return Row(
        f"phones an hour at one station, {PHONES} at once / one after the other{what}",
        f"{PHONES / ours * 3600:,.0f}",
        f"{PHONES / plain * 3600:,.0f}",
        f"{ratio:.1f} ×",
        f"≥ {aim:g} ×",
        ratio >= aim,
    )


@contextmanager
def _station() -> Iterator[tuple[Stage, Desk]]:
    with Stage() as stage:
        say = stage.narrator
        say.ask("server", "init", "--admin", "bench", "--url", stage.url)
        stage.start_server()
        code = say.ask("station", "invite", STATION)["code"]
        say.ask("station", "enroll", "--code", code)
        stage.adb_server()
        yield stage, Desk(load(stage.server_home), pyrage.x25519.Identity.generate())


def _rotated(stage: Stage, desk: Desk, phones: Sequence[Handset], *, at_once: int) -> float:
    """Rotate every phone once; return the seconds from the first loan to the last proof."""
    with _agent(stage, at_once):
        until(lambda: _present(desk) == len(phones), PATIENCE)
        with desk.acting() as session:
            planned = [_plan(session, desk, phone) for phone in phones]
        until(lambda: not _live(desk), PATIENCE)
    with desk.looking() as session:
        done = session.scalars(select(Rotation).where(Rotation.id.in_(planned))).all()
        if {one.state for one in done} != {RotationState.PROVEN}:
            raise RuntimeError([(one.state, one.reason) for one in done])
        first = select(func.min(JobLease.leased_at)).where(
            JobLease.job_id.in_([one.job_id for one in done])
        )
        began = session.scalars(first).one()
        return (max(one.ended_at for one in done) - began).total_seconds()


@contextmanager
def _agent(stage: Stage, at_once: int) -> Iterator[None]:
    given = str(stage.station_home), str(stage.adb.port), str(at_once)
    process = subprocess.Popen(
        [sys.executable, "-c", AGENT, *given],
        cwd=Path(__file__).parents[2],
        env={**os.environ, **stage.environment()},
        stdout=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _present(desk: Desk) -> int:
    with desk.looking() as session:
        return session.scalar(select(func.count()).select_from(Device).where(Device.present)) or 0


def _live(desk: Desk) -> bool:
    with desk.looking() as session:
        live = select(Rotation.id).where(Rotation.ended_at.is_(None))
        return session.scalar(live.limit(1)) is not None


def _plan(session: Session, desk: Desk, phone: Handset) -> object:
    """Hand the phone's PIN to the vault, and plan its change."""
    device = session.scalars(select(Device).where(Device.serial == phone.serial)).one()
    pin = new_pin()
    phone.lock.change(Kind.PIN, pin)
    clear(session, credential_for(session, pin_of(device)), reason="bench", actor=CLERK)
    adopt(session, desk.tools, pin_of(device), value=pin, reason="known", actor=CLERK)
    return plan_rotation(session, desk.tools, device, reason="asked", actor=CLERK).id


@dataclass
class Noting(Fault):
    """Takes down what the phone is asked."""

    calls: list[tuple[str, ...]] = field(default_factory=list)

    def before(self, call: Call) -> Reply | None:
        self.calls.append(call.words)
        return None


def _one_rotation() -> list[Row]:
    with _plugged_in() as (adb, handset):
        phone, old, noting = AdbPhone(adb, handset.address), new_pin(), Noting()
        handset.lock.change(Kind.PIN, old)
        handset.add_fault(noting)
        new = new_pin()
        before = phone.round_trips
        lockscreen.rotate_pin(phone, old=old, new=new)
        trips, asked = phone.round_trips - before, list(noting.calls)
        timed = [_timed(phone, handset) for _time in range(TIMES)]
        plain = median(_one_call_each(adb, handset, old, asked) for _time in range(TIMES))
    ours = median(sum(steps.values()) for steps in timed)
    split = {step: median(steps[step] for steps in timed) for step in timed[0]}
    told = ", ".join(f"{step} {seconds * 1000:.0f}" for step, seconds in split.items())
    return [
        Row(
            "round trips of one proven rotation / one command a question",
            str(trips),
            str(len(asked)),
            f"{len(asked) / trips:.1f} ×",
            "≥ 2 ×",
            len(asked) >= 2 * trips,
        ),
        Row(
            f"one proven rotation ({told} ms) / the same questions by adb shell",
            f"{ours:.3f} s",
            f"{plain:.3f} s",
            f"{plain / ours:.1f} ×",
            "≥ 1.5 ×",
            plain >= 1.5 * ours,
        ),
    ]


@contextmanager
def _plugged_in(name: str = KINDS[0]) -> Iterator[tuple[Adb, Handset]]:
    with AdbServer() as server, Handset(name, adb=server, seed=False) as handset:
        yield Adb(port=server.port), handset


def _timed(phone: AdbPhone, handset: Handset) -> dict[str, float]:
    """Rotate once; return the seconds of each step, from its beginning to that of the next."""
    begun: list[tuple[str, float]] = []

    def progress(step: Step) -> None:
        begun.append((step.value, time.perf_counter()))

    old = handset.lock.secret
    lockscreen.rotate_pin(phone, old=old, new=new_pin(), progress=progress)
    ends = [at for _step, at in begun[1:]] + [time.perf_counter()]
    return {step: end - at for (step, at), end in zip(begun, ends, strict=True)}


def _one_call_each(adb: Adb, handset: Handset, old: str, asked: Sequence[tuple[str, ...]]) -> float:
    handset.lock.change(Kind.PIN, old)
    began = time.perf_counter()
    for words in asked:
        _shell(adb, handset, *words)
    return time.perf_counter() - began


def _shell(adb: Adb, handset: Handset, *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(shipped_adb()), "-P", str(adb.port), "-s", handset.address, "shell"]
    return subprocess.run(
        [*command, quoted(words)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


CHANGED_BY_HAND: Final = ("changed by hand",)
NEAR: Final = 4  # so many wrong values make the phone erase itself: none is spent on a control


@dataclass
class Believed:
    """How often each way said `rotated` and the new PIN does not open the phone."""

    phones: int = 0
    ours: int = 0
    by_status: int = 0
    by_text: int = 0
    by_check: int = 0


def _believed() -> list[Row]:
    """Rotate phones of every make whose lock tool lies, or whose PIN somebody has changed."""
    found, near = Believed(), Believed()
    for name in profile_names():
        with _plugged_in(name) as (adb, handset):
            for kind in [*filter(None, lying()), CHANGED_BY_HAND]:
                _add(found, adb, handset, kind, wipe_limit=0)
                _add(near, adb, handset, kind, wipe_limit=NEAR)
    return [*_rows(found, ""), *_rows(near, f", wiped by {NEAR} wrong values")]


def _rows(found: Believed, which: str) -> list[Row]:
    plain = {
        "`adb shell locksettings set-pin` and its exit status": found.by_status,
        "the text of `set-pin`, as appium-adb's setLockCredential": found.by_text,
        "appium-adb's setLockCredential and verifyLockCredential": found.by_check,
    }
    return [_false(found, which, way, count) for way, count in plain.items()]


def _false(found: Believed, which: str, way: str, count: int) -> Row:
    return Row(
        f"false “rotated” on {found.phones} lying or changed phones{which} / {way}",
        str(found.ours),
        str(count),
        "",
        "0",
        found.ours == 0,
    )


def _add(
    found: Believed, adb: Adb, handset: Handset, kind: Sequence[str], *, wipe_limit: int
) -> None:
    found.phones += 1
    old, new = _prepared(handset, kind, wipe_limit)
    outcome = lockscreen.rotate_pin(AdbPhone(adb, handset.address), old=old, new=new)
    proven_by_a_liar = outcome.state is RotationState.PROVEN and takes_any_value(_faults(kind))
    found.ours += proven_by_a_liar or (outcome.state in SUCCESS and handset.lock.secret != new)

    old, new = _prepared(handset, kind, wipe_limit)
    said = _shell(adb, handset, "locksettings", "set-pin", "--old", old, new)
    false = handset.lock.secret != new
    is_set = "set to" in said.stdout
    found.by_status += said.returncode == 0 and false
    found.by_text += is_set and false

    check = _shell(adb, handset, "locksettings", "verify", "--old", new)
    found.by_check += is_set and "verified successfully" in check.stdout and false


def _prepared(handset: Handset, kind: Sequence[str], wipe_limit: int) -> tuple[str, str]:
    """Give the phone its kind of lock anew; return the PIN it is thought to have, and another."""
    old, lock = new_pin(), handset.lock
    lock.change(Kind.PIN, new_pin() if kind is CHANGED_BY_HAND else old)
    lock.wipe_limit = wipe_limit
    handset.state.admins = [Admin("com.example/.Admin", maximum_failures=wipe_limit)]
    handset.state.lock_tool = tool_with(_faults(kind), lock)
    return old, new_pin()


def _faults(kind: Sequence[str]) -> Sequence[str]:
    return () if kind is CHANGED_BY_HAND else kind
