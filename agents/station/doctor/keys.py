"""The key by which phones know this machine's adb: there, private, and whole."""

import base64
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from agents.station.doctor.check import Check, attention, broken, well
from agents.station.doctor.place import Place
from fleet.contracts.words import _, say

OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
# adb's own form of a public key (RSAPublicKey in libcrypto_utils): two words, then the modulus,
# least significant byte first.
HEADER_BYTES: Final = 8

KEYS = _("adb key")
WELL = _("{path} is private and fits its public half.")
NOT_YET = _("{path} is not there yet: adb makes it with its first start.")
KEEP_IT = _("Phones trust that key: who moves the station takes .android along.")
UNREADABLE = _("{path} cannot be read ({reason}).")
OWN_IT = _("It must belong to the user that runs the agent.")
NO_KEY = _("{path} is no key of adb.")
MAKE_NEW = _("Move it away: adb makes a new one, and every phone asks once more.")
OPEN = _("{path} can be read by others: who has it can open the phones that trust it.")
UNFIT = _("{path} does not belong to the private half beside it.")
MAKE_PUBLIC = _("Delete {path}: adb makes it anew.")
VENDOR_GONE = _("ADB_VENDOR_KEYS names {path}, which cannot be read.")
CORRECT_IT = _("Correct ADB_VENDOR_KEYS where the agent is started.")


def key(place: Place) -> Iterator[Check]:
    private = place.user_home / ".android/adbkey"
    yield from _private(private)
    yield from _vendor(place)


def _private(path: Path) -> Iterator[Check]:
    part = say(KEYS)
    try:
        numbers = _modulus(path)
    except FileNotFoundError:
        yield Check(part, well(part, "").state, say(NOT_YET, path=path), say(KEEP_IT))
    except OSError as error:
        yield broken(part, say(UNREADABLE, path=path, reason=error.strerror), say(OWN_IT))
    except ValueError:
        yield broken(part, say(NO_KEY, path=path), say(MAKE_NEW))
    else:
        yield from _judged(part, path, numbers)


def _judged(part: str, path: Path, modulus: int) -> Iterator[Check]:
    public = path.with_suffix(".pub")
    if os.name != "nt" and path.stat().st_mode & OTHERS:
        yield attention(part, say(OPEN, path=path), f"chmod 600 {path}")
    elif public.is_file() and not _fits(public, modulus):
        yield attention(part, say(UNFIT, path=public), say(MAKE_PUBLIC, path=public))
    else:
        yield well(part, say(WELL, path=path))


def _modulus(path: Path) -> int:
    """Return the modulus of a private key; raises OSError or ValueError."""
    try:
        loaded = load_pem_private_key(path.read_bytes(), password=None)
    except TypeError:  # it wants a password, which adb would not know
        raise ValueError from None
    if not isinstance(loaded, RSAPrivateKey):
        raise ValueError  # noqa: TRY004 — a file of another kind is no mistake of a caller
    return loaded.public_key().public_numbers().n


def _fits(public: Path, modulus: int) -> bool:
    try:
        told = base64.b64decode(public.read_bytes().split()[0], validate=True)
    except (OSError, ValueError, IndexError):
        return False
    length = (modulus.bit_length() + 7) // 8
    return told[HEADER_BYTES : HEADER_BYTES + length] == modulus.to_bytes(length, "little")


def _vendor(place: Place) -> Iterator[Check]:
    for text in filter(None, place.environment.get("ADB_VENDOR_KEYS", "").split(os.pathsep)):
        if not os.access(text, os.R_OK):
            yield attention(say(KEYS), say(VENDOR_GONE, path=text), say(CORRECT_IT))
