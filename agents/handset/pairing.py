"""The phone's side of pairing by a code (AOSP, pairing_connection and pairing_auth).

Both sides show that they know the code by SPAKE2, bound to the TLS connection they speak over;
then the phone learns the station's key and the station the phone's name, both sealed.
"""

import contextlib
import secrets
import socket
import struct
import threading
from base64 import b64decode
from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from OpenSSL import SSL

from agents.handset.spake2 import NotAPoint, Side
from agents.handset.tls import server_context

LOOPBACK: Final = "127.0.0.1"
# C counts the NUL at the end of these names, and leaves out that of the last.
EXPORTED: Final = b"adb-label\0"
NAMES: Final = (b"adb pair client\0", b"adb pair server\0")
SEALED_FOR: Final = b"adb pairing_auth aes-128-gcm key"

HEADER: Final = struct.Struct(">BBI")  # version, kind, size of what follows
VERSION: Final = 1
MESSAGE, PEER = 0, 1
PEER_BYTES: Final = 8192
LONGEST: Final = 2 * PEER_BYTES
STATION_KEY, PHONE_NAME = 0, 1
FIRST_NONCE: Final = bytes(12)  # each side seals once, under a key that is used once

MODULUS: Final = slice(8, 8 + 256)  # in Android's form of a public RSA key

Trust = Callable[[int], None]  # takes the modulus of a key that the phone trusts from now on


class NotPaired(Exception):
    """The other side does not know the code, or does not speak of pairing."""


class PairingDialog:
    """The screen with a code and a port: takes stations until it is closed, or one has paired."""

    def __init__(self, guid: str, trust: Trust) -> None:
        self.guid = guid
        self.code = f"{secrets.randbelow(1_000_000):06d}"
        self._trust = trust
        self._context = server_context(lambda _modulus: True)  # who it is, the code will tell
        self._listener = socket.create_server((LOOPBACK, 0))
        self.address = f"{LOOPBACK}:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, name="pairing", daemon=True).start()

    def close(self) -> None:
        """Close the dialog, as the phone does when nobody came: nothing answers there any more."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # it was closed
            while not self._paired_with(self._listener.accept()[0]):
                pass
            self.close()

    def _paired_with(self, line: socket.socket) -> bool:
        with line:
            try:
                tls = SSL.Connection(self._context, line)
                pair(tls, code=self.code, guid=self.guid, trust=self._trust)
            except (NotPaired, SSL.Error, OSError):
                return False
            return True


def pair(tls: SSL.Connection, *, code: str, guid: str, trust: Trust) -> None:
    """Speak with a station and trust its key when it knew the code, or raise NotPaired."""
    tls.set_accept_state()
    tls.do_handshake()
    password = code.encode() + tls.export_keying_material(EXPORTED, 64)
    side = Side(password, alice=False, names=NAMES)
    send(tls, MESSAGE, side.message)
    box = _box(side, receive(tls, MESSAGE))
    try:
        theirs = box.decrypt(FIRST_NONCE, receive(tls, PEER), None)
    except InvalidTag:
        raise NotPaired from None
    trust(modulus_of(theirs))  # before the station hears that it is paired
    about = bytes([PHONE_NAME]) + guid.encode()
    send(tls, PEER, box.encrypt(FIRST_NONCE, about.ljust(PEER_BYTES, b"\0"), None))


def _box(side: Side, message: bytes) -> AESGCM:
    try:
        shared = side.key(message)
    except NotAPoint:
        raise NotPaired from None
    return AESGCM(HKDF(SHA256(), length=16, salt=None, info=SEALED_FOR).derive(shared))


def modulus_of(peer: bytes) -> int:
    """Return the modulus of the RSA key in what a station says of itself."""
    kind, text = peer[0], peer[1:].partition(b"\0")[0]
    try:
        key = b64decode(text.split(b" ")[0], validate=True)
    except ValueError:
        raise NotPaired from None
    if kind != STATION_KEY or len(key) < MODULUS.stop:
        raise NotPaired
    return int.from_bytes(key[MODULUS], "little")


def send(tls: SSL.Connection, kind: int, payload: bytes) -> None:
    tls.sendall(HEADER.pack(VERSION, kind, len(payload)) + payload)


def receive(tls: SSL.Connection, kind: int) -> bytes:
    version, found, size = HEADER.unpack(_exactly(tls, HEADER.size))
    if version != VERSION or found != kind or not 0 < size <= LONGEST:
        raise NotPaired
    return _exactly(tls, size)


def _exactly(tls: SSL.Connection, count: int) -> bytes:
    whole = b""
    while len(whole) < count:
        whole += tls.recv(count - len(whole))
    return whole
