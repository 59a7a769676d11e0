"""A sample is restored and compared, and nothing of it is left, nor told by its name."""

import hashlib
from contextlib import contextmanager
from pathlib import Path

import pyrage
import pytest

from agents.station.backup import errors
from agents.station.backup.drilling import rehearse
from agents.station.backup.restoring.origins import FromServer
from api.client import Refused
from fleet.contracts.backups import BackupOut, PackOut
from tests.agents.station.backup.made import IDENTITY, Made
from tests.pieces import FromPieces


@pytest.fixture
def sample(tmp_path) -> Made:
    made = Made(tmp_path)
    for number in range(1, 4):
        made.pack({f"DCIM/{number}-{n}.jpg".encode(): b"x" * n for n in range(1, 4)})
    return made


@pytest.fixture
def key(tmp_path) -> Path:
    file = tmp_path / "key.txt"
    file.write_text(f"{IDENTITY}\n")
    return file


@pytest.fixture
def run(sample, key, tmp_path):
    (tmp_path / "beside").mkdir()

    def rehearsed(*numbers: int, opens=None, resealed=(), **head):
        origin = FromPieces(opens or sample.open, [sample.manifest(**head)], dict(resealed))
        drawn = {n: hashlib.sha256(sample.packs[n - 1]).hexdigest() for n in numbers}
        return rehearse(origin, key, drawn, beside=tmp_path / "beside")

    return rehearsed


def test_the_drawn_packs_alone_are_restored_and_compared(run, tmp_path):
    result = run(1, 3)

    assert [(one.number, one.files, one.bytes) for one in result.packs] == [(1, 3, 6), (3, 3, 6)]
    assert [(one.problems, one.damage) for one in result.packs] == [({}, None)] * 2
    assert list((tmp_path / "beside").iterdir()) == []


def test_what_differs_from_the_manifest_is_counted_by_reason(run, sample):
    sample.lines[0] = sample.lines[0].model_copy(update={"sha256": "0" * 64})

    result = run(1)

    assert result.packs[0].problems == {"differs": 1}
    assert "DCIM" not in result.model_dump_json()


def test_a_pack_that_does_not_open_is_damaged(run, sample):
    manifest = sample.manifest()
    spoilt = bytearray(sample.packs[0])
    spoilt[-1] ^= 1
    sample.packs[0] = bytes(spoilt)
    sample.manifest = lambda **_head: manifest

    result = run(1)

    assert result.packs[0].damage == "digest"
    assert result.packs[0].files == 0


def test_an_identity_that_is_none_is_refused_before_anything_is_fetched(run, key):
    key.write_text("no key")

    with pytest.raises(errors.IdentityInvalid):
        run(1)


def test_a_pack_that_was_sealed_anew_is_tried_as_it_is_now(run, sample):
    manifest, first = sample.manifest(), hashlib.sha256(sample.packs[0]).hexdigest()
    sample.packs[0] = pyrage.encrypt(
        pyrage.decrypt(sample.packs[0], [IDENTITY]), [IDENTITY.to_public()]
    )
    sample.manifest = lambda **_head: manifest
    now = hashlib.sha256(sample.packs[0]).hexdigest()

    assert run(1).packs[0].damage == "digest"
    assert run(1, resealed={first: now}).packs[0].damage is None


def test_a_pack_that_the_server_has_lost_is_a_result_too(sample, key):
    packs = [
        PackOut(number=n, digest=hashlib.sha256(pack).hexdigest(), size=len(pack))
        for n, pack in enumerate(sample.packs, start=1)
    ]
    server = Lossy(sample)
    backup = BackupOut.model_construct(id="b", index=None, manifest=None, packs=packs)

    result = rehearse(FromServer(server, backup), key, {n: packs[n - 1].digest for n in (1, 2)})

    assert [one.damage for one in result.packs] == ["pack_not_found", None]
    assert server.indexes == 1


class Lossy:
    """A server that has lost the first pack."""

    def __init__(self, sample):
        self.sample, self.indexes = sample, 0

    @contextmanager
    def index(self, _backup):
        self.indexes += 1
        yield [self.sample.manifest()]

    @contextmanager
    def pack(self, _backup, number, *, start):
        if number == 1:
            raise Refused("not_found", "pack_not_found", "")
        with self.sample.open(number) as chunks:
            yield [b"".join(chunks)[start:]]


def test_a_pack_for_other_keys_is_not_called_damaged(run, sample):
    other = pyrage.x25519.Identity.generate().to_public()
    sample.packs[0] = pyrage.encrypt(pyrage.decrypt(sample.packs[0], [IDENTITY]), [other])

    with pytest.raises(errors.IdentityDoesNotOpen):
        run(1, names="ab" * 32)
