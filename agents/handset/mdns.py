"""Saying in the network where a phone takes connections (RFC 6762 and 6763), as adbd does."""

import contextlib
import socket
import struct
import threading
from typing import Final

GROUP: Final = ("224.0.0.251", 5353)
SERVICE: Final = "_adb-tls-connect._tcp.local"
PTR, TXT, A, SRV = 12, 16, 1, 33
ONE_ANSWER: Final = struct.pack(">6H", 0, 0x8400, 0, 4, 0, 0)  # a response, with four records
INTERNET, CACHE_FLUSH = 1, 0x8001
SECONDS: Final = 120
AGAIN: Final = 1.0


def name(text: str) -> bytes:
    """Return a domain name as it goes over the wire."""
    parts = [part.encode() for part in text.split(".")]
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


def record(owner: str, kind: int, data: bytes) -> bytes:
    shared = INTERNET if kind == PTR else CACHE_FLUSH
    return name(owner) + struct.pack(">HHIH", kind, shared, SECONDS, len(data)) + data


def announcement(guid: str, address: str, port: int) -> bytes:
    """Return a message that says: the phone `guid` takes connections at `address`:`port`."""
    service, host = f"{guid}.{SERVICE}", f"{guid}.local"
    return ONE_ANSWER + b"".join(
        (
            record(SERVICE, PTR, name(service)),
            record(service, SRV, struct.pack(">3H", 0, 0, port) + name(host)),
            record(service, TXT, b"\0"),
            record(host, A, socket.inet_aton(address)),
        )
    )


class Announcer:
    """Tells of one phone every second, at its `own` address, until it is closed."""

    def __init__(self, guid: str, own: str, port: int) -> None:
        self._message, self._own = announcement(guid, own, port), own
        self._closed = threading.Event()
        self._line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._line.bind((own, GROUP[1]))  # who speaks of mDNS from another port is not heard
        self._line.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(own))
        threading.Thread(target=self._tell, name="mdns", daemon=True).start()

    def close(self) -> None:
        self._closed.set()

    def _tell(self) -> None:
        with self._line, contextlib.suppress(OSError):
            while not self._closed.is_set():
                self._line.sendto(self._message, GROUP)
                self._closed.wait(AGAIN)
