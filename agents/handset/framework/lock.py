"""The lock screen: what opens it, how often it was tried, and what wrong values cost."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    NONE = "none"
    PIN = "pin"
    PASSWORD = "password"  # noqa: S105 — the name of a kind
    PATTERN = "pattern"


class Check(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    THROTTLED = "throttled"


DAY: Final = 86_400.0


def wait_after(failures: int) -> float:
    """Return gatekeeper's waiting time in seconds after so many wrong values in a row."""
    if failures == 5:
        return 30.0
    if failures < 10:
        return 0.0
    if failures < 30:
        return 30.0
    return DAY if failures >= 140 else min(30.0 * 2 ** ((failures - 30) // 10), DAY)


@dataclass
class Lock:
    """The credential of the phone's first user."""

    kind: Kind = Kind.NONE
    secret: str = field(default="", repr=False)
    locked: bool = False  # the screen is locked at this moment
    disabled: bool = False  # not even a swipe
    wipe_limit: int = 0  # a device admin's maximumFailedPasswordsForWipe; 0 means none
    minimum_length: int = 0  # asked by a device admin
    may_not_be_cleared: bool = False
    resets_wipe_counter: bool = True  # by a right value; before Android 10 only a person's does
    failures: int = 0
    failures_for_wipe: int = 0
    wrong_total: int = 0  # counted attempts ever, for whoever must spend few
    generation: int = 0
    throttled_until: float = 0.0
    on_wipe_limit: Callable[[], None] = lambda: None
    clock: Callable[[], float] = time.monotonic

    @property
    def secure(self) -> bool:
        return self.kind is not Kind.NONE

    def is_throttled(self) -> bool:
        return self.clock() < self.throttled_until

    def try_value(self, value: str) -> Check:
        """Try to open the lock; a wrong value is counted as a phone counts it."""
        if self.is_throttled():
            return Check.THROTTLED
        if value == self.secret:
            self.failures = 0
            if self.resets_wipe_counter:
                self.failures_for_wipe = 0
            return Check.RIGHT
        self.count_failure()
        return Check.WRONG

    def count_failure(self) -> None:
        self.failures += 1
        self.failures_for_wipe += 1
        self.wrong_total += 1
        self.throttled_until = self.clock() + wait_after(self.failures)
        if 0 < self.wipe_limit <= self.failures_for_wipe:
            self.on_wipe_limit()

    def change(self, kind: Kind, secret: str) -> None:
        self.kind = kind
        self.secret = secret
        self.locked = self.locked and self.secure
        self.generation += 1
        self.failures = self.failures_for_wipe = 0
        self.throttled_until = 0.0


class LockTool:
    """The part of the system behind `locksettings`; a fault puts another in its place."""

    def __init__(self, lock: Lock) -> None:
        self.lock = lock

    def check(self, given: str) -> Check:
        return self.lock.try_value(given)

    def change(self, kind: Kind, secret: str) -> None:
        self.lock.change(kind, secret)
