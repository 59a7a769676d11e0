"""What can be wrong with a phone or its cable, each a small class."""

import copy
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal

from agents.handset.errors import FaultNotFound
from agents.handset.framework.lock import Check, Kind, LockTool
from agents.handset.framework.reply import Call, Reply, err, out

if TYPE_CHECKING:
    from agents.handset.framework.framework import Framework
    from agents.handset.framework.state import Package
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


class _LateTool(LockTool):
    """Applies a change when it is asked again so many times."""

    def __init__(self, honest: LockTool, after: int) -> None:
        super().__init__(honest.lock)
        self.honest, self.after = honest, after
        self.waiting: tuple[Kind, str] | None = None

    def check(self, given: str) -> Check:
        said = self.honest.check(given)
        self.after -= self.waiting is not None
        if self.waiting is not None and self.after <= 0:
            (kind, secret), self.waiting = self.waiting, None
            self.honest.change(kind, secret)
        return said

    def change(self, kind: Kind, secret: str) -> None:
        self.waiting = kind, secret


@dataclass
class AppliesLate(Fault):
    """`set-pin` says that the PIN is set, and sets it only after some more questions."""

    questions: int = 2

    def lock_tool(self, tool: LockTool) -> LockTool:
        return _LateTool(tool, self.questions)


@dataclass
class KilledBeforeApplying(Fault):
    """The system dies right after it said that the PIN is set: the old one is still there.

    For some more questions there is no lock tool, as while the system comes up again.
    """

    questions: int = 1
    dead: int = 0

    def lock_tool(self, tool: LockTool) -> LockTool:
        return _NoOpTool(tool)

    def before(self, call: Call) -> Reply | None:
        if self.dead > 0 and call.starts_with("locksettings"):
            self.dead -= 1
            return err("cmd: Can't find service: lock_settings", 20)
        return None

    def after(self, call: Call, reply: Reply) -> Reply:
        if call.starts_with("locksettings set-pin") and b" set to " in reply.stdout:
            self.dead = self.questions
        return reply


class PrintsSecretBack(Fault):
    """The lock tool repeats every word it was given, on both of its streams."""

    def after(self, call: Call, reply: Reply) -> Reply:
        if not call.starts_with("locksettings"):
            return reply
        line = f"args: {' '.join(call.words)}\n".encode()
        return replace(reply, stdout=line + reply.stdout, stderr=reply.stderr + line)


class ThrottlesAfterFive(Fault):
    """Somebody has just typed five wrong values: the phone lets nobody try for a while."""

    def attach(self, handset: "Handset") -> None:
        for _value in range(5):
            handset.lock.count_failure()


class ForbidsShell(Fault):
    """The lock tool throws a SecurityException, as makers' monitors have it do."""

    def before(self, call: Call) -> Reply | None:
        if not call.starts_with("locksettings"):
            return None
        return err("java.lang.SecurityException: Caller must be shell", 255)


class ChangedBehindOurBack(Fault):
    """Whoever holds the phone has changed its PIN."""

    def attach(self, handset: "Handset") -> None:
        handset.lock.change(Kind.PIN, "90817263")


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


# What carries out a remedy, and what each says when it is done.
DONE: Final[Mapping[str, str]] = {
    "pm disable-user": "Package {name} new state: disabled-user",
    "pm enable": "Package {name} new state: enabled",
    "pm default-state": "Package {name} new state: default",
    "pm uninstall": "Success",
    "pm install-existing": "Package {name} installed for user: 0",
    "pm install": "Success",
    "settings put": "",
}


def _is_remedy(call: Call) -> str | None:
    return next((verb for verb in DONE if call.starts_with(verb)), None)


class SaysDone(Fault):
    """What changes apps and settings says that it is done, ends with 0, and changes nothing."""

    def before(self, call: Call) -> Reply | None:
        verb = _is_remedy(call)
        return out(DONE[verb].format(name=call.words[-1])) if verb else None


class DiesAfterwards(Fault):
    """What changes apps and settings does so, and is killed before it can say it."""

    def after(self, call: Call, reply: Reply) -> Reply:
        if _is_remedy(call) is None:
            return reply
        return err("cmd: Failure calling service package: Broken pipe (32)", 224)


class GuardedByMaker(Fault):
    """A maker's switches are off: nothing is installed, disabled or set by cable."""

    def before(self, call: Call) -> Reply | None:
        if call.starts_with("pm install"):
            return out("Failure [INSTALL_FAILED_USER_RESTRICTED: Install canceled by user]", 1)
        if _is_remedy(call) is None:
            return None
        denied = "java.lang.SecurityException: Permission Denial: uid=2000"
        return err(f"\nException occurred while executing '{call.words[1]}':\n{denied}")


@dataclass
class ComesBack(Fault):
    """Something on the phone puts an app back after it was removed and looked at once or twice."""

    package: str
    looks: int = 1
    framework: "Framework | None" = None
    kept: "Package | None" = None

    def attach(self, handset: "Handset") -> None:
        self.framework = handset.framework
        self.kept = copy.deepcopy(handset.state.packages[self.package])

    def after(self, call: Call, reply: Reply) -> Reply:
        if self.framework is None or self.kept is None:
            return reply
        packages, is_look = self.framework.state.packages, call.starts_with("pm list packages")
        there = packages.get(self.package)
        gone = there is None or not there.users[0].installed
        self.looks -= is_look and gone
        if gone and is_look and self.looks <= 0:
            packages[self.package] = copy.deepcopy(self.kept)
        return reply


# The faults that can be asked for by name; those with numbers get middling ones.
NAMED: Final[Mapping[str, Callable[[], Fault]]] = {
    "honest-lock": HonestLock,
    "no-op-set-pin": NoOpSetPin,
    "yes-to-all-verify": YesToAllVerify,
    "applies-late": AppliesLate,
    "killed-before-applying": KilledBeforeApplying,
    "prints-secret-back": PrintsSecretBack,
    "throttles-after-five": ThrottlesAfterFive,
    "security-exception": ForbidsShell,
    "changed-behind-our-back": ChangedBehindOurBack,
    "disconnect-mid-stream": lambda: DisconnectMidStream(1 << 20),
    "hang": lambda: Hang("dumpsys"),
    "dead-cable": DeadCable,
    "lock-tool-hangs": lambda: Hang("locksettings"),
    "says-done": SaysDone,
    "dies-afterwards": DiesAfterwards,
    "guarded-by-maker": GuardedByMaker,
    "slow-cable": lambda: SlowCable(1 << 20),
}


def fault(name: str) -> Fault:
    """Return a fresh fault by its name, or refuse."""
    if name not in NAMED:
        raise FaultNotFound(name, ", ".join(sorted(NAMED)))
    return NAMED[name]()
