"""Setting a policy: a new version, what falls due because of it, and one line of the trail."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, cast
from uuid import UUID, uuid4

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.clock import minutes, now
from fleet.contracts.credentials import NEVER_DRAWN, CredentialKind
from fleet.contracts.permissions import Permission
from fleet.contracts.policies import LENGTHS, Characters, PolicyIn
from fleet.database import write
from fleet.people.models import Department
from fleet.people.queries import department as department_by_code
from fleet.policies.errors import (
    CompanyInheritsNothing,
    PolicyDoesNotFit,
    PolicyInThePast,
    QuietHoursUnclear,
)
from fleet.policies.events import PasswordPolicySet
from fleet.policies.holders import Opens, holders
from fleet.policies.models import PasswordPolicy
from fleet.policies.queries import Policies, policies
from fleet.settings import Settings
from fleet.vault.errors import PolicyNotPossible
from fleet.vault.generate import require_possible
from fleet.vault.models import Credential
from fleet.vault.rules import Rules

AT_ONCE: Final = 1000  # credentials looked at in one question
HORIZONS: Final = (0, 7, 30, 90)  # days for which is told how many are due
CLOCK_SLACK: Final = timedelta(minutes=1)  # a due date this near to its age is due by its age


class DueBy(Opens, Protocol):
    """A row of what matters of a credential."""

    @property
    def kind(self) -> CredentialKind: ...
    @property
    def changed_at(self) -> datetime | None: ...
    @property
    def due_at(self) -> datetime | None: ...


@dataclass
class Effect:
    """What a policy does to the credentials there are: how many are due by which day."""

    credentials: int = 0
    moved: int = 0
    before: dict[int, int] = field(default_factory=lambda: dict.fromkeys(HORIZONS, 0))
    after: dict[int, int] = field(default_factory=lambda: dict.fromkeys(HORIZONS, 0))

    def count(self, old: datetime | None, new: datetime | None, at: datetime) -> None:
        self.credentials += 1
        self.moved += old != new
        for days in HORIZONS:
            until = at + timedelta(days=days)
            self.before[days] += old is not None and old <= until
            self.after[days] += new is not None and new <= until


def set_policy(
    session: Session, settings: Settings, given: PolicyIn, *, actor: Actor
) -> tuple[PasswordPolicy, Effect]:
    """Add a version, and move the due dates of the credentials that it applies to."""
    actor.require(Permission.POLICY_WRITE)
    version = _drafted(session, settings, given, actor)
    effect = _reconsidered(session, settings, version, store=True)
    session.add(version)
    event = PasswordPolicySet(
        subject_id=version.id,
        subject_name=version.kind.value,
        kind=version.kind,
        department=version.place,
        effective_from=version.effective_from,
        reason=version.reason,
        moved=effect.moved,
    )
    record(session, actor, event)
    write(session)
    return version, effect


def foreseen(
    session: Session, settings: Settings, given: PolicyIn, *, actor: Actor
) -> tuple[PasswordPolicy, Effect]:
    """Return what `set_policy` would store and do, and change nothing."""
    actor.require(Permission.POLICY_WRITE)
    version = _drafted(session, settings, given, actor)
    return version, _reconsidered(session, settings, version, store=False)


def _drafted(session: Session, settings: Settings, given: PolicyIn, actor: Actor) -> PasswordPolicy:
    """Return the new version, not stored: what is in force then, changed by what is given."""
    moment = now()
    begins = given.effective_from or moment
    if begins < moment - CLOCK_SLACK:
        raise PolicyInThePast(effective_from=begins.isoformat(timespec="minutes"))
    place = department_by_code(session, given.department) if given.department else None
    if given.inherits and place is None:
        raise CompanyInheritsNothing
    base = policies(session, settings).rules(given.kind, place.id if place else None, begins)
    version = _version(base, given, place)
    version.effective_from, version.set_at, version.set_by = begins, moment, actor.name
    _require_fitting(version)
    return version


def _version(base: Rules, given: PolicyIn, place: Department | None) -> PasswordPolicy:
    values = {name: getattr(base, name) for name in _NUMBERS}
    values |= {name: sorted(getattr(base, name)) for name in _SETS}
    named = given.model_dump(include={*_NUMBERS, *_SETS}, exclude_none=True, mode="json")
    values |= {name: sorted(set(v)) if name in _SETS else v for name, v in named.items()}
    quiet = _quiet(base, given)
    return PasswordPolicy(
        id=uuid4(),
        kind=given.kind,
        department_id=place.id if place else None,
        department=place,
        reason=given.reason,
        inherits=given.inherits,
        quiet_from=quiet[0],
        quiet_until=quiet[1],
        **values,
    )


_NUMBERS: Final = ("max_age_days", "warning_days", "length", "history", "disclosure_hours")
_SETS: Final = ("classes", "patterns", "events")


def _quiet(base: Rules, given: PolicyIn) -> tuple[int | None, int | None]:
    if given.no_quiet:
        return None, None
    begins = base.quiet_from if given.quiet_from is None else minutes(given.quiet_from)
    ends = base.quiet_until if given.quiet_until is None else minutes(given.quiet_until)
    if (begins is None) != (ends is None) or (begins is not None and begins == ends):
        raise QuietHoursUnclear
    return begins, ends


def _require_fitting(version: PasswordPolicy) -> None:
    """Refuse what says nothing about such values, and what leaves none to draw."""
    kind, rules = version.kind, version.rules
    if kind is not CredentialKind.ACCOUNT_PASSWORD and rules.classes != {Characters.DIGITS}:
        raise PolicyDoesNotFit(kind=kind.value, field="classes")
    if kind is not CredentialKind.DEVICE_PIN and rules.patterns:
        raise PolicyDoesNotFit(kind=kind.value, field="patterns")
    if kind not in NEVER_DRAWN:
        require_possible(rules)
        return
    shortest, longest = LENGTHS[kind]
    if not shortest <= rules.length <= longest:
        raise PolicyNotPossible(shortest=shortest, longest=longest)


def _reconsidered(
    session: Session, settings: Settings, version: PasswordPolicy, *, store: bool
) -> Effect:
    """Find when everything of the kind is due by `version`, and store it where that is wanted."""
    old = policies(session, settings)
    new = old.beside(version.kind, version)
    effect, moment = Effect(), now()
    for some in _chunks(session, version.kind):
        places = holders().departments(session, some)
        moved = []
        for one in some:
            place = places.get(one.id)
            if not _applies(new, version, place):
                continue
            due = _due(one, old, new, place, moment)
            effect.count(one.due_at, due, moment)
            moved += [{"row": one.id, "due": due}] if due != one.due_at else []
        if store and moved:
            _store(session, moved)
    return effect


def _chunks(session: Session, kind: CredentialKind) -> Iterator[Sequence[DueBy]]:
    """Give what matters of all credentials of a kind, so many at a time."""
    columns = select(
        *(Credential.id, Credential.device_id, Credential.account_id, Credential.sim_id),
        *(Credential.kind, Credential.changed_at, Credential.due_at),
    )
    some = columns.where(Credential.kind == kind).order_by(Credential.id).limit(AT_ONCE)
    found = session.execute(some).all()
    while found:
        yield cast("Sequence[DueBy]", found)
        found = session.execute(some.where(Credential.id > found[-1].id)).all()


def _applies(new: Policies, version: PasswordPolicy, place: UUID | None) -> bool:
    """Tell whether a place has `version` above it, or loses its own by it."""
    if version.inherits:
        return version.department_id in set(new.upwards(place))
    return new.version(version.kind, place, version.effective_from) is version


def _due(
    one: DueBy, old: Policies, new: Policies, place: UUID | None, at: datetime
) -> datetime | None:
    """Return when a credential is due; what made it due otherwise than by age still does."""
    if one.changed_at is None:
        return one.due_at
    before = old.rules(one.kind, place, at).due_by_age(one.changed_at)
    after = new.rules(one.kind, place, at).due_by_age(one.changed_at)
    if one.due_at is None:
        return after if before is None else None  # a person has to decide what is next
    by_age = before is not None and abs(before - one.due_at) <= CLOCK_SLACK
    return after if by_age else min(filter(None, (one.due_at, after)))


def _store(session: Session, moved: list[dict[str, Any]]) -> None:
    """Write the new due dates in one statement: the trail tells their number."""
    columns = Credential.__table__.c
    changed = update(Credential.__table__).where(columns.id == bindparam("row"))  # type: ignore[arg-type]
    session.connection().execute(changed.values(due_at=bindparam("due")), moved)
