"""Which phones come and go at a station, told once they have settled, for as long as it runs."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event

from agents.phone.devices import Transport
from agents.phone.errors import AdbServerUnavailable
from agents.phone.pairing import can_pair
from agents.phone.server import Adb
from agents.phone.wire import CutOff, Deadline, Refused, Wire, connected

# One change of a cable shows as absent, offline and absent within an instant: what counts is
# what is there once nothing has moved for so long.
SETTLED = 0.3
STOP_NOTICED = 0.25
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
FOREVER = 10 * 365 * 86400.0
PASSING = frozenset({"authorizing", "connecting"})  # states that become another by themselves
PATIENCE = 10.0  # seconds that they may last
# The first tells the ports as well; whatever serves in adb's place may know the second alone.
SERVICES = (b"host:track-devices-l", b"host:track-devices")


@dataclass(frozen=True, slots=True)
class Arrived:
    transport: Transport


@dataclass(frozen=True, slots=True)
class Changed:
    """The phone is in another state than before, or at another port."""

    transport: Transport
    before: Transport


@dataclass(frozen=True, slots=True)
class Lasting:
    """The phone is still in a state that should have passed by itself."""

    transport: Transport


@dataclass(frozen=True, slots=True)
class Left:
    transport: Transport


@dataclass(frozen=True, slots=True)
class ServerFound:
    """The adb server answers, for the first time or again."""

    version: int
    pairs: bool  # with phones without a cable


@dataclass(frozen=True, slots=True)
class ServerLost:
    """The adb server went away, and every phone with it; it is looked for again."""

    reason: str


TrackingEvent = Arrived | Changed | Lasting | Left | ServerFound | ServerLost


def track(adb: Adb, stop: Event, *, settled: float = SETTLED) -> Iterator[TrackingEvent]:
    """Tell of phones until `stop` is set; survives the end of the adb server."""
    pause = FIRST_PAUSE
    while not stop.is_set():
        known: dict[str, Transport] = {}
        try:
            adb.ensure()
            yield ServerFound(adb.version(), can_pair(adb))
            for event in _while_it_lasts(adb, stop, settled, known):
                pause = FIRST_PAUSE
                yield event
        except (AdbServerUnavailable, CutOff, OSError, Refused, ValueError) as error:
            yield from map(Left, known.values())
            yield ServerLost(str(error) or "cut off")
            stop.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


def _while_it_lasts(
    adb: Adb, stop: Event, settled: float, known: dict[str, Transport]
) -> Iterator[TrackingEvent]:
    patience = Patience()
    with _followed(adb) as wire:
        for seen in _settled_lists(wire, stop, settled):
            if seen is not None:
                now = {one.serial: one for one in adb.transports(seen)}
                yield from difference(known, now)
                known.clear()
                known.update(now)
            yield from patience.tried_by(known.values(), time.monotonic())


@contextmanager
def _followed(adb: Adb) -> Iterator[Wire]:
    """Give the connection on which lists come."""
    for service in SERVICES:
        with connected(adb.host, adb.port, Deadline(FOREVER)) as wire:
            try:
                wire.service(service)
            except Refused:
                if service == SERVICES[-1]:
                    raise
                continue
            yield wire
            return


@dataclass
class Patience:
    """How long phones have been in states that pass."""

    _since: dict[str, float] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)

    def tried_by(self, phones: Iterable[Transport], moment: float) -> Iterator[Lasting]:
        """Give each phone that has been in such a state for too long, once."""
        passing = {one.serial: one for one in phones if one.state in PASSING}
        self._since = {serial: self._since.get(serial, moment) for serial in passing}
        self._told &= passing.keys()
        for serial in passing.keys() - self._told:
            if moment - self._since[serial] >= PATIENCE:
                self._told.add(serial)
                yield Lasting(passing[serial])


def difference(
    before: Mapping[str, Transport], now: Mapping[str, Transport]
) -> Iterator[TrackingEvent]:
    """Give the events that lead from `before` to `now`, leavers first."""
    for serial, transport in before.items():
        if serial not in now:
            yield Left(transport)
    for serial, transport in now.items():
        if serial not in before:
            yield Arrived(transport)
        elif _place(before[serial]) != _place(transport):
            yield Changed(transport, before[serial])


def _place(transport: Transport) -> tuple[str, str]:
    return transport.state, transport.port


def _settled_lists(wire: Wire, stop: Event, settled: float) -> Iterator[str | None]:
    """Give each list once it has settled, and None now and then while nothing happens."""
    newest: str | None = None
    while not stop.is_set():
        if wire.readable(settled if newest is not None else STOP_NOTICED):
            newest = wire.block().decode(errors="replace")
        else:
            yield newest
            newest = None
