"""Which policy is in force: the nearest department upwards, of the versions that have begun."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.permissions import Permission
from fleet.contracts.policies import Pattern, PolicyQuery, PolicyShowQuery
from fleet.paging import page
from fleet.people.in_force import ByDepartment, Place, asked_for, stored
from fleet.people.queries import department as department_by_code
from fleet.policies.holders import holders
from fleet.policies.models import PasswordPolicy
from fleet.settings import Settings
from fleet.vault.models import Credential
from fleet.vault.rules import Rules, standard

SORTS = {
    "kind": PasswordPolicy.kind,
    "effective_from": PasswordPolicy.effective_from,
    "set_at": PasswordPolicy.set_at,
}


@dataclass(frozen=True)
class Policies(ByDepartment[CredentialKind, PasswordPolicy]):
    """Where no version is in force, the numbers of the settings are."""

    settings: Settings

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


def policies(session: Session, settings: Settings) -> Policies:
    return Policies(*stored(session, PasswordPolicy, PasswordPolicy.kind), settings)


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
    statement = asked_for(PasswordPolicy, PasswordPolicy.kind, query.kind, query)
    key = PasswordPolicy.id
    return page(session, statement, query, sorts=SORTS, default="kind", key=key)


def in_force(
    session: Session, settings: Settings, query: PolicyShowQuery, *, actor: Actor
) -> tuple[Rules, PasswordPolicy | None]:
    """Return what is demanded in a department at a moment, and the version that says so."""
    actor.require(Permission.POLICY_READ)
    moment = query.at or now()
    place = department_by_code(session, query.department).id if query.department else None
    every = policies(session, settings)
    return every.rules(query.kind, place, moment), every.version(query.kind, place, moment)
