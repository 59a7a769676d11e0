"""Who signed the exit paper of a return, as a room further down knows it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from fleet.contracts.proof import Level


class Signer(StrEnum):
    HOLDER = "holder"
    RECEIVER = "receiver"
    WITNESS = "witness"


# Without these two a paper of a return is not signed; a witness is welcome.
WANTED: Final = (Signer.HOLDER, Signer.RECEIVER)


@dataclass(frozen=True)
class Signed:
    """`level` is how well it is known that it was that person; `digest` of what was signed."""

    name: str
    level: Level
    at: datetime
    digest: str | None = None


@dataclass(frozen=True)
class Signing:
    """The exit paper of one return: its number, and who has signed it."""

    paper: str
    by: Mapping[Signer, Signed]
    before: bool = False  # made before the return began: it says nothing of this return


# Each is given the phones whose returns have begun, with the moments, and answers for those that it
# has a paper of. Filled by `fleet.wiring`; empty where no papers are signed.
SIGNATURES: Final[list[Callable[[Session, Mapping[UUID, datetime]], Mapping[UUID, Signing]]]] = []


def signings(session: Session, returns: Mapping[UUID, datetime]) -> dict[UUID, Signing]:
    found: dict[UUID, Signing] = {}
    for ask in SIGNATURES:
        found |= ask(session, returns)
    return found
