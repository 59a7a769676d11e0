"""Partners: companies whose people are in our groups, and how the cooperation stands (G13)."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import Session, joinedload

from fleet.access.actor import Actor, Reach
from fleet.audit.services import record
from fleet.contracts.clock import today
from fleet.contracts.people import PartnerOut, PartnerQuery, PartnerState
from fleet.contracts.permissions import Permission
from fleet.database import clash, still_there, write
from fleet.paging import page
from fleet.people.errors import PartnerNameTaken, PartnerNotFound, PartnerStateAlready
from fleet.people.events import PartnerAdded, PartnerCorrected, PartnerJudged
from fleet.people.models import Department, Employee, Partner
from fleet.people.queries import covered
from fleet.search.matching import named

SORTS = {"name": Partner.name, "state": Partner.state, "state_since": Partner.state_since}

for _constraint in ("uq_partner_name", "partner.name"):
    clash(_constraint, lambda: PartnerNameTaken(partner="…"))


def add_partner(
    session: Session,
    *,
    name: str,
    actor: Actor,
    contact: str | None = None,
    number: str | None = None,
    department: Department | None = None,
) -> Partner:
    actor.require(Permission.PEOPLE_WRITE)
    if session.scalar(select(Partner.id).where(Partner.name == name)):
        raise PartnerNameTaken(partner=name)
    told = {"contact": contact, "number": number, "department": department}
    added = enter_partner(session, name=name, told=told, actor=actor)
    write(session)
    return added


def enter_partner(session: Session, *, name: str, told: Mapping[str, Any], actor: Actor) -> Partner:
    """Register a partner whose name is known to be free; sent with whatever comes next."""
    actor.require(Permission.PEOPLE_WRITE)
    added = Partner(id=uuid4(), name=name, state=PartnerState.ACTIVE, state_since=today(), **told)
    session.add(added)
    record(session, actor, PartnerAdded(subject_id=added.id, subject_name=name))
    return added


def correct_partner(
    session: Session, partner: Partner, changes: Mapping[str, Any], *, actor: Actor
) -> None:
    """Correct who speaks for a partner, or which department deals with it."""
    actor.require(Permission.PEOPLE_WRITE)
    for name in {"contact", "number", "department"} & changes.keys():
        setattr(partner, name, changes[name])
    record(session, actor, PartnerCorrected(subject_id=partner.id, subject_name=partner.name))
    write(session)


def judge_partner(
    session: Session, partner: Partner, *, state: PartnerState, reason: str, actor: Actor
) -> None:
    """Warn a partner, end the cooperation, or take it up again."""
    actor.require(Permission.PEOPLE_WRITE)
    partner = held_partner(session, partner)
    if partner.state is state:
        raise PartnerStateAlready(partner=partner.name, state=state.value)
    former, partner.state = partner.state, state
    partner.state_since, partner.because = today(), reason
    event = PartnerJudged(
        subject_id=partner.id,
        subject_name=partner.name,
        former=former,
        state=state,
        reason=reason,
    )
    record(session, actor, event)
    write(session)


def held_partner(session: Session, found: Partner) -> Partner:
    """Return `found` as it is now, locked until the commit."""
    fresh = select(Partner).where(Partner.id == found.id).with_for_update(of=Partner)
    return still_there(session.scalar(fresh.execution_options(populate_existing=True)))


def partner(session: Session, name: str) -> Partner:
    found = session.scalar(select(Partner).where(Partner.name == name))
    if found is None:
        raise PartnerNotFound(partner=name)
    return found


def partner_within(session: Session, name: str, *, actor: Actor) -> Partner:
    """Return a partner within the actor's reach; others do not exist for him."""
    within = partners_within(actor.reach(Permission.PEOPLE_READ))
    found = session.scalar(select(Partner).where(Partner.name == name, within))
    if found is None:
        raise PartnerNotFound(partner=name)
    return found


def partners(
    session: Session, query: PartnerQuery, *, actor: Actor
) -> tuple[list[Partner], str | None]:
    """Return one page of the partners within the actor's reach, and the mark of the next."""
    within = partners_within(actor.reach(Permission.PEOPLE_READ))
    statement = select(Partner).options(joinedload(Partner.department)).where(within)
    statement = statement.where(named(session, query.q, Partner, Partner.name, Partner.contact))
    if query.state:
        statement = statement.where(Partner.state == query.state)
    if query.department:
        statement = statement.where(Partner.department.has(code=query.department))
    return page(session, statement, query, sorts=SORTS, default="name", key=Partner.id)


def partners_within(reach: Reach) -> ColumnElement[bool]:
    """Return what holds for the partners of the departments that `reach` covers, or one's own."""
    if reach.everything:
        return true()
    own = select(Employee.department_id).where(Employee.id == reach.employee_id)
    return or_(
        Partner.department_id.in_(covered(reach)) if reach.departments else false(),
        Partner.department_id.in_(own) if reach.employee_id else false(),
    )


def shown(row: Partner) -> PartnerOut:
    return PartnerOut(
        name=row.name,
        contact=row.contact,
        number=row.number,
        department=row.department.code if row.department else None,
        state=row.state,
        state_since=row.state_since,
        because=row.because,
    )
