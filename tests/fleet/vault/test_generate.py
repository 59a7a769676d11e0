"""New values: never a forbidden one, each as likely as any other, and counted honestly."""

import math
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.contracts.credentials import CredentialKind
from fleet.contracts.policies import Characters, Pattern
from fleet.settings import Settings
from fleet.vault.errors import NothingAllowed, PolicyNotPossible
from fleet.vault.generate import ALPHABETS, allowed, generate, is_allowed
from fleet.vault.patterns import is_forbidden
from fleet.vault.rules import Rules, standard

NONE = Settings(home=Path())
PIN = standard(CredentialKind.DEVICE_PIN, NONE)
WORD = standard(CredentialKind.ACCOUNT_PASSWORD, NONE)
ALL = frozenset(Pattern)
some_patterns = st.frozensets(st.sampled_from(Pattern))


def pins(length: int) -> list[str]:
    return [f"{number:0{length}d}" for number in range(10**length)]


@given(st.integers(4, 16), some_patterns, st.integers())
@settings(deadline=None)
def test_a_pin_has_its_length_and_none_of_the_forbidden_patterns(length, patterns, seed) -> None:
    rules = replace(PIN, length=length, patterns=patterns, numbers=("13800002231",))

    pin = generate(rules, source=Random(seed))

    assert (len(pin), pin.isdigit()) == (length, True)
    assert not is_forbidden(pin, patterns, rules.numbers)


@pytest.mark.parametrize(
    ("pattern", "pin"),
    [
        *((Pattern.RUNS, pin) for pin in ("123456", "654321", "890125")),
        *((Pattern.REPEATS, pin) for pin in ("111222", "000000", "121212", "123123", "777482")),
        *((Pattern.DATES, pin) for pin in ("199048", "482013", "310584", "840531", "1231", "3112")),
        *((Pattern.KEYPAD, pin) for pin in ("2580", "1470", "0852", "1254", "9632", "1236")),
        *((Pattern.KEYPAD, pin) for pin in ("147258", "591379", "842605", "961973")),
        *((Pattern.NUMBER, pin) for pin in ("138000", "002231", "952231", "0223")),
    ],
)
def test_a_guessable_pin_is_forbidden_by_the_name_of_its_pattern(pattern: Pattern, pin) -> None:
    assert is_forbidden(pin, frozenset({pattern}), ("+86 138 0000 2231",))
    assert not is_allowed(pin, replace(PIN, length=len(pin), numbers=("13800002231",)))


@pytest.mark.parametrize("pin", ["402957", "739561", "8351", "86307529"])
def test_an_ordinary_pin_is_allowed(pin: str) -> None:
    assert not is_forbidden(pin, ALL, ("13800002231",))


def test_every_allowed_value_comes_up_about_as_often() -> None:
    """Pearson's test over all 8,448 values: its statistic is near the degrees of freedom."""
    rules, source, draws = replace(PIN, length=4), Random(20261125), 84_480

    counts = Counter(generate(rules, source=source) for _ in range(draws))

    values = [pin for pin in pins(4) if is_allowed(pin, rules)]
    expected = draws / len(values)
    statistic = sum((counts[pin] - expected) ** 2 / expected for pin in values)
    freedom = len(values) - 1
    assert abs(statistic - freedom) < 4 * math.sqrt(2 * freedom)


@pytest.mark.parametrize("length", [4, 5])
@pytest.mark.parametrize("patterns", [frozenset(), ALL, *(frozenset({one}) for one in Pattern)])
def test_the_count_is_that_of_looking_at_each(length: int, patterns) -> None:
    rules = replace(PIN, length=length, patterns=patterns)

    looked_at = sum(not is_forbidden(pin, patterns) for pin in pins(length))

    assert (allowed(rules).values, allowed(rules).exact) == (looked_at, True)


def test_the_bits_of_six_digits_are_fewer_than_those_of_all_numbers() -> None:
    """Counted once by looking at each of a million: 779,493."""
    assert allowed(PIN).values == 779_493
    assert round(allowed(PIN).bits, 2) == 19.57 < math.log2(10**6)


def test_a_long_pin_is_said_to_have_at_least_so_many_bits() -> None:
    found = allowed(replace(PIN, length=16))

    assert not found.exact
    assert 52 < found.bits < math.log2(10**16)


def test_passwords_are_counted_with_every_class_in_them() -> None:
    """Of two characters out of digits and symbols: a digit and a symbol, in either order."""
    classes = frozenset({Characters.DIGITS, Characters.SYMBOLS})
    digits, symbols = (len(ALPHABETS[name]) for name in sorted(classes))

    assert allowed(replace(WORD, length=2, classes=classes)).values == 2 * digits * symbols


def test_what_was_used_before_is_not_drawn_again() -> None:
    rules = replace(PIN, length=4)
    strong = [pin for pin in pins(4) if is_allowed(pin, rules)]

    assert generate(rules, avoid=set(strong[1:])) == strong[0]
    with pytest.raises(NothingAllowed):
        generate(rules, avoid=set(strong))


@given(st.integers(8, 64), st.frozensets(st.sampled_from(Characters), min_size=1))
def test_a_password_has_all_classes_and_nothing_to_misread(length: int, classes) -> None:
    password = generate(replace(WORD, length=length, classes=classes))

    alphabets = [set(ALPHABETS[name]) for name in classes]
    assert len(password) == length
    assert set(password) <= set.union(*alphabets)
    assert all(set(password) & alphabet for alphabet in alphabets)
    assert not set(password) & set("0Oo1lI")


@pytest.mark.parametrize(
    "rules",
    [replace(PIN, length=length) for length in (0, 3, 17)]
    + [replace(WORD, length=length) for length in (7, 65)],
)
def test_a_length_that_no_phone_would_take_is_refused(rules: Rules) -> None:
    with pytest.raises(PolicyNotPossible):
        generate(rules)


def test_a_policy_that_remembers_more_than_there_is_is_refused() -> None:
    with pytest.raises(NothingAllowed):
        generate(replace(PIN, length=4, history=5000))


@pytest.mark.parametrize("kind", [CredentialKind.SIM_PIN, CredentialKind.SIM_PUK])
def test_nothing_is_ever_drawn_for_a_sim(kind: CredentialKind) -> None:
    with pytest.raises(NothingAllowed):
        generate(standard(kind, NONE))
