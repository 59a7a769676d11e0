"""Bytes go through a real server as they come: little memory, and a no that is heard."""

import resource
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from api.client import Client
from tests.api.bench import open_up, refused
from tests.factories import FOUNDER

MEBIBYTE = 1024 * 1024
BIG = 256 * MEBIBYTE


def big_pack() -> Iterator[bytes]:
    yield b"age-encryption.org/v1\n".ljust(MEBIBYTE, b"x")
    for number in range(1, BIG // MEBIBYTE):
        yield number.to_bytes(4, "big") * (MEBIBYTE // 4)


def peak_bytes(group: int) -> int:
    """Return the most memory that one process of a group has ever held (Linux: VmHWM)."""
    peaks = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if int((process / "stat").read_text().rpartition(")")[2].split()[2]) == group:
                status = (process / "status").read_text()
                peaks.append(int(status.split("VmHWM:")[1].split()[0]) * 1024)
        except (OSError, IndexError):
            continue
    return max(peaks)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory from /proc")
def test_a_large_pack_goes_through_a_real_server_in_little_memory(
    bench, start_server, token_of, client
):
    running = start_server()
    digest = sha256()
    for piece in big_pack():
        digest.update(piece)
    before = peak_bytes(running.process.pid)
    own_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    token = bench.station._http.headers["Authorization"].removeprefix("Bearer ")

    with Client(running.serving.url, token) as station:
        named = {"size": BIG, "digest": digest.hexdigest()}
        station.put_pack(bench.backup.id, 1, big_pack(), **named)
    bench.finish(digest.hexdigest())
    open_up(client, bench.backup.number)
    back = sha256()
    with (
        Client(running.serving.url, token_of(FOUNDER)) as administrator,
        administrator.pack(bench.backup.number, 1) as pieces,
    ):
        for piece in pieces:
            back.update(piece)

    assert peak_bytes(running.process.pid) - before < 96 * MEBIBYTE
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - own_before < 64 * MEBIBYTE
    assert back.hexdigest() == digest.hexdigest()


def test_a_large_pack_that_is_refused_is_refused_and_not_cut_off(bench, start_server):
    """The server says no before it has read the body; the station has to hear that no."""
    running = start_server()
    token = bench.station._http.headers["Authorization"].removeprefix("Bearer ")
    bench.finish()

    with Client(running.serving.url, token, language="en") as station:
        refusal = refused(
            station.put_pack, bench.backup.id, 2, big_pack(), size=BIG, digest="0" * 64
        )

    assert refusal.code == "backup_ended"
