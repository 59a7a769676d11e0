"""Exports, checkpoints and profiles on somebody's disk: verified, or refused by name."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as some

from cli.checkpoints import (
    CheckpointUnreadable,
    ExportUnreadable,
    read_checkpoint,
    verify_export,
    write_checkpoint,
)
from cli.profiles import ProfilesDamaged, read_profiles
from fleet.contracts.chain import START, hash_of
from fleet.contracts.checkpoints import sign
from fleet.contracts.clock import now
from tests.effort import effort

KEY = Ed25519PrivateKey.generate()
ENTRIES = 4


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("papers")


def chain() -> list[str]:
    last, lines = START, []
    for number in range(1, ENTRIES + 1):
        row = {"sequence": number, "previous": last, "event": "lamp.lit", "details": {"n": number}}
        last = hash_of(row)
        lines.append(json.dumps({**row, "hash": last}))
    return lines


def verified(place, raw: bytes, papers=()) -> tuple[bool, int] | None:
    file = place / "export.jsonl"
    file.write_bytes(raw)
    try:
        trail = verify_export(file, papers)
    except ExportUnreadable:
        return None
    return trail.whole, trail.entries


def test_a_whole_export_is_whole(place):
    assert verified(place, "\n".join(chain()).encode()) == (True, ENTRIES)


@effort(200)
@given(data=some.data())
def test_an_export_with_a_byte_changed_is_never_whole_in_its_full_length(place, data):
    raw = bytearray("\n".join(chain()).encode())
    spot = data.draw(some.integers(0, len(raw) - 1))
    before, raw[spot] = raw[spot], data.draw(some.integers(0, 255))
    read = verified(place, bytes(raw))

    same = before == raw[spot] or bytes(raw).split() == "\n".join(chain()).encode().split()
    assert read != (True, ENTRIES) or same


@effort(150)
@given(
    place_=some.integers(0, ENTRIES - 1),
    name=some.sampled_from(["sequence", "previous", "hash"]),
    value=some.sampled_from([None, True, 1.5, -1, 2**70, "", "x", [], {}, "\ud800"]),
)
def test_any_kind_of_value_in_an_export_is_refused_or_broken(place, place_, name, value):
    lines = chain()
    lines[place_] = json.dumps({**json.loads(lines[place_]), name: value})

    read = verified(place, "\n".join(lines).encode())
    assert read is None or not read[0]


@effort(100)
@given(
    raw=some.binary(max_size=60)
    | some.just(b"[" * 100_000)
    | some.text("{}[]\n", max_size=20).map(str.encode)
)
def test_any_file_is_an_export_or_none(place, raw):
    assert verified(place, raw) in {None, (True, 0)}


@effort(150)
@given(data=some.data())
def test_a_checkpoint_with_a_byte_changed_says_nothing_else(place, data):
    file = place / "checkpoint.json"
    said = sign(KEY, kind="regular", sequence=7, hash="0" * 64, at=now())
    write_checkpoint(file, said)
    raw = bytearray(file.read_bytes())
    raw[data.draw(some.integers(0, len(raw) - 1))] = data.draw(some.integers(0, 255))
    file.write_bytes(bytes(raw))
    try:
        assert read_checkpoint(file).model_dump(exclude={"signature", "key"}) == said.model_dump(
            exclude={"signature", "key"}
        )
    except CheckpointUnreadable as refusal:
        assert str(file) in str(refusal)


@effort(100)
@given(raw=some.binary(max_size=60) | some.text('[profile."a]=\n', max_size=40).map(str.encode))
def test_any_profiles_are_read_or_refused(place, raw):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKFLEET_CONFIG", str(place))
        (place / "profiles.toml").write_bytes(raw)
        try:
            read_profiles()
        except ProfilesDamaged as refusal:
            assert str(refusal)
