"""The socket between the stubs in the phone and the framework outside."""

import contextlib
import logging
import os
import socket
import threading
from pathlib import Path
from typing import Final

from agents.handset.framework.framework import Framework
from agents.handset.framework.reply import Reply, err

SOCKET_NAME: Final = "framework"
MAXIMUM_REQUEST: Final = 512 << 20  # an app that is installed comes this way

log = logging.getLogger(__name__)


class FrameworkServer:
    """Serves one phone's framework, a thread for each call, until it is closed."""

    def __init__(self, framework: Framework, folder: Path) -> None:
        self.framework = framework
        self._socket = _listening_socket(folder)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept, name="handset-framework", daemon=True)
        self._thread.start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)
        try:
            with connection, contextlib.suppress(ConnectionError):
                connection.sendall(self._reply(_read_all(connection)).script())
        finally:
            with self._lock:
                self._open.discard(connection)

    def _reply(self, request: bytes) -> Reply:
        try:
            words, stdin = parse(request)
        except ValueError:
            return err("cmd: Failure calling service: bad request", 224)
        try:
            return self.framework.answer(words, stdin)
        except Exception:
            # A real framework that throws answers with a stack on standard error.
            log.exception("the scripted framework failed in %s", words[0])
            return err(f"Exception occurred while executing '{words[0]}'", 255)


def _listening_socket(folder: Path) -> socket.socket:
    """Bind through an open folder: a socket's path may be no longer than 107 bytes."""
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    opened = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        found.bind(f"/proc/self/fd/{opened}/{SOCKET_NAME}")
    finally:
        os.close(opened)
    (folder / SOCKET_NAME).chmod(0o666)
    found.listen(128)
    return found


def _read_all(connection: socket.socket) -> bytes:
    parts = []
    size = 0
    while size < MAXIMUM_REQUEST and (part := connection.recv(65536)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def parse(request: bytes) -> tuple[tuple[str, ...], bytes]:
    """Split a request into its words and what stood on standard input."""
    count, _, rest = request.partition(b"\0")
    *words, stdin = rest.split(b"\0", int(count))
    if len(words) != int(count) or not words:
        raise ValueError("a request names fewer words than it says")
    return tuple(word.decode("utf-8", "surrogateescape") for word in words), stdin
