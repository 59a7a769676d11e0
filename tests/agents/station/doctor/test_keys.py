"""The key by which phones know this machine: real ones, made by the real adb."""

import os
import subprocess
from dataclasses import replace

import pytest

from agents.phone.server import shipped_adb
from agents.station.doctor import State, keys


@pytest.fixture
def key(place):
    """Give a key as adb makes it, with its public half."""
    path = place.user_home / ".android/adbkey"
    path.parent.mkdir(parents=True)
    subprocess.run([shipped_adb(), "keygen", path], check=True, capture_output=True)
    return path


def found(place):
    (check,) = keys.key(place)
    return check


def test_a_key_of_adb_is_well(place, key):
    assert found(place).state is State.OK
    assert "fits" in found(place).sentence


def test_before_the_first_start_there_is_none(place):
    assert found(place).state is State.OK
    assert "not there yet" in found(place).sentence


def test_a_key_that_others_may_read_is_told(place, key):
    key.chmod(0o644)

    assert found(place).state is State.ATTENTION
    assert found(place).advice == f"chmod 600 {key}"


def test_a_public_half_of_another_key_is_told(place, key, tmp_path):
    subprocess.run([shipped_adb(), "keygen", tmp_path / "k"], check=True, capture_output=True)
    key.with_suffix(".pub").write_bytes((tmp_path / "k.pub").read_bytes())

    assert found(place).state is State.ATTENTION
    assert "adbkey.pub" in found(place).sentence


@pytest.mark.parametrize("spoilt", [b"", b"\xff\0", b"QUJD", b"not base64 !"])
def test_a_spoilt_public_half_is_told(place, key, spoilt):
    key.with_suffix(".pub").write_bytes(spoilt)

    assert found(place).state is State.ATTENTION


@pytest.mark.parametrize("spoilt", [b"", b"\xff\0", b"-----BEGIN PRIVATE KEY-----\nQUJD\n"])
def test_what_is_no_key_is_told_and_not_repeated(place, key, spoilt):
    key.write_bytes(spoilt)

    assert found(place).state is State.BROKEN
    assert "QUJD" not in str(found(place))


def test_nothing_of_the_key_is_shown(place, key):
    secret = key.read_text().splitlines()[1]

    assert secret not in str(found(place))


def test_vendor_keys_that_are_not_there_are_told(place, key):
    given = {**place.environment, "ADB_VENDOR_KEYS": os.pathsep.join([str(key), "/nowhere/key"])}

    states = [check.state for check in keys.key(replace(place, environment=given))]

    assert states == [State.OK, State.ATTENTION]
