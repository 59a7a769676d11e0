"""Which policy is in force: the nearest department upwards, of the versions that have begun."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased, joinedload

from fleet.access.actor import Actor
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.permissions import Permission
from fleet.contracts.policies import Pattern, PolicyQuery, PolicyShowQuery
from fleet.paging import containing, page
from fleet.people.models import Department
from fleet.people.queries import department as department_by_code
from fleet.policies.holders import holders
from fleet.policies.models import PasswordPolicy
from fleet.settings import Settings
from fleet.vault.models import Credential
from fleet.vault.rules import Rules, standard

Place = UUID | None  # a department; None: the whole company
SORTS = {
    "kind": PasswordPolicy.kind,
    "effective_from": PasswordPolicy.effective_from,
    "set_at": PasswordPolicy.set_at,
}


@dataclass(frozen=True)
class Policies:
    """Every version there is, read once: for as many credentials as anybody asks about."""

    settings: Settings
    versions: Mapping[tuple[CredentialKind, Place], Sequence[PasswordPolicy]]
    above: Mapping[UUID, Place]

    def version(self, kind: CredentialKind, place: Place, at: datetime) -> PasswordPolicy | None:
        """Return the version in force; None where the settings' numbers hold."""
        for near in self.upwards(place):
            begun = [one for one in self.versions.get((kind, near), ()) if one.effective_from <= at]
            if begun and not begun[-1].inherits:
                return begun[-1]
        return None

    def rules(self, kind: CredentialKind, place: Place, at: datetime) -> Rules:
        """Return what is demanded at a moment, and the maximum ages that are to come."""
        later = ((begins, self._at(kind, place, begins)) for begins in self._to_come(kind, place))
        ages = tuple((begins, rules.max_age_days) for begins, rules in later if begins > at)
        return replace(self._at(kind, place, at), later=ages)

    def _at(self, kind: CredentialKind, place: Place, at: datetime) -> Rules:
        found = self.version(kind, place, at)
        return found.rules if found else standard(kind, self.settings)

    def _to_come(self, kind: CredentialKind, place: Place) -> list[datetime]:
        near = self.upwards(place)
        every = (one for step in near for one in self.versions.get((kind, step), ()))
        return sorted({one.effective_from for one in every})

    def upwards(self, place: Place) -> Iterator[Place]:
        while place is not None:
            yield place
            place = self.above.get(place)
        yield None


def policies(
    session: Session, settings: Settings, *, beside: Sequence[PasswordPolicy] = ()
) -> Policies:
    """Read all there are, and `beside` them versions that are not stored."""
    written = select(PasswordPolicy).options(joinedload(PasswordPolicy.department))
    stored = session.scalars(written.order_by(PasswordPolicy.effective_from, PasswordPolicy.set_at))
    versions: dict[tuple[CredentialKind, Place], list[PasswordPolicy]] = defaultdict(list)
    for one in (*stored, *beside):
        versions[one.kind, one.department_id].append(one)
    for found in versions.values():
        found.sort(key=lambda one: (one.effective_from, one.set_at))
    tree = session.execute(select(Department.id, Department.parent_id))
    return Policies(settings, versions, dict(iter(tree)))


def rules_found(
    session: Session, settings: Settings, credentials: Sequence[Credential]
) -> dict[UUID, Rules]:
    """Return what is demanded of each credential now, in a fixed number of questions."""
    every, moment = policies(session, settings), now()
    places = holders().departments(session, credentials)
    found = {one.id: every.rules(one.kind, places.get(one.id), moment) for one in credentials}
    return _with_numbers(session, credentials, found)


def _with_numbers(
    session: Session, credentials: Sequence[Credential], found: dict[UUID, Rules]
) -> dict[UUID, Rules]:
    """Add the numbers that a phone's PIN must not show, where the policy forbids them."""
    phones = {
        one.id: one.device_id
        for one in credentials
        if one.device_id and Pattern.NUMBER in found[one.id].patterns
    }
    numbers = holders().numbers(session, set(phones.values())) if phones else {}
    shown = {
        key: replace(found[key], numbers=numbers[phone])
        for key, phone in phones.items()
        if phone in numbers
    }
    return found | shown


def versions(
    session: Session, query: PolicyQuery, *, actor: Actor
) -> tuple[list[PasswordPolicy], str | None]:
    """Return one page of versions: those in force at a moment, or every one."""
    actor.require(Permission.POLICY_READ)
    statement = select(PasswordPolicy).outerjoin(PasswordPolicy.department)
    statement = statement.options(joinedload(PasswordPolicy.department))
    statement = statement.where(containing(query.q, Department.code, PasswordPolicy.reason))
    if query.kind:
        statement = statement.where(PasswordPolicy.kind == query.kind)
    if query.department:
        statement = statement.where(Department.code == query.department)
    if not query.history:
        moment = query.at or now()
        statement = statement.where(PasswordPolicy.effective_from <= moment, ~_replaced(moment))
    key = PasswordPolicy.id
    return page(session, statement, query, sorts=SORTS, default="kind", key=key)


def _replaced(at: datetime) -> ColumnElement[bool]:
    """Return what holds for versions after which another one of the same place has begun."""
    later = aliased(PasswordPolicy)
    same_place = later.department_id.is_not_distinct_from(PasswordPolicy.department_id)
    began_after = (later.effective_from > PasswordPolicy.effective_from) | (
        (later.effective_from == PasswordPolicy.effective_from)
        & (later.set_at > PasswordPolicy.set_at)
    )
    same = later.kind == PasswordPolicy.kind, same_place, later.effective_from <= at
    return exists().where(*same, began_after)


def in_force(
    session: Session, settings: Settings, query: PolicyShowQuery, *, actor: Actor
) -> tuple[Rules, PasswordPolicy | None]:
    """Return what is demanded in a department at a moment, and the version that says so."""
    actor.require(Permission.POLICY_READ)
    moment = query.at or now()
    place = department_by_code(session, query.department).id if query.department else None
    every = policies(session, settings)
    return every.rules(query.kind, place, moment), every.version(query.kind, place, moment)
