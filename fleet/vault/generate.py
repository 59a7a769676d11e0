"""New values: drawn evenly from everything that a person would not guess first."""

import secrets
import string
from collections.abc import Collection
from datetime import date
from typing import Final

from fleet.vault.errors import PolicyNotPossible

PIN_LENGTHS: Final = (4, 16)
PASSWORD_LENGTHS: Final = (8, 64)
# Without 0 O o 1 l I: a person copies the password from a screen into a phone.
LOWER: Final = "abcdefghijkmnpqrstuvwxyz"
UPPER: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
DIGITS: Final = "23456789"


def generate_pin(length: int, *, avoid: Collection[str] = ()) -> str:
    """Return a PIN of `length` digits that is not easily guessed and not one of `avoid`."""
    _check(length, PIN_LENGTHS)
    while True:
        pin = "".join(secrets.choice(string.digits) for _ in range(length))
        if pin not in avoid and not is_weak(pin):
            return pin


def generate_password(length: int, *, avoid: Collection[str] = ()) -> str:
    """Return a password with small and capital letters and digits, easy to read and type."""
    _check(length, PASSWORD_LENGTHS)
    while True:
        password = "".join(secrets.choice(LOWER + UPPER + DIGITS) for _ in range(length))
        classes = all(set(password) & set(kind) for kind in (LOWER, UPPER, DIGITS))
        if classes and password not in avoid:
            return password


def is_weak(pin: str) -> bool:
    """Tell whether `pin` is among the first that anybody would try."""
    return (
        len(set(pin)) < 3
        or _has_run(pin)
        or any(digit * 3 in pin for digit in string.digits)
        or _repeats_itself(pin)
        or _has_year(pin)
        or _is_date(pin)
    )


def _has_run(pin: str) -> bool:
    """Find four neighbours that count up or down, past 9 as well (8901)."""
    upwards = string.digits * 2
    parts = [pin[at : at + 4] for at in range(len(pin) - 3)]
    return any(part in upwards or part[::-1] in upwards for part in parts)


def _repeats_itself(pin: str) -> bool:
    """Find 1212, 123123 and the like: a string that lies inside its own doubling."""
    return pin in (pin + pin)[1:-1]


def _has_year(pin: str) -> bool:
    return any(pin[at : at + 2] in {"19", "20"} for at in range(len(pin) - 3))


def _is_date(pin: str) -> bool:
    """Find a day of the year (4 digits) or a birthday (6 digits) in any usual order."""
    pairs = [pin[at : at + 2] for at in range(0, len(pin), 2)]
    if len(pin) == 4:
        return _is_day(pairs[0], pairs[1]) or _is_day(pairs[1], pairs[0])
    if len(pin) != 6:
        return False
    first, second, third = pairs
    return _is_day(second, third) or _is_day(first, second) or _is_day(second, first)


def _is_day(month: str, day: str) -> bool:
    try:
        date(2000, int(month), int(day))  # a leap year, so that 29 February is one
    except ValueError:
        return False
    return True


def _check(length: int, allowed: tuple[int, int]) -> None:
    shortest, longest = allowed
    if not shortest <= length <= longest:
        raise PolicyNotPossible(shortest=shortest, longest=longest)
