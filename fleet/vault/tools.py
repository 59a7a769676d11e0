"""What a verb needs beside the session when it deals in secrets."""

from dataclasses import dataclass

from fleet.keys.keyring import Keyring
from fleet.settings import Settings


@dataclass(frozen=True)
class Tools:
    """The keys of the vault and the numbers of the company's policy."""

    keyring: Keyring
    settings: Settings
