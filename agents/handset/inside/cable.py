"""The cable: passes bytes between the adb server outside and adbd inside, and can be cut."""

import contextlib
import os
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Final

CHUNK: Final = 1 << 20
CONNECT_SECONDS: Final = 10.0
RETRY_SECONDS: Final = 0.01

FROM_PHONE: Final = "from_phone"
TO_PHONE: Final = "to_phone"


@dataclass
class Cut:
    """Cut the cable when this many more bytes have passed in one direction, so many times."""

    direction: str
    after_bytes: int
    times: int
    left: int = field(init=False)

    def __post_init__(self) -> None:
        self.left = self.after_bytes


@dataclass
class Trip:
    """What happens once, when this many more bytes have come from the phone.

    `hold`: nothing passes any more until it is let flow again. `flip`: a bit of that byte arrives
    as the other one, and nobody says so.
    """

    what: str
    left: int


class Cable:
    """All connections to one phone, and what is wrong with the cable."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.lock = threading.Lock()
        self.flowing = threading.Event()
        self.flowing.set()
        self.cut: Cut | None = None
        self.trip: Trip | None = None
        self.cuts_done = 0
        self.bytes_per_second = 0
        self.free_at = 0.0  # when all that has passed would have come over a cable so slow
        self.links: set[Link] = set()

    def obey(self, order: dict[str, object]) -> None:
        match order:
            case {"do": "cut", "direction": str(way), "after_bytes": int(size), "times": int(n)}:
                self.cut = Cut(way, size, n)
            case {"do": "trip", "what": str(what), "after_bytes": int(size)}:
                self.trip = Trip(what, size)
            case {"do": "flow", "on": bool(on)}:
                (self.flowing.set if on else self.flowing.clear)()
            case {"do": "slow", "bytes_per_second": int(rate)}:
                self.bytes_per_second = rate
            case _:
                pass  # "status" only asks

    def status(self) -> dict[str, object]:
        return {
            "connections": len(self.links),
            "cuts": self.cuts_done,
            "flowing": self.flowing.is_set(),
        }

    def join(self, outside: socket.socket) -> None:
        """Serve one connection from the adb server, in threads of its own."""
        threading.Thread(target=self._serve, args=(outside,), daemon=True).start()

    def _serve(self, outside: socket.socket) -> None:
        try:
            inside = connect(self.port)
        except OSError:
            outside.close()
            return
        link = Link(self, outside, inside)
        with self.lock:
            self.links.add(link)
        link.run()
        with self.lock:
            self.links.discard(link)

    def drop(self) -> None:
        with self.lock:
            links = list(self.links)
        for link in links:
            link.hang_up()

    def pass_on(self, direction: str, count: int) -> int:
        """Return how many of `count` bytes may still pass; fewer than `count` means: cut now."""
        with self.lock:
            cut = self.cut
            if cut is None or cut.direction != direction:
                return count
            allowed = min(count, cut.left)
            cut.left -= allowed
            if allowed < count:
                self._count_cut(cut)
            return allowed

    def tripped(self, direction: str, count: int) -> int | None:
        """Return which of `count` bytes is to be spoilt, None where none is."""
        with self.lock:
            trip = self.trip
            if trip is None or direction != FROM_PHONE:
                return None
            if trip.left >= count:
                trip.left -= count
                return None
            self.trip = None
        if trip.what == "flip":
            return trip.left
        self.flowing.clear()
        return None

    def slow_down(self, count: int) -> None:
        """Let `count` bytes take their time: all connections share the one cable."""
        if not self.bytes_per_second:
            return
        with self.lock:
            self.free_at = max(self.free_at, time.monotonic()) + count / self.bytes_per_second
            left = self.free_at - time.monotonic()
        time.sleep(max(0.0, left))

    def _count_cut(self, cut: Cut) -> None:
        self.cuts_done += 1
        cut.times -= 1
        cut.left = cut.after_bytes
        if cut.times <= 0:
            self.cut = None


def connect(port: int) -> socket.socket:
    """Connect to adbd inside, waiting for it while it starts."""
    deadline = time.monotonic() + CONNECT_SECONDS
    while True:
        try:
            found = socket.create_connection(("127.0.0.1", port), timeout=CONNECT_SECONDS)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(RETRY_SECONDS)
        else:
            found.settimeout(None)
            return found


class Link:
    """One connection: two pumps, one for each direction."""

    def __init__(self, cable: Cable, outside: socket.socket, inside: socket.socket) -> None:
        self.cable = cable
        self.outside = outside
        self.inside = inside
        for end in (outside, inside):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def run(self) -> None:
        back = threading.Thread(
            target=self.pump, args=(self.inside, self.outside, FROM_PHONE), daemon=True
        )
        back.start()
        self.pump(self.outside, self.inside, TO_PHONE)
        back.join()
        self.outside.close()
        self.inside.close()

    def hang_up(self) -> None:
        for end in (self.outside, self.inside):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def pump(self, source: socket.socket, sink: socket.socket, direction: str) -> None:
        reader, writer = os.pipe()
        try:
            while (count := os.splice(source.fileno(), writer, CHUNK)) > 0:
                self.cable.flowing.wait()
                allowed = self.cable.pass_on(direction, count)
                spoilt = self.cable.tripped(direction, allowed)
                if spoilt is None:
                    move(reader, sink.fileno(), allowed)
                else:
                    move_spoilt(reader, sink, allowed, spoilt)
                if allowed < count:
                    break
                self.cable.slow_down(count)
        except OSError:
            pass  # either end may go at any time, as with a cable
        finally:
            os.close(reader)
            os.close(writer)
            self.hang_up()


def move(reader: int, sink: int, count: int) -> None:
    while count:
        count -= os.splice(reader, sink, count)


def move_spoilt(reader: int, sink: socket.socket, count: int, spoilt: int) -> None:
    data = bytearray()
    while len(data) < count:
        data += os.read(reader, count - len(data))
    data[spoilt] ^= 1
    sink.sendall(data)
