"""Which names in the trail a word means, without reading the trail for it.

Of millions of entries there are few kinds of events and few who act: these are all looked at. Of
their subjects, those whose name begins with the word.
"""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from fleet.audit.events import Event
from fleet.audit.models import AuditEntry

MOST_ACTORS: Final = 1000
MOST_SUBJECTS: Final = 20


def entries_named(session: Session, word: str) -> list[ColumnElement[bool]]:
    """Return clauses that an index answers each; an entry that one holds for is meant."""
    known = {name for name in event_names(Event) if word.lower() in name} | {word}
    acting = (name for name in _names(session, AuditEntry.actor_name, "", MOST_ACTORS))
    actors = [name for name in acting if word.lower() in name.lower()]
    return [
        *(AuditEntry.event == name for name in sorted(known)),
        *(AuditEntry.actor_name == name for name in actors),
        *_subjects(session, word),
    ]


def event_names(kind: type[Event]) -> Iterator[str]:
    """Give the names of all kinds of events there are."""
    for one in kind.__subclasses__():
        if "name" in vars(one):
            yield one.name
        yield from event_names(one)


def _subjects(session: Session, word: str) -> Iterator[ColumnElement[bool]]:
    """Give a clause for each subject; of very many one for all, met soon from the newest on."""
    for spelt in sorted({word, word.upper(), word.lower()}):
        found = _names(session, AuditEntry.subject_name, spelt, MOST_SUBJECTS + 1)
        names = [name for name in found if name.startswith(spelt)]
        if len(names) <= MOST_SUBJECTS:
            yield from (AuditEntry.subject_name == name for name in names)
        else:
            # Joined to nothing, so that no index of it is taken: the trail is read backward.
            yield (AuditEntry.subject_name + "").startswith(spelt, autoescape=True)


def _names(
    session: Session, column: InstrumentedAttribute[str], first: str, most: int
) -> list[str]:
    """Return the different values of a column from `first` on: one look into its index for each."""
    step: Select[str | None] = select(func.min(column).label("name")).where(column >= first)
    names = step.cte("names", recursive=True)
    later = aliased(AuditEntry)
    value = getattr(later, column.key)
    following = select(func.min(value)).where(value > names.c.name).scalar_subquery()
    names = names.union_all(select(following).where(names.c.name.is_not(None)))
    found = select(names.c.name).where(names.c.name.is_not(None)).limit(most)
    return list(session.scalars(found))
