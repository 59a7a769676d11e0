"""Which phones come and go at a station, told once they have settled, for as long as it runs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from threading import Event

from agents.phone.devices import Transport
from agents.phone.errors import AdbServerUnavailable
from agents.phone.server import Adb
from agents.phone.wire import CutOff, Deadline, Refused, Wire, connected
from agents.phone.wireless import can_pair

# One change of a cable shows as absent, offline and absent within an instant: what counts is
# what is there once nothing has moved for so long.
SETTLED = 0.3
STOP_NOTICED = 0.25
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
FOREVER = 10 * 365 * 86400.0


@dataclass(frozen=True, slots=True)
class Arrived:
    transport: Transport


@dataclass(frozen=True, slots=True)
class Changed:
    """The phone is in another state than before, such as authorised at last."""

    transport: Transport
    before: Transport


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


TrackingEvent = Arrived | Changed | Left | ServerFound | ServerLost


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
    with connected(adb.host, adb.port, Deadline(FOREVER)) as wire:
        wire.service(b"host:track-devices")
        for told in _settled_lists(wire, stop, settled):
            now = {one.serial: one for one in adb.transports(told)}
            yield from difference(known, now)
            known.clear()
            known.update(now)


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
        elif before[serial].state != transport.state:
            yield Changed(transport, before[serial])


def _settled_lists(wire: Wire, stop: Event, settled: float) -> Iterator[str]:
    newest: str | None = None
    while not stop.is_set():
        if wire.readable(settled if newest is not None else STOP_NOTICED):
            newest = wire.block().decode(errors="replace")
        elif newest is not None:
            yield newest
            newest = None
