"""Which passwords of users are taken: long enough, not known to everybody, not used before.

Length counts for more than kinds of characters (NIST SP 800-63B, 5.1.1.2); a company whose rules
ask for kinds sets how many in its access policy.
"""

from collections.abc import Iterable
from typing import Final

from fleet.access.errors import (
    PasswordKnownToEverybody,
    PasswordTooPlain,
    PasswordTooShort,
    PasswordUsedBefore,
)
from fleet.access.models import AccessPolicy, User
from fleet.access.secrets import password_fits

REMEMBERED: Final = 5
LONGEST: Final = 256  # beyond it argon2id would work for whoever sends megabytes
# What guessers try first, apart from what is shorter than any policy allows.
KNOWN_TO_EVERYBODY: Final = frozenset(
    {
        "password", "passw0rd", "qwerty", "qwertyuiop", "letmein", "iloveyou", "welcome", "admin",
        "administrator", "changeme", "woaini", "5201314", "abc123", "1q2w3e4r", "workfleet",
    }
)  # fmt: skip


def check_password(policy: AccessPolicy, password: str, *, username: str = "") -> None:
    """Refuse a password that the policy does not allow, or that is guessed first."""
    if len(password) < policy.password_length or len(password) > LONGEST:
        raise PasswordTooShort(least=policy.password_length, most=LONGEST)
    if _classes(password) < policy.password_classes:
        raise PasswordTooPlain(classes=policy.password_classes)
    if _is_guessed(password.casefold(), username.casefold()):
        raise PasswordKnownToEverybody


def check_not_used(user: User, password: str) -> None:
    """Refuse one of the last passwords of this user."""
    kept = filter(None, (user.password_hash, *user.former_hashes))
    if any(password_fits(each, password) for each in kept):
        raise PasswordUsedBefore(count=REMEMBERED)


def remembered(user: User) -> list[str]:
    """Return the hashes to keep when the present one is replaced."""
    return [*filter(None, (user.password_hash,)), *user.former_hashes][: REMEMBERED - 1]


def _classes(password: str) -> int:
    kinds: Iterable[bool] = (
        any(letter.islower() for letter in password),
        any(letter.isupper() for letter in password),
        any(letter.isdigit() for letter in password),
        any(not letter.isalnum() for letter in password),
    )
    return sum(kinds)


def _is_guessed(password: str, username: str) -> bool:
    """Tell whether nothing but a known word, the user's name, digits or repeats is in it."""
    bare = password.strip("0123456789!@#$%^&*._- ")
    if len(set(password)) < 4 or not bare:
        return True
    words = KNOWN_TO_EVERYBODY | ({username} if username else set())
    return bare in words or password in words
