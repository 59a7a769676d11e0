"""New values: drawn evenly from all that the policy allows, and how many of them there are."""

import math
import string
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product
from random import Random, SystemRandom
from typing import Final

from fleet.contracts.credentials import NEVER_DRAWN, CredentialKind
from fleet.contracts.policies import LENGTHS, Characters, Pattern
from fleet.vault.errors import NothingAllowed, PolicyNotPossible
from fleet.vault.patterns import dates, is_forbidden, words
from fleet.vault.rules import Rules

# Without 0 O o 1 l I: a person copies the password from a screen into a phone. The symbols are on
# the first page of a phone's keyboard, and none is full-width in a Chinese one.
ALPHABETS: Final = {
    Characters.LOWER: "abcdefghijkmnpqrstuvwxyz",
    Characters.UPPER: "ABCDEFGHJKLMNPQRSTUVWXYZ",
    Characters.DIGITS: "23456789",
    Characters.SYMBOLS: "@#%&*+-=",
}
LEAST_VALUES: Final = 1000  # a policy that leaves fewer is guessed
_TRIES: Final = 10_000
_SMALL: Final = 10**6  # so many candidates are looked through one by one
_EXACT_BLOCK: Final = 5
_SECURE: Final = SystemRandom()


@dataclass(frozen=True)
class Allowed:
    """How many values there are; where not `exact`, at least so many."""

    values: int
    exact: bool = True

    @property
    def bits(self) -> float:
        return math.log2(self.values) if self.values else 0.0


def generate(rules: Rules, *, avoid: Collection[str] = (), source: Random = _SECURE) -> str:
    """Return a value that `rules` allow and that is not one of `avoid`; each is as likely."""
    require_possible(rules)
    for _ in range(_TRIES):
        value = _drawn(rules, source)
        if value not in avoid and is_allowed(value, rules):
            return value
    return _chosen(rules, avoid, source)


def is_allowed(value: str, rules: Rules) -> bool:
    if rules.kind is CredentialKind.ACCOUNT_PASSWORD:
        return all(set(value) & set(ALPHABETS[name]) for name in rules.classes)
    return not is_forbidden(value, rules.patterns, rules.numbers)


def require_possible(rules: Rules) -> None:
    """Refuse a policy by which no value can be drawn."""
    shortest, longest = LENGTHS[rules.kind]
    if rules.kind in NEVER_DRAWN:
        raise NothingAllowed(kind=rules.kind.value, values=0)
    if not shortest <= rules.length <= longest:
        raise PolicyNotPossible(shortest=shortest, longest=longest)
    found = allowed(rules).values
    if found < max(LEAST_VALUES, 2 * rules.history):
        raise NothingAllowed(kind=rules.kind.value, values=found)


def allowed(rules: Rules) -> Allowed:
    """Count what can be drawn, before the phone's own number and earlier values are left out."""
    if rules.kind is CredentialKind.ACCOUNT_PASSWORD:
        return Allowed(_passwords(rules.length, rules.classes))
    return _pins(rules.length, rules.patterns - {Pattern.NUMBER})


def _alphabet(rules: Rules) -> str:
    if rules.kind is CredentialKind.ACCOUNT_PASSWORD:
        return "".join(ALPHABETS[name] for name in sorted(rules.classes))
    return string.digits


def _drawn(rules: Rules, source: Random) -> str:
    return "".join(source.choices(_alphabet(rules), k=rules.length))


def _chosen(rules: Rules, avoid: Collection[str], source: Random) -> str:
    """Choose among the few that are left, or refuse: there are none, or too few to be hit."""
    alphabet = _alphabet(rules)
    left: list[str] = []
    if len(alphabet) ** rules.length <= _SMALL:
        every = map("".join, product(alphabet, repeat=rules.length))
        left = [value for value in every if value not in avoid and is_allowed(value, rules)]
    if not left:
        raise NothingAllowed(kind=rules.kind.value, values=0)
    return source.choice(left)


def _passwords(length: int, classes: frozenset[Characters]) -> int:
    """Count those with one of each class at least: all, without those that lack one, and so on."""
    sizes = [len(ALPHABETS[name]) for name in classes]
    return sum(
        (-1) ** lacking * (sum(sizes) - sum(without)) ** length
        for lacking in range(len(sizes) + 1)
        for without in combinations(sizes, lacking)
    )


@cache
def _pins(length: int, patterns: frozenset[Pattern]) -> Allowed:
    """Count the PINs without a forbidden part, and take off those forbidden as a whole."""
    walk = _Walk(words(patterns))
    whole: set[str] = set(dates(length)) if Pattern.DATES in patterns else set()
    too_many = 0
    if Pattern.REPEATS in patterns:
        whole.update(_few(length, walk))
        blocks = [size for size in range(1, length) if length % size == 0]
        for size in blocks:
            if size <= _EXACT_BLOCK:
                every = map("".join, product(string.digits, repeat=size))
                whole.update(block * (length // size) for block in every)
            else:
                too_many += walk.count(size)  # as many as could be, some of them forbidden already
    taken = sum(walk.passes(pin) for pin in whole)
    return Allowed(walk.count(length) - taken - too_many, exact=not too_many)


def _few(length: int, walk: "_Walk") -> Iterator[str]:
    """Give the PINs of one or two different digits that have no forbidden part."""
    for pair in combinations(string.digits, 2):
        yield from walk.along(length, pair)


class _Walk:
    """Reads PINs digit by digit and stops at a forbidden part; a state is what may still grow.

    The automaton of Aho and Corasick: the longest end of what was read that begins a word.
    """

    def __init__(self, forbidden: Collection[str]) -> None:
        self._forbidden = frozenset(forbidden)
        self._starts = {word[:size] for word in self._forbidden for size in range(len(word))}
        self._steps: dict[tuple[str, str], str | None] = {}

    def step(self, state: str, digit: str) -> str | None:
        """Return the state after `digit`, None where a forbidden part is complete."""
        key = state, digit
        if key not in self._steps:
            self._steps[key] = self._found(state + digit)
        return self._steps[key]

    def _found(self, read: str) -> str | None:
        ends = [read[at:] for at in range(len(read) + 1)]
        if any(end in self._forbidden for end in ends):
            return None
        return next((end for end in ends if end in self._starts), "")

    def count(self, length: int) -> int:
        """Count the PINs of a length without a forbidden part."""
        states = Counter({"": 1})
        for _ in range(length):
            after: Counter[str] = Counter()
            for (state, times), digit in product(states.items(), string.digits):
                grown = self.step(state, digit)
                if grown is not None:
                    after[grown] += times
            states = after
        return states.total()

    def passes(self, pin: str) -> bool:
        state: str | None = ""
        for digit in pin:
            state = self.step(state or "", digit)
            if state is None:
                return False
        return True

    def along(self, length: int, digits: Collection[str]) -> Iterator[str]:
        """Give the PINs of these digits alone that have no forbidden part."""
        reached = [("", "")]
        for _ in range(length):
            reached = [
                (pin + digit, state)
                for (pin, before), digit in product(reached, digits)
                if (state := self.step(before, digit)) is not None
            ]
        return (pin for pin, _state in reached)
