"""Whoever is told of the instants, and lets somebody die at one of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Listener
from threading import Event, Lock, Thread
from typing import Final

from agents.handset.faults import Fault
from agents.handset.framework.lock import Lock as PhoneLock
from agents.handset.framework.reply import Call, Reply
from tests.crash.instants import IDLE

# What only a step on the phone asks: the phone has carried it out, and nobody knows of it yet.
OF_A_STEP: Final = ("locksettings", "dumpsys lock_settings")
REPORTS: Final = "report.due"
ERASES: Final = "cmd testharness enable"


@dataclass(frozen=True)
class Crash:
    victim: str
    instant: str

    def __str__(self) -> str:
        return f"{self.victim} at {self.instant}"


@dataclass
class Control(Fault):
    """Listens to the processes and, as a fault of the phone, to what the phone carries out.

    `armed` are the crashes to come, one after the other; each happens once.
    """

    strike: dict[str, Callable[[], None]]
    lock: PhoneLock
    armed: list[Crash] = field(default_factory=list)
    happened: list[Crash] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    most_failures: int = 0
    idle: Event = field(default_factory=Event)  # the agent has nothing more to report
    _step: str = ""
    _mutex: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._listener = Listener(None, "AF_UNIX", backlog=8)
        self.address = str(self._listener.address)
        Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def arm(self, *crashes: Crash) -> None:
        with self._mutex:
            self.armed, self.happened, self.trace = list(crashes), [], []
            self._step, self.most_failures = "", self.lock.failures

    def after(self, call: Call, reply: Reply) -> Reply:
        self.most_failures = max(self.most_failures, self.lock.failures)
        step = self._step
        if step and any(call.starts_with(command) for command in OF_A_STEP):
            self._reach(f"{step}.carried_out")
        if call.starts_with(ERASES) and reply.status == 0:
            self._reach("phone.erased")
        return reply

    def _accept(self) -> None:
        while True:
            try:
                line = self._listener.accept()
            except OSError:
                return
            Thread(target=self._hear, args=(line,), daemon=True).start()

    def _hear(self, line: Connection) -> None:
        try:
            line.recv()
            while True:
                self._told(line.recv())
                line.send(None)
        except (EOFError, OSError):
            line.close()

    def _told(self, instant: str) -> None:
        if instant == IDLE:
            self.idle.set()
            return
        if instant == REPORTS:
            self.idle.clear()
        name, _, what = instant.rpartition(".")
        if what == "written":
            self._step = name
        elif what == "answered":
            self._step = ""
        self._reach(instant)

    def _reach(self, instant: str) -> None:
        with self._mutex:
            self.trace.append(instant)
            due = bool(self.armed) and self.armed[0].instant == instant
            crash = self.armed.pop(0) if due else None
            if crash:
                self.strike[crash.victim]()
                self._step = "" if crash.victim == "agent" else self._step
                self.happened.append(crash)
