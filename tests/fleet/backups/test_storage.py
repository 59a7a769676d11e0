import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
import zstandard

from fleet.backups.errors import (
    NotInStorage,
    PackDamaged,
    PackNotEncrypted,
    PackSizeWrong,
    StillInStorage,
    StorageUnavailable,
)
from fleet.backups.manifests import ManifestUnreadable, read_manifest
from fleet.backups.storage import AGE, Storage, pack_name, storage_of
from fleet.settings import Settings
from tests.memory import MEBIBYTE, growing

PACK = AGE + b"-> X25519 abc\n" + bytes(range(256)) * 9000
DIGEST = sha256(PACK).hexdigest()


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return storage_of(Settings(home=tmp_path))


def pieces(data: bytes, size: int = 70_001) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def everything(tmp_path: Path) -> list[Path]:
    return [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_pack_comes_back_as_it_was_stored(storage) -> None:
    assert storage.put_pack(pieces(PACK), digest=DIGEST, size=len(PACK)) == len(PACK)

    assert b"".join(storage.read(pack_name(DIGEST))) == PACK
    assert b"".join(storage.read(pack_name(DIGEST), start=5, end=1_200_000)) == PACK[5:1_200_000]
    assert b"".join(storage.read(pack_name(DIGEST), start=len(PACK) - 3)) == PACK[-3:]


def test_a_spool_on_another_disk_is_copied_from(tmp_path, monkeypatch) -> None:
    storage = storage_of(Settings(home=tmp_path))

    def another_disk(*_paths: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", another_disk)
    storage.put_pack(pieces(PACK), digest=DIGEST, size=len(PACK))

    assert b"".join(storage.read(pack_name(DIGEST))) == PACK
    assert len(everything(tmp_path)) == 1


def test_storing_it_again_changes_nothing(storage, tmp_path) -> None:
    for _ in range(3):
        storage.put_pack(pieces(PACK), digest=DIGEST, size=len(PACK))

    assert len(everything(tmp_path)) == 1


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        (PACK[:-1], PackSizeWrong),
        (PACK + b"x", PackSizeWrong),
        (PACK[:-1] + b"x", PackDamaged),
        (b"", PackSizeWrong),
    ],
)
def test_what_was_damaged_on_the_way_is_not_kept(storage, tmp_path, sent, refusal) -> None:
    with pytest.raises(refusal):
        storage.put_pack(pieces(sent), digest=DIGEST, size=len(PACK))

    assert everything(tmp_path) == []
    assert storage.size_of(pack_name(DIGEST)) is None


def test_a_pack_in_clear_is_not_kept(storage, tmp_path) -> None:
    clear = b"not age at all"

    with pytest.raises(PackNotEncrypted):
        storage.put_pack([clear], digest=sha256(clear).hexdigest(), size=len(clear))

    assert everything(tmp_path) == []


def test_a_connection_that_breaks_leaves_nothing(storage, tmp_path) -> None:
    def breaks() -> Iterator[bytes]:
        yield PACK[:1000]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        storage.put_pack(breaks(), digest=DIGEST, size=len(PACK))

    assert everything(tmp_path) == []


def test_a_half_written_object_is_replaced(storage, tmp_path) -> None:
    storage.put_pack(pieces(PACK), digest=DIGEST, size=len(PACK))
    (path,) = everything(tmp_path)
    path.write_bytes(PACK[:100])

    storage.put_pack(pieces(PACK), digest=DIGEST, size=len(PACK))

    assert path.read_bytes() == PACK


def test_what_is_not_there_is_refused(storage) -> None:
    with pytest.raises(NotInStorage):
        storage.read(pack_name(DIGEST))


def test_a_storage_that_does_not_answer_is_unavailable_and_tells_no_key(
    tmp_path, monkeypatch
) -> None:
    given = {
        "ENDPOINT": "http://127.0.0.1:1",
        "ALLOW_HTTP": "true",
        "ACCESS_KEY_ID": "key-of-the-bucket",
        "SECRET_ACCESS_KEY": "secret-of-the-bucket",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    silent = storage_of(Settings(home=tmp_path, storage_url="s3://bucket/prefix"))

    with pytest.raises(StorageUnavailable) as caught:
        silent.size_of(pack_name(DIGEST))

    assert "of-the-bucket" not in str(caught.value) + repr(caught.value) + repr(silent)


def test_of_what_is_there_already_more_than_the_size_is_believed(storage, tmp_path) -> None:
    storage.put_pack(pieces(PACK), digest=DIGEST, size=len(PACK))
    (tmp_path / "storage" / pack_name(DIGEST)).write_bytes(bytes(len(PACK)))  # a loss of power

    storage.put_pack(pieces(PACK), digest=DIGEST, size=len(PACK))

    assert b"".join(storage.read(pack_name(DIGEST))) == PACK


def test_a_folder_that_cannot_be_written_is_unavailable(storage, tmp_path) -> None:
    (tmp_path / "storage" / "packs").write_text("a file where a folder should be")

    with pytest.raises(StorageUnavailable):
        storage.put_pack(pieces(PACK), digest=DIGEST, size=len(PACK))


def test_memory_stays_flat_however_large_a_pack_is(storage) -> None:
    chunk = bytes(1024 * 1024)
    digest = sha256(AGE)
    for _ in range(300):
        digest.update(chunk)

    def large() -> Iterator[bytes]:
        yield AGE
        for _ in range(300):
            yield chunk

    with growing() as grown:
        storage.put_pack(large(), digest=digest.hexdigest(), size=len(AGE) + 300 * len(chunk))
        length = sum(len(piece) for piece in storage.read(pack_name(digest.hexdigest())))

    assert length == len(AGE) + 300 * len(chunk)
    assert grown.most < 150 * MEBIBYTE


def kept(storage: Storage, data: bytes) -> str:
    digest = sha256(data).hexdigest()
    storage.put_manifest([data], digest=digest)
    return digest


HEAD = (
    b'{"format":2,"backup":"b","serial":"s","build":"x","roots":[],"excludes":[],'
    b'"started_at":"2026-11-22T00:00:00Z","ended_at":"2026-11-22T00:00:00Z",'
    b'"listed":1,"relisted":1,"packs":[],"index":"' + b"0" * 64 + b'"}\n'
)
KEY = "a" * 32
LINE = b'{"key":"%s","size":1,"mtime":0,"state":"missing","reason":"denied"}\n' % KEY.encode()


def packed(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


def test_a_manifest_is_read_line_by_line(storage) -> None:
    head, files = read_manifest(storage, kept(storage, packed(HEAD + LINE * 3)))

    assert head.listed == 1
    assert [file.key for file in files] == [KEY] * 3


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not zstd",
        packed(b""),
        packed(b"{}\n"),
        packed(HEAD + b"{}\n"),
        packed(HEAD + LINE[:-1]),
        packed(HEAD + LINE) + b"more",
        packed(HEAD + LINE[:-2] + b',"unknown":1}\n'),
        packed(HEAD + b'{"key":"' + b"a" * 100_000 + b'"}\n'),
        packed(HEAD + LINE * 9)[:-9],
    ],
)
def test_a_manifest_that_is_not_whole_is_unreadable(storage, data) -> None:
    digest = kept(storage, data)

    with pytest.raises(ManifestUnreadable):  # noqa: PT012 — the head may be all that is whole
        _head, files = read_manifest(storage, digest)
        list(files)


def test_a_store_that_says_yes_and_keeps_it_is_not_believed(storage, monkeypatch) -> None:
    storage.put_pack(pieces(PACK), digest=DIGEST, size=len(PACK))
    monkeypatch.setattr("obstore.delete", lambda *_given: None)

    with pytest.raises(StillInStorage):
        storage.delete([pack_name(DIGEST)])


FULL = """
import sys
from pathlib import Path
from fleet.backups.errors import ServerDiskFull
from fleet.backups.storage import AGE, storage_of
from fleet.settings import Settings
storage = storage_of(Settings(home=Path(sys.argv[1])))
try:
    storage.put_pack([AGE, bytes(2 * 1024 * 1024)], digest="0" * 64)
except ServerDiskFull:
    print(list(storage.spool.iterdir()))
"""


def test_a_full_disk_is_named_and_nothing_is_left_of_what_arrived(tmp_path) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    mount = (
        f"mount -t tmpfs -o size=1m tmpfs {spool} && exec {sys.executable} -c '{FULL}' {tmp_path}"
    )
    words = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount]

    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout == "[]\n"
