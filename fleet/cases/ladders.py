"""The ladder: what happens, and to whom, if nothing is done. Data by kind, department and day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM, Actor
from fleet.audit.services import record
from fleet.cases import events
from fleet.cases.carrying import whole
from fleet.cases.errors import LadderInThePast, LadderNotRight
from fleet.cases.models import Case, CaseLadder, Rung
from fleet.cases.standing import standing
from fleet.cases.steps import found
from fleet.contracts.cases import (
    CaseKind,
    CaseState,
    LadderIn,
    LadderOut,
    LadderQuery,
    RungIn,
    RungOut,
    RungTo,
)
from fleet.contracts.clock import day_of, now, today
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _, say
from fleet.database import write
from fleet.paging import page
from fleet.people.in_force import ByDepartment, asked_for, stored
from fleet.people.queries import department as department_by_code

SORTS: Final = {
    "kind": CaseLadder.kind,
    "effective_from": CaseLadder.effective_from,
    "set_at": CaseLadder.set_at,
}
CLOCK_SLACK: Final = timedelta(minutes=1)
# Where nobody has said otherwise.
STANDARD: Final = (
    RungIn(days=14, to=RungTo.PERSON),
    RungIn(days=7, to=RungTo.HEAD),
    RungIn(days=0, to=RungTo.CLEARANCE),
)
WITHOUT_CLEARANCE: Final = (RungIn(days=2, to=RungTo.PERSON), RungIn(days=0, to=RungTo.HEAD))
SHIPPED: Final[Mapping[CaseKind, Sequence[RungIn]]] = {
    **dict.fromkeys(CaseKind, WITHOUT_CLEARANCE),
    CaseKind.LEAVING: STANDARD,
}
SAID: Final[Mapping[RungTo, str]] = {
    RungTo.PERSON: _("reminder to whoever has something to do"),
    RungTo.HEAD: _("reminder to the head of the department"),
    RungTo.CLEARANCE: _("the clearance is blocked (never the leaving certificate)"),
}


@dataclass(frozen=True)
class Ladders(ByDepartment[CaseKind, CaseLadder]):
    """Every version there is, read once."""

    def rungs(self, case: Case) -> list[RungIn]:
        """Return what is in force for a case now, the first to come first."""
        version = self.version(case.kind, case.employee.department_id, now())
        given = map(RungIn.model_validate, version.rungs) if version else SHIPPED[case.kind]
        return sorted(given, key=lambda one: -one.days)


def ladders(session: Session) -> Ladders:
    return Ladders(*stored(session, CaseLadder, CaseLadder.kind))


def shown_ladder(case: Case, every: Ladders) -> list[RungOut]:
    """Return the rungs that a case has come to, and those that are to come while it is open."""
    come = [
        RungOut(to=one.to, due_on=one.due_on, what=say(SAID[one.to]), at=one.at)
        for one in case.rungs
    ]
    if case.state not in {CaseState.OPEN, CaseState.PLANNED}:
        return come
    known = {(one.to, one.due_on) for one in case.rungs}
    later = [
        RungOut(to=one.to, due_on=_day(case, one), what=say(SAID[one.to]))
        for one in every.rungs(case)
        if (one.to, _day(case, one)) not in known
    ]
    return [*come, *later]


def _day(case: Case, rung: RungIn) -> date:
    return max(case.by - timedelta(days=rung.days), day_of(case.begun_at))


def escalate(session: Session) -> int:
    """Take every case up the ladder that has something open on the day of a rung: a chore.

    Each rung is written down once, whoever carries it out: the database allows one such row.
    """
    every, day = ladders(session), today()
    late = [case for case in _open_ones(session) if _due_rungs(case, every, day)]
    known = standing(session, late)
    for case in late:
        open_steps = [one.number for one in case.steps if not found(one, known).done]
        for rung in _due_rungs(case, every, day) if open_steps else ():
            _climb(session, case, rung, open_steps)
    write(session)
    return 0


def _open_ones(session: Session) -> Sequence[Case]:
    still = select(Case).where(Case.state == CaseState.OPEN).options(*whole())
    return session.scalars(still.order_by(Case.by, Case.id)).all()


def _due_rungs(case: Case, every: Ladders, day: date) -> list[RungIn]:
    come = {(one.to, one.due_on) for one in case.rungs}
    return [
        one
        for one in every.rungs(case)
        if _day(case, one) <= day and (one.to, _day(case, one)) not in come
    ]


def _climb(session: Session, case: Case, rung: RungIn, open_steps: list[int]) -> None:
    row = Rung(
        id=uuid4(),
        place=len(case.rungs) + 1,
        to=rung.to,
        due_on=_day(case, rung),
        at=now(),
        open_steps=open_steps,
    )
    case.rungs.append(row)
    escalated = events.CaseEscalated(**case.about, to=rung.to, open_steps=open_steps)
    record(session, SYSTEM, escalated)


def set_ladder(session: Session, given: LadderIn, *, actor: Actor) -> CaseLadder:
    """Add a version of what happens if nothing is done; with `dry_run` it is not stored."""
    actor.require(Permission.POLICY_WRITE)
    moment = now()
    begins = given.effective_from or moment
    if begins < moment - CLOCK_SLACK:
        raise LadderInThePast(effective_from=begins.isoformat(timespec="minutes"))
    place = department_by_code(session, given.department) if given.department else None
    if given.inherits == bool(given.rungs) or (given.inherits and place is None):
        raise LadderNotRight
    version = CaseLadder(
        id=uuid4(),
        kind=given.kind,
        department_id=place.id if place else None,
        department=place,
        rungs=[one.model_dump(mode="json") for one in given.rungs],
        effective_from=begins,
        set_at=moment,
        set_by=actor.name,
        reason=given.reason,
        inherits=given.inherits,
    )
    if not given.dry_run:
        session.add(version)
        event = events.LadderSet(
            subject_id=version.id,
            subject_name=given.kind.value,
            kind=given.kind,
            department=version.place,
            reason=given.reason,
        )
        record(session, actor, event)
        write(session)
    return version


def ladder_versions(
    session: Session, query: LadderQuery, *, actor: Actor
) -> tuple[list[CaseLadder], str | None]:
    """Return one page of versions: those in force at a moment, or every one."""
    actor.require(Permission.POLICY_READ)
    statement = asked_for(CaseLadder, CaseLadder.kind, query.kind, query)
    return page(session, statement, query, sorts=SORTS, default="kind", key=CaseLadder.id)


def shown_version(one: CaseLadder) -> LadderOut:
    return LadderOut(
        kind=one.kind,
        department=one.place,
        rungs=[RungIn.model_validate(rung) for rung in one.rungs],
        effective_from=one.effective_from,
        set_at=one.set_at,
        set_by=one.set_by,
        reason=one.reason,
        inherits=one.inherits,
    )
