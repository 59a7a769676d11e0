"""Watching: each phone that comes is probed, each that goes is missed, and all is reported.

A phone is probed once its shell has answered; one that hangs counts as gone until it answers.
What it says at once is told before slow questions are asked, where the server takes that.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Lock

from agents.phone.adb import Adb, AdbPhone
from agents.phone.devices import READY, Transport
from agents.phone.errors import CommandTimedOut, NoAnswer, PhoneStarting
from agents.phone.probe import DEADLINE, Visit, look
from agents.phone.tracking import (
    PASSING,
    Arrived,
    Changed,
    Lasting,
    Left,
    ServerFound,
    ServerLost,
    TrackingEvent,
    track,
)
from agents.station.answers import Answers
from agents.station.backoff import Backoff
from agents.station.outbox import Outbox
from agents.station.phones import Here, Phones, Seen
from agents.station.ports import Ports
from agents.station.pulse import Pulse
from agents.station.same_phone import same_phone
from fleet.contracts.ports import PortState, port_sentence, port_state
from fleet.contracts.stations import PhoneLeft, PhoneSeen, PhoneUnreadable
from fleet.contracts.words import _, say
from fleet.errors import FleetError

TRIES = 4  # of a probe, one after the other; then it is tried again from time to time
STARTING = 5.0  # seconds until one that is still starting is read again
QUICK = 20.0  # seconds; a phone that takes longer has to wait for others like it

SEEN = _("{serial} is here ({model}).")
SECOND = _("{serial} is here a second way ({transport}); it counts once.")
GONE = _("{serial} is gone.")
CLASH = _("Two phones call themselves {serial} ({transports}); neither is worked on.")
UNREADABLE = _("{transport} is plugged in but cannot be read: {reason}")
ADB_FOUND = _("The adb server at {address} answers (version {version}).")
ADB_OLD = _(
    "The adb server at {address} answers (version {version}); it is too old to pair with phones "
    "without a cable."
)
ADB_LOST = _("The adb server at {address} is away ({reason}); looking for it again.")


@dataclass
class Watch:
    """Turns what adb tells into reports; `changed` is called when there may be work to do.

    `pool` is for probes, `patient` for those of phones that take long, `rests` for slow questions,
    and `pulses` for those whether a phone answers at all; `is_busy` says of a serial number whether
    a job works on that phone.
    """

    adb: Adb
    phones: Phones
    ports: Ports
    outbox: Outbox
    answers: Answers
    pool: Executor
    patient: Executor
    rests: Executor
    pulses: Executor
    stop: Event
    say: Callable[[str], None]
    changed: Callable[[], None]
    is_busy: Callable[[str], bool]
    _asked: dict[str, set[AdbPhone]] = field(default_factory=dict)
    _slow: set[str] = field(default_factory=set)  # transports
    _told: dict[str, str] = field(default_factory=dict)  # why each of them cannot be read
    _lock: Lock = field(default_factory=Lock)
    _adb_told: str = ""

    def __post_init__(self) -> None:
        self.of: Callable[[str], Watch] = lambda _transport: self
        self.pulse = Pulse(
            is_silent=self._is_silent,
            is_busy=self._is_worked_on,
            awake=self._awake,
            hung=self._hung,
            pool=self.pulses,
            stop=self.stop,
        )

    def run(self) -> None:
        """Follow adb until `stop`; its end and its return are survived."""
        for event in track(self.adb, self.stop):
            self._take(event)
        with self._lock:
            asked = list(self._asked)
        for transport in asked:
            self._cut(transport)

    def phone(self, transport: str) -> AdbPhone:
        return AdbPhone(self.adb, transport)

    def states(self) -> dict[str, str]:
        """Return what the server calls its phones, and their states."""
        return {
            self.adb.own_name(name): state
            for name, state in self.ports.states().items()
            if name.endswith(self.adb.place)
        }

    def look(self, transport: str) -> None:
        """Have a phone probed as soon as it answers."""
        self.pulse.want(transport)

    def suspect(self, transport: str) -> None:
        """A phone did not answer: it counts as gone until it answers a probe."""
        self._forget(transport)
        if self.ports.is_ready(transport):
            self.look(transport)

    def _take(self, event: TrackingEvent) -> None:
        match event:
            case Arrived(transport) | Changed(transport):
                self._came(transport)
            case Lasting(transport):
                self._bad(transport)
            case Left(transport):
                self._left(transport.serial)
            case ServerFound(version, pairs):
                text = ADB_FOUND if pairs else ADB_OLD
                self._tell_of_adb(say(text, address=self.adb.address, version=version))
            case ServerLost(reason):
                self._tell_of_adb(say(ADB_LOST, address=self.adb.address, reason=reason))

    def _tell_of_adb(self, sentence: str) -> None:
        """Say what became of the adb server, once for as long as it stays so."""
        if sentence != self._adb_told:
            self._adb_told = sentence
            self.say(sentence)

    def _came(self, transport: Transport) -> None:
        self.ports.came(transport)
        if transport.ready:
            self.look(transport.serial)
            return
        self._drop(transport.serial)
        if transport.state not in PASSING:
            self._bad(transport)

    def _left(self, transport: str) -> None:
        self.ports.left(transport)
        self._drop(transport)
        self.changed()

    def _bad(self, transport: Transport) -> None:
        """adb can do nothing with the phone: say what can be done about that."""
        reason = port_sentence(port_state(transport.state), transport.explanation)
        self._unreadable(transport.serial, transport.state, reason)

    def _drop(self, transport: str) -> None:
        self.pulse.drop(transport)
        self._slow.discard(transport)
        self._told.pop(transport, None)
        self._cut(transport)
        self._forget(transport)

    def _forget(self, transport: str) -> None:
        gone = self.phones.left(transport)
        if gone.serial is not None:
            self.outbox.put(PhoneLeft(serial=gone.serial))
            self.say(say(GONE, serial=gone.serial))
            self.changed()
        for other in gone.probe:
            self.of(other).look(other)

    def _hung(self, transport: str) -> None:
        """Whoever asks a phone that hangs is let go: others wait for their turn."""
        told = self.ports.is_hung(transport)
        self.ports.tell(transport, PortState.HUNG)
        self._cut(transport)
        self._forget(transport)
        if not told:
            self._unreadable(transport, PortState.HUNG, port_sentence(PortState.HUNG))

    def _awake(self, transport: str) -> None:
        pool = self.patient if transport in self._slow else self.pool
        if pool is self.pool:
            self.ports.woke(transport)
        with suppress(RuntimeError):  # the pool takes nothing more: the agent is ending
            pool.submit(self._safely, transport)

    def _out_of_time(self, transport: str) -> None:
        """A phone answers, and comes to no end: it is given more time, and then counts as hung."""
        if transport not in self._slow:
            self._slow.add(transport)
            self._awake(transport)
            return
        self.pulse.rest(transport)
        self._hung(transport)

    def _is_silent(self, transport: str, seconds: float) -> bool:
        with self._asking(transport) as phone:
            return phone.is_silent(seconds)

    def _is_worked_on(self, transport: str) -> bool:
        here = self.phones.at(transport)
        return here is not None and self.is_busy(here.serial)

    @contextmanager
    def _asking(self, transport: str) -> Iterator[AdbPhone]:
        """Give a phone whose questions end when it hangs, when it leaves, or with the agent."""
        phone = self.phone(transport)
        with self._lock:
            asked = self._asked.setdefault(transport, set())
            asked.add(phone)
        try:
            if self.stop.is_set():
                phone.cut()
            yield phone
        finally:
            with self._lock:
                asked.discard(phone)
                if not asked:
                    del self._asked[transport]

    def _cut(self, transport: str) -> None:
        with self._lock:
            asked = list(self._asked.get(transport, ()))
        for phone in asked:
            phone.cut()

    def _safely(self, transport: str) -> None:
        try:
            self._visit(transport)
        except CommandTimedOut:
            self._out_of_time(transport)
        except PhoneStarting as error:
            self._failed(transport, str(error), rest=STARTING)
        except FleetError as error:
            self._failed(transport, str(error))

    def _visit(self, transport: str) -> None:
        """Probe a phone and report it; slow questions are left to others where that is taken."""
        visit = self._tried(transport, self._look, lambda: self._may_answer(transport))
        here = self.phones.at(transport)
        if visit is None or visit.rest is None or here is None or here.facts is not visit.facts:
            return
        if not self.phones.clashing(here.serial):
            with suppress(RuntimeError):  # the pool takes nothing more: the agent is ending
                self.rests.submit(self._finish, here, visit.rest)

    def _look(self, phone: AdbPhone) -> Visit:
        seconds = DEADLINE if phone.serial in self._slow else QUICK
        visit = look(phone, memory=self.answers, deadline=seconds)
        if not visit.has_started:
            raise PhoneStarting(serial=phone.serial)
        if visit.rest is None or self.answers.told_at_once:
            return visit
        return visit.rest(phone)

    def _finish(self, here: Here, rest: Callable[[AdbPhone], Visit]) -> None:
        """Ask slow questions; a phone that does not answer them is asked another time."""
        try:
            if self._is_still(here):
                self._tried(here.transport, rest, lambda: self._is_still(here))
        except NoAnswer:
            self.pulse.rest(here.transport)
        except FleetError as error:
            self._failed(here.transport, str(error))
        finally:
            if self.phones.answered(here):
                self.changed()

    def _tried(
        self, transport: str, ask: Callable[[AdbPhone], Visit], is_wanted: Callable[[], bool]
    ) -> Visit | None:
        """Ask a phone and report what it said; tried again while it stays plugged in."""
        backoff = Backoff(first=0.5, longest=5.0)
        for number in range(TRIES):
            try:
                with self._asking(transport) as phone:
                    visit = ask(phone)
                self._seen(transport, visit)
            except CommandTimedOut:
                raise
            except NoAnswer:
                if number == TRIES - 1 and is_wanted():
                    raise
            else:
                return visit
            if backoff.wait(self.stop) or not is_wanted():
                return None
        return None

    def _is_still(self, here: Here) -> bool:
        return self.phones.at(here.transport) is here and self._may_answer(here.transport)

    def _may_answer(self, transport: str) -> bool:
        return self.ports.is_ready(transport) and not self.ports.is_hung(transport)

    def _seen(self, transport: str, visit: Visit) -> None:
        serial = visit.facts.identity.serial
        if not serial:
            self._failed(transport, "no serial number")
            return
        if not self.ports.is_ready(transport):
            return  # it left while it was being asked
        here = Here(transport, serial, visit.facts, is_asked=visit.rest is not None)
        seen = self.phones.seen(here, self._same_phone)
        if seen is Seen.CLASH:
            self._clash(serial)
            return
        self._told.pop(transport, None)
        self.ports.tell(transport, PortState.READY, serial=serial)
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
        with (
            self.of(one)._asking(one) as first,
            self.of(other)._asking(other) as second,
        ):
            return same_phone(first, second)

    def _clash(self, serial: str) -> None:
        transports = self.phones.clashing(serial)
        sentence = say(CLASH, serial=serial, transports=", ".join(transports))
        self.outbox.put(PhoneLeft(serial=serial))
        for transport in transports:
            self.ports.tell(transport, PortState.CLASH, serial=serial, reason=sentence)
            report = PhoneUnreadable(transport=transport, state=READY, reason=sentence)
            self.outbox.put(report)
        self.say(sentence)
        self.changed()

    def _failed(self, transport: str, reason: str, *, rest: float | None = None) -> None:
        """A phone that is ready for adb could not be read: said once, and tried again later."""
        self.ports.tell(transport, PortState.UNREADABLE, reason=reason)
        self.pulse.rest(transport, rest)
        if self._told.get(transport) != reason:
            self._told[transport] = reason
            self._unreadable(transport, READY, reason)

    def _unreadable(self, transport: str, state: str, reason: str) -> None:
        self.outbox.put(PhoneUnreadable(transport=transport, state=state, reason=reason))
        self.say(say(UNREADABLE, transport=self.ports.shown(transport), reason=reason))
        self.changed()
