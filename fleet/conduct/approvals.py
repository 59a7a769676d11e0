"""Whether somebody was allowed to change a PIN himself: asked of the rooms that know of requests.

The one seam to change requests (clause A7): a room that keeps them puts a function into `APPROVED`
in `fleet.wiring`, which says whether an approved request covers a change of `credential` by
`employee` that happened after `since`. As long as nobody does, nothing is approved.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from fleet.people.models import Employee
from fleet.vault.models import Credential

Approved = Callable[[Session, Credential, Employee, datetime | None], bool]

APPROVED: Final[list[Approved]] = []


def is_approved(
    session: Session, credential: Credential, employee: Employee, since: datetime | None
) -> bool:
    return any(ask(session, credential, employee, since) for ask in APPROVED)
