"""What can be wrong with a phone or its cable, each a small class."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from agents.handset.errors import FaultNotFound
from agents.handset.framework.lock import Check, Kind, LockTool
from agents.handset.framework.reply import Call, Reply

if TYPE_CHECKING:
    from agents.handset.handset import Handset


class Fault:
    """One thing that is wrong; override what it touches. A fault serves one handset."""

    def attach(self, handset: "Handset") -> None:
        """Take hold of a handset that has just started."""

    def lock_tool(self, tool: LockTool) -> LockTool:
        """Put something else in the place of the phone's lock tool."""
        return tool

    def before(self, call: Call) -> Reply | None:
        """Answer instead of the phone, wait, or let the call through."""
        del call
        return None

    def after(self, call: Call, reply: Reply) -> Reply:
        """Change the answer of the phone, or pass it on."""
        del call
        return reply


class HonestLock(Fault):
    """Nothing is wrong: the lock tool does what it says."""


class _NoOpTool(LockTool):
    def __init__(self, honest: LockTool) -> None:
        super().__init__(honest.lock)
        self.check_of_phone = honest.check

    def check(self, given: str) -> Check:
        return self.check_of_phone(given)

    def change(self, kind: Kind, secret: str) -> None:
        """Report success, as the shell does whatever came of it, and change nothing."""


class NoOpSetPin(Fault):
    """`set-pin` says that the PIN is set, ends with 0, and changes nothing."""

    def lock_tool(self, tool: LockTool) -> LockTool:
        return _NoOpTool(tool)


class _YesTool(LockTool):
    def __init__(self, honest: LockTool) -> None:
        super().__init__(honest.lock)
        self.change_of_phone = honest.change

    def check(self, given: str) -> Check:
        del given
        return Check.RIGHT

    def change(self, kind: Kind, secret: str) -> None:
        self.change_of_phone(kind, secret)


class YesToAllVerify(Fault):
    """`verify`, and every other check of an old value, accepts whatever it is given."""

    def lock_tool(self, tool: LockTool) -> LockTool:
        return _YesTool(tool)


@dataclass
class DisconnectMidStream(Fault):
    """The connection breaks after so many bytes, counted from the moment the fault takes hold.

    The phone can be connected to again at once; with `times` the next connections break as well.
    """

    after_bytes: int
    direction: Literal["from_phone", "to_phone"] = "from_phone"
    times: int = 1

    def attach(self, handset: "Handset") -> None:
        handset.cut_after(self.after_bytes, direction=self.direction, times=self.times)


@dataclass
class Hang(Fault):
    """The commands that begin with `command` never answer; the cable is well."""

    command: str
    released: threading.Event = field(default_factory=threading.Event)

    def attach(self, handset: "Handset") -> None:
        handset.when_stopped(self.released.set)

    def before(self, call: Call) -> Reply | None:
        if call.starts_with(self.command):
            self.released.wait()
        return None


class DeadCable(Fault):
    """The connection stays open and not one byte passes any more."""

    def attach(self, handset: "Handset") -> None:
        handset.stop_flow()


@dataclass
class SlowCable(Fault):
    """No more than so many bytes pass in a second."""

    bytes_per_second: int

    def attach(self, handset: "Handset") -> None:
        handset.slow_down(self.bytes_per_second)


@dataclass
class Before(Fault):
    """Call `do` just before the phone carries out a command; each time, or so many times."""

    command: str
    do: Callable[[], None]
    times: int = 1 << 30

    def before(self, call: Call) -> Reply | None:
        if self.times > 0 and call.starts_with(self.command):
            self.times -= 1
            self.do()
        return None


@dataclass
class After(Fault):
    """Call `do` when the phone has carried out a command and nobody knows it yet."""

    command: str
    do: Callable[[], None]
    times: int = 1 << 30

    def after(self, call: Call, reply: Reply) -> Reply:
        if self.times > 0 and call.starts_with(self.command):
            self.times -= 1
            self.do()
        return reply


@dataclass
class Answers(Fault):
    """A command is answered with a text of another build."""

    command: str
    reply: Reply

    def before(self, call: Call) -> Reply | None:
        return self.reply if call.starts_with(self.command) else None


# The faults that can be asked for by name; those with numbers get middling ones.
NAMED: Final[Mapping[str, Callable[[], Fault]]] = {
    "honest-lock": HonestLock,
    "no-op-set-pin": NoOpSetPin,
    "yes-to-all-verify": YesToAllVerify,
    "disconnect-mid-stream": lambda: DisconnectMidStream(1 << 20),
    "hang": lambda: Hang("dumpsys"),
    "slow-cable": lambda: SlowCable(1 << 20),
}


def fault(name: str) -> Fault:
    """Return a fresh fault by its name, or refuse."""
    if name not in NAMED:
        raise FaultNotFound(name, ", ".join(sorted(NAMED)))
    return NAMED[name]()
