from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.vault.errors import PolicyNotPossible
from fleet.vault.generate import DIGITS, LOWER, UPPER, generate_password, generate_pin, is_weak


@given(st.integers(4, 16))
def test_a_pin_has_its_length_and_is_not_what_anybody_would_try(length: int) -> None:
    pin = generate_pin(length)

    assert len(pin) == length
    assert pin.isdigit()
    assert not is_weak(pin)


@pytest.mark.parametrize(
    "pin",
    ["123456", "654321", "890125", "111222", "000000", "121212", "123123", "199048", "482013",
     "310584", "840531", "053184", "1231", "3112", "777482"],
)  # fmt: skip
def test_a_guessable_pin_is_weak(pin: str) -> None:
    assert is_weak(pin)


@pytest.mark.parametrize("pin", ["402957", "739561", "8351", "86307529"])
def test_an_ordinary_pin_is_not_weak(pin: str) -> None:
    assert not is_weak(pin)


def test_every_digit_comes_up_about_as_often() -> None:
    counts = Counter("".join(generate_pin(6) for _ in range(2000)))

    assert set(counts) == set("0123456789")
    assert max(counts.values()) < 1.6 * min(counts.values())


def test_what_was_used_before_is_not_drawn_again() -> None:
    strong = [f"{n:04d}" for n in range(10_000) if not is_weak(f"{n:04d}")]

    assert generate_pin(4, avoid=set(strong[1:])) == strong[0]


@given(st.integers(8, 64))
def test_a_password_has_all_classes_and_nothing_to_misread(length: int) -> None:
    password = generate_password(length)

    assert len(password) == length
    assert set(password) <= set(LOWER + UPPER + DIGITS)
    assert all(set(password) & set(kind) for kind in (LOWER, UPPER, DIGITS))
    assert not set(password) & set("0Oo1lI")


@pytest.mark.parametrize("length", [0, 3, 17])
def test_a_pin_no_phone_would_take_is_refused(length: int) -> None:
    with pytest.raises(PolicyNotPossible):
        generate_pin(length)


@pytest.mark.parametrize("length", [7, 65])
def test_a_password_nobody_would_type_is_refused(length: int) -> None:
    with pytest.raises(PolicyNotPossible):
        generate_password(length)
