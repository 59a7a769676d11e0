"""The storage of backups in a real S3 server, in a process of its own."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from fleet.backups.errors import StorageRefused, StorageUnavailable
from fleet.backups.storage import AGE, Storage, manifest_name, pack_name, storage_of
from fleet.settings import Settings
from tests import s3_server
from tests.memory import MEBIBYTE, growing
from tests.s3_server import BUCKET, S3Server

PACKS = [AGE + b"-> X25519 abc\n" + bytes([n]) * 70_000 for n in range(5)]


def digest_of(data: bytes) -> str:
    return sha256(data).hexdigest()


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[S3Server]:
    with s3_server.running(tmp_path_factory.mktemp("s3") / "log") as server:
        yield server


def storage_at(server: S3Server, monkeypatch, home: Path, **given: str) -> Storage:
    """Give a part of the bucket for the test alone."""
    for name, value in {**server.environment, **given}.items():
        monkeypatch.setenv(name, value)
    return storage_of(Settings(home=home, storage_url=f"s3://{BUCKET}/of/{home.name}"))


@pytest.fixture
def storage(server, monkeypatch, tmp_path) -> Storage:
    return storage_at(server, monkeypatch, tmp_path)


def test_what_is_put_is_read_listed_and_deleted(storage, tmp_path) -> None:
    for data in PACKS:
        storage.put_pack([data], digest=digest_of(data), size=len(data))
    storage.put_manifest([b"manifest"], digest=digest_of(b"manifest"))
    names = sorted(pack_name(digest_of(data)) for data in PACKS)

    assert [one.name for one in storage.listed("packs")] == names
    assert [one.name for one in storage.listed("packs", after=names[2])] == names[3:]
    assert {one.size for one in storage.listed("packs")} == {len(PACKS[0])}
    assert b"".join(storage.read(pack_name(digest_of(PACKS[0])))) == PACKS[0]

    storage.delete(names[1:])
    storage.delete(names[1:])  # again changes nothing

    assert [one.name for one in storage.listed("packs")] == names[:1]
    assert storage.size_of(names[1]) is None
    assert storage.size_of(manifest_name(digest_of(b"manifest"))) == 8
    assert list((tmp_path / "spool").iterdir()) == []


def test_trying_it_out_leaves_nothing(storage) -> None:
    storage.try_out("doctor/probe")

    assert list(storage.listed("doctor")) == []


def test_a_large_object_goes_through_in_constant_memory(storage) -> None:
    pieces, digest = 100, sha256(AGE)  # the S3 server reads all of it for every piece it gives
    for _ in range(pieces):
        digest.update(bytes(MEBIBYTE))

    def large() -> Iterator[bytes]:
        yield AGE
        for _ in range(pieces):
            yield bytes(MEBIBYTE)

    with growing() as grown:
        size = storage.put_pack(
            large(), digest=digest.hexdigest(), size=len(AGE) + pieces * MEBIBYTE
        )
        found = storage.digest_of(pack_name(digest.hexdigest()))

    assert found == (digest.hexdigest(), size)
    assert grown.most < 90 * MEBIBYTE


def test_more_objects_than_a_page_of_the_list_come_in_order(storage, server, tmp_path) -> None:
    client = server.client()
    for n in range(1001):
        client.put_object(Bucket=BUCKET, Key=f"of/{tmp_path.name}/pages/{n:04d}", Body=b"x")

    names = [one.name for one in storage.listed("pages")]

    assert names == [f"pages/{n:04d}" for n in range(1001)]


def test_a_bucket_that_is_not_there_is_unavailable_and_not_empty(
    server, monkeypatch, tmp_path
) -> None:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    nowhere = storage_of(Settings(home=tmp_path, storage_url="s3://nowhere/x"))

    with pytest.raises(StorageUnavailable):
        list(nowhere.listed("packs"))
    with pytest.raises(StorageUnavailable):
        nowhere.put_pack([PACKS[0]], digest=digest_of(PACKS[0]), size=len(PACKS[0]))


def test_a_server_that_goes_away_in_the_middle_is_named(monkeypatch, tmp_path) -> None:
    with s3_server.running(tmp_path / "log") as server:
        storage = storage_at(server, monkeypatch, tmp_path / "home")
        data = AGE + bytes(5 * MEBIBYTE)
        storage.put_pack([data], digest=digest_of(data), size=len(data))
        reading = storage.read(pack_name(digest_of(data)))
        next(reading)
        server.kill()

        for use in (
            lambda: list(reading),
            lambda: list(storage.listed("packs")),
            lambda: storage.try_out("doctor/probe"),
            lambda: storage.delete([pack_name(digest_of(data))]),
            lambda: storage.put_pack([PACKS[1]], digest=digest_of(PACKS[1])),
        ):
            with pytest.raises(StorageUnavailable):
                use()
    assert list((tmp_path / "home" / "spool").iterdir()) == []


def test_wrong_credentials_are_refused_by_name_and_told_to_nobody(monkeypatch, tmp_path) -> None:
    wrong = {"AWS_SECRET_ACCESS_KEY": "not-the-secret-of-it", "AWS_ACCESS_KEY_ID": "AKIANOBODY"}
    with s3_server.running(tmp_path / "log", checks_credentials=True) as server:
        mine = storage_at(server, monkeypatch, tmp_path / "a")
        mine.put_pack([PACKS[0]], digest=digest_of(PACKS[0]), size=len(PACKS[0]))
        theirs = storage_at(server, monkeypatch, tmp_path / "b", **wrong)

        for use in (
            lambda: list(theirs.listed("packs")),
            lambda: theirs.size_of(pack_name(digest_of(PACKS[0]))),
            lambda: theirs.put_pack([PACKS[1]], digest=digest_of(PACKS[1])),
            lambda: theirs.delete([pack_name(digest_of(PACKS[0]))]),
        ):
            with pytest.raises(StorageRefused) as caught:
                use()
            assert "AKIANOBODY" not in str(caught.value)
        assert mine.size_of(pack_name(digest_of(PACKS[0]))) == len(PACKS[0])
