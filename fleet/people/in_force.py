"""What holds in a department and beneath it from a moment on: the nearest upwards that has begun.

A row per version, added and never changed. Without a department: in the whole company.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, Protocol, Self, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Select, exists, select
from sqlalchemy.orm import (
    InstrumentedAttribute,
    Mapped,
    Session,
    aliased,
    declared_attr,
    joinedload,
    mapped_column,
    relationship,
)

from fleet.contracts.clock import now
from fleet.contracts.people import VersionsQuery
from fleet.paging import containing
from fleet.people.models import Department

Place = UUID | None  # a department; None: the whole company


class Begins(Protocol):
    @property
    def effective_from(self) -> datetime: ...
    @property
    def set_at(self) -> datetime: ...


class Version:
    """Columns of one version; `inherits`: the department has none of its own any more."""

    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"), index=True)
    effective_from: Mapped[datetime]
    set_at: Mapped[datetime]
    set_by: Mapped[str]
    reason: Mapped[str]
    inherits: Mapped[bool]

    @declared_attr
    def department(cls) -> Mapped[Department | None]:  # noqa: N805 — of the class
        return relationship(Department)

    @property
    def place(self) -> str | None:
        return self.department.code if self.department else None


Kind = TypeVar("Kind")
Row = TypeVar("Row", bound=Version)


class Tree:
    """Knows which department is `above` which."""

    above: Mapping[UUID, Place]

    def upwards(self, place: Place) -> Iterator[Place]:
        """Give a department, those above it, and the whole company."""
        while place is not None:
            yield place
            place = self.above.get(place)
        yield None


@dataclass(frozen=True)
class ByDepartment(Tree, Generic[Kind, Row]):
    """Every version there is, read once: for as many things as anybody asks about."""

    versions: Mapping[tuple[Kind, Place], Sequence[Row]]
    above: Mapping[UUID, Place]

    def version(self, kind: Kind, place: Place, at: datetime) -> Row | None:
        """Return the version in force; None where nobody has set any."""
        for near in self.upwards(place):
            begun = [one for one in self.versions.get((kind, near), ()) if one.effective_from <= at]
            if begun and not begun[-1].inherits:
                return begun[-1]
        return None

    def beside(self, kind: Kind, version: Row) -> Self:
        """Return the same with a version that is not stored."""
        key = kind, version.department_id
        every = sorted((*self.versions.get(key, ()), version), key=order)
        return replace(self, versions={**self.versions, key: every})


def stored(
    session: Session, table: type[Row], kind: InstrumentedAttribute[Kind]
) -> tuple[dict[tuple[Kind, Place], list[Row]], dict[UUID, Place]]:
    """Read all versions, in the order in which they begin, and which department is above which."""
    versions: dict[tuple[Kind, Place], list[Row]] = defaultdict(list)
    rows = session.scalars(select(table).options(joinedload(table.department)))
    for one in sorted(rows, key=order):
        versions[getattr(one, kind.key), one.department_id].append(one)
    return versions, dict(iter(session.execute(select(Department.id, Department.parent_id))))


def asked_for(
    table: type[Row], kind: InstrumentedAttribute[Kind], wanted: Kind | None, query: VersionsQuery
) -> Select[Row]:
    """Select the versions that are in force at a moment, or every one."""
    asked = select(table).outerjoin(table.department).options(joinedload(table.department))
    asked = asked.where(containing(query.q, Department.code, table.reason))
    if wanted is not None:
        asked = asked.where(kind == wanted)
    if query.department:
        asked = asked.where(Department.code == query.department)
    if not query.history:
        at = query.at or now()
        asked = asked.where(table.effective_from <= at, ~_replaced(table, kind, at))
    return asked


def _replaced(
    table: type[Row], kind: InstrumentedAttribute[Kind], at: datetime
) -> ColumnElement[bool]:
    """Return what holds for versions after which another one of the same place has begun."""
    later = aliased(table)
    same_place = later.department_id.is_not_distinct_from(table.department_id)
    began_after = (later.effective_from > table.effective_from) | (
        (later.effective_from == table.effective_from) & (later.set_at > table.set_at)
    )
    same = getattr(later, kind.key) == kind, same_place, later.effective_from <= at
    return exists().where(*same, began_after)


def order(version: Begins) -> tuple[datetime, datetime]:
    """Return by what versions of one place follow each other."""
    return version.effective_from, version.set_at
