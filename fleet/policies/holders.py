"""Where things belong today: told by `custody`, which lies above and is put here by `wiring`."""

from collections.abc import Collection, Sequence
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session


class Opens(Protocol):
    """What a credential opens; `vault.Credential` is one, and so is a row of its columns."""

    @property
    def id(self) -> UUID: ...
    @property
    def device_id(self) -> UUID | None: ...
    @property
    def account_id(self) -> UUID | None: ...
    @property
    def sim_id(self) -> UUID | None: ...


class Holders(Protocol):
    """Each answer is one question to the database for each kind of thing, however many there are.

    A thing belongs to the department of whoever holds it; an account that nobody holds, to the one
    it was made for.
    """

    def departments(self, session: Session, credentials: Sequence[Opens]) -> dict[UUID, UUID]:
        """Return the department of each credential's subject, by the credential's id."""

    def numbers(self, session: Session, devices: Collection[UUID]) -> dict[UUID, tuple[str, ...]]:
        """Return the numbers of the SIMs in each phone or of its holder."""

    def belongs_to(self, departments: Collection[UUID]) -> ColumnElement[bool]:
        """Return what holds for the credentials of these departments, none beneath included."""


HOLDERS: Final[list[Holders]] = []


def holders() -> Holders:
    return HOLDERS[0]
