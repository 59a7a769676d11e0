"""The company's words for what goes out beside phones: those that come with it, and its own."""

from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.accessories import (
    SHIPPED,
    AccessoryWordIn,
    AccessoryWordOut,
    AccessoryWordQuery,
    Names,
)
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.custody.errors import AccessoryUnknown
from fleet.custody.events import AccessoryWordRetired, AccessoryWordSet
from fleet.custody.models import AccessoryWord
from fleet.database import write
from fleet.paging import page_of

SORTS = {
    "word": lambda one: one.word,
    "zh": lambda one: one.zh,
    "en": lambda one: one.en,
}


@dataclass(frozen=True)
class Known:
    names: Names
    retired: bool = False


def known_words(session: Session) -> dict[str, Known]:
    """Return every word: what is said here of one that is shipped goes before what came with it."""
    shipped = {word: Known(names) for word, names in SHIPPED.items()}
    ours = {
        row.word: Known(Names(row.zh, row.en), row.retired_at is not None)
        for row in session.scalars(select(AccessoryWord))
    }
    return shipped | ours


def names_of(session: Session) -> dict[str, str]:
    return {word: known.names.here for word, known in known_words(session).items()}


def require_word(session: Session, word: str) -> None:
    words = known_words(session)
    if word not in words or words[word].retired:
        in_use = [name for name, known in words.items() if not known.retired]
        raise AccessoryUnknown(word=word, known=", ".join(sorted(in_use)))


def accessory_words(
    session: Session, query: AccessoryWordQuery, *, actor: Actor
) -> tuple[list[AccessoryWordOut], str | None]:
    """Return one page of the words that are in use, or of all."""
    actor.reach(Permission.DEVICES_READ)
    shown = [_shown(word, known) for word, known in known_words(session).items()]
    wanted = [one for one in shown if (query.retired or not one.retired) and _fits(one, query.q)]
    return page_of(wanted, query, sorts=SORTS, default="word", mark=lambda one: one.word)


def _fits(one: AccessoryWordOut, text: str | None) -> bool:
    return not text or any(text.lower() in name.lower() for name in (one.word, one.zh, one.en))


def _shown(word: str, known: Known) -> AccessoryWordOut:
    names = known.names
    return AccessoryWordOut(
        word=word, zh=names.zh, en=names.en, shipped=word in SHIPPED, retired=known.retired
    )


def set_word(session: Session, given: AccessoryWordIn, *, actor: Actor) -> AccessoryWordOut:
    """Add a word or give it other names; one that was retired is in use again."""
    actor.require(Permission.DEVICES_WRITE)
    row = _row(session, given.word, Names(given.zh, given.en))
    row.retired_at = None
    event = AccessoryWordSet(subject_id=row.id, subject_name=row.word, zh=row.zh, en=row.en)
    record(session, actor, event)
    write(session)
    return _shown(row.word, Known(Names(row.zh, row.en)))


def retire_word(session: Session, word: str, *, actor: Actor) -> AccessoryWordOut:
    """Have nothing of the kind handed out any more; what is out comes back under its name."""
    actor.require(Permission.DEVICES_WRITE)
    require_word(session, word)
    row = _row(session, word, known_words(session)[word].names)
    row.retired_at = now()
    record(session, actor, AccessoryWordRetired(subject_id=row.id, subject_name=row.word))
    write(session)
    return _shown(row.word, Known(Names(row.zh, row.en), retired=True))


def _row(session: Session, word: str, names: Names) -> AccessoryWord:
    mine = select(AccessoryWord).where(AccessoryWord.word == word).with_for_update()
    row = session.scalar(mine)
    if row is None:
        row = AccessoryWord(id=uuid4(), word=word, zh=names.zh, en=names.en)
        session.add(row)
    row.zh, row.en = names
    return row
