"""Bytes go through a real server as they come: little memory, and a no that is heard."""

from collections.abc import Iterator
from hashlib import sha256

from api.client import Client
from tests.api.bench import open_up, refused
from tests.factories import FOUNDER
from tests.memory import MEBIBYTE, growing, of_group

BIG = 256 * MEBIBYTE


def big_pack() -> Iterator[bytes]:
    yield b"age-encryption.org/v1\n".ljust(MEBIBYTE, b"x")
    for number in range(1, BIG // MEBIBYTE):
        yield number.to_bytes(4, "big") * (MEBIBYTE // 4)


def test_a_large_pack_goes_through_a_real_server_in_little_memory(
    bench, start_server, token_of, client
):
    running = start_server()
    digest = sha256()
    for piece in big_pack():
        digest.update(piece)
    token = bench.station._http.headers["Authorization"].removeprefix("Bearer ")

    with growing(*of_group(running.process.pid)) as server, growing() as ours:
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

    assert 0 < server.most < 96 * MEBIBYTE
    assert ours.most < 64 * MEBIBYTE
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
