"""What keeps a value from being changed by itself, as rooms further down know it.

A phone that has refused the PIN of the vault counts each further try: a person decides.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from fleet.rotation.errors import LockWasChanged
from fleet.vault.models import Credential

# Return the ids of those, of the credentials given, whose phones have refused them; filled by
# `fleet.wiring`.
OBJECTORS: Final[list[Callable[[Session, Sequence[Credential]], Collection[UUID]]]] = []


def objections(session: Session, credentials: Sequence[Credential]) -> set[UUID]:
    """Return the ids of those that a rotation would try in vain, in a fixed number of questions."""
    return {key for object_ in OBJECTORS for key in object_(session, credentials)}


def require_no_objection(objected: Collection[UUID], credential: Credential) -> None:
    if credential.id in objected:
        raise LockWasChanged(subject=credential.subject)
