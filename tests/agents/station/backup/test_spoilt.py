"""What lies in a storage that anybody may have written to: opened as it was stored, or refused."""

import hashlib
import io
import json
import os
import tarfile
import tracemalloc

import pyrage
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as some

from agents.station.backup.errors import IdentityInvalid, ManifestDamaged
from agents.station.backup.opening import (
    PackDamaged,
    damage_named,
    keep,
    members,
    read_identities,
    unlock,
)
from agents.station.backup.reading_index import Wanted
from fleet.contracts import paths
from tests.effort import effort

IDENTITY = pyrage.x25519.Identity.generate()
AT = "2026-11-22T00:00:00Z"
FILE = {"path": "a", "size": 1, "mtime": 0, "state": "stored", "pack": 1, "sha256": "0" * 64}


def manifest(*lines: object, **changes: object) -> bytes:
    head = {
        "format": 1,
        "backup": "b",
        "serial": "s",
        "build": "x",
        "roots": [],
        "excludes": [],
        "started_at": AT,
        "ended_at": AT,
        "listed": len(lines),
        "relisted": len(lines),
        "packs": ["0" * 64],
        **changes,
    }
    texts = [json.dumps(head), *(one if isinstance(one, str) else json.dumps(one) for one in lines)]
    return zstandard.compress("".join(text + "\n" for text in texts).encode())


def wanted(raw: bytes, **given: object) -> int | None:
    try:
        found = Wanted([raw[:40], raw[40:]], **given)
    except ManifestDamaged:
        return None
    count: int = found.head.listed
    found.close()
    return count


ODD = some.sampled_from([None, -1, 2**70, "", "\\", "\0", "NaN", 0, [], {}, "\ud800", 1e308])
LINE = some.sampled_from(["path", "size", "mtime", "state", "pack", "sha256", "extra"])


@effort(200)
@given(LINE, ODD)
def test_any_line_of_a_manifest_is_a_file_or_damage(field, value):
    assert wanted(manifest({**FILE, field: value})) in {None, 1}


@effort(100)
@given(some.text('{}[]",:0aé\\', max_size=30))
def test_any_text_in_a_manifest_is_a_file_or_damage(text):
    assert wanted(manifest(text)) in {None, 1}


@effort(200)
@given(some.data())
def test_a_manifest_with_a_bit_flipped_or_an_end_missing_is_known_by_its_digest(data):
    raw = manifest(FILE)
    spoilt = flipped_or_cut(raw, data)

    assert wanted(spoilt, digest=hashlib.sha256(raw).hexdigest()) is None


def flipped_or_cut(raw: bytes, data) -> bytes:
    if data.draw(some.booleans()):
        return raw[: data.draw(some.integers(0, len(raw) - 1))]
    place = data.draw(some.integers(0, len(raw) - 1))
    spoilt = bytearray(raw)
    spoilt[place] ^= 1 << data.draw(some.integers(0, 7))
    return bytes(spoilt)


@pytest.mark.parametrize("lines", [(FILE, FILE), ('{"path": "a", "mtime": NaN}',), ("[" * 50_000,)])
def test_a_file_named_twice_a_time_that_is_none_and_a_pit_are_damage(lines):
    assert wanted(manifest(*lines)) is None


def test_a_manifest_that_swells_is_refused_in_little_memory():
    bomb = zstandard.compress(b"\0" * 1_000_000_000)
    tracemalloc.start()
    try:
        assert wanted(bomb) is None
        assert tracemalloc.get_traced_memory()[1] < 200_000_000
    finally:
        tracemalloc.stop()


@given(some.binary())
def test_any_name_of_bytes_travels_as_text_and_back(name):
    assert paths.bytes_of(paths.text_of(name)) == name


@given(some.text())
def test_any_text_is_a_name_or_none(text):
    try:
        assert paths.text_of(paths.bytes_of(text)) is not None
    except ValueError:
        assert "\\" in text or any("\ud800" <= letter <= "\udfff" for letter in text)


@pytest.fixture(scope="module")
def pack() -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as tar:
        about = tarfile.TarInfo("DCIM/a")
        about.size = 3000
        tar.addfile(about, io.BytesIO(os.urandom(3000)))
    return pyrage.encrypt(zstandard.compress(whole.getvalue()), [IDENTITY.to_public()])


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("packs")


def opened(place, raw: bytes) -> list[tuple[bytes, bytes]]:
    sealed, plain = place / "sealed", place / "plain"
    sealed.write_bytes(raw)
    unlock(sealed, plain, [IDENTITY], place / "key.txt")
    with damage_named():
        return [(name, file.read() if file else b"") for name, file in members(plain)]


@effort(150)
@given(data=some.data())
def test_a_pack_with_a_bit_flipped_or_an_end_missing_is_never_another_one(place, pack, data):
    whole, spoilt = opened(place, pack), flipped_or_cut(pack, data)
    with pytest.raises(PackDamaged):
        keep([spoilt], place / "spool", hashlib.sha256(pack).hexdigest())
    try:
        read = opened(place, spoilt)
    except Exception as damage:  # noqa: BLE001 — its name is what is asked
        assert type(damage).__name__ in {"PackDamaged", "IdentityDoesNotOpen"}
    else:
        assert read == whole


@effort(200)
@given(data=some.data())
def test_whoever_seals_nonsense_to_us_is_told_that_it_is_damaged(place, data):
    """The recipient's key is public: what opens may have been written by anybody."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=tarfile.PAX_FORMAT) as tar:
        about = tarfile.TarInfo("a")
        about.pax_headers = data.draw(
            some.dictionaries(
                some.sampled_from(["size", "GNU.sparse.map", "GNU.sparse.major", "path", "mtime"]),
                some.sampled_from(["1", "-1", "x", "9" * 30, "1,2,x", "0", "../a", "é"]),
                max_size=3,
            )
        )
        tar.addfile(about, io.BytesIO())
    raw = bytearray(whole.getvalue())
    for _ in range(data.draw(some.integers(0, 3))):
        raw[data.draw(some.integers(0, 1535))] = data.draw(some.integers(0, 255))
    plain = place / "plain"
    plain.write_bytes(zstandard.compress(bytes(raw)))
    try:
        with damage_named():
            [file.read() for _, file in members(plain) if file]
    except PackDamaged:
        pass


@effort(100)
@given(raw=some.binary(max_size=80) | some.text("AGE-SECRT1#\n", max_size=80).map(str.encode))
def test_any_file_is_identities_or_none(place, raw):
    file = place / "key.txt"
    file.write_bytes(raw)
    with pytest.raises(IdentityInvalid):
        read_identities(file)
