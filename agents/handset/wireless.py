"""Wireless debugging of a virtual phone: pairing by a code, and adb over TLS for who has paired.

The adbd of Debian holds the code of a TLS connection, and nothing that would open its port: that
belongs to Android's framework. So the greeting and the TLS are done here, and every byte after
them goes to the real adbd and comes from it.
"""

import contextlib
import secrets
import select
import socket
import string
import struct
import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from OpenSSL import SSL

from agents.handset.handset import Handset
from agents.handset.mdns import Announcer
from agents.handset.pairing import LOOPBACK, PairingDialog
from agents.handset.tls import server_context

PACKET: Final = struct.Struct("<6I")  # command, two arguments, size, checksum, command inverted
CONNECT: Final = int.from_bytes(b"CNXN", "little")
START_TLS: Final = int.from_bytes(b"STLS", "little")
TLS_VERSION: Final = 0x01000000
LONGEST_GREETING: Final = 64 * 1024
CHUNK: Final = 64 * 1024
GREETING_SECONDS: Final = 10.0


class Wireless:
    """A phone in the Wi-Fi, inside a `with` block; a restart of it changes the port.

    Its `host` is where it answers; any other than loopback it also says in the network.
    """

    def __init__(self, handset: Handset, host: str = LOOPBACK) -> None:
        self.handset, self.host = handset, host
        letters = "".join(secrets.choice(string.ascii_letters) for _ in range(6))
        self.guid = f"adb-{handset.serial}-{letters}"
        self.trusted: set[int] = set()
        self._context = server_context(self.trusted.__contains__)
        self._dialogs: list[PairingDialog] = []
        self._listener: socket.socket | None = None
        self._announcer: Announcer | None = None

    def __enter__(self) -> Self:
        self.switch_on()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for dialog in self._dialogs:
            dialog.close()
        self.switch_off()

    @property
    def address(self) -> str:
        """Where adb over TLS answers now."""
        return f"{self.host}:{self._port}"

    def switch_on(self) -> None:
        """Answer on a port of chance, as a phone does each time."""
        self._listener = socket.create_server((self.host, 0))
        self._port = self._listener.getsockname()[1]
        if self.host != LOOPBACK:
            self._announcer = Announcer(self.guid, self.host, self._port)
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def switch_off(self) -> None:
        """Answer no more; connections that stand go on as long as the phone itself does."""
        if self._announcer is not None:
            self._announcer.close()
        listener, self._listener = self._listener, None
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def show_code(self) -> PairingDialog:
        """Open “Pair device with pairing code”."""
        dialog = PairingDialog(self.guid, self.trusted.add)
        self._dialogs.append(dialog)
        return dialog

    def _serve(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):  # it was switched off
            while True:
                line = listener.accept()[0]
                threading.Thread(target=self._welcome, args=(line,), daemon=True).start()

    def _welcome(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError, SSL.Error, EOFError), line:
            line.settimeout(GREETING_SECONDS)
            greeting = read_packet(line, CONNECT)
            line.sendall(packet(START_TLS, TLS_VERSION))
            # adb's threads race, most of all on a busy machine: its TLS may come before the packet
            # that announces it, which then comes inside. A phone's adbd hangs up, and adb's server
            # may crash over that; what is tested here should not hang on it.
            announced = line.recv(1, socket.MSG_PEEK) == b"S"
            if announced:
                read_packet(line, START_TLS)
            line.settimeout(None)
            tls = SSL.Connection(self._context, line)
            tls.set_accept_state()
            tls.do_handshake()  # refuses whom the phone does not know
            host, _, port = self.handset.address.partition(":")
            with socket.create_connection((host, int(port))) as adbd:
                adbd.sendall(greeting)
                Carrier(tls, line, adbd, unread=0 if announced else PACKET.size).run()


def packet(command: int, argument: int) -> bytes:
    return PACKET.pack(command, argument, 0, 0, 0, command ^ 0xFFFFFFFF)


def read_packet(line: socket.socket, command: int) -> bytes:
    """Return one packet of adb, which must be a `command`."""
    header = _exactly(line, PACKET.size)
    found, _one, _other, size, _sum, inverted = PACKET.unpack(header)
    if found != command or inverted != command ^ 0xFFFFFFFF or size > LONGEST_GREETING:
        raise EOFError
    return header + _exactly(line, size)


def _exactly(line: socket.socket, count: int) -> bytes:
    whole = b""
    while len(whole) < count:
        if not (piece := line.recv(count - len(whole))):
            raise EOFError
        whole += piece
    return whole


@dataclass
class Carrier:
    """Passes bytes both ways until either side ends; one thread, for TLS takes no two at once."""

    tls: SSL.Connection
    line: socket.socket  # below `tls`
    adbd: socket.socket
    unread: int = 0  # bytes at the beginning that are not for the phone
    to_phone: bytearray = field(default_factory=bytearray)
    to_station: bytearray = field(default_factory=bytearray)

    def run(self) -> None:
        self.line.settimeout(0)
        self.adbd.settimeout(0)
        while True:
            self._take()
            self._give()
            if not (self.tls.pending() and len(self.to_phone) < CHUNK):
                self._wait()

    def _take(self) -> None:
        with contextlib.suppress(SSL.WantReadError, SSL.WantWriteError):
            if len(self.to_phone) < CHUNK:
                piece = self.tls.recv(CHUNK)
                self.to_phone += piece[self.unread :]
                self.unread = max(0, self.unread - len(piece))
        with contextlib.suppress(BlockingIOError):
            if len(self.to_station) < CHUNK:
                if not (piece := self.adbd.recv(CHUNK)):
                    raise EOFError
                self.to_station += piece

    def _give(self) -> None:
        with contextlib.suppress(BlockingIOError):
            if self.to_phone:
                del self.to_phone[: self.adbd.send(self.to_phone)]
        with contextlib.suppress(SSL.WantReadError, SSL.WantWriteError):
            if self.to_station:
                del self.to_station[: self.tls.send(bytes(self.to_station[:CHUNK]))]

    def _wait(self) -> None:
        readers = [self.line] * (len(self.to_phone) < CHUNK)
        readers += [self.adbd] * (len(self.to_station) < CHUNK)
        writers = [self.line] * bool(self.to_station) + [self.adbd] * bool(self.to_phone)
        select.select(readers, writers, [])
