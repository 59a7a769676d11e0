"""A phone that no handset can be: in recovery, in rescue mode, or without trust in the station.

It speaks adb's own handshake to a real adb server and goes no further.
"""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CONNECT, AUTHENTICATE = b"CNXN", b"AUTH"
HEADER = struct.Struct("<4s5I")
VERSION, MOST = 0x01000000, 4096
TOKEN = b"t" * 20
PUBLIC_KEY = 3  # adb shows its key; the phone asks whoever holds it


def message(command: bytes, first: int, second: int, data: bytes) -> bytes:
    magic = int.from_bytes(command, "little") ^ 0xFFFFFFFF
    return HEADER.pack(command, first, second, len(data), sum(data), magic) + data


def exactly(line: socket.socket, count: int) -> bytes:
    whole = b""
    while len(whole) < count:
        piece = line.recv(count - len(whole))
        if not piece:
            raise ConnectionError
        whole += piece
    return whole


def answer_of(state: str, command: bytes, kind: int) -> bytes:
    """Return what a phone in `state` says to a word of adb; nothing while a person has to act."""
    if state == "silent" or (state == "authorizing" and command == AUTHENTICATE):
        return b""
    if state in {"unauthorized", "authorizing"}:
        return b"" if kind == PUBLIC_KEY else message(AUTHENTICATE, 1, 0, TOKEN)
    banner = f"{state}::ro.product.name=bare;ro.product.model=Bare_1;ro.product.device=bare;"
    return message(CONNECT, VERSION, MOST, banner.encode())


def _serve(listener: socket.socket, state: str) -> None:
    with suppress(OSError):
        while True:
            line, _ = listener.accept()
            with line, suppress(OSError):
                while True:
                    command, kind, _, size, *_ = HEADER.unpack(exactly(line, HEADER.size))
                    exactly(line, size)
                    line.sendall(answer_of(state, command, kind if command == AUTHENTICATE else 0))


@contextmanager
def bare_phone(state: str) -> Iterator[str]:
    """Give the address of a phone that is in `state`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        served = threading.Thread(target=_serve, args=(listener, state), daemon=True)
        served.start()
        host, port = listener.getsockname()[:2]
        yield f"{host}:{port}"
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
