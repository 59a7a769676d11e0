"""Search over everything: candidates by ranges of one index, the best of them in a line each.

Of every kind so many candidates are looked at as a page could show, so that the answer takes as
long however much there is. What an actor could not list he does not find.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, literal, select, true, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from fleet.access.actor import Actor
from fleet.contracts.search import MOST, FoundKind, HitOut, How, SearchOut, SearchQuery, why
from fleet.custody.models import Holding
from fleet.finder.errors import NothingToLookFor
from fleet.finder.kinds import KINDS, Clause, Kind, Line
from fleet.people.models import Employee
from fleet.search.matching import also_named, beginning, is_filled, rarest_first, ways
from fleet.search.models import SearchTerm
from fleet.search.spelling import BACKWARD, DIGEST, digest, digits_of, words_of

Seen = dict[FoundKind, list[Clause]]  # what may be found of each kind

A_PAGE: Final = MOST + 1  # candidates of a kind and a way
PEOPLE: Final = 5  # whose things are shown beside them
PLACES: Final = {how: place for place, how in enumerate(How)}
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
    how: How
    field: str
    length: int = 0
    holder: str = ""


def search(session: Session, query: SearchQuery, *, actor: Actor) -> SearchOut:
    """Return what the words of `query` name, the best first, in a fixed number of questions."""
    words = words_of(query.q)
    if not words:
        raise NothingToLookFor
    seen = _seen(actor, query.kind)
    found = _found(session, seen, words) or _found(session, seen, words, loosely=True)
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


def _found(
    session: Session, seen: Seen, words: Sequence[str], *, loosely: bool = False
) -> list[Hit]:
    """Ask for all kinds at once, in as many looks into the index as a word can be meant."""
    tables = [KINDS[kind].model.__tablename__ for kind in seen]
    ordered = rarest_first(session, tables, words)
    parts: list[Select[Any]] = []
    for kind, clauses in seen.items():
        one = KINDS[kind]
        first, *others = ordered[one.model.__tablename__]
        parts += _candidates(one, clauses, first, others, loosely=loosely)
        if one.begins is not None and first.isdigit() and not others:
            parts.append(_begun(kind, one.begins, clauses, first))
    if not parts:
        return []
    rows = session.execute(union_all(*(select(part.subquery()) for part in parts)))
    firsts = {kind: ordered[KINDS[kind].model.__tablename__][0] for kind in seen}
    return [_hit(FoundKind(kind), *told, firsts[FoundKind(kind)]) for kind, *told in rows]


def _candidates(
    kind: Kind, clauses: Sequence[Clause], first: str, others: Sequence[str], *, loosely: bool
) -> Iterator[Select[Any]]:
    mine = [SearchTerm.kind == kind.model.__tablename__]
    mine += also_named(SearchTerm, others, loosely=loosely)
    if clauses:
        mine.append(SearchTerm.thing_id.in_(select(kind.model.id).where(*clauses)))
    columns = SearchTerm.thing_id, SearchTerm.field, SearchTerm.term, SearchTerm.whole
    told = select(literal(kind.kind.value).label("found"), *columns).where(*mine)
    for way in ways(SearchTerm.term, first, loosely=loosely):
        yield told.where(way).order_by(SearchTerm.term).limit(A_PAGE)


def _begun(
    kind: FoundKind, column: InstrumentedAttribute[str], clauses: Sequence[Clause], word: str
) -> Select[Any]:
    model = KINDS[kind].model
    told = literal(column.key).label("field"), column, true().label("whole")
    begun = select(literal(kind.value).label("found"), model.id, *told)
    return begun.where(beginning(column, word), *clauses).order_by(column).limit(A_PAGE)


def _hit(kind: FoundKind, thing: UUID, field: str, term: str, whole: bool, word: str) -> Hit:  # noqa: FBT001 — a row
    return Hit(kind, thing, _how(term, word, whole=whole), field, len(term))


def _how(term: str, word: str, *, whole: bool) -> How:
    if term.startswith(DIGEST):
        is_meant = term == digest(digits_of(word))
        return (How.IS if whole else How.TAIL) if is_meant else How.NEAR
    if term == word:
        return How.IS if whole else How.ENDS
    if term.startswith(word):
        return How.BEGINS if whole else How.IN
    return How.ENDS if term.startswith(BACKWARD + word[::-1]) else How.NEAR


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
            yield Hit(kind, thing, How.HELD, "", holder=names[thing])


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
