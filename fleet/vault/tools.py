"""What a verb needs beside the session when it deals in secrets."""

from dataclasses import dataclass

from fleet.settings import Settings
from fleet.vault.keyring import Keyring


@dataclass(frozen=True)
class Tools:
    """The keys of the vault and the numbers of the company's policy."""

    keyring: Keyring
    settings: Settings
