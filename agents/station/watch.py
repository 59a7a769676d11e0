"""Watching: each phone that comes is probed, each that goes is missed, and all is reported."""

from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Lock

from agents.phone.adb import Adb, AdbPhone
from agents.phone.devices import Transport
from agents.phone.errors import NoAnswer
from agents.phone.probe import Visit, probe
from agents.phone.tracking import Arrived, Changed, Left, ServerLost, TrackingEvent, track
from agents.station.answers import Answers
from agents.station.backoff import Backoff
from agents.station.outbox import Outbox
from agents.station.phones import Here, Phones, Seen
from agents.station.same_phone import same_phone
from fleet.contracts.stations import PhoneLeft, PhoneSeen, PhoneUnreadable
from fleet.contracts.words import _, say
from fleet.errors import FleetError

PASSING = frozenset({"authorizing", "connecting"})  # states that become another by themselves
TRIES = 4  # of a probe, while the phone stays plugged in

SEEN = _("{serial} is here ({model}).")
SECOND = _("{serial} is here a second way ({transport}); it counts once.")
GONE = _("{serial} is gone.")
CLASH = _("Two phones call themselves {serial} ({transports}); neither is worked on.")
UNREADABLE = _("{transport} is plugged in but cannot be read: {reason}")
ADB_LOST = _("The adb server went away ({reason}); looking for it again.")


@dataclass
class Watch:
    """Turns what adb tells into reports; `changed` is called when there may be work to do."""

    adb: Adb
    phones: Phones
    outbox: Outbox
    answers: Answers
    pool: Executor
    stop: Event
    say: Callable[[str], None]
    changed: Callable[[], None]
    _there: dict[str, Transport] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def run(self) -> None:
        """Follow adb until `stop`; its end and its return are survived."""
        for event in track(self.adb, self.stop):
            self._take(event)

    def phone(self, transport: str) -> AdbPhone:
        return AdbPhone(self.adb, transport)

    def visit(self, transport: str) -> None:
        """Probe a phone and report it; tried again while it stays plugged in."""
        backoff, trouble = Backoff(first=0.5, longest=5.0), ""
        for _number in range(TRIES):
            try:
                self._seen(transport, probe(self.phone(transport), memory=self.answers))
            except NoAnswer as error:
                trouble = str(error)
            else:
                return
            if backoff.wait(self.stop) or not self._is_ready(transport):
                return
        self._unreadable(transport, "device", trouble)

    def suspect(self, transport: str) -> None:
        """A phone did not answer: it counts as gone until it answers a probe."""
        self._forget(transport)
        if self._is_ready(transport):
            self._look(transport)

    def _take(self, event: TrackingEvent) -> None:
        match event:
            case Arrived(transport) | Changed(transport):
                self._came(transport)
            case Left(transport):
                self._left(transport.serial)
            case ServerLost(reason):
                self.say(say(ADB_LOST, reason=reason))

    def _came(self, transport: Transport) -> None:
        with self._lock:
            self._there[transport.serial] = transport
        if transport.ready:
            self._look(transport.serial)
            return
        self._forget(transport.serial)
        if transport.state not in PASSING:
            reason = transport.explanation or transport.state
            self._unreadable(transport.serial, transport.state, reason)

    def _left(self, transport: str) -> None:
        with self._lock:
            self._there.pop(transport, None)
        self._forget(transport)

    def _forget(self, transport: str) -> None:
        gone = self.phones.left(transport)
        if gone.serial is not None:
            self.outbox.put(PhoneLeft(serial=gone.serial))
            self.say(say(GONE, serial=gone.serial))
            self.changed()
        for other in gone.probe:
            self._look(other)

    def _look(self, transport: str) -> None:
        with suppress(RuntimeError):  # the pool takes nothing more: the agent is ending
            self.pool.submit(self._safely, transport)

    def _safely(self, transport: str) -> None:
        try:
            self.visit(transport)
        except FleetError as error:
            self._unreadable(transport, "device", str(error))

    def _seen(self, transport: str, visit: Visit) -> None:
        serial = visit.facts.identity.serial
        if not serial:
            self._unreadable(transport, "device", "no serial number")
            return
        if not self._is_ready(transport):
            return  # it left while it was being asked
        here = Here(transport, serial, visit.facts)
        seen = self.phones.seen(here, self._same_phone)
        if seen is Seen.CLASH:
            self._clash(serial)
            return
        told = PhoneSeen(facts=visit.facts, transport=transport, digest=visit.digest)
        self.outbox.put_visit(told)
        self._tell(seen, here)
        self.changed()

    def _tell(self, seen: Seen, here: Here) -> None:
        identity = here.facts.identity
        model = identity.market_name or identity.model or "?"
        if seen is Seen.NEW:
            self.say(say(SEEN, serial=here.serial, model=model))
        elif seen is Seen.SECOND_WAY:
            self.say(say(SECOND, serial=here.serial, transport=here.transport))

    def _same_phone(self, one: str, other: str) -> bool:
        return same_phone(self.phone(one), self.phone(other))

    def _clash(self, serial: str) -> None:
        transports = self.phones.clashing(serial)
        sentence = say(CLASH, serial=serial, transports=", ".join(transports))
        self.outbox.put(PhoneLeft(serial=serial))
        for transport in transports:
            report = PhoneUnreadable(transport=transport, state="device", reason=sentence)
            self.outbox.put(report)
        self.say(sentence)
        self.changed()

    def _unreadable(self, transport: str, state: str, reason: str) -> None:
        self.outbox.put(PhoneUnreadable(transport=transport, state=state, reason=reason))
        self.say(say(UNREADABLE, transport=transport, reason=reason))
        self.changed()

    def _is_ready(self, transport: str) -> bool:
        with self._lock:
            known = self._there.get(transport)
            return known is not None and known.ready
