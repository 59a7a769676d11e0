"""What age says of a recipient, and sealing a few bytes to one."""

import re
from contextlib import suppress
from typing import Final

from pyrage import RecipientError, encrypt, ssh, x25519

from fleet.escrow.errors import (
    PrivateKeyPasted,
    RecipientNotValid,
    RecipientOfAPlugin,
    RecipientOfSsh,
)

PRIVATE: Final = re.compile(r"AGE-SECRET-KEY|AGE-PLUGIN-|-----BEGIN", re.IGNORECASE)
PLUGIN: Final = re.compile(r"age1[a-z0-9+._-]+1[a-z0-9]+", re.IGNORECASE)


def refuse_private_keys(*texts: str | None) -> None:
    """Refuse whatever field a private key was pasted into, without saying it again."""
    if any(PRIVATE.search(text) for text in texts if text):
        raise PrivateKeyPasted


def checked(text: str) -> str:
    """Return the recipient as age itself writes it; refused unless every station can seal to it."""
    refuse_private_keys(text)
    text = text.strip()
    with suppress(RecipientError):
        return str(x25519.Recipient.from_str(text))
    if text.startswith(("ssh-", "ecdsa-", "sk-")):
        raise RecipientOfSsh
    raise RecipientOfAPlugin if PLUGIN.fullmatch(text) else RecipientNotValid


def seal(recipient: str, content: bytes) -> bytes:
    """Seal a few bytes; a recipient of the settings may be an SSH key, as before."""
    for kind in (x25519.Recipient, ssh.Recipient):
        with suppress(RecipientError):
            return bytes(encrypt(content, [kind.from_str(recipient)]))
    raise RecipientNotValid
