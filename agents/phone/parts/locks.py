"""The lock screen, asked by questions that count as no attempt: locks, trust, window policy."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agents.phone.parts.text import lines_of, yes_or_no
from fleet.contracts.facts import CredentialType

TYPES: dict[str, CredentialType] = {
    "none": "none",
    "pin": "pin",
    "pattern": "pattern",
    "password": "password",
}
BOOLEAN = r"\s*=\s*(true|false|0|1)\b"


@dataclass(frozen=True)
class LockType:
    """The credential of user 0; `secure` alone is known where PIN and password are one type."""

    credential_type: CredentialType | None = None
    secure: bool | None = None


@dataclass(frozen=True)
class Keyguard:
    secure: bool | None = None
    showing: bool | None = None


def lock_type(text: str) -> LockType | None:
    """Read `dumpsys lock_settings`; before Android 11 it does not say the type: not known."""
    if "lock settings" not in text.lower() and "CredentialType" not in text:
        return None
    word = next(_credential_words(text), "")
    known = TYPES.get(word)
    if known is None:
        return LockType(secure=True if word.startswith("password_or") else None)
    return LockType(known, known != "none")


def _credential_words(text: str) -> Iterator[str]:
    """Give what stands under user 0 in "User State", where there is such a section."""
    body = text.partition("User State:")[2] or text
    user = 0
    for line in lines_of(body):
        if line.startswith("Keys in namespace"):
            return
        heading = re.match(r"User (\d{1,9})\b", line)
        user = int(heading[1]) if heading else user
        found = re.match(r"CredentialType\s*[:=]\s*(\w+)", line)
        if found and user == 0:
            yield found[1].lower()


def device_locked(text: str) -> bool | None:
    """Read `dumpsys trust`: of several users only the current one counts."""
    users = re.findall(r"User \"[^\n]*", text)
    current = [line for line in users if "(current)" in line] or (users if len(users) == 1 else [])
    found = re.search("deviceLocked" + BOOLEAN, current[0]) if current else None
    return yes_or_no(found[1]) if found else None


def keyguard(text: str) -> Keyguard | None:
    """Read `dumpsys window policy`; older dumps run their keys together."""
    _before, delegate, block = text.partition("KeyguardServiceDelegate")
    source = block if delegate else text
    showing = _flag(source, "showing") if delegate else None
    if showing is None:
        names = ("mIsShowing", "mShowingLockscreen", "isStatusBarKeyguard", "mKeyguardShowing")
        showing = next((flag for name in names if (flag := _flag(text, name)) is not None), None)
    secure = _flag(source, "secure") if delegate else None
    return None if showing is None and secure is None else Keyguard(secure, showing)


def _flag(text: str, name: str) -> bool | None:
    found = re.search(rf"(?<![A-Za-z]){name}\s*=\s*(true|false)", text)
    return found[1] == "true" if found else None
