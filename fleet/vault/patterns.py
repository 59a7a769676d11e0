"""What anybody would try first, by name: as a question about one PIN, and as a list for counting.

A pattern forbids short strings wherever they stand in a PIN, and some PINs as a whole.
"""

import string
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from itertools import permutations, product
from typing import Final

from fleet.contracts.policies import Pattern

KEYS: Final = ("123", "456", "789", " 0 ")
_PLACES: Final = {
    key: (row, column) for row, keys in enumerate(KEYS) for column, key in enumerate(keys)
}
_AT: Final = {place: key for key, place in _PLACES.items() if key != " "}


def is_forbidden(pin: str, patterns: frozenset[Pattern], numbers: tuple[str, ...] = ()) -> bool:
    """Tell whether `pin` has one of `patterns`; `numbers` are the phone's own."""
    if any(_QUESTIONS[pattern](pin) for pattern in patterns if pattern in _QUESTIONS):
        return True
    return Pattern.NUMBER in patterns and any(_shows(pin, number) for number in numbers)


def _has_run(pin: str) -> bool:
    """Find four neighbours that count up or down, past 9 as well (8901)."""
    return any(part in _runs() for part in _parts(pin, 4))


def _repeats(pin: str) -> bool:
    """Find only two digits, one three times in a row, or 1212 and 123123: its own doubling."""
    few = len(set(pin)) < 3
    return few or any(part in _triples() for part in _parts(pin, 3)) or pin in (pin + pin)[1:-1]


def _has_date(pin: str) -> bool:
    """Find a year anywhere, or a day (4 digits) or a birthday (6 digits) in any usual order."""
    if any(pin[at : at + 2] in {"19", "20"} for at in range(len(pin) - 3)):
        return True
    return pin in dates(len(pin))


def _has_shape(pin: str) -> bool:
    return any(part in _shapes() for size in (4, 6) for part in _parts(pin, size))


def _shows(pin: str, number: str) -> bool:
    """Find a PIN that is a part of the number, or has its last four digits in it."""
    digits = "".join(filter(str.isdigit, number))
    return len(digits) >= 4 and (pin in digits or digits[-4:] in pin)


_QUESTIONS: Final[Mapping[Pattern, Callable[[str], bool]]] = {
    Pattern.RUNS: _has_run,
    Pattern.REPEATS: _repeats,
    Pattern.DATES: _has_date,
    Pattern.KEYPAD: _has_shape,
}


def words(patterns: frozenset[Pattern]) -> frozenset[str]:
    """Return the strings that `patterns` forbid wherever they stand."""
    found: set[str] = set()
    if Pattern.RUNS in patterns:
        found |= _runs()
    if Pattern.REPEATS in patterns:
        found |= _triples()
    if Pattern.DATES in patterns:
        found |= {century + f"{year:02d}" for century in ("19", "20") for year in range(100)}
    if Pattern.KEYPAD in patterns:
        found |= _shapes()
    return frozenset(found)


def _parts(pin: str, size: int) -> Iterator[str]:
    return (pin[at : at + size] for at in range(len(pin) - size + 1))


@cache
def _runs() -> frozenset[str]:
    upwards = [(string.digits * 2)[at : at + 4] for at in range(10)]
    return frozenset(upwards + [run[::-1] for run in upwards])


@cache
def _triples() -> frozenset[str]:
    return frozenset(digit * 3 for digit in string.digits)


@cache
def dates(length: int) -> frozenset[str]:
    """Return the days that are written with so many digits; there are none but with 4 and 6."""
    days = [f"{month:02d}{day:02d}" for month in range(1, 13) for day in range(1, 32)]
    real = [day for day in days if _is_day(day)]
    turned = real + [day[2:] + day[:2] for day in real]
    if length == 4:
        return frozenset(turned)
    if length != 6:
        return frozenset()
    years = [f"{year:02d}" for year in range(100)]
    first = {year + day for year, day in product(years, real)}
    return frozenset(first | {day + year for year, day in product(years, turned)})


def _is_day(day: str) -> bool:
    try:
        date(2000, int(day[:2]), int(day[2:]))  # a leap year, so that 29 February is one
    except ValueError:
        return False
    return True


@cache
def _shapes() -> frozenset[str]:
    """Return what a thumb draws on the keys: columns down to 0, corners, squares, two lines."""
    found = {"1470", "2580", "3690"}
    found |= set(_corners())
    for four in _squares():
        found |= {"".join(order) for order in permutations(four)}
    lines = _lines()
    found |= {one + other for one, other in product(lines, lines)}
    return frozenset(found | {shape[::-1] for shape in found})


def _lines() -> list[str]:
    straight = ["123", "456", "789", "147", "258", "369", "159", "357", "580"]
    return straight + [line[::-1] for line in straight]


def _corners() -> Iterator[str]:
    """Give three keys in a row or a column and the one beside the last: 1236, 1478."""
    for line in _lines():
        (row, column), (next_row, next_column) = _PLACES[line[1]], _PLACES[line[2]]
        down, right = next_row - row, next_column - column
        if down and right:
            continue  # a diagonal has no corner
        for turn in (1, -1):
            beside = _AT.get((next_row + right * turn, next_column + down * turn))
            if beside:
                yield line + beside


def _squares() -> Iterator[tuple[str, ...]]:
    """Give the four keys of each small square, of the large one, and of the one on its point."""
    for row, column in product(range(2), range(2)):
        yield tuple(KEYS[row + down][column + right] for down, right in product((0, 1), (0, 1)))
    yield ("1", "3", "9", "7")
    yield ("2", "6", "8", "4")
