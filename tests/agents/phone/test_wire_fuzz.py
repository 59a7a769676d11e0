"""Whatever comes over the wire ends as an answer or a named refusal, soon and in little memory.

The daemon of a phone is a program of the phone's: lengths, kinds and words are its to choose.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agents.phone.devices import parse_devices
from agents.phone.errors import CommandFailed
from agents.phone.listing import Entry, Problem, _printed, _statted, complaints
from agents.phone.shell import EXIT, STDERR, STDOUT, PacketStream, PlainStream
from agents.phone.sync import SyncChannel
from agents.phone.wire import CutOff, Deadline, Refused, Wire
from tests.effort import effort

MARK = "wf-0123456789abcdef01234567"
LENGTHS = some.sampled_from([b"\0\0\0\0", b"\1\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\x80"])
WORDS = some.sampled_from(
    [
        *(b"OKAY", b"FAIL", b"DATA", b"DONE", b"STA2", b"LST2", b"STAT", b"DENT", b"DNT2"),
        *(b"0004", b"-fff", b"+001", b"zzzz", bytes([STDOUT]), bytes([STDERR]), bytes([EXIT])),
        *(f"\n{MARK} ".encode(), f"{MARK}\r\n".encode(), f"\n{MARK} end\n".encode(), b"9" * 5000),
        *(b"f 1 1.5 /sdcard/a\0", b"f -1 nan /a\0", b"1 2 directory|/b\n", b"x" * 70_000),
        *(b"\0", b"\n", b" ", b"tar: can't open './a': No", b"serial\tdevice\n", b"\t", bytes(72)),
    ]
)
SPOKEN = some.lists(WORDS | LENGTHS | some.binary(max_size=8), max_size=12).map(b"".join)


@contextmanager
def phone_said(data: bytes):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
        theirs.settimeout(0)
        theirs.send(data)
        theirs.shutdown(socket.SHUT_WR)
        yield Wire(ours, Deadline(5))


@effort(150)
@given(SPOKEN)
def test_a_packet_stream_ends_whole_or_cut_off(spoken):
    with phone_said(spoken) as wire:
        stream = PacketStream(wire)
        try:
            said = b"".join(stream)
        except (CutOff, ConnectionError):
            assert stream.status is None
        else:
            assert stream.status in range(256)
            assert len(said) <= len(spoken)


@effort(150)
@given(SPOKEN)
def test_a_plain_stream_ends_whole_or_cut_off(spoken):
    with phone_said(f"{MARK}\n".encode() + spoken) as wire:
        stream = PlainStream(wire, MARK)
        try:
            b"".join(stream)
        except CutOff:
            assert stream.status is None
        else:
            assert stream.status in range(1000)


@effort(150)
@given(SPOKEN, some.sampled_from([frozenset(), frozenset({"stat_v2", "ls_v2"})]))
def test_file_transfer_ends_in_an_answer_or_a_refusal(spoken, features):
    with phone_said(spoken) as wire:
        channel = SyncChannel("S", features, lambda: nullcontext(wire), lambda _: nullcontext())
        for ask in (channel.stat, channel.lstat, channel.list, channel.recv):
            try:
                found = ask(b"/sdcard/a")
                if isinstance(found, Iterator):
                    list(found)
            except (CutOff, CommandFailed, ConnectionError):
                continue


@effort(100)
@given(SPOKEN)
def test_a_text_of_the_adb_server_is_read_refused_or_cut_off(spoken):
    with phone_said(spoken) as wire:
        try:
            wire.okay()
            assert len(wire.block()) <= 0xFFFF
        except (CutOff, Refused):
            pass


def test_a_length_with_a_sign_in_front_is_no_length():
    with phone_said(b"OKAY-fff") as wire:
        wire.okay()
        with pytest.raises(Refused):
            wire.block()


def test_an_end_without_its_status_is_no_end():
    with phone_said(bytes([EXIT]) + bytes(4)) as wire, pytest.raises(CutOff):
        list(PacketStream(wire))


@pytest.mark.parametrize("answer", [b"FAIL\xff\xff\xff\xff", b"DATA\xff\xff\xff\x7f"])
def test_a_length_that_no_packet_has_is_not_waited_for(answer):
    with phone_said(answer + bytes(100_000)) as wire:
        channel = SyncChannel("S", frozenset(), lambda: nullcontext(wire), lambda _: nullcontext())
        with pytest.raises(CutOff):
            list(channel.recv(b"/a"))
        assert wire._end - wire._start > 30_000  # it was not read


@effort(100)
@given(some.binary(max_size=200).map(lambda raw: raw.decode(errors="replace")) | some.text())
def test_any_list_of_phones_is_read(text):
    for phone in parse_devices(text):
        assert phone.state


class Said(list):
    """Chunks of standard output, as a stream gives them."""


@effort(150)
@given(some.lists(SPOKEN, max_size=4))
def test_any_listing_becomes_entries_and_problems(chunks):
    for read in (_printed, lambda stream: _statted(stream, MARK)):
        for found in read(Said(chunks)):
            assert isinstance(found, Problem) or (
                0 <= found.size < 2**63 and found.mtime == found.mtime
            )


@effort(100)
@given(SPOKEN)
def test_any_complaint_is_a_problem_with_a_reason(spoken):
    assert all(problem.reason for problem in complaints(spoken) if problem.path is None)


def test_a_listing_without_an_end_is_not_kept_in_memory():
    endless = (b"x" * 65536 for _ in range(64))

    assert all(isinstance(found, Problem) for found in _printed(endless))


@given(some.binary(min_size=1).filter(lambda path: b"\0" not in path and b"//" not in path))
def test_any_name_comes_back_out_of_a_listing(path):
    record = b"f 12 1700000000.25 " + path + b"\0"

    assert list(_printed(Said([record[:7], record[7:]]))) == [Entry(path, 12, 1700000000.25)]
