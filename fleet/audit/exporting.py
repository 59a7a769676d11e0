"""Lists that are handed out as files: who took which, and what was asked of it."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from fleet.audit.events import Event, masked
from fleet.audit.services import Who, record
from fleet.contracts.wire import ListQuery

LISTS: Final = UUID(int=5)  # a list as the subject of an event
NUMBER: Final = re.compile(r"\d{8,}")  # somebody's, that was looked for


@dataclass(frozen=True, kw_only=True)
class ListExported(Event):
    name = "list.exported"
    filters: dict[str, str]


def record_list(session: Session, name: str, query: ListQuery, *, actor: Who) -> None:
    """Record that a list is handed out as a file; whoever lists it has asked whether he may."""
    given = query.model_dump(mode="json", exclude_none=True, exclude={"limit", "sort", "after"})
    filters = {
        field: NUMBER.sub(lambda found: masked(found[0]), str(value))
        for field, value in given.items()
        if value not in (False, "")
    }
    record(session, actor, ListExported(subject_id=LISTS, subject_name=name, filters=filters))
