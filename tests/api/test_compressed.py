"""Stations may send their messages compressed, once they were told so, and no bomb goes off."""

import httpx
import pytest
from zstandard import ZstdCompressor

from api.client import Client, Refused
from fleet.contracts.clock import now
from fleet.contracts.stations import PhoneLeft, Report, SyncIn
from tests.conftest import ON_SQLITE

pytestmark = ON_SQLITE
MEBIBYTE = 1024 * 1024


class Wire(httpx.BaseTransport):
    """Remembers what went to the application; `deaf`: as a server that unpacks nothing."""

    def __init__(self, app):
        self.under, self.sent, self.deaf = httpx.WSGITransport(app=app), [], False

    def handle_request(self, request):
        request.read()
        self.sent.append((request.headers.get("Content-Encoding"), len(request.content)))
        if self.deaf:
            request.headers.pop("Content-Encoding", None)
        return self.under.handle_request(request)


@pytest.fixture
def wire(app):
    return Wire(app)


@pytest.fixture
def stationed(app, station, wire):
    """Give a station's client whose messages can be looked at."""
    token = station._http.headers["Authorization"].removeprefix("Bearer ")
    return Client("http://server", token, transport=wire)


def message(first=1):
    reports = [
        Report(sequence=first + n, at=now(), body=PhoneLeft(serial=f"S{n:08d}")) for n in range(300)
    ]
    return SyncIn(reports=reports)


def post(station, content, encoding="zstd"):
    headers = {"Content-Encoding": encoding, "Content-Type": "application/json"}
    return station._http.post("/api/v1/station/sync", content=content, headers=headers)


def test_a_station_compresses_once_it_was_told_that_it_may(stationed, wire):
    stationed.sync(SyncIn())
    answer = stationed.sync(message())

    assert answer.taken == 300
    assert [encoding for encoding, _size in wire.sent] == [None, "zstd"]
    assert wire.sent[1][1] < len(message().model_dump_json(exclude_none=True)) / 5


def test_a_server_that_no_longer_unpacks_is_sent_it_as_it_is(stationed, wire):
    stationed.sync(SyncIn())
    wire.deaf = True

    assert stationed.sync(message()).taken == 300
    assert [encoding for encoding, _size in wire.sent] == [None, "zstd", None]


def test_a_small_body_that_fills_memory_is_refused(stationed):
    bomb = ZstdCompressor().compress(b" " * 200 * MEBIBYTE)
    assert len(bomb) < MEBIBYTE

    assert post(stationed, bomb).status_code == 413


@pytest.mark.parametrize("content", [b"", b"not zstd", ZstdCompressor().compress(b"{")[:-3]])
def test_what_does_not_unpack_is_not_understood(stationed, content):
    answer = post(stationed, content)

    assert (answer.status_code, answer.json()["code"]) == (400, "body_unreadable")


def test_nobody_unknown_has_anything_unpacked(app):
    stranger = Client("http://server", "wrong", transport=httpx.WSGITransport(app=app))
    stranger._may_pack = True

    with pytest.raises(Refused) as refusal:
        stranger.sync(message())
    assert refusal.value.kind == "unauthorized"


def test_other_routes_take_nothing_compressed(stationed):
    answer = stationed._http.post(
        "/api/v1/station/enrol",
        content=ZstdCompressor().compress(b"{}"),
        headers={"Content-Encoding": "zstd", "Content-Type": "application/json"},
    )

    assert answer.status_code in {400, 422}
