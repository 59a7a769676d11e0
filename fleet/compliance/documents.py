"""Setting terms: a new version, and what it opens and closes, told before it is so."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.chores.services import hurry
from fleet.compliance.errors import TermsInThePast
from fleet.compliance.events import CompliancePolicySet
from fleet.compliance.judging import A_BATCH, ERRAND, PHONES, seen_in
from fleet.compliance.ledger import Seen, ledgers
from fleet.compliance.models import CompliancePolicy
from fleet.compliance.rules.catalogue import CATALOGUE, judged
from fleet.compliance.rules.rule import OURS, Phone, Verdict
from fleet.compliance.terms import Policies, policies
from fleet.contracts.clock import now
from fleet.contracts.compliance import (
    CompliancePolicyIn,
    CompliancePolicyOut,
    CompliancePolicyQuery,
    ComplianceTermsOut,
    ComplianceTermsQuery,
    RuleEffectOut,
    Ruling,
)
from fleet.contracts.findings import Rule
from fleet.contracts.permissions import Permission
from fleet.database import write
from fleet.devices.models import Device
from fleet.paging import containing, page
from fleet.people.models import Department
from fleet.people.queries import department as department_by_code

CLOCK_SLACK: Final = timedelta(minutes=1)
NAMED: Final = 50  # phones that are named of those that a change touches
SORTS: Final = {
    "effective_from": CompliancePolicy.effective_from,
    "set_at": CompliancePolicy.set_at,
}


@dataclass
class Effect:
    """What differs between two judgements of the same phones, by rule."""

    phones: int = 0
    opening: defaultdict[Rule, list[str]] = field(default_factory=lambda: defaultdict(list))
    closing: defaultdict[Rule, list[str]] = field(default_factory=lambda: defaultdict(list))

    def note(self, tag: str, before: dict[Rule, Verdict], after: dict[Rule, Verdict]) -> None:
        for rule, verdict in after.items():
            was = before[rule].outcome is Ruling.BROKEN
            if was is not (verdict.outcome is Ruling.BROKEN):
                (self.closing if was else self.opening)[rule].append(tag)

    @property
    def rules(self) -> list[RuleEffectOut]:
        touched = [rule for rule in CATALOGUE if rule in self.opening or rule in self.closing]
        return [
            RuleEffectOut(
                rule=rule,
                title=CATALOGUE[rule].said_title,
                opens=len(self.opening[rule]),
                closes=len(self.closing[rule]),
                opening=sorted(self.opening[rule])[:NAMED],
                closing=sorted(self.closing[rule])[:NAMED],
            )
            for rule in touched
        ]


def set_policy(
    session: Session, given: CompliancePolicyIn, *, actor: Actor
) -> tuple[CompliancePolicy, Effect]:
    """Add a version; findings open and close with it as soon as the phones are judged anew."""
    actor.require(Permission.POLICY_WRITE)
    version, effect = foreseen(session, given, actor=actor)
    session.add(version)
    event = CompliancePolicySet(
        subject_id=version.id,
        subject_name=version.department.code if version.department else "company",
        department=version.department.code if version.department else None,
        effective_from=version.effective_from,
        reason=version.reason,
        opens=sum(map(len, effect.opening.values())),
        closes=sum(map(len, effect.closing.values())),
    )
    record(session, actor, event)
    hurry(session, ERRAND)
    write(session)
    return version, effect


def foreseen(
    session: Session, given: CompliancePolicyIn, *, actor: Actor
) -> tuple[CompliancePolicy, Effect]:
    """Return what `set_policy` would store, and which findings would open and close by it."""
    actor.require(Permission.POLICY_WRITE)
    moment = now()
    begins = given.effective_from or moment
    if begins < moment - CLOCK_SLACK:
        raise TermsInThePast(effective_from=begins.isoformat(timespec="minutes"))
    place = department_by_code(session, given.department) if given.department else None
    version = _version(given, place, begins, actor)
    old, new = policies(session), policies(session, beside=[version])
    return version, _effect(session, old, new, at=max(begins, moment))


def _version(
    given: CompliancePolicyIn, place: Department | None, begins: datetime, actor: Actor
) -> CompliancePolicy:
    return CompliancePolicy(
        id=uuid4(),
        department_id=place.id if place else None,
        department=place,
        effective_from=begins,
        set_at=now(),
        set_by=actor.name,
        reason=given.reason,
        content=given.document,
    )


def _effect(session: Session, old: Policies, new: Policies, *, at: datetime) -> Effect:
    """Judge every phone by both, a batch at a time."""
    effect, moment = Effect(), now()
    for batch in _batches(session):
        known = ledgers(session, batch)
        for row, facts, _digest in batch:
            ledger = known[row.id]
            place = ledger.holder.department_id if ledger.holder else None
            before, after = old.terms(place, at), new.terms(place, at)
            if before != after:
                said = (judged(Phone(facts, ledger, terms, moment)) for terms in (before, after))
                effect.note(row.tag, *said)
                effect.phones += 1
    return effect


def _batches(session: Session) -> Iterator[list[Seen]]:
    some = PHONES.where(Device.state.in_(OURS)).order_by(Device.id).limit(A_BATCH)
    batch = list(seen_in(session, some))
    while batch:
        yield batch
        batch = list(seen_in(session, some.where(Device.id > batch[-1].row.id)))


def versions(
    session: Session, query: CompliancePolicyQuery, *, actor: Actor
) -> tuple[list[CompliancePolicy], str | None]:
    """Return one page of versions: those in force, or every one."""
    actor.require(Permission.POLICY_READ)
    statement = select(CompliancePolicy).outerjoin(CompliancePolicy.department)
    statement = statement.options(joinedload(CompliancePolicy.department))
    statement = statement.where(containing(query.q, Department.code, CompliancePolicy.reason))
    if query.department:
        statement = statement.where(Department.code == query.department)
    if not query.history:
        statement = statement.where(CompliancePolicy.id.in_(_ids_in_force(session)))
    key = CompliancePolicy.id
    return page(session, statement, query, sorts=SORTS, default="-effective_from", key=key)


def _ids_in_force(session: Session) -> list[UUID]:
    every, moment = policies(session), now()
    return [one.id for place in every.versions if (one := every.version(place, moment))]


def in_force(session: Session, query: ComplianceTermsQuery, *, actor: Actor) -> ComplianceTermsOut:
    """Return what is demanded in a department at a moment, and who says so."""
    actor.require(Permission.POLICY_READ)
    moment, every = query.at or now(), policies(session)
    place = department_by_code(session, query.department).id if query.department else None
    line = [every.version(one, moment) for one in reversed(list(every.upwards(place)))]
    return ComplianceTermsOut(
        department=query.department,
        terms=every.terms(place, moment),
        versions=[shown(one, at=moment) for one in line if one is not None],
    )


def shown(version: CompliancePolicy, *, at: datetime) -> CompliancePolicyOut:
    return CompliancePolicyOut(
        id=str(version.id),
        department=version.department.code if version.department else None,
        effective_from=version.effective_from,
        in_force=version.effective_from <= at,
        set_at=version.set_at,
        set_by=version.set_by,
        reason=version.reason,
        document=version.content,
    )
