"""SPAKE2 over Ed25519 as BoringSSL does it, which differs from RFC 9382: two sides that know one
password come to one key, and a listener learns nothing to guess it by.

For virtual phones alone: the arithmetic takes a time that depends on its numbers.
"""

import hashlib
import secrets
from typing import Final

P: Final = 2**255 - 19
ORDER: Final = 2**252 + 27742317777372353535851937790883648493
D: Final = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE: Final = pow(2, (P - 1) // 4, P)

Point = tuple[int, int, int, int]  # extended coordinates: x = X/Z, y = Y/Z, xy = T/Z

NEUTRAL: Final[Point] = (0, 1, 1, 0)


class NotAPoint(ValueError):
    """The other side sent what is not on the curve."""


def add(one: Point, other: Point) -> Point:
    x1, y1, z1, t1 = one
    x2, y2, z2, t2 = other
    a, b = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def negative(point: Point) -> Point:
    x, y, z, t = point
    return -x % P, y, z, -t % P


def times(number: int, point: Point) -> Point:
    result = NEUTRAL
    while number:
        if number & 1:
            result = add(result, point)
        point = add(point, point)
        number >>= 1
    return result


def encoded(point: Point) -> bytes:
    x, y, z, _t = point
    inverse = pow(z, -1, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decoded(data: bytes) -> Point:
    """Return the point of 32 bytes, or raise NotAPoint."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, (number & (1 << 255) - 1) % P
    squared = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(squared, (P + 3) // 8, P)
    if x * x % P != squared:
        x = x * ROOT_OF_MINUS_ONE % P
    if len(data) != 32 or x * x % P != squared:
        raise NotAPoint
    if x & 1 != sign:
        x = -x % P
    return x, y, 1, x * y % P


BASE: Final = decoded((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def point_of_nobody(seed: bytes) -> Point:
    """Return a point whose discrete logarithm nobody knows: hashes, until one is a point."""
    data = hashlib.sha256(seed).digest()
    while True:
        try:
            return decoded(data)
        except NotAPoint:
            data = hashlib.sha256(data).digest()


M: Final = point_of_nobody(b"edwards25519 point generation seed (M)")
N: Final = point_of_nobody(b"edwards25519 point generation seed (N)")


class Side:
    """One side of an exchange: `message` goes to the other, whose own gives `key`."""

    def __init__(
        self, password: bytes, *, alice: bool, names: tuple[bytes, bytes], random: bytes = b""
    ) -> None:
        """`names` are Alice's and Bob's; `random` is 64 bytes, given by tests alone."""
        self.alice, self.names = alice, names
        number = int.from_bytes(random or secrets.token_bytes(64), "little")
        self._private = number % ORDER * 8  # clears the cofactor of the other side's point
        self._hash = hashlib.sha512(password).digest()
        self._password = _multiple_of_eight(int.from_bytes(self._hash, "little") % ORDER)
        mask = times(self._password, M if alice else N)
        self.message = encoded(add(times(self._private, BASE), mask))

    def key(self, theirs: bytes) -> bytes:
        """Return the 64 bytes both sides share, when both knew the password."""
        mask = times(self._password, N if self.alice else M)
        shared = times(self._private, add(decoded(theirs), negative(mask)))
        messages = (self.message, theirs) if self.alice else (theirs, self.message)
        told = hashlib.sha512()
        for part in (*self.names, *messages, encoded(shared), self._hash):
            told.update(len(part).to_bytes(8, "little") + part)
        return told.digest()


def _multiple_of_eight(number: int) -> int:
    """Add multiples of the order until the last three bits are gone; the product stays."""
    for bit in (1, 2, 4):
        if number & bit:
            number += ORDER * bit
    return number
