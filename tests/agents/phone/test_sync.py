"""File transfer against a daemon that answers from a script."""

import socket
import struct
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import pytest

from agents.phone.errors import CommandFailed
from agents.phone.phone import Stat
from agents.phone.sync import LONGEST_PATH, SyncChannel
from agents.phone.wire import CutOff, Deadline, Wire

NEW = frozenset({"stat_v2", "ls_v2"})


class Daemon:
    """Each connection gets the next answer and keeps what it was asked."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.asked: list[bytes] = []

    @contextmanager
    def connection(self) -> Iterator[Wire]:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.sendall(self.answers.pop(0))
            theirs.shutdown(socket.SHUT_WR)
            yield Wire(ours, Deadline(5))
            theirs.settimeout(1)
            self.asked.append(theirs.recv(65536))


def channel(daemon: Daemon, features: frozenset[str] = NEW) -> SyncChannel:
    def told(_command: str) -> AbstractContextManager[None]:
        return nullcontext()

    return SyncChannel("SERIAL", features, daemon.connection, told)


def stat_2(request: bytes, *, error: int = 0, mode: int = 0o100644, size: int = 0) -> bytes:
    return request + struct.pack("<IQQIIIIQqqq", error, 1, 2, mode, 1, 0, 0, size, 5, 6, 7)


def test_sizes_of_nine_gibibytes_are_told_whole() -> None:
    sync = channel(Daemon(stat_2(b"STA2", size=9 << 30)))

    assert sync.stat(b"/big") == Stat(0o100644, 9 << 30, 6)


def test_a_path_that_is_denied_is_told_from_one_that_is_missing() -> None:
    sync = channel(Daemon(stat_2(b"LST2", error=13) + stat_2(b"LST2", error=2)))

    with pytest.raises(CommandFailed, match="Permission denied"):
        sync.lstat(b"/locked")
    with pytest.raises(CommandFailed, match="No such file"):
        sync.lstat(b"/nowhere")


def test_an_old_phone_is_asked_the_old_way_and_said_to_be() -> None:
    daemon = Daemon(b"STAT" + struct.pack("<III", 0o100600, 12, 99))
    sync = channel(daemon, frozenset())

    assert (sync.version, sync.stat(b"/x")) == (1, Stat(0o100600, 12, 99))
    sync.close()
    assert daemon.asked[0].startswith(b"STAT")


def test_content_comes_in_pieces_until_done() -> None:
    data = b"DATA" + struct.pack("<I", 3) + b"abc" + b"DATA" + struct.pack("<I", 2) + b"de"
    sync = channel(Daemon(data + b"DONE" + struct.pack("<I", 0)))

    assert list(sync.recv(b"/f")) == [b"abc", b"de"]


def test_content_that_ends_without_done_was_cut_off() -> None:
    sync = channel(Daemon(b"DATA" + struct.pack("<I", 3) + b"abc"))

    with pytest.raises(CutOff):
        list(sync.recv(b"/f"))


def test_after_a_refusal_the_next_file_has_a_connection_of_its_own() -> None:
    reason = b"open failed: Permission denied"
    refused = b"FAIL" + struct.pack("<I", len(reason)) + reason
    daemon = Daemon(refused, b"DATA" + struct.pack("<I", 1) + b"x" + b"DONE" + bytes(4))
    sync = channel(daemon)

    with pytest.raises(CommandFailed, match="Permission denied"):
        list(sync.recv(b"/locked"))

    assert list(sync.recv(b"/open")) == [b"x"]


def test_a_file_left_in_the_middle_does_not_disturb_the_next() -> None:
    two = b"DATA" + struct.pack("<I", 1) + b"a" + b"DATA" + struct.pack("<I", 1) + b"b"
    daemon = Daemon(two, b"DATA" + struct.pack("<I", 1) + b"x" + b"DONE" + bytes(4))
    sync = channel(daemon)

    pieces = sync.recv(b"/first")
    assert next(pieces) == b"a"
    pieces.close()  # type: ignore[attr-defined]

    assert list(sync.recv(b"/second")) == [b"x"]


def test_a_path_too_long_for_the_daemon_is_refused_before_it_is_asked() -> None:
    with pytest.raises(CommandFailed, match="too long"):
        list(channel(Daemon()).recv(b"/" + b"x" * LONGEST_PATH))


def entry(name: bytes) -> bytes:
    stat = struct.pack("<IQQIIIIQqqq", 0, 1, 2, 0o100644, 1, 0, 0, 5 << 30, 5, 6, 7)
    return b"DNT2" + stat + struct.pack("<I", len(name)) + name


def test_a_directory_is_listed_with_whole_sizes_and_without_its_dots() -> None:
    end = b"DONE" + bytes(struct.calcsize("<IQQIIIIQqqq") + 4)
    answer = stat_2(b"STA2", mode=0o040755) + entry(b".") + entry(b"\xff\n") + end
    sync = channel(Daemon(answer))

    assert list(sync.list(b"/d")) == [(b"\xff\n", Stat(0o100644, 5 << 30, 6))]


def test_listing_what_is_no_directory_is_refused_instead_of_empty() -> None:
    with pytest.raises(CommandFailed, match="Not a directory"):
        list(channel(Daemon(stat_2(b"STA2"))).list(b"/file"))


def test_the_time_that_a_piece_is_kept_by_whoever_takes_it_is_not_the_phones(monkeypatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("agents.phone.wire.time.monotonic", lambda: clock[0])
    piece = b"DATA" + struct.pack("<I", 1) + b"x"
    limit, daemon = Deadline(5), Daemon(2 * (2 * piece + b"DONE" + bytes(4)))

    @contextmanager
    def connection() -> Iterator[Wire]:
        with daemon.connection() as wire:
            wire._deadline = limit
            yield wire

    sync = SyncChannel("SERIAL", NEW, connection, lambda _: nullcontext(), limit.put_off)
    got = []
    for _file in range(2):
        for one in sync.recv(b"/film"):
            got.append(one)
            clock[0] += 3600
        clock[0] += 3600
    sync.close()

    assert got == [b"x"] * 4
