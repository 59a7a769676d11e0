"""Keys come from a file, the environment or a command, and whatever goes wrong tells no key."""

import os
import sys
from base64 import b64encode

import pytest

from fleet.keys import sources
from fleet.keys.errors import (
    CipherUnknown,
    KeyCommandFailed,
    KeyFileExposed,
    KeyFileMissing,
    KeyFileNotOurs,
    KeyVariableMissing,
    KeyVariableUnusable,
)
from fleet.keys.keyring import Keyring, key_id
from fleet.keys.sources import KeyHolder, load_keyring, source_of
from fleet.settings import Settings

KEY, OTHER = bytes(range(32)), bytes(range(32, 64))
TEXT, OTHER_TEXT = (b64encode(key).decode() for key in (KEY, OTHER))


@pytest.fixture
def home(tmp_path):
    (tmp_path / "keys").mkdir()
    return tmp_path


def printing(text: str, **more: object) -> Settings:
    return Settings(home=None, key_command=(sys.executable, "-c", text), **more)


@pytest.mark.parametrize("separator", [" ", ",", "\n"])
def test_the_last_key_in_the_environment_is_active(home, monkeypatch, separator):
    monkeypatch.setenv("COMPANY_KEY", separator.join((TEXT, OTHER_TEXT)))

    ring = load_keyring(Settings(home=home, key_variable="COMPANY_KEY"))

    assert (ring.active, set(ring.keys)) == (key_id(OTHER), {key_id(KEY), key_id(OTHER)})


def test_a_missing_or_wrong_variable_is_named(home, monkeypatch):
    settings = Settings(home=home, key_variable="COMPANY_KEY")
    with pytest.raises(KeyVariableMissing):
        load_keyring(settings)

    monkeypatch.setenv("COMPANY_KEY", TEXT[:-4])
    with pytest.raises(KeyVariableUnusable) as refused:
        load_keyring(settings)
    assert TEXT[:-4] not in str(refused.value)


def test_a_command_prints_the_key():
    assert load_keyring(printing(f"print({TEXT!r})")).active == key_id(KEY)


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import sys; sys.exit('no such slot')", "no such slot"),
        ("raise SystemExit(3)", "exit code 3"),
        (f"print({TEXT[:20]!r})", "not 32 bytes"),
        (f"print({TEXT!r}, 'and more')", "not 32 bytes"),
        ("pass", "not 32 bytes"),
        ("import sys\nwhile True: sys.stdout.write('x' * 4096)", "without end"),
    ],
)
def test_a_command_that_gives_no_key_is_refused_with_its_own_complaint(program, said):
    with pytest.raises(KeyCommandFailed, match=said) as refused:
        load_keyring(printing(program))

    assert TEXT[:20] not in str(refused.value)


def test_a_command_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(sources, "COMMAND_SECONDS", 0.3)

    with pytest.raises(KeyCommandFailed, match="longer than"):
        load_keyring(printing("import threading; threading.Event().wait()"))


def test_a_command_that_does_not_exist_is_named():
    with pytest.raises(KeyCommandFailed, match="no-such-program"):
        load_keyring(Settings(home=None, key_command=("no-such-program",)))


def test_a_running_server_notices_a_key_that_was_added(home):
    settings = Settings(home=home)
    Keyring.create(settings.key_path)
    holder = KeyHolder(settings)
    before = holder.keyring()

    Keyring.add_key(settings.key_path)

    assert holder.keyring().active != before.active
    assert holder.keyring() is holder.keyring()


def test_a_key_file_that_is_taken_away_is_missed_at_once(home):
    settings = Settings(home=home)
    Keyring.create(settings.key_path)
    holder = KeyHolder(settings)
    holder.keyring()

    settings.key_path.unlink()

    with pytest.raises(KeyFileMissing):
        holder.keyring()


def test_a_key_file_that_becomes_readable_for_others_is_refused(home):
    settings = Settings(home=home)
    Keyring.create(settings.key_path)
    holder = KeyHolder(settings)
    holder.keyring()

    settings.key_path.chmod(0o644)

    with pytest.raises(KeyFileExposed):
        holder.keyring()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_file_of_another_user_is_refused(home):
    settings = Settings(home=home)
    Keyring.create(settings.key_path)
    os.chown(settings.key_path, 65534, 65534)

    with pytest.raises(KeyFileNotOurs):
        load_keyring(settings)


def test_an_unknown_cipher_is_named(home):
    with pytest.raises(CipherUnknown, match="rot13"):
        load_keyring(Settings(home=home, cipher="rot13"))


def test_where_the_keys_come_from_can_be_said(home):
    assert source_of(Settings(home=home)).endswith("key-encryption.key")
    assert "COMPANY_KEY" in source_of(Settings(home=home, key_variable="COMPANY_KEY"))
    assert "hsm get" in source_of(Settings(home=home, key_command=("hsm", "get")))
