"""What a running server has: engine, keyring and storage per process, sessions per request."""

from dataclasses import dataclass
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import current_app
from sqlalchemy.orm import Session, sessionmaker

from fleet.audit.signing import signing_key
from fleet.keys.sources import KeyHolder
from fleet.settings import Settings
from fleet.vault.tools import Tools

EXTENSION = "workfleet"


@dataclass(frozen=True)
class House:
    settings: Settings
    sessions: sessionmaker[Session]

    @cached_property
    def keys(self) -> KeyHolder:
        return KeyHolder(self.settings)

    @property
    def tools(self) -> Tools:
        return Tools(keyring=self.keys.keyring(), settings=self.settings)

    @cached_property
    def signer(self) -> Ed25519PrivateKey:
        return signing_key(self.settings.checkpoint_key)


def house() -> House:
    """Return the house of the application that answers this request."""
    return current_app.extensions[EXTENSION]  # type: ignore[no-any-return]


def tools() -> Tools:
    return house().tools
