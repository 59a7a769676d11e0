from collections.abc import Iterator
from hashlib import sha256

import pytest
from apiflask import APIFlask

from api.identity import asks
from api.v1.streams import stored_bytes
from fleet.contracts.permissions import Permission

CONTENT = bytes(range(256)) * 10
DIGEST = sha256(CONTENT).hexdigest()


@pytest.fixture
def fetch(app: APIFlask, administrator):
    """Fetch stored bytes through a route of their own."""

    def read(start: int, stop: int) -> Iterator[bytes]:
        for at in range(start, stop, 100):
            yield CONTENT[at : min(at + 100, stop)]

    @app.get("/api/stored")
    @asks(Permission.BACKUPS_OPEN)
    def stored() -> object:
        return stored_bytes(read, size=len(CONTENT), digest=DIGEST)

    def ask(asked: str | None = None):
        return administrator.get("/api/stored", headers={"Range": asked} if asked else {})

    return ask


def test_the_whole_is_given_with_its_size_and_digest(fetch):
    answer = fetch()

    assert (answer.status_code, answer.data) == (200, CONTENT)
    assert answer.content_length == len(CONTENT)
    assert answer.get_etag() == (DIGEST, False)
    assert answer.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("bytes=100-", CONTENT[100:]),
        ("bytes=0-0", CONTENT[:1]),
        ("bytes=99-100", CONTENT[99:101]),
        ("bytes=2550-9999", CONTENT[2550:]),
        ("bytes=-10", CONTENT[-10:]),
    ],
)
def test_a_part_is_exactly_that_part(fetch, asked, expected):
    answer = fetch(asked)

    assert (answer.status_code, answer.data) == (206, expected)
    assert answer.content_length == len(expected)
    assert answer.headers["Content-Range"].endswith(f"/{len(CONTENT)}")


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=x", "bytes=9-1", "nonsense"]
)
def test_a_part_that_is_not_understood_is_the_whole(fetch, asked):
    answer = fetch(asked)

    assert (answer.status_code, answer.data) == (200, CONTENT)


def test_a_part_beyond_the_end_is_refused_with_the_size(fetch):
    answer = fetch("bytes=2560-")

    assert (answer.status_code, answer.json["code"]) == (416, "range_not_satisfiable")
    assert answer.headers["Content-Range"] == "bytes */2560"
