"""The orders in which others change a password and store it, on the same phone and killed alike.

macOSLAPS (github.com/joshua-d-miller/macOSLAPS, `macOSLAPS/Password Tools/ADPasswordTools.swift`,
`password_change`) changes the account first, then stores the password in the keychain, then in the
directory. It takes a change back where storing fails, which does not help who has died by then.
LAPS4LINUX (github.com/schorschii/LAPS4LINUX, `laps-runner/laps_runner/laps_runner.py`,
`updatePassword`) writes the new password over the one in the directory first and then changes the
account; the one before is kept only where a history is configured, which it is not by default.

On their own systems root can set a password without the one before, so that a later run can mend
what was lost. A phone asks for the PIN before: who does not know it any more is shut out.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agents.handset.framework.lock import Kind
from agents.phone.adb import Adb, AdbPhone
from agents.phone.lock_text import Verdict, verdict
from agents.phone.phone import quoted
from tests.crash.control import Crash
from tests.crash.instants import Teller
from tests.crash.processes import Life
from tests.crash.world import World, lying, new_pin, tool_with

DIRECTORY, KEYCHAIN = "directory", "keychain"
VICTIM: Final = "laps"


class NotChanged(Exception):
    """The phone refused the change, or did not say that it made it."""


@dataclass(frozen=True)
class Laps:
    """One run of such a program; `stores` is a folder with a file for each store."""

    phone: AdbPhone
    stores: Path
    tell: Callable[[str], None]

    def change(self, old: str, new: str) -> None:
        self.tell("set.due")
        command = quoted(("locksettings", "set-pin", "--old", old, "--user", "0", new))
        self.tell("set.written")
        answer = self.phone.script(command)
        self.tell("set.answered")
        if verdict(f"{answer.text}\n{answer.complaint}") is not Verdict.DONE:
            raise NotChanged

    def store(self, where: str, value: str) -> None:
        """Put `value` in the place of the one before, durably and at once."""
        self.tell(f"{where}.due")
        part = self.stores / f"{where}.part"
        with part.open("w") as file:
            file.write(value)
            os.fsync(file.fileno())
        part.replace(self.stores / where)
        self.tell(f"{where}.stored")

    def known(self, where: str) -> str:
        return (self.stores / where).read_text()


def mac_os_laps(laps: Laps, new: str) -> None:
    laps.change(laps.known(KEYCHAIN), new)
    laps.store(KEYCHAIN, new)
    laps.store(DIRECTORY, new)


def laps_4_linux(laps: Laps, new: str) -> None:
    old = laps.known(DIRECTORY)
    laps.store(DIRECTORY, new)
    laps.change(old, new)


ORDERS: Final = {
    "macOSLAPS": (mac_os_laps, (KEYCHAIN, DIRECTORY)),
    "LAPS4LINUX": (laps_4_linux, (DIRECTORY,)),
}


@dataclass(frozen=True)
class Round:
    """`lost`: no store opens the phone any more."""

    faults: tuple[str, ...]
    lost: bool


def runs(address: str, order: str, adb_port: int, phone: str, stores: str, new: str) -> None:
    """Be one run of such a program, in a process that can be killed."""
    tell = Teller(address, VICTIM)
    laps = Laps(AdbPhone(Adb(port=adb_port), phone), Path(stores), tell)
    try:
        ORDERS[order][0](laps, new)
    except NotChanged:
        tell("refused")


def killed_everywhere(here: World, order: str) -> Iterator[Round]:
    """Kill it once at each of its instants, on each kind of phone."""
    for faults in lying():
        _turn(here, order, faults)
        for instant in dict.fromkeys(here.control.trace):
            yield Round(faults, _turn(here, order, faults, Crash(VICTIM, instant)))


def _turn(here: World, order: str, faults: Sequence[str], *crashes: Crash) -> bool:
    """Run it with a crash, and once more; tell whether no store opens the phone then."""
    lock, stores, pin = here.phone.lock, here.folder / "stores", new_pin()
    stores.mkdir(exist_ok=True)
    lock.change(Kind.PIN, pin)
    here.phone.state.lock_tool = tool_with(faults, lock)
    for where in ORDERS[order][1]:
        (stores / where).write_text(pin)
    here.control.arm(*crashes)
    for _run in range(1 + len(crashes)):
        _run_once(here, order, stores)
    return lock.secret not in {(stores / where).read_text() for where in ORDERS[order][1]}


def _run_once(here: World, order: str, stores: Path) -> None:
    given = here.control.address, order, here.adb.port, here.phone.address, str(stores), new_pin()
    here.lives[VICTIM] = Life.begin(runs, *given)
    here.control.strike[VICTIM] = here.lives[VICTIM].kill
    here.lives[VICTIM].process.join()
    del here.lives[VICTIM]
