"""Debugging without a cable: which doors are open, closing them, and opening them again."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event
from typing import ClassVar, Final

from agents.phone.errors import NoAnswer
from agents.phone.parts.text import whole, yes_or_no
from agents.phone.phone import Phone
from agents.phone.remedies import AnySeen, Look, Said, answers, question
from agents.phone.wire import Deadline
from fleet.contracts.remedies import UNDONE_BY, RemedyAction, WirelessSeen

BACK_SECONDS: Final = 60.0
BETWEEN_LOOKS: Final = 0.5
LISTENS: Final = re.compile(r"^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:0000 0A ", re.MULTILINE)
ADDRESS: Final = re.compile(r".+:\d+")
LOOPBACK: Final = ("127.0.0.1:", "localhost:", "[::1]:")


def without_cable(transport: str) -> bool:
    """Whether adb reaches the phone through the air.

    An address of this very machine is that of a phone in software, or of a relay to a cable.
    """
    has_address = ADDRESS.fullmatch(transport) and not transport.startswith(LOOPBACK)
    return bool(has_address) or "._adb" in transport


AT_START: Final = "persist.adb.tcp.port"
LOOK: Final = (
    question("switch", "t settings get global adb_wifi_enabled"),
    question("port", "getprop service.adb.tcp.port"),
    question("port_at_start", "getprop persist.adb.tcp.port"),
    # Newer phones show it to nobody; where it is shown, it is the better witness.
    question("listening", "cat /proc/net/tcp /proc/net/tcp6 2>/dev/null|grep ' 0A '", kilobytes=64),
)


def seen_of(
    switch: str | None,
    port: str | None,
    port_at_start: str | None,
    listening: str | None = None,
    earlier: Iterable[int] = (),
) -> WirelessSeen:
    """Read the four answers; a port of `earlier` that is still listened on is open, whatever else.

    A daemon that was not started anew goes on listening where its setting no longer says so.
    """
    own, later = _port(port), _port(port_at_start)
    listens = {int(found, 16) for found in LISTENS.findall(listening or "")}
    still = [one for one in (*earlier, later) if one in listens]
    return WirelessSeen(
        switch=_switch(switch), port=own or next(iter(still), own), port_at_start=later
    )


def _switch(text: str | None) -> bool | None:
    if text is None:
        return None
    value = _last_line(text)
    # A phone that has no such switch answers "null".
    return False if value in ("null", "") else yes_or_no(value)


def _port(text: str | None) -> int | None:
    if text is None:
        return None
    value = _last_line(text)
    port = whole(value) if value else 0
    return None if port is None else max(0, port)


def _last_line(text: str) -> str:
    """Return the answer itself: some builds complain about themselves first."""
    return next(reversed([line for raw in text.splitlines() if (line := raw.strip())]), "")


@dataclass
class _Wireless(ABC):
    action: ClassVar[RemedyAction]

    phone: Phone
    reconnect: Callable[[], None] = lambda: None
    stop: Event = field(default_factory=Event)
    _ports: set[int] = field(default_factory=set)

    def look(self) -> Look:
        told, raw = answers(self.phone, LOOK)
        switch, port, at_start, listening = (told.get(part.name) for part in LOOK)
        seen = seen_of(switch, port, at_start, listening, self._ports)
        self._ports |= {port for port in (seen.port,) if port}
        return Look(seen, raw, self.why_not(seen))

    @abstractmethod
    def why_not(self, seen: WirelessSeen) -> str | None: ...

    @abstractmethod
    def stands(self, seen: WirelessSeen) -> bool | None: ...

    def is_so(self, seen: AnySeen) -> bool | None:
        return self.stands(seen) if isinstance(seen, WirelessSeen) else None

    def undone_by(self, before: AnySeen) -> RemedyAction | None:
        del before
        return UNDONE_BY.get(self.action)

    def _settled(self, command: str, service: str | None) -> Said:
        """Change the settings, then have the daemon start anew where it listens elsewhere."""
        told, raw = answers(self.phone, (question("act", command),))
        text, status = str(told.get("act") or ""), raw[0].status if raw else None
        if service is None:
            return Said(text, status, self.look())
        with suppress(NoAnswer):  # it goes away in the middle of its answer
            text += self.phone.service(service)
        return Said(text, status, self._back())

    def _back(self) -> Look:
        """Wait until the phone answers again; raises NoAnswer when it does not come back."""
        limit = Deadline(BACK_SECONDS)
        while True:
            try:
                return self.look()
            except NoAnswer:
                self.reconnect()
                if not _is_time_left(limit, self.stop):
                    raise


class CloseWireless(_Wireless):
    action = RemedyAction.CLOSE_WIRELESS

    def why_not(self, seen: WirelessSeen) -> str | None:
        del seen
        return "without_cable" if without_cable(self.phone.serial) else None

    def stands(self, seen: WirelessSeen) -> bool | None:
        return seen.closed if seen.is_known or not seen.closed else None

    def act(self, before: Look) -> Said:
        seen = _wireless(before)
        commands = [
            "t settings put global adb_wifi_enabled 0" if seen.switch else "",
            f"setprop {AT_START} ''" if seen.port_at_start else "",
        ]
        return self._settled(";".join(filter(None, commands)) or ":", "usb:" if seen.port else None)


@dataclass
class OpenWireless(_Wireless):
    """`to` is how the doors stood before they were closed."""

    action: ClassVar[RemedyAction] = RemedyAction.OPEN_WIRELESS
    to: WirelessSeen = field(default_factory=lambda: WirelessSeen(switch=True))

    def why_not(self, seen: WirelessSeen) -> str | None:
        restarts = self.to.port is not None and self.to.port != seen.port
        return "without_cable" if restarts and without_cable(self.phone.serial) else None

    def stands(self, seen: WirelessSeen) -> bool | None:
        if not seen.is_known:
            return None
        pairs = (
            (self.to.switch, seen.switch),
            (self.to.port, seen.port),
            (self.to.port_at_start, seen.port_at_start),
        )
        return all(wanted is None or wanted == found for wanted, found in pairs)

    def act(self, before: Look) -> Said:
        seen, to = _wireless(before), self.to
        commands = [
            f"t settings put global adb_wifi_enabled {int(to.switch)}"
            if to.switch is not None and to.switch != seen.switch
            else "",
            f"setprop {AT_START} '{to.port_at_start or ''}'"
            if to.port_at_start is not None and to.port_at_start != seen.port_at_start
            else "",
        ]
        service = None
        if to.port is not None and to.port != seen.port:
            service = f"tcpip:{to.port}" if to.port else "usb:"
        return self._settled(";".join(filter(None, commands)) or ":", service)


def _wireless(look: Look) -> WirelessSeen:
    assert isinstance(look.seen, WirelessSeen)  # noqa: S101 — it is ours
    return look.seen


def _is_time_left(limit: Deadline, stop: Event) -> bool:
    try:
        stop.wait(min(BETWEEN_LOOKS, limit.left()))
    except TimeoutError:
        return False
    return not stop.is_set()
