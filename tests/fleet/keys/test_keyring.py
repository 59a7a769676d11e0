import base64
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.keys.keyring import (
    KeyFileExists,
    KeyFileExposed,
    KeyFileMissing,
    KeyFileUnusable,
    Keyring,
    SecretUnreadable,
)

RING = Keyring.of(bytes(range(32)))
HERE, THERE = "credential:a:1", "credential:a:2"


@given(st.text())
def test_what_is_sealed_opens_in_its_place(plain: str) -> None:
    assert RING.open(RING.seal(plain, context=HERE), context=HERE) == plain


def test_a_secret_copied_to_another_row_stays_shut() -> None:
    sealed = RING.seal("402917", context=HERE)

    with pytest.raises(SecretUnreadable):
        RING.open(sealed, context=THERE)


def test_no_part_of_one_secret_opens_with_a_part_of_another() -> None:
    one = RING.seal("402917", context=HERE).split(".")
    two = RING.seal("402917", context=HERE).split(".")

    with pytest.raises(SecretUnreadable):
        RING.open(".".join([*one[:3], two[3]]), context=HERE)


@given(st.data())
def test_a_changed_letter_leaves_it_shut_or_means_the_same(data: st.DataObject) -> None:
    sealed = RING.seal("402917", context=HERE)
    place = data.draw(st.integers(0, len(sealed) - 1))
    letter = data.draw(st.characters(codec="ascii"))
    changed = sealed[:place] + letter + sealed[place + 1 :]

    try:
        opened = RING.open(changed, context=HERE)
    except SecretUnreadable:
        opened = None
    assert opened in {"402917", None}


@given(st.text())
def test_nonsense_is_refused_and_never_an_exception_of_another_kind(text: str) -> None:
    with pytest.raises(SecretUnreadable):
        RING.open(text, context=HERE)


def test_an_older_key_still_opens_and_rewrapping_needs_it_no_more(tmp_path: Path) -> None:
    path = tmp_path / "key"
    old = Keyring.create(path)
    sealed = old.seal("402917", context=HERE)

    both = Keyring.add_key(path)
    moved = both.rewrap(sealed, context=HERE)

    assert both.open(sealed, context=HERE) == "402917"
    assert moved != sealed
    assert Keyring.of(both.keys[both.active]).open(moved, context=HERE) == "402917"
    with pytest.raises(SecretUnreadable):
        old.open(moved, context=HERE)


def test_no_key_and_no_value_is_in_a_text_about_them() -> None:
    key = bytes(range(32))
    refusal = SecretUnreadable(context=HERE)

    about = repr(RING) + str(refusal) + repr(refusal)

    assert repr(key) not in about
    assert base64.b64encode(key).decode() not in about
    assert "402917" not in RING.seal("402917", context=HERE)


def test_only_its_owner_can_read_the_key_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    Keyring.create(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    path.chmod(0o640)
    with pytest.raises(KeyFileExposed):
        Keyring.load(path)


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key"
    Keyring.create(path)
    before = path.read_bytes()

    with pytest.raises(KeyFileExists):
        Keyring.create(path)

    assert path.read_bytes() == before


@pytest.mark.parametrize("text", ["", "zzz", base64.b64encode(b"short").decode(), "\xff"])
def test_a_file_that_holds_no_key_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key"
    path.write_text(text, "utf-8")
    path.chmod(0o600)

    with pytest.raises(KeyFileUnusable) as caught:
        Keyring.load(path)

    assert not text or text not in str(caught.value)


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyFileMissing, match=r"nothing-here"):
        Keyring.load(tmp_path / "nothing-here")


def test_two_keyrings_name_their_keys_differently() -> None:
    assert Keyring.of(os.urandom(32)).active != Keyring.of(os.urandom(32)).active
