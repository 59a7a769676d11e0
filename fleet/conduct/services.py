"""A finding that only its holder can have caused becomes a draft; people decide what it is."""

from datetime import datetime
from typing import Final
from uuid import uuid4

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from fleet.access.actor import SYSTEM, Actor
from fleet.audit.services import record
from fleet.compliance.models import Finding
from fleet.conduct import events
from fleet.conduct.approvals import is_approved
from fleet.conduct.errors import NotOnesOwnViolation, ViolationDecided
from fleet.conduct.models import Violation
from fleet.conduct.queries import violation_within
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.violations import ViolationState
from fleet.counting import next_number
from fleet.custody.models import Holding
from fleet.database import write
from fleet.people.models import Employee
from fleet.vault.queries import known_credential, pin_of
from fleet.vault.tools import Tools

CLAUSE: Final = "A7"  # nobody changes the password of a phone alone


def note_finding(session: Session, _tools: Tools, finding: Finding) -> None:
    """Draft a violation where there is one person who can have done it: a listener."""
    holder = sole_holder(session, finding)
    if holder is None or finding.by_a_station or _is_covered(session, finding, holder):
        return
    moment = now()
    number = next_number(session, f"violation.{moment.year}")
    violation = Violation(
        id=uuid4(),
        number=f"VD-{moment.year}-{number:03d}",
        clause=CLAUSE,
        employee=holder,
        finding=finding,
        state=ViolationState.DRAFT,
        opened_at=moment,
    )
    session.add(violation)
    drafted = events.ViolationDrafted(
        subject_id=violation.id,
        subject_name=violation.number,
        clause=CLAUSE,
        employee=holder.number,
        finding=finding.number,
    )
    record(session, SYSTEM, drafted)
    write(session)


def sole_holder(session: Session, finding: Finding) -> Employee | None:
    """Return who held the phone all the time in which it can have happened; None where several."""
    held = select(Holding).where(
        Holding.device_id == finding.device_id, *_overlapping(finding.since, finding.opened_at)
    )
    holdings = session.scalars(held.options(joinedload(Holding.employee))).all()
    holders = {one.employee_id: one.employee for one in holdings}
    return next(iter(holders.values())) if len(holders) == 1 else None


def _overlapping(since: datetime | None, until: datetime) -> list[ColumnElement[bool]]:
    began = Holding.issued_at <= until
    if since is None:
        return [began]
    return [began, or_(Holding.returned_at.is_(None), Holding.returned_at > since)]


def _is_covered(session: Session, finding: Finding, holder: Employee) -> bool:
    credential = known_credential(session, pin_of(finding.device))
    return credential is not None and is_approved(session, credential, holder, finding.since)


def dismiss(session: Session, number: str, *, reason: str, actor: Actor) -> Violation:
    """Say that a draft is no violation, and why."""
    reach = actor.reach(Permission.VIOLATIONS_DECIDE)
    violation = violation_within(session, number, reach)
    event = events.ViolationDismissed(**_about(violation))
    return _decide(session, violation, ViolationState.DISMISSED, reason, event, actor)


def keep(session: Session, number: str, *, reason: str, actor: Actor) -> Violation:
    """Keep a draft for a hearing: nothing else follows from it by itself."""
    reach = actor.reach(Permission.VIOLATIONS_DECIDE)
    violation = violation_within(session, number, reach)
    event = events.ViolationKept(**_about(violation))
    return _decide(session, violation, ViolationState.KEPT, reason, event, actor)


def _decide(
    session: Session,
    violation: Violation,
    state: ViolationState,
    reason: str,
    event: events.ViolationDismissed | events.ViolationKept,
    actor: Actor,
) -> Violation:
    if actor.employee_id is not None and actor.employee_id == violation.employee_id:
        raise NotOnesOwnViolation(number=violation.number)
    if violation.state is not ViolationState.DRAFT:
        raise ViolationDecided(number=violation.number, state=violation.state.value)
    violation.decide(state, by=actor.name, reason=reason)
    record(session, actor, event)
    write(session)
    return violation


def _about(violation: Violation) -> events.About:
    return {
        "subject_id": violation.id,
        "subject_name": violation.number,
        "employee": violation.employee.number,
    }
