"""What the server reads from disk or storage, spoilt in any way: opened, or refused by name."""

from base64 import b64encode
from dataclasses import fields
from hashlib import sha256
from pathlib import Path

import pytest
import zstandard
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as some

from fleet.audit.signing import signing_key
from fleet.backups.manifests import ManifestUnreadable, read_manifest
from fleet.backups.storage import storage_of
from fleet.contracts.sealing import is_public_key, open_at_station, seal_to_station
from fleet.errors import FleetError
from fleet.keys.errors import KeyFileUnusable, SecretUnreadable
from fleet.keys.files import read_keys
from fleet.keys.keyring import Keyring
from fleet.settings import Settings, SettingsUnreadable, SettingUnknown, SettingWrong, load
from tests.effort import effort

KEYRING = Keyring.of(bytes(32))
TEXTS = some.text(some.characters(exclude_categories=["Cs"]), max_size=40)


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("place")


NAMES = some.sampled_from([item.name for item in fields(Settings)])
VALUES = some.sampled_from(
    [
        "1",
        "-1",
        "9" * 30,
        '"x"',
        "true",
        "1.5",
        "[]",
        "[1]",
        '["a"]',
        "{}",
        "1979-05-27",
        "nan",
        "\0",
    ]
)


@effort(200)
@given(NAMES, VALUES)
def test_any_value_of_a_setting_is_of_its_kind_or_refused(place, name, value):
    (place / "settings.toml").write_text(f"{name} = {value}\n")
    try:
        loaded = load(place)
    except (SettingWrong, SettingsUnreadable):
        return
    assert isinstance(loaded.pin_days, int)
    assert isinstance(loaded.database_url, str)
    assert all(isinstance(one, str) for one in (*loaded.recipients, *loaded.trusted_proxies))


@effort(100)
@given(some.binary(max_size=60) | some.text('ab=[]"\n', max_size=40).map(str.encode))
def test_any_settings_file_is_read_or_refused(place, raw):
    (place / "settings.toml").write_bytes(raw)
    try:
        load(place)
    except (SettingsUnreadable, SettingUnknown, SettingWrong) as refusal:
        assert str(refusal)


def test_what_is_wrong_in_the_settings_is_told_by_its_place_alone(place):
    (place / "settings.toml").write_text('database_url = "postgresql://u:hunter2@db\n')

    with pytest.raises(SettingsUnreadable) as refusal:
        load(place)

    assert "line 1" in str(refusal.value)
    assert "hunter2" not in str(refusal.value)


@effort(100)
@given(some.binary(max_size=100) | some.binary(min_size=20, max_size=40).map(b64encode))
def test_any_key_file_is_keys_or_refused(place, raw):
    file = place / "key"
    file.touch(0o600)
    file.write_bytes(raw)
    for read in (read_keys, signing_key):
        try:
            found = read(file)
        except KeyFileUnusable:
            continue
        assert found


@given(TEXTS, TEXTS)
def test_a_secret_opens_in_its_own_place_alone(plain, context):
    sealed = KEYRING.seal(plain, context=context)

    assert KEYRING.open(sealed, context=context) == plain
    with pytest.raises(SecretUnreadable):
        KEYRING.open(sealed, context=context + "x")


@effort(300)
@given(some.data())
def test_a_sealed_text_with_anything_changed_stays_shut(data):
    sealed = KEYRING.seal("402917", context="credential:1")
    spoilt = spoilt_text(sealed, data)
    for use in (KEYRING.open, KEYRING.rewrap):
        try:
            opened = use(spoilt, context="credential:1")
        except SecretUnreadable:
            continue
        if use == KEYRING.open:
            assert opened == "402917"  # base64 has more than one writing of the same bytes
        else:
            assert spoilt.startswith(KEYRING.prefix)  # nothing to wrap anew: it is not looked into


def spoilt_text(text: str, data) -> str:
    """Return `text` with a part of it cut out, and something else there."""
    start = data.draw(some.integers(0, len(text) - 1))
    end = data.draw(some.integers(start, len(text)))
    return text[:start] + data.draw(some.text("AZ.=-_/é\ud800", max_size=3)) + text[end:]


STATION = X25519PrivateKey.generate()
PRIVATE = STATION.private_bytes_raw()
PUBLIC = b64encode(STATION.public_key().public_bytes_raw()).decode()


@given(TEXTS, TEXTS)
def test_what_is_sealed_for_a_job_opens_for_that_job_at_that_station_alone(plain, job):
    sealed = seal_to_station(PUBLIC, plain, job=job)

    assert open_at_station(PRIVATE, sealed, job=job) == plain
    with pytest.raises(ValueError, match="another"):
        open_at_station(PRIVATE, sealed, job=job + "x")
    with pytest.raises(ValueError, match="another"):
        open_at_station(bytes(31) + b"1", sealed, job=job)


@effort(200)
@given(some.data())
def test_a_seal_with_anything_changed_stays_shut(data):
    sealed = seal_to_station(PUBLIC, "402917", job="1")
    spoilt = spoilt_text(sealed, data)
    try:
        assert open_at_station(PRIVATE, spoilt, job="1") == "402917"
    except ValueError:
        assert spoilt != sealed


@effort(150)
@given(TEXTS | some.binary(max_size=40).map(lambda raw: b64encode(raw).decode()))
def test_any_text_is_a_public_key_or_none(text):
    assert is_public_key(text) in {True, False}


@effort(150)
@given(lines=some.lists(some.text('{}[]":,aé0', max_size=20), max_size=4), cut=some.integers(0, 60))
def test_any_manifest_in_storage_is_read_or_unreadable(place, lines, cut):
    storage = storage_of(Settings(home=place))
    raw = zstandard.compress("\n".join(lines).encode())[cut % 20 :]
    digest = sha256(raw).hexdigest()
    storage.put_manifest([raw], digest=digest)
    with pytest.raises((ManifestUnreadable, FleetError)):
        list(read_manifest(storage, digest)[1])
