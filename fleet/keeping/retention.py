"""For how long a backup is kept: by its purpose, and the nearest department that has terms."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased, joinedload

from fleet.access.actor import Actor
from fleet.contracts.clock import now
from fleet.contracts.keeping import (
    FOR_EVER,
    NEVER,
    Purpose,
    RetentionOut,
    RetentionQuery,
    TermsQuery,
)
from fleet.contracts.permissions import Permission
from fleet.keeping.models import RetentionPolicy
from fleet.paging import containing, page
from fleet.people.models import Department
from fleet.people.queries import department as department_by_code

Place = UUID | None  # a department; None: the whole company
SORTS: Final = {
    "purpose": RetentionPolicy.purpose,
    "effective_from": RetentionPolicy.effective_from,
    "set_at": RetentionPolicy.set_at,
}


@dataclass(frozen=True)
class Terms:
    keep_days: int
    drill_days: int

    def expires(self, ended_at: datetime) -> datetime | None:
        return None if self.keep_days == FOR_EVER else ended_at + timedelta(days=self.keep_days)

    def drill_due(self, tried_at: datetime) -> datetime | None:
        return None if self.drill_days == NEVER else tried_at + timedelta(days=self.drill_days)


# Where nobody has set any. A dispute about work is begun within a year of its end, and lasts.
STANDARD: Final = {
    Purpose.ROUTINE: Terms(keep_days=90, drill_days=180),
    Purpose.RETURN: Terms(keep_days=365, drill_days=180),
    Purpose.LEAVING: Terms(keep_days=3 * 365, drill_days=180),
    Purpose.INCIDENT: Terms(keep_days=3 * 365, drill_days=180),
}


@dataclass(frozen=True)
class Retention:
    """Every version there is, read once: for as many backups as anybody asks about."""

    versions: Mapping[tuple[Purpose, Place], Sequence[RetentionPolicy]]
    above: Mapping[UUID, Place]

    def version(self, purpose: Purpose, place: Place, at: datetime) -> RetentionPolicy | None:
        """Return the version in force; None where the standard holds."""
        for near in self._upwards(place):
            every = self.versions.get((purpose, near), ())
            begun = [one for one in every if one.effective_from <= at]
            if begun and not begun[-1].inherits:
                return begun[-1]
        return None

    def terms(self, purpose: Purpose, place: Place, at: datetime) -> Terms:
        found = self.version(purpose, place, at)
        return terms_of(found) if found else STANDARD[purpose]

    def shortest(self, at: datetime) -> int:
        """Return the fewest days that anything is kept by terms of now, or the standard."""
        begun = [one for every in self.versions.values() for one in every if not one.inherits]
        days = [one.keep_days for one in begun if one.effective_from <= at]
        days += [terms.keep_days for terms in STANDARD.values()]
        return min(one for one in days if one != FOR_EVER)

    def _upwards(self, place: Place) -> Iterator[Place]:
        while place is not None:
            yield place
            place = self.above.get(place)
        yield None


def retention(session: Session, *, beside: Sequence[RetentionPolicy] = ()) -> Retention:
    """Read all there are, and `beside` them versions that are not stored."""
    order = RetentionPolicy.effective_from, RetentionPolicy.set_at
    stored = session.scalars(select(RetentionPolicy).order_by(*order))
    versions: dict[tuple[Purpose, Place], list[RetentionPolicy]] = defaultdict(list)
    for one in (*stored, *beside):
        versions[one.purpose, one.department_id].append(one)
    for found in versions.values():
        found.sort(key=lambda one: (one.effective_from, one.set_at))
    tree = session.execute(select(Department.id, Department.parent_id))
    return Retention(versions, dict(iter(tree)))


def terms_of(version: RetentionPolicy) -> Terms:
    return Terms(keep_days=version.keep_days, drill_days=version.drill_days)


def versions(
    session: Session, query: RetentionQuery, *, actor: Actor
) -> tuple[list[RetentionPolicy], str | None]:
    """Return one page of versions: those in force at a moment, or every one."""
    actor.require(Permission.POLICY_READ)
    statement = select(RetentionPolicy).outerjoin(RetentionPolicy.department)
    statement = statement.options(joinedload(RetentionPolicy.department))
    statement = statement.where(containing(query.q, Department.code, RetentionPolicy.reason))
    if query.purpose:
        statement = statement.where(RetentionPolicy.purpose == query.purpose)
    if query.department:
        statement = statement.where(Department.code == query.department)
    if not query.history:
        moment = query.at or now()
        statement = statement.where(RetentionPolicy.effective_from <= moment, ~_replaced(moment))
    key = RetentionPolicy.id
    return page(session, statement, query, sorts=SORTS, default="purpose", key=key)


def _replaced(at: datetime) -> ColumnElement[bool]:
    """Return what holds for versions after which another one of the same place has begun."""
    later = aliased(RetentionPolicy)
    same_place = later.department_id.is_not_distinct_from(RetentionPolicy.department_id)
    began_after = (later.effective_from > RetentionPolicy.effective_from) | (
        (later.effective_from == RetentionPolicy.effective_from)
        & (later.set_at > RetentionPolicy.set_at)
    )
    same = later.purpose == RetentionPolicy.purpose, same_place, later.effective_from <= at
    return exists().where(*same, began_after)


def in_force(session: Session, query: TermsQuery, *, actor: Actor) -> list[RetentionOut]:
    """Return the terms of every purpose in a department at a moment, and who says so."""
    actor.require(Permission.POLICY_READ)
    moment = query.at or now()
    place = department_by_code(session, query.department).id if query.department else None
    every = retention(session)
    return [
        _shown(
            purpose,
            every.terms(purpose, place, moment),
            every.version(purpose, place, moment),
            moment,
        )
        for purpose in Purpose
    ]


def shown(version: RetentionPolicy, *, at: datetime) -> RetentionOut:
    return _shown(version.purpose, terms_of(version), version, at)


def _shown(
    purpose: Purpose, terms: Terms, version: RetentionPolicy | None, at: datetime
) -> RetentionOut:
    return RetentionOut(
        id=str(version.id) if version else None,
        purpose=purpose,
        department=version.department.code if version and version.department else None,
        effective_from=version.effective_from if version else None,
        in_force=version is None or version.effective_from <= at,
        inherits=bool(version and version.inherits),
        keep_days=terms.keep_days,
        drill_days=terms.drill_days,
        set_at=version.set_at if version else None,
        set_by=version.set_by if version else None,
        reason=version.reason if version else None,
    )
