"""Finding findings, and what is shown of them and of checks."""

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from fleet.access.actor import Actor
from fleet.compliance.errors import FindingNotFound
from fleet.compliance.models import Finding, PinCheck
from fleet.compliance.sentences import sentence_of
from fleet.contracts.findings import FindingOut, FindingQuery, PinCheckOut
from fleet.contracts.permissions import Permission
from fleet.devices.models import Device
from fleet.paging import containing, page

SORTS = {"number": Finding.number, "opened_at": Finding.opened_at, "closed_at": Finding.closed_at}


def finding(session: Session, number: str, *, actor: Actor) -> Finding:
    actor.require(Permission.FINDINGS_READ)
    found = session.scalar(select(Finding).where(Finding.number == number))
    if found is None:
        raise FindingNotFound(number=number)
    return found


def findings(
    session: Session, query: FindingQuery, *, actor: Actor
) -> tuple[list[Finding], str | None]:
    """Return one page of findings, the newest first, and the mark of the next."""
    actor.require(Permission.FINDINGS_READ)
    statement = select(Finding).join(Finding.device).options(contains_eager(Finding.device))
    statement = statement.where(containing(query.q, Finding.number, Device.tag))
    if query.rule:
        statement = statement.where(Finding.rule == query.rule)
    if query.device:
        statement = statement.where(Device.tag == query.device)
    if query.state:
        is_open = Finding.closed_at.is_(None)
        statement = statement.where(is_open if query.state == "open" else ~is_open)
    return page(session, statement, query, sorts=SORTS, default="-opened_at", key=Finding.id)


def shown(one: Finding) -> FindingOut:
    return FindingOut(
        number=one.number,
        rule=one.rule,
        device=one.device.tag,
        sentence=sentence_of(one),
        opened_at=one.opened_at,
        since=one.since,
        closed_at=one.closed_at,
        closed_because=one.closed_because,
        by_a_station=one.by_a_station,
        digest=one.digest,
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
