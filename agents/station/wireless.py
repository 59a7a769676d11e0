"""Keeping phones without a cable connected: at the start, and again whenever they went away."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event

from agents.phone.devices import READY
from agents.phone.errors import AdbServerUnavailable, KeyNotTaken
from agents.phone.pairing import connect, disconnect, found
from agents.phone.server import Adb
from agents.station.addresses import Addresses, Kept
from agents.station.backoff import Backoff
from fleet.contracts.words import _, say
from fleet.errors import FleetError

LOOK_SECONDS = 1.0
LONGEST_PAUSE = 60.0
UNTIL_PAIRED = 3600.0  # that takes a person, who then runs a command here
# A phone in these states is reached; what it lacks, its owner has to allow on it.
REACHED = frozenset({READY, "unauthorized", "authorizing", "connecting"})

AWAY = _("{phone} is kept connected without a cable, and away: {reason} The agent goes on trying.")
NOT_OURS = _(
    "{phone} is kept for the adb server at {adb}, which this agent does not follow; start it with "
    "--adb {adb}."
)

States = Callable[[Adb], Mapping[str, str]]  # what a server calls its phones, and their states


@dataclass
class Line:
    """One phone and how it is with its connection."""

    phone: Kept
    backoff: Backoff = field(default_factory=Backoff)
    due: float = 0.0
    busy: bool = False
    told: bool = False

    def begins_anew(self) -> None:
        self.backoff.reset()
        self.due, self.told = 0.0, False

    def put_off(self, longest: float) -> None:
        """Leave the phone alone for a while; that it was connected does not say that it answers."""
        self.backoff.longest = longest
        self.due = time.monotonic() + self.backoff.next_seconds()


@dataclass
class Wireless:
    """Looks at the list again and again; a change by a command is noticed within a second."""

    addresses: Addresses
    adbs: Sequence[Adb]
    states: States
    pool: Executor
    stop: Event
    say: Callable[[str], None]
    _lines: dict[str, Line] = field(default_factory=dict)
    _looked: bool = False

    @property
    def is_settled(self) -> bool:
        """Whether every phone was tried, and none is being tried."""
        return self._looked and not any(line.busy for line in list(self._lines.values()))

    def run(self) -> None:
        while not self.stop.is_set():
            self._look()
            self.stop.wait(LOOK_SECONDS)

    def _look(self) -> None:
        kept = {phone.key: phone for phone in self.addresses.all()}
        for key in self._lines.keys() - kept.keys():
            self._let_go(self._lines.pop(key))
        for key, phone in kept.items():
            line = self._lines.setdefault(key, Line(phone))
            if line.phone != phone:
                line.phone = phone
                line.begins_anew()
            self._keep(line)
        self._looked = True

    def _keep(self, line: Line) -> None:
        adb = self._server(line)
        if adb is None or line.busy:
            return
        if self._way(adb, line.phone) is not None:
            line.begins_anew()
        elif time.monotonic() >= line.due:
            line.busy = True
            with suppress(RuntimeError):  # the pool takes nothing more: the agent is ending
                self.pool.submit(self._connect, adb, line)

    def _server(self, line: Line) -> Adb | None:
        wanted = line.phone.adb
        here = sorted(self.adbs, key=lambda one: not one.is_here)
        adb = next((one for one in here if wanted in ("", one.address)), None)
        if adb is None:
            self._tell_once(line, say(NOT_OURS, phone=named(line.phone), adb=wanted))
        return adb

    def _way(self, adb: Adb, phone: Kept) -> str | None:
        """Return what the server calls the phone, where it reaches it."""
        return next(
            (
                name
                for name, state in self.states(adb).items()
                if state in REACHED and phone.is_at(name)
            ),
            None,
        )

    def _connect(self, adb: Adb, line: Line) -> None:
        longest = LONGEST_PAUSE
        try:
            self._connect_where_it_is(adb, line.phone)
        except AdbServerUnavailable:
            pass  # whoever follows the server has said so
        except FleetError as error:
            longest = UNTIL_PAIRED if isinstance(error, KeyNotTaken) else LONGEST_PAUSE
            self._tell_once(line, say(AWAY, phone=named(line.phone), reason=str(error)))
        finally:
            line.put_off(longest)
            line.busy = False

    def _tell_once(self, line: Line, sentence: str) -> None:
        """Say what is wrong with a phone, once until it is well again."""
        if not line.told:
            line.told = True
            self.say(sentence)

    def _connect_where_it_is(self, adb: Adb, phone: Kept) -> None:
        address = next(
            (one.address for one in found(adb) if phone.is_called(one.guid)), phone.address
        )
        if phone.address in self.states(adb):
            disconnect(adb, phone.address)  # adb holds on to a line that is dead
        connect(adb, address, self.stop)
        if address != phone.address:
            self.addresses.moved(phone, address)

    def _let_go(self, line: Line) -> None:
        adb = self._server(line)
        if adb is not None:
            with suppress(FleetError):
                let_go(adb, line.phone)


def let_go(adb: Adb, phone: Kept) -> None:
    """Have a server disconnect a phone, under whichever of its names it is connected."""
    for one in adb.devices():
        name = adb.own_name(one.serial)
        if phone.is_at(name):
            disconnect(adb, name)


def named(phone: Kept) -> str:
    return f"{phone.serial} ({phone.address})" if phone.serial else phone.address
