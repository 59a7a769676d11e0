"""Which things are named by some words: by ranges of an index, whatever the number of things."""

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from fleet.database import Base
from fleet.paging import Column, among, containing
from fleet.search.keeping import searched_kinds, spelling_of
from fleet.search.models import SearchFill, SearchTerm
from fleet.search.spelling import BACKWARD, digest, digits_of, slips, words_of

Term = ColumnElement[str] | InstrumentedAttribute[str]

_LAST: Final = chr(0x10FFFF)  # after everything that begins alike
_SHORTEST_TAIL: Final = 2
_SHORTEST_NUMBER: Final = 4
A_FEW: Final = 200  # terms that tell a rare word from a frequent one


def named(
    session: Session,
    text: str | None,
    model: type[Base],
    *columns: Column,
    also: ColumnElement[bool] | None = None,
) -> ColumnElement[bool]:
    """Return what holds for the rows of `model` that `text` names.

    By their terms; while those are being filled in: where any of `columns` has the text in it.
    `also` is what the terms do not know and an index of the table does.
    """
    words = words_of(text or "")
    if not words or model.__tablename__ not in filled(session):
        return containing(text, *columns)
    candidates = things_named(session, model, words)
    if also is not None:
        candidates.append(select(model.id).where(also))
    named_so = _is_named(model, words)
    return among(session, model.id, candidates, named_so if also is None else or_(named_so, also))


def filled(session: Session) -> set[str]:
    """Return the kinds of which all things have their terms, spelt as they are today."""
    now = {kind.__tablename__: spelling_of(kind) for kind in searched_kinds()}
    done = select(SearchFill.kind, SearchFill.spelling).where(SearchFill.done_at.is_not(None))
    return {kind for kind, spelling in session.execute(done) if now.get(kind) == spelling}


def beginning(column: Term, text: str) -> ColumnElement[bool]:
    """Return what holds where `column` begins with `text`; an index of the column answers it."""
    return and_(column >= text, column < text + _LAST)


def ways(term: Term, word: str) -> Iterator[ColumnElement[bool]]:
    """Give what holds for the terms that a word may mean: each is one look into the index."""
    yield beginning(term, word)
    if len(word) >= _SHORTEST_TAIL:
        yield beginning(term, BACKWARD + word[::-1])
    if word.isdigit() and len(word) >= _SHORTEST_NUMBER:
        yield term == digest(digits_of(word))


def nearly(word: str) -> list[str]:
    """Return the terms of what `word` could be with one slip in it."""
    near = slips(word)
    numbers = [digest(one) for one in near] if word.isdigit() else []
    return sorted([*near, *numbers])


def things_named(session: Session, model: type[Base], words: Sequence[str]) -> list[Select[UUID]]:
    """Return selects of the ids of the things that all `words` name."""
    kind = model.__tablename__
    first, *others = rarest_first(session, [kind], words)
    of_kind = select(SearchTerm.thing_id).where(SearchTerm.kind == kind)
    return [
        of_kind.where(way, *also_named(SearchTerm, others)) for way in ways(SearchTerm.term, first)
    ]


def also_named(term: type[SearchTerm], words: Sequence[str]) -> list[ColumnElement[bool]]:
    """Return what holds for terms whose thing is named by each of some other words as well."""
    clauses: list[ColumnElement[bool]] = []
    for word in words:
        other = aliased(SearchTerm)
        same = other.thing_id == term.thing_id, other.kind == term.kind
        clauses.append(exists().where(*same, or_(*ways(of_one(other), word))))
    return clauses


def rarest_first(session: Session, kinds: Sequence[str], words: Sequence[str]) -> list[str]:
    """Return the words, the one first that fewest terms begin with.

    Candidates come from it; the others only narrow.
    """
    if len(words) < 2:
        return list(words)
    counts = [_counted(kinds, word).label(f"word_{place}") for place, word in enumerate(words)]
    found = dict(zip(words, session.execute(select(*counts)).one(), strict=True))
    return sorted(words, key=lambda word: found[word])


def _counted(kinds: Sequence[str], word: str) -> ColumnElement[int]:
    """Return how many terms a word may mean, counted no further than a few of each way."""
    of_kinds = select(SearchTerm.id).where(SearchTerm.kind.in_(kinds))
    each = [of_kinds.where(way).limit(A_FEW).subquery() for way in ways(SearchTerm.term, word)]
    sums = [select(func.count()).select_from(one).scalar_subquery() for one in each]
    return sum(sums[1:], start=sums[0])


def of_one(term: type[SearchTerm]) -> Term:
    """Return the term such that no index of it is taken: those of one thing are looked through."""
    return term.term + ""


def _is_named(model: type[Base], words: Sequence[str]) -> ColumnElement[bool]:
    clauses = []
    for word in words:
        term = aliased(SearchTerm)
        of_it = term.thing_id == model.id, term.kind == model.__tablename__
        clauses.append(exists().where(*of_it, or_(*ways(of_one(term), word))))
    return and_(*clauses)
