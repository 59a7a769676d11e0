"""Setting for how long backups are kept: a new version, and what is over its time because of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.keeping import RetentionIn
from fleet.contracts.permissions import Permission
from fleet.database import write
from fleet.keeping.errors import CompanyHasItsOwn, RetentionInThePast
from fleet.keeping.events import RetentionSet
from fleet.keeping.expiring import count_over
from fleet.keeping.models import RetentionPolicy
from fleet.keeping.retention import Terms, retention
from fleet.people.models import Department
from fleet.people.queries import department as department_by_code

CLOCK_SLACK: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class Effect:
    """How many backups are over their time when it begins, as things stand and by it."""

    version: RetentionPolicy
    due_before: int
    due: int


def set_terms(session: Session, given: RetentionIn, *, actor: Actor) -> Effect:
    """Add a version; nothing is deleted by that before the next run."""
    actor.require(Permission.POLICY_WRITE)
    effect = foreseen(session, given, actor=actor)
    version = effect.version
    session.add(version)
    event = RetentionSet(
        subject_id=version.id,
        subject_name=version.purpose.value,
        purpose=version.purpose,
        department=version.place,
        effective_from=version.effective_from,
        reason=version.reason,
        due=effect.due,
    )
    record(session, actor, event)
    write(session)
    return effect


def foreseen(session: Session, given: RetentionIn, *, actor: Actor) -> Effect:
    """Return what `set_terms` would store, and how many backups would be over their time by it."""
    actor.require(Permission.POLICY_WRITE)
    moment = now()
    begins = given.effective_from or moment
    if begins < moment - CLOCK_SLACK:
        raise RetentionInThePast(effective_from=begins.isoformat(timespec="minutes"))
    place = department_by_code(session, given.department) if given.department else None
    if given.inherits and place is None:
        raise CompanyHasItsOwn
    as_it_is = retention(session)
    base = as_it_is.terms(given.purpose, place.id if place else None, begins)
    version = _version(given, base, place, begins, actor)
    then = as_it_is.beside(version.purpose, version)
    before, after = (count_over(session, terms, begins) for terms in (as_it_is, then))
    return Effect(version, due_before=before, due=after)


def _version(
    given: RetentionIn, base: Terms, place: Department | None, begins: datetime, actor: Actor
) -> RetentionPolicy:
    return RetentionPolicy(
        id=uuid4(),
        purpose=given.purpose,
        department_id=place.id if place else None,
        department=place,
        effective_from=begins,
        set_at=now(),
        set_by=actor.name,
        reason=given.reason,
        inherits=given.inherits,
        keep_days=base.keep_days if given.keep_days is None else given.keep_days,
        drill_days=base.drill_days if given.drill_days is None else given.drill_days,
    )
