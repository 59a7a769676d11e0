"""A question that is refused unread, and the next one on the same connection."""

import socket
from contextlib import suppress

import pytest

from api.whole_requests import HEARD_OUT_BYTES
from fleet.contracts.access import Role

BODY = b'{"username": "ann"}'
SECOND = b"GET /api/ready HTTP/1.1\r\nHost: workfleet\r\n\r\n"


@pytest.fixture
def connection(start_server, token_of):
    token_of(Role.AUDITOR)
    serving = start_server().serving
    with socket.create_connection((serving.host, serving.port)) as opened:
        opened.settimeout(30)
        yield opened


def question(size: int) -> bytes:
    lines = f"POST /api/v1/users HTTP/1.1\r\nHost: workfleet\r\nContent-Length: {size}\r\n"
    return f"{lines}Content-Type: application/json\r\n\r\n".encode()


def answer(connection: socket.socket) -> bytes:
    """Return the next answer with its whole body; nothing where the connection was closed."""
    read = connection.makefile("rb")
    head = b"".join(iter(read.readline, b"\r\n"))
    sizes = [line.split(b":")[1] for line in head.lower().splitlines() if b"content-length" in line]
    return head + read.read(int(sizes[0])) if sizes else head


def test_a_body_that_comes_after_the_refusal_ends_no_connection(connection):
    connection.sendall(question(len(BODY)))
    connection.settimeout(0.5)
    with suppress(TimeoutError):
        connection.recv(1, socket.MSG_PEEK)  # a server that does not wait has answered by now
    connection.settimeout(30)
    connection.sendall(BODY)
    first = answer(connection)
    connection.sendall(SECOND)

    assert b" 401 " in first.splitlines()[0]
    assert b"connection: close" not in first.lower()
    assert b" 200 " in answer(connection).splitlines()[0]


def test_a_body_too_long_to_be_waited_for_ends_it_with_a_word(app):
    known = app.test_client()

    ended = {"wsgi.input_terminated": True}
    sizes = HEARD_OUT_BYTES, HEARD_OUT_BYTES - 1
    bodies = [{"data": bytes(size), "environ_overrides": ended} for size in sizes]
    answers = [known.post("/api/v1/users", **body) for body in bodies]

    assert [one.status_code for one in answers] == [401, 401]
    assert [one.headers.get("Connection") for one in answers] == ["close", None]
