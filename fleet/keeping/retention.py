"""For how long a backup is kept: by its purpose, and the nearest department that has terms."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

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
from fleet.paging import page
from fleet.people.in_force import ByDepartment, Place, asked_for, stored
from fleet.people.queries import department as department_by_code

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


class Retention(ByDepartment[Purpose, RetentionPolicy]):
    """Where no version is in force, the standard is."""

    def terms(self, purpose: Purpose, place: Place, at: datetime) -> Terms:
        found = self.version(purpose, place, at)
        return terms_of(found) if found else STANDARD[purpose]

    def shortest(self, at: datetime) -> int:
        """Return the fewest days that anything is kept by terms of now, or the standard."""
        begun = [one for every in self.versions.values() for one in every if not one.inherits]
        days = [one.keep_days for one in begun if one.effective_from <= at]
        days += [terms.keep_days for terms in STANDARD.values()]
        return min(one for one in days if one != FOR_EVER)


def retention(session: Session) -> Retention:
    return Retention(*stored(session, RetentionPolicy, RetentionPolicy.purpose))


def terms_of(version: RetentionPolicy) -> Terms:
    return Terms(keep_days=version.keep_days, drill_days=version.drill_days)


def versions(
    session: Session, query: RetentionQuery, *, actor: Actor
) -> tuple[list[RetentionPolicy], str | None]:
    """Return one page of versions: those in force at a moment, or every one."""
    actor.require(Permission.POLICY_READ)
    statement = asked_for(RetentionPolicy, RetentionPolicy.purpose, query.purpose, query)
    key = RetentionPolicy.id
    return page(session, statement, query, sorts=SORTS, default="purpose", key=key)


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
        department=version.place if version else None,
        effective_from=version.effective_from if version else None,
        in_force=version is None or version.effective_from <= at,
        inherits=bool(version and version.inherits),
        keep_days=terms.keep_days,
        drill_days=terms.drill_days,
        set_at=version.set_at if version else None,
        set_by=version.set_by if version else None,
        reason=version.reason if version else None,
    )
