"""Finding findings, and what is shown of them and of checks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, or_, select, true
from sqlalchemy.orm import Session, contains_eager, joinedload

from fleet.access.actor import Actor, Reach
from fleet.compliance.errors import FindingNotFound
from fleet.compliance.ledger import within
from fleet.compliance.models import Finding, PinCheck, Standing
from fleet.compliance.rules.catalogue import CATALOGUE
from fleet.contracts.clock import now
from fleet.contracts.findings import FindingOut, FindingQuery, FindingState, PinCheckOut
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import EmployeeRef
from fleet.devices.models import Device
from fleet.paging import containing, page
from fleet.people.models import Department

SORTS: Final = {
    "number": Finding.number,
    "opened_at": Finding.opened_at,
    "due_at": Finding.due_at,
    "closed_at": Finding.closed_at,
}
IS_OPEN: Final = Finding.closed_at.is_(None)
IS_WAIVED: Final = IS_OPEN & Finding.waived_until.is_not(None)
COUNTS: Final = IS_OPEN & Finding.waived_until.is_(None)
_STATES: Final = {
    FindingState.OPEN: COUNTS,
    FindingState.WAIVED: IS_WAIVED,
    FindingState.CLOSED: ~IS_OPEN,
}


def finding(session: Session, number: str, *, actor: Actor) -> Finding:
    """Return a finding of a phone within the actor's reach; others do not exist for him."""
    known = visible(actor.reach(Permission.FINDINGS_READ), actor)
    wanted = select(Finding).join(Finding.device).where(Finding.number == number, known)
    found = session.scalar(wanted)
    if found is None:
        raise FindingNotFound(number=number)
    return found


def findings(
    session: Session, query: FindingQuery, *, actor: Actor
) -> tuple[list[Finding], str | None]:
    """Return one page of the findings within the actor's reach, and the mark of the next."""
    known = visible(actor.reach(Permission.FINDINGS_READ), actor)
    statement = select(Finding).join(Finding.device)
    statement = statement.options(contains_eager(Finding.device), joinedload(Finding.owner))
    statement = statement.where(known, *_asked_for(query))
    return page(session, statement, query, sorts=SORTS, default="-opened_at", key=Finding.id)


def visible(reach: Reach, actor: Actor) -> ColumnElement[bool]:
    """Return what holds for the findings that an actor may see.

    A head sees what is open of his department's phones, and what was his to mend; not what was
    found of a phone while others had it.
    """
    if reach.everything:
        return true()
    his = Finding.owner_id == actor.employee_id if actor.employee_id else false()
    phones = select(Device.id).where(within(reach))
    return Finding.device_id.in_(phones) & or_(IS_OPEN, his)


def _asked_for(query: FindingQuery) -> list[ColumnElement[bool]]:
    asked = [containing(query.q, Finding.number, Device.tag)]
    if query.rule:
        asked.append(Finding.rule == query.rule)
    if query.device:
        asked.append(Device.tag == query.device)
    if query.state:
        asked.append(_STATES[query.state])
    if query.severity:
        asked.append(Finding.severity == query.severity)
    if query.department:
        asked.append(Finding.device_id.in_(belonging_to(query.department)))
    if query.overdue:
        asked.append(is_overdue(now()))
    return asked


def is_overdue(moment: datetime) -> ColumnElement[bool]:
    return COUNTS & (Finding.due_at <= moment)


def belonging_to(code: str) -> Select[UUID]:
    places = select(Standing.device_id).join(Department, Department.id == Standing.department_id)
    return places.where(Department.code == code)


def places_of(session: Session, found: Sequence[Finding]) -> dict[UUID, str]:
    """Return the codes of the departments to which the phones of findings belong, by phone."""
    devices = {one.device_id for one in found}
    if not devices:
        return {}
    places = select(Standing.device_id, Department.code).join(
        Department, Department.id == Standing.department_id
    )
    return dict(iter(session.execute(places.where(Standing.device_id.in_(devices)))))


def shown_each(session: Session, found: Sequence[Finding]) -> list[FindingOut]:
    places, moment = places_of(session, found), now()
    return [_shown(one, places.get(one.device_id), moment) for one in found]


def shown(session: Session, one: Finding) -> FindingOut:
    return shown_each(session, [one])[0]


def state_of(one: Finding) -> FindingState:
    if one.closed_at is not None:
        return FindingState.CLOSED
    return FindingState.OPEN if one.waived_until is None else FindingState.WAIVED


def sentence_of(one: Finding) -> str:
    return CATALOGUE[one.rule].said(one.device.tag, one.seen)


def _shown(one: Finding, department: str | None, moment: datetime) -> FindingOut:
    rule, tag, state = CATALOGUE[one.rule], one.device.tag, state_of(one)
    return FindingOut(
        number=one.number,
        rule=one.rule,
        title=rule.said_title,
        severity=one.severity,
        device=tag,
        department=department,
        sentence=sentence_of(one),
        remedy=rule.said_remedy(tag),
        actions=[] if state is FindingState.CLOSED else list(rule.actions),
        state=state,
        owner=EmployeeRef.model_validate(one.owner) if one.owner else None,
        opened_at=one.opened_at,
        due_at=one.due_at,
        overdue=state is FindingState.OPEN and one.due_at <= moment,
        since=one.since,
        waived_until=one.waived_until,
        waived_by=one.waived_by,
        waived_because=one.waived_because,
        closed_at=one.closed_at,
        closed_because=one.closed_because,
        by_a_station=one.by_a_station,
        digest=one.digest,
        closed_digest=one.closed_digest,
    )


def shown_check(check: PinCheck, *, tries_value: bool) -> PinCheckOut:
    return PinCheckOut(
        id=str(check.id),
        device=check.device.tag,
        planned_at=check.planned_at,
        ended_at=check.ended_at,
        result=check.result,
        reason=check.reason,
        tries_value=tries_value,
        wrong_attempts=check.wrong_attempts,
    )
