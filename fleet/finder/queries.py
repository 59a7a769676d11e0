"""Search over everything: candidates by ranges of one index, the best of them in a line each.

Of every kind so many candidates are looked at as a page could show, so that the answer takes as
long however much there is. What an actor could not list he does not find.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Select, literal, select, true, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from fleet.access.actor import Actor
from fleet.contracts.search import MOST, FoundKind, HitHow, HitOut, SearchOut, SearchQuery, why
from fleet.custody.models import Holding
from fleet.finder.errors import NothingToLookFor
from fleet.finder.kinds import KINDS, Clause, Kind, Line
from fleet.people.models import Employee
from fleet.search.matching import also_named, beginning, is_filled, nearly, rarest_first, ways
from fleet.search.models import SearchTerm
from fleet.search.spelling import BACKWARD, DIGEST, digest, digits_of, words_of

Seen = dict[FoundKind, list[Clause]]  # what may be found of each kind
Candidates = Select[str, UUID, str, str, bool]  # kind, thing, column, term and whether it is whole

A_PAGE: Final = MOST + 1  # candidates of a kind and a way
SLIPS: Final = 500  # candidates that are nearly meant
PEOPLE: Final = 5  # whose things are shown beside them
PLACES: Final = {how: place for place, how in enumerate(HitHow)}
KIND_PLACES: Final = {kind: place for place, kind in enumerate(FoundKind)}
HELD: Final = {
    FoundKind.DEVICE: Holding.device_id,
    FoundKind.SIM: Holding.sim_id,
    FoundKind.ACCOUNT: Holding.account_id,
}
FINISHED: Final = frozenset({"retired", "cancelled", "deregistered", "left", "closed", "deleted"})


@dataclass(frozen=True)
class Hit:
    """A thing that was found, and why; `length` of the term: of two beginnings the shorter fits."""

    kind: FoundKind
    thing: UUID
    how: HitHow
    field: str
    length: int = 0
    holder: str = ""


def search(session: Session, query: SearchQuery, *, actor: Actor) -> SearchOut:
    """Return what the words of `query` name, the best first, in a fixed number of questions."""
    words = words_of(query.q)
    if not words:
        raise NothingToLookFor
    seen = _seen(actor, query.kind)
    found = _found(session, seen, words) or _nearly(session, seen, words)
    best = _best([*found, *_held(session, seen, found)])
    lines = _lines(session, best[: query.limit])
    shown = [hit for hit in best[: query.limit] if (hit.kind, hit.thing) in lines]
    shown.sort(key=lambda hit: (PLACES[hit.how], lines[hit.kind, hit.thing].state in FINISHED))
    return SearchOut(
        items=[_shown(hit, lines[hit.kind, hit.thing]) for hit in shown],
        more=len(best) > query.limit,
        filling=not all(is_filled(session, KINDS[kind].model) for kind in seen),
    )


def _seen(actor: Actor, only: FoundKind | None) -> Seen:
    told = {kind: one.seen_by(actor) for kind, one in KINDS.items() if only in {None, kind}}
    return {kind: clauses for kind, clauses in told.items() if clauses is not None}


def _found(session: Session, seen: Seen, words: Sequence[str]) -> list[Hit]:
    """Ask for all kinds at once, in as many looks into the index as a word can be meant."""
    first, *others = rarest_first(session, _tables(seen), words)
    parts: list[Candidates] = []
    for kind, clauses in seen.items():
        one = KINDS[kind]
        parts += _candidates(one, clauses, first, others)
        if one.begins and first.isdigit() and not others:
            parts.append(_begun(kind, getattr(one.model, one.begins), clauses, first))
    if not parts:
        return []
    rows = session.execute(union_all(*(select(part.subquery()) for part in parts)))
    return [_hit(kind, *told, word=first) for kind, *told in rows]


def _tables(seen: Seen) -> list[str]:
    return [KINDS[kind].model.__tablename__ for kind in seen]


def _nearly(session: Session, seen: Seen, words: Sequence[str]) -> list[Hit]:
    """Look for what the words could be with one slip in them, written together."""
    near = nearly("".join(words))
    if not near or not seen:
        return []
    columns = SearchTerm.kind, SearchTerm.thing_id, SearchTerm.field, SearchTerm.term
    told = select(*columns).where(SearchTerm.kind.in_(_tables(seen)), SearchTerm.term.in_(near))
    kinds = {KINDS[kind].model.__tablename__: kind for kind in seen}
    rows = session.execute(told.limit(SLIPS)).all()
    hits = [
        Hit(kinds[table], thing, HitHow.NEAR, field, len(term))
        for table, thing, field, term in rows
    ]
    reached = _reached(session, seen, hits)
    return [hit for hit in hits if hit.thing in reached]


def _reached(session: Session, seen: Seen, hits: Sequence[Hit]) -> set[UUID]:
    """Return which of the things are within reach, kind by kind."""
    found = {hit.thing for hit in hits if not seen[hit.kind]}
    for kind in {hit.kind for hit in hits if seen[hit.kind]}:
        key = KINDS[kind].model.id
        theirs = select(key).where(key.in_({hit.thing for hit in hits}), *seen[kind])
        found |= set(session.scalars(theirs))
    return found


def _candidates(
    kind: Kind, clauses: Sequence[Clause], first: str, others: Sequence[str]
) -> Iterator[Candidates]:
    mine = [SearchTerm.kind == kind.model.__tablename__, *also_named(SearchTerm, others)]
    if clauses:
        mine.append(SearchTerm.thing_id.in_(select(kind.model.id).where(*clauses)))
    columns = SearchTerm.thing_id, SearchTerm.field, SearchTerm.term, SearchTerm.whole
    told = select(literal(kind.kind.value).label("found"), *columns).where(*mine)
    for way in ways(SearchTerm.term, first):
        yield told.where(way).order_by(SearchTerm.term).limit(A_PAGE)


def _begun(
    kind: FoundKind, column: InstrumentedAttribute[str], clauses: Sequence[Clause], word: str
) -> Candidates:
    model = KINDS[kind].model
    told = literal(column.key).label("field"), column, true().label("whole")
    begun = select(literal(kind.value).label("found"), model.id, *told)
    return begun.where(beginning(column, word), *clauses).order_by(column).limit(A_PAGE)


def _hit(kind: str, thing: UUID, field: str, term: str, whole: bool, *, word: str) -> Hit:  # noqa: FBT001 — a row
    return Hit(FoundKind(kind), thing, _how(term, word, whole=whole), field, len(term))


def _how(term: str, word: str, *, whole: bool) -> HitHow:
    if term.startswith(DIGEST):
        is_meant = term == digest(digits_of(word))
        return (HitHow.IS if whole else HitHow.TAIL) if is_meant else HitHow.NEAR
    if term == word:
        return HitHow.IS if whole else HitHow.ENDS
    if term.startswith(word):
        return HitHow.BEGINS if whole else HitHow.IN
    return HitHow.ENDS if term.startswith(BACKWARD + word[::-1]) else HitHow.NEAR


def _held(session: Session, seen: Seen, found: Sequence[Hit]) -> Iterator[Hit]:
    """Give what the people hold who were found: whoever says a name often means their phone."""
    people = [hit.thing for hit in _best(found) if hit.kind is FoundKind.EMPLOYEE][:PEOPLE]
    if not people:
        return
    columns = {kind: column for kind, column in HELD.items() if kind in seen}
    held = select(Employee.name, *columns.values()).join(Holding.employee)
    rows = session.execute(
        held.where(Holding.employee_id.in_(people), Holding.returned_at.is_(None)).limit(A_PAGE)
    ).all()
    for place, kind in enumerate(columns, start=1):
        names = {row[place]: row[0] for row in rows if row[place] is not None}
        model = KINDS[kind].model
        theirs = select(model.id).where(model.id.in_(names), *seen[kind])
        for thing in session.scalars(theirs) if names else ():
            yield Hit(kind, thing, HitHow.HELD, "", holder=names[thing])


def _best(found: Iterable[Hit]) -> list[Hit]:
    """Return each thing once, by what fits best; of two the one of which more was said."""

    def fits(hit: Hit) -> tuple[int, int, int]:
        return PLACES[hit.how], hit.length, KIND_PLACES[hit.kind]

    best: dict[tuple[FoundKind, UUID], Hit] = {}
    for hit in sorted(found, key=fits):
        best.setdefault((hit.kind, hit.thing), hit)
    return list(best.values())


def _lines(session: Session, hits: Sequence[Hit]) -> dict[tuple[FoundKind, UUID], Line]:
    ids: dict[FoundKind, list[UUID]] = {}
    for hit in hits:
        ids.setdefault(hit.kind, []).append(hit.thing)
    return {
        (kind, thing): line
        for kind, things in ids.items()
        for thing, line in KINDS[kind].shown(session, things).items()
    }


def _shown(hit: Hit, line: Line) -> HitOut:
    return HitOut(
        kind=hit.kind,
        name=line.name,
        title=line.title,
        state=line.state,
        holder=line.holder,
        how=hit.how,
        why=why(hit.how, hit.field, hit.holder),
    )
