"""What is at each port of this station: the whole picture, for people who stand before it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock

from agents.phone.devices import Transport
from fleet.contracts.clock import now
from fleet.contracts.ports import MOST_PORTS, PortNow, PortState, port_state

LONGEST_NAME, LONGEST_REASON = 200, 2000  # characters, as the contract allows


@dataclass(frozen=True)
class Place:
    """One phone as adb sees it, and what is known of it besides."""

    transport: Transport
    state: PortState
    since: datetime
    serial: str | None = None
    reason: str = ""


@dataclass
class Ports:
    """Asked and told by several threads."""

    clock: Callable[[], datetime] = now
    _places: dict[str, Place] = field(default_factory=dict)  # by adb's name
    _lock: Lock = field(default_factory=Lock)

    def came(self, transport: Transport) -> None:
        """Take note of a phone that has come, or is in another state or at another port."""
        state = PortState.READING if transport.ready else port_state(transport.state)
        place = Place(transport, state, self.clock(), reason=transport.explanation)
        with self._lock:
            self._places[transport.serial] = place

    def left(self, transport: str) -> None:
        with self._lock:
            self._places.pop(transport, None)

    def tell(
        self, transport: str, state: PortState, *, serial: str | None = None, reason: str = ""
    ) -> None:
        """Say more of a phone that is there; its serial stays known while it is."""
        with self._lock:
            place = self._places.get(transport)
            if place is None:
                return
            since = place.since if place.state is state else self.clock()
            known = serial or place.serial
            self._places[transport] = replace(
                place, state=state, since=since, serial=known, reason=reason
            )

    def woke(self, transport: str) -> None:
        """A phone answers; one that hung is to be read anew."""
        if self.is_hung(transport):
            self.tell(transport, PortState.READING)

    def is_ready(self, transport: str) -> bool:
        """Say whether adb calls the phone ready."""
        with self._lock:
            place = self._places.get(transport)
        return place is not None and place.transport.ready

    def states(self) -> dict[str, str]:
        """Return adb's states of the phones, by adb's names."""
        with self._lock:
            return {name: place.transport.state for name, place in self._places.items()}

    def is_hung(self, transport: str) -> bool:
        with self._lock:
            place = self._places.get(transport)
        return place is not None and place.state is PortState.HUNG

    def shown(self, transport: str) -> str:
        """Return adb's name for a phone with its port."""
        with self._lock:
            place = self._places.get(transport)
        port = place.transport.port if place else transport
        return transport if port == transport else f"{transport} ({port})"

    def unwatched(self) -> None:
        """Nobody watches any more: what is known is what was."""
        with self._lock:
            moment = self.clock()
            self._places = {
                name: replace(place, state=PortState.UNWATCHED, since=moment, reason="")
                for name, place in self._places.items()
            }

    def picture(self) -> list[PortNow]:
        """Return all that is there."""
        with self._lock:
            places = sorted(self._places.values(), key=lambda one: one.transport.serial)
        return [_port(place) for place in places[:MOST_PORTS]]


def _port(place: Place) -> PortNow:
    return PortNow(
        port=_short(place.transport.port),
        transport=_short(place.transport.serial),
        state=place.state,
        serial=_short(place.serial) if place.serial else None,
        reason=place.reason.replace("\0", "")[:LONGEST_REASON],
        since=place.since,
    )


def _short(name: str) -> str:
    """Return what stands for a name in the picture: a phone may call itself anything."""
    return name.replace("\0", "").strip()[:LONGEST_NAME].strip() or "?"
