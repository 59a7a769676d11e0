"""Passwords of users and tokens: how they are made, kept and compared."""

import hashlib
import secrets
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

PREFIX: Final = "wf_"  # so that a leaked token is recognised by scanners

_hasher: Final = PasswordHasher()  # argon2id, the library's own parameters (RFC 9106, low memory)


def new_token() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def new_long_password() -> str:
    """Return a password of 123 bits, in groups that can be copied from paper."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # 31: five groups of five are 123 bits
    groups = ("".join(secrets.choice(letters) for _ in range(5)) for _ in range(5))
    return "-".join(groups)


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def password_fits(kept: str | None, password: str) -> bool:
    """Compare in the same time whether there is a user (a kept hash) or not."""
    try:
        _hasher.verify(kept or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def is_outdated(kept: str) -> bool:
    """Tell whether a hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(kept)


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))
