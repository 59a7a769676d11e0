"""Search over everything: candidates by ranges of one index, the best of them in a line each.

Of every kind so many candidates are looked at as a page could show, so that the answer takes as
long however much there is. What an actor could not list he does not find.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    String,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from fleet.access.actor import Actor
from fleet.contracts.search import MOST, FoundKind, HitHow, HitOut, SearchOut, SearchQuery, why
from fleet.custody.models import Holding
from fleet.finder.errors import NothingToLookFor
from fleet.finder.kinds import KINDS, Clause, Kind, Line
from fleet.former.models import FormerName
from fleet.people.models import Employee
from fleet.people.queries import settled
from fleet.search.matching import (
    also_named,
    beginning,
    filled,
    nearly,
    of_one,
    rarest_first,
    ways,
)
from fleet.search.models import SearchTerm
from fleet.search.spelling import BACKWARD, DIGEST, digest, digits_of, words_of

Seen = dict[FoundKind, list[Clause]]  # what may be found of each kind
Candidates = Select[str, UUID, str, str, bool]  # table, thing, column, term, whether it is whole

A_PAGE: Final = MOST + 1  # candidates of a kind and a way
A_FEW: Final = 2000  # things of a kind whose terms are sooner looked through than all
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
    seen, few = _in_reach(session, _seen(session, actor, query.kind))
    found = [*_found(session, seen, few, words), *_former(session, seen, query.q)]
    found = found or _nearly(session, seen, words)
    best = _best([*found, *_held(session, seen, found)])
    lines = _lines(session, best[: query.limit])
    shown = [hit for hit in best[: query.limit] if (hit.kind, hit.thing) in lines]
    shown.sort(key=lambda hit: (PLACES[hit.how], lines[hit.kind, hit.thing].state in FINISHED))
    return SearchOut(
        items=[_shown(hit, lines[hit.kind, hit.thing]) for hit in shown],
        more=len(best) > query.limit,
        filling=not filled(session).issuperset(_tables(seen)),
    )


def _seen(session: Session, actor: Actor, only: FoundKind | None) -> Seen:
    settle = cache(partial(settled, session))
    wanted = {kind: one for kind, one in KINDS.items() if only in {None, kind}}
    told = {kind: one.seen_by(actor, settle) for kind, one in wanted.items()}
    return {kind: clauses for kind, clauses in told.items() if clauses is not None}


def _in_reach(session: Session, seen: Seen) -> tuple[Seen, frozenset[FoundKind]]:
    """Leave out the kinds of which nothing is within reach, and name those of which little is.

    Whoever sees one department in a hundred would find one candidate in a hundred his: where his
    things are few, it is their terms that are looked through.
    """
    within = {
        kind: select(KINDS[kind].model.id).where(*clauses).limit(A_FEW + 1)
        for kind, clauses in seen.items()
        if clauses
    }
    if not within:
        return seen, frozenset()
    counts = [
        select(func.count()).select_from(ids.subquery()).scalar_subquery()
        for ids in within.values()
    ]
    counted = dict(zip(within, session.execute(select(*counts)).one(), strict=True))
    few = frozenset(kind for kind, count in counted.items() if count <= A_FEW)
    return {kind: clauses for kind, clauses in seen.items() if counted.get(kind, 1)}, few


def _found(
    session: Session, seen: Seen, few: frozenset[FoundKind], words: Sequence[str]
) -> list[Hit]:
    """Ask for all kinds at once, in as many looks into the index as a word can be meant."""
    first, *others = rarest_first(session, _tables(seen), words)
    whole = [kind for kind, clauses in seen.items() if not clauses] if _has_lateral(session) else []
    parts = list(_of_whole(whole, first, others)) if whole else []
    for kind, clauses in seen.items():
        one = KINDS[kind]
        find = _among_few if kind in few else _candidates
        parts += find(one, clauses, first, others) if kind not in whole else ()
        if one.begins and first.isdigit() and not others:
            parts.append(_begun(kind, getattr(one.model, one.begins), clauses, first))
    if not parts:
        return []
    rows = session.execute(union_all(*(select(part.subquery()) for part in parts)))
    kinds = _kinds(seen)
    return [_hit(kinds[table], *told, word=first) for table, *told in rows]


def _has_lateral(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def _kinds(seen: Iterable[FoundKind]) -> dict[str, FoundKind]:
    """Return the kinds by their tables."""
    return {KINDS[kind].model.__tablename__: kind for kind in seen}


def _tables(seen: Iterable[FoundKind]) -> list[str]:
    return list(_kinds(seen))


def _former(session: Session, seen: Seen, said: str) -> list[Hit]:
    """Return what a handle leads to that became another's, or was that of a phone merged since."""
    led = select(FormerName.kind, FormerName.row_id).where(FormerName.name == said)
    rows = session.execute(led.limit(A_PAGE)).all()
    hits = [Hit(FoundKind(kind.value), thing, HitHow.IS, "former") for kind, thing in rows]
    hits = [hit for hit in hits if hit.kind in seen]
    reached = _reached(session, seen, hits)
    return [hit for hit in hits if hit.thing in reached]


def _nearly(session: Session, seen: Seen, words: Sequence[str]) -> list[Hit]:
    """Look for what the words could be with one slip in them, written together."""
    near = nearly("".join(words))
    if not near or not seen:
        return []
    columns = SearchTerm.kind, SearchTerm.thing_id, SearchTerm.field, SearchTerm.term
    kinds = _kinds(seen)
    told = select(*columns).where(SearchTerm.kind.in_(kinds), SearchTerm.term.in_(near))
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


def _of_whole(
    kinds: Iterable[FoundKind], first: str, others: Sequence[str]
) -> Iterator[Candidates]:
    """Give those of all kinds of which everything may be found, in one look each way.

    To plan a part for each kind takes PostgreSQL ten times as long as to answer.
    """
    named = func.unnest(cast(_tables(kinds), ARRAY(String)))
    tables = named.table_valued("kind", name="whole").render_derived()
    for way in ways(SearchTerm.term, first):
        of_kind = _told(tables.c.kind, others).where(way).order_by(SearchTerm.term).limit(A_PAGE)
        yield select(of_kind.lateral()).select_from(tables)


def _candidates(
    kind: Kind, clauses: Sequence[Clause], first: str, others: Sequence[str]
) -> Iterator[Candidates]:
    told = _told(kind.model.__tablename__, others)
    if clauses:
        told = told.where(SearchTerm.thing_id.in_(select(kind.model.id).where(*clauses)))
    for way in ways(SearchTerm.term, first):
        yield told.where(way).order_by(SearchTerm.term).limit(A_PAGE)


def _among_few(
    kind: Kind, clauses: Sequence[Clause], first: str, others: Sequence[str]
) -> Iterator[Candidates]:
    """Give the same of things that are known to be few: their terms are looked through once."""
    mine = select(kind.model.id).where(*clauses).limit(A_FEW)
    meant = list(ways(of_one(SearchTerm), first))
    way = case(*((holds, number) for number, holds in enumerate(meant)))
    place = func.row_number().over(partition_by=way, order_by=SearchTerm.term)
    told = _told(kind.model.__tablename__, others).add_columns(place.label("place"))
    found = told.where(SearchTerm.thing_id.in_(mine), or_(*meant)).subquery()
    yield select(*list(found.c)[:-1]).where(found.c.place <= A_PAGE)


def _told(table: str | ColumnElement[str], others: Sequence[str]) -> Candidates:
    columns = SearchTerm.thing_id, SearchTerm.field, SearchTerm.term, SearchTerm.whole
    told = select(SearchTerm.kind, *columns)
    return told.where(SearchTerm.kind == table, *also_named(SearchTerm, others))


def _begun(
    kind: FoundKind, column: InstrumentedAttribute[str], clauses: Sequence[Clause], word: str
) -> Candidates:
    model = KINDS[kind].model
    told = literal(column.key).label("field"), column, true().label("whole")
    begun = select(literal(model.__tablename__).label("kind"), model.id, *told)
    return begun.where(beginning(column, word), *clauses).order_by(column).limit(A_PAGE)


def _hit(
    kind: FoundKind,
    thing: UUID,
    field: str,
    term: str,
    whole: bool,  # noqa: FBT001 — a row
    *,
    word: str,
) -> Hit:
    return Hit(kind, thing, _how(term, word, whole=whole), field, len(term))


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
