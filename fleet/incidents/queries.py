"""Finding incidents, and what is shown of them."""

from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from fleet.access.actor import Actor, Reach
from fleet.contracts.clock import now
from fleet.contracts.incidents import (
    IncidentKind,
    IncidentOut,
    IncidentQuery,
    IncidentState,
    MeasureOut,
    MeasureState,
    NoteOut,
    ThingOut,
)
from fleet.contracts.keeping import Purpose
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.contracts.words import _, say
from fleet.custody.queries import ref, thing_of
from fleet.devices.models import Device
from fleet.incidents.errors import IncidentNotFound
from fleet.incidents.guides import guide
from fleet.incidents.models import Incident, IncidentThing, Measure, name_of
from fleet.incidents.planning import Report
from fleet.paging import containing, page
from fleet.people.models import Employee
from fleet.people.queries import people_within

SORTS = {
    "number": Incident.number,
    "reported_at": Incident.reported_at,
    "closed_at": Incident.closed_at,
}


def purpose_of(session: Session, device: Device) -> Purpose | None:
    """Return what a phone is backed up for while something has happened to it, drift apart."""
    open_kinds = IncidentThing.open_kind.is_not(None), IncidentThing.open_kind != IncidentKind.DRIFT
    of_it = select(IncidentThing.id).where(IncidentThing.device_id == device.id, *open_kinds)
    return Purpose.INCIDENT if session.scalar(of_it.limit(1)) else None


def incident(session: Session, number: str, *, actor: Actor) -> Incident:
    """Return an incident within the actor's reach; others do not exist for him."""
    reach = actor.reach(Permission.INCIDENTS_READ)
    return incident_within(session, number, reach)


def incident_within(session: Session, number: str, reach: Reach) -> Incident:
    found = session.scalars(_within(reach).where(Incident.number == number)).unique().first()
    if found is None:
        raise IncidentNotFound(number=number)
    return found


def incidents(
    session: Session, query: IncidentQuery, *, actor: Actor
) -> tuple[list[Incident], str | None]:
    """Return one page of incidents, the newest first, and the mark of the next."""
    reach = actor.reach(Permission.INCIDENTS_READ)
    statement = _within(reach).where(
        containing(query.q, Incident.number, Employee.number, Employee.name)
    )
    if query.kind:
        statement = statement.where(Incident.kind == query.kind)
    if query.state:
        statement = statement.where(Incident.state == query.state)
    if query.employee:
        statement = statement.where(Employee.number == query.employee)
    if query.overdue:
        statement = statement.where(exists().where(Measure.incident_id == Incident.id, overdue()))
    return page(session, statement, query, sorts=SORTS, default="-reported_at", key=Incident.id)


def overdue() -> ColumnElement[bool]:
    """Return what holds for measures whose time has run out."""
    return (Measure.state == MeasureState.OPEN) & (Measure.due_at <= now())


def _within(reach: Reach) -> Select[Incident]:
    """Return the incidents of people within reach, and those that one has reported oneself."""
    statement = select(Incident).outerjoin(Incident.employee).options(*_beside())
    return statement if reach.everything else statement.where(visible(reach))


def visible(reach: Reach) -> ColumnElement[bool]:
    """Return what holds for the incidents that somebody with `reach` may see."""
    theirs = Incident.employee_id.in_(select(Employee.id).where(people_within(reach)))
    if reach.employee_id is None:
        return theirs
    return or_(theirs, Incident.reporter_id == reach.employee_id)


def _beside() -> tuple[Any, ...]:
    """Return what loads beside an incident, in a fixed number of questions."""

    def things(of: Any) -> tuple[Any, ...]:
        return joinedload(of.device), joinedload(of.sim), joinedload(of.account)

    return (
        contains_eager(Incident.employee),
        joinedload(Incident.finding),
        selectinload(Incident.things).options(*things(IncidentThing)),
        selectinload(Incident.measures).options(*things(Measure)),
        selectinload(Incident.notes),
    )


def flags_of(session: Session, employee: Employee) -> list[str]:
    """Return what whoever hands a thing to, or takes one from, a person is to know of him."""
    of_them = select(Incident).where(
        Incident.employee_id == employee.id, Incident.state == IncidentState.OPEN
    )
    rows = session.scalars(of_them.order_by(Incident.number))
    text = _("{name} has an open incident: {number}.")
    return [say(text, name=employee.name, number=row.number) for row in rows]


def counted(session: Session) -> tuple[int, int]:
    """Return how many incidents are open, and how many measures are overdue."""
    is_open = Incident.state == IncidentState.OPEN
    opened = session.scalar(select(func.count()).select_from(Incident).where(is_open))
    late = session.scalar(select(func.count()).select_from(Measure).where(overdue()))
    return opened or 0, late or 0


def shown(one: Incident, *, joined: bool = False) -> IncidentOut:
    return IncidentOut(
        number=one.number,
        kind=one.kind,
        state=one.state,
        joined=joined,
        employee=ref(one.employee) if one.employee else None,
        things=[ThingOut(thing=thing.thing, name=thing.name) for thing in one.things],
        reported_by=one.reported_by,
        reported_at=one.reported_at,
        finding=one.finding.number if one.finding else None,
        measures=[_measure(measure) for measure in one.measures],
        notes=[NoteOut.model_validate(note) for note in one.notes],
        closed_at=one.closed_at,
        closed_by=one.closed_by,
    )


def _measure(one: Measure) -> MeasureOut:
    is_open = one.state is MeasureState.OPEN
    return MeasureOut(
        number=one.number,
        what=one.kind,
        thing=one.thing,
        name=one.name,
        due_at=one.due_at,
        overdue=one.is_overdue,
        state=one.state,
        level=one.level,
        by=one.by,
        at=one.at,
        note=one.note,
        guide=guide(one.kind, one.thing, one.name) if is_open else "",
    )


def shown_plan(plan: Report, joins: Incident | None, *, actor: Actor) -> IncidentOut:
    """Return what a report would lead to; `joins` is the incident that it would be added to."""
    known = {(one.kind, one.subject.id) for one in joins.measures} if joins else set()
    new = [one for one in plan.measures if (one.kind, one.thing.id) not in known]
    measures = [
        MeasureOut(
            number=place,
            what=one.kind,
            thing=thing_of(one.thing),
            name=name_of(one.thing),
            due_at=one.due_at,
            overdue=False,
            state=MeasureState.OPEN,
            level=Level.NONE,
            by=None,
            at=None,
            note=None,
            guide=guide(one.kind, thing_of(one.thing), name_of(one.thing)),
        )
        for place, one in enumerate(new, start=1)
    ]
    return IncidentOut(
        number=joins.number if joins else None,
        kind=IncidentKind(plan.kind),
        state=IncidentState.PLANNED,
        joined=joins is not None,
        employee=ref(plan.employee) if plan.employee else None,
        things=[ThingOut(thing=thing_of(one), name=name_of(one)) for one in plan.things],
        reported_by=actor.name,
        reported_at=now(),
        measures=measures,
        notes=[],
        closed_at=None,
        closed_by=None,
    )
