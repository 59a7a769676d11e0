"""What comes over the wire from a shell, recorded by hand from the protocols' descriptions."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agents.phone.phone import scrub, shown
from agents.phone.shell import (
    CLOSE_STDIN,
    EXIT,
    KEPT_STDERR,
    STDERR,
    STDIN,
    STDOUT,
    PacketStream,
    PlainStream,
)
from agents.phone.wire import CutOff, Deadline, Wire

MARK = "wf-0123456789abcdef01234567"


def packet(kind: int, data: bytes) -> bytes:
    return bytes([kind]) + len(data).to_bytes(4, "little") + data


@contextmanager
def phone_said(data: bytes, seconds: float = 5.0) -> Iterator[Wire]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        yield Wire(ours, Deadline(seconds))


def test_stdout_stderr_and_status_arrive_apart() -> None:
    said = packet(STDOUT, b"out") + packet(STDERR, b"err") + packet(STDOUT, b"put")
    with phone_said(said + packet(EXIT, b"\x07")) as wire:
        stream = PacketStream(wire)

        assert b"".join(stream) == b"output"
        assert (stream.status, stream.stderr) == (7, b"err")


def test_a_stream_without_its_exit_packet_was_cut_off() -> None:
    with phone_said(packet(STDOUT, b"all of it?")) as wire, pytest.raises(CutOff):
        list(PacketStream(wire))


def test_a_packet_that_breaks_in_the_middle_was_cut_off() -> None:
    with phone_said(packet(STDOUT, b"half a packet")[:-3]) as wire, pytest.raises(CutOff):
        list(PacketStream(wire))


def test_standard_error_is_kept_up_to_a_limit_and_the_rest_is_counted() -> None:
    half = packet(STDERR, bytes(KEPT_STDERR // 2 + 5))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        stream = PacketStream(Wire(ours, Deadline(5)))
        stream._stderr.add(half[5:])
        stream._stderr.add(half[5:])

    assert (len(stream.stderr), stream.lost_stderr) == (KEPT_STDERR, 10)


def test_standard_input_is_sent_and_closed() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        stream = PacketStream(Wire(ours, Deadline(0.2)), b"names")
        with pytest.raises(TimeoutError):
            list(stream)

        assert theirs.recv(100) == packet(STDIN, b"names") + packet(CLOSE_STDIN, b"")


def test_a_phone_that_answers_before_it_was_fed_whole_blocks_nobody() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(packet(STDOUT, b"enough") + packet(EXIT, b"\0"))

        stream = PacketStream(Wire(ours, Deadline(5)), bytes(64 << 20))

        assert list(stream) == [b"enough"]


def test_silence_ends_at_the_deadline() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(TimeoutError):
        list(PacketStream(Wire(ours, Deadline(0.1))))


def plain(out: bytes, status: int = 0, errors: bytes = b"") -> bytes:
    mark = MARK.encode()
    return b"%s\n%s\n%s %d\n%s\n%s end\n" % (mark, out, mark, status, errors, mark)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r\r\n"])
def test_a_terminal_between_changes_nothing_that_is_read(line_end: bytes) -> None:
    said = plain(b"one\ntwo\r\n\0three", 3, b"oh\n").replace(b"\n", line_end)
    with phone_said(said) as wire:
        stream = PlainStream(wire, MARK)

        assert b"".join(stream) == b"one\ntwo\r\n\0three"
        assert (stream.status, stream.stderr) == (3, b"oh\n")


@pytest.mark.parametrize("missing", [1, 40, 90])
def test_a_plain_stream_without_its_sentinels_was_cut_off(missing: int) -> None:
    with phone_said(plain(b"some data")[:-missing]) as wire, pytest.raises(CutOff):
        list(PlainStream(wire, MARK))


@given(out=some.binary(max_size=3000), status=some.integers(0, 255))
def test_any_output_comes_through_a_terminal_whole(out: bytes, status: int) -> None:
    with phone_said(plain(out, status).replace(b"\n", b"\r\n")) as wire:
        stream = PlainStream(wire, MARK)

        assert b"".join(stream) == out
        assert stream.status == status


def test_no_secret_is_left_in_what_a_refusal_names() -> None:
    line = shown("locksettings set-pin --old 'a b' 482913", ["a b", "482913"])

    assert line == "locksettings set-pin --old ••• •••"
    assert scrub("Pin set to '482913'", ["482913"]) == "Pin set to '•••'"
