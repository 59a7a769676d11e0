"""Servers and phones that answer as old or unwilling ones do, spoken to over a real socket."""

import re
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from agents.phone.adb import Adb, AdbPhone
from agents.phone.errors import (
    AdbServerUnavailable,
    NoAnswer,
    PhoneNotFound,
    PhoneUnauthorized,
    PhoneUnreachable,
)
from agents.phone.server import Adb as Server

OKAY, SERIAL = b"OKAY", "0123456789ABCDEF"
Answers = Callable[[str], bytes]


def block(text: str) -> bytes:
    return b"%04x%s" % (len(text), text.encode())


def fail(text: str) -> bytes:
    return b"FAIL" + block(text)


class ScriptedServer:
    """An adb server on loopback that answers each request by a function, until it gives b""."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as asked:
                while (head := asked.read(4)) and self._answered(
                    connection, asked.read(int(head, 16)).decode()
                ):
                    pass

    def _answered(self, connection: socket.socket, request: str) -> bool:
        self.asked.append(request)
        answer = self.answers(request)
        connection.sendall(answer)
        return answer == OKAY


@pytest.fixture
def server() -> Iterator[Callable[[Answers], ScriptedServer]]:
    running: list[ScriptedServer] = []

    def start(answers: Answers) -> ScriptedServer:
        running.append(ScriptedServer(answers))
        return running[-1]

    yield start
    for one in running:
        one.close()


def seam(server: ScriptedServer) -> AdbPhone:
    return AdbPhone(Server("127.0.0.1", server.port), SERIAL)


def android_4(request: str) -> bytes:
    """Announce nothing, refuse `exec:`, and answer through a terminal."""
    if request.endswith(":features"):
        return OKAY + block("")
    if request.startswith("exec:"):
        return fail("closed")
    if request.startswith("shell:"):
        mark = re.search(r"wf-\w+", request)
        assert mark
        said = f"{mark[0]}\nhello\nworld\n\n{mark[0]} 7\noops\n\n{mark[0]} end\n"
        return OKAY + said.replace("\n", "\r\n").encode()
    return OKAY


def test_a_phone_of_android_4_is_understood_through_its_terminal(
    server: Callable[[Answers], ScriptedServer],
) -> None:
    old = server(android_4)
    phone = seam(old)

    answers = [phone.script("whatever") for _ in range(2)]

    assert [(one.stdout, one.stderr, one.status) for one in answers] == [
        (b"hello\nworld\n", b"oops\n", 7)
    ] * 2
    assert sum(one.startswith("exec:") for one in old.asked) == 1


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        ("device unauthorized.\nThis adb server's $ADB_VENDOR_KEYS is not set", PhoneUnauthorized),
        ("device still authorizing", PhoneUnauthorized),
        ("device offline", PhoneUnreachable),
        (f"device '{SERIAL}' not found", PhoneNotFound),
        (f"device not found: '{SERIAL}'", PhoneNotFound),
    ],
)
def test_what_the_server_says_of_a_phone_becomes_the_station_s_own_word(
    server: Callable[[Answers], ScriptedServer], reason: str, error: type[NoAnswer]
) -> None:
    def answers(request: str) -> bytes:
        if request == "host:devices":
            return OKAY + block(f"{SERIAL}2\tunauthorized\n")
        return fail(reason)

    with pytest.raises(error) as caught:
        seam(server(answers)).script("true")

    assert SERIAL in str(caught.value)


def test_a_service_that_ends_before_its_sentinel_was_cut_off(
    server: Callable[[Answers], ScriptedServer],
) -> None:
    def answers(request: str) -> bytes:
        return android_4(request)[:-20] if request.startswith("shell:") else android_4(request)

    with pytest.raises(PhoneUnreachable, match="cut off"):
        seam(server(answers)).script("true")


def test_something_else_on_the_port_is_no_adb_server(
    server: Callable[[Answers], ScriptedServer],
) -> None:
    other = server(lambda _request: b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with pytest.raises(AdbServerUnavailable, match="something else"):
        Adb("127.0.0.1", other.port).ensure()
