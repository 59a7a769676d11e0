"""Applying for things, deciding about it in turn, passing it on, taking it back."""

from datetime import timedelta
from typing import Final
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM, Actor, Reach
from fleet.applications import events
from fleet.applications.errors import (
    ApplicantDecides,
    ApplicationOpen,
    NobodyToApplyFor,
    NotForOthers,
    NotItsApprover,
    NotYourApplication,
    RealNameWrong,
)
from fleet.applications.kits import kit_named
from fleet.applications.lifecycle import Move, after
from fleet.applications.models import Application, Approval
from fleet.applications.policies import Terms, place_of, policies
from fleet.applications.releasing import release
from fleet.audit.services import record
from fleet.chores.services import AT_A_TIME
from fleet.contracts.applications import ApplicationIn, ApplicationState, Term, Wants
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.requests import Desk
from fleet.counting import next_number
from fleet.custody.accessory_words import require_word
from fleet.custody.errors import OneAccountOfAKind
from fleet.custody.issuing import receiver, require_to_come
from fleet.custody.queries import accounts_of
from fleet.database import write
from fleet.people.models import Employee
from fleet.people.queries import employee
from fleet.requests.passing import passed_on, stand_at, stuck, waits_for
from fleet.requests.routing import Hop, decides, delegation_to, way_from

KINDS: Final = ("phone", "sim", "account")


def make(session: Session, given: ApplicationIn, *, actor: Actor) -> Application:
    """Apply for oneself, or on behalf of somebody; where nobody is asked, it is approved at once.

    Two applications for one person take turns.
    """
    reach = actor.reach(Permission.APPLICATIONS_ASK)
    holder = receiver(session, _holder(session, given.holder, reach))
    wants = _wants(session, given)
    require_to_come(given.until)
    _refuse_second(session, holder, wants)
    _require_only_one(session, holder, wants, given.exception)
    term = Term.LOAN if given.until else Term.PERMANENT
    terms = policies(session).terms(term, holder)
    made = _application(session, given, holder, wants, terms, actor)
    session.add(made)
    event = events.ApplicationMade(
        **made.about,
        kit=made.kit,
        until=made.until,
        approvers=[one.approver for one in made.approvals],
        reason=made.reason,
    )
    record(session, actor, event)
    _ask_next(session, made)
    write(session)
    return made


def _holder(session: Session, number: str | None, reach: Reach) -> Employee:
    """Return whom it is for; an employee applies for himself alone."""
    if number is None:
        if reach.employee_id is None:
            raise NobodyToApplyFor
        return session.get_one(Employee, reach.employee_id)
    if reach.everything:
        return employee(session, number)
    own = session.get(Employee, reach.employee_id) if reach.employee_id else None
    if own is None or own.number != number:
        raise NotForOthers(number=number)
    return own


def _wants(session: Session, given: ApplicationIn) -> Wants:
    if given.wants is not None:
        for word in given.wants.accessories:
            require_word(session, word)
        return given.wants
    return Wants.model_validate(kit_named(session, given.kit or "").wants)


def _refuse_second(session: Session, holder: Employee, wants: Wants) -> None:
    theirs = Application.holder_id == holder.id, Application.ended_at.is_(None)
    for other in session.scalars(select(Application).where(*theirs)):
        both = (getattr(other.wanted, kind) and getattr(wants, kind) for kind in KINDS)
        if any(both):
            raise ApplicationOpen(name=holder.name, application=other.number)


def _require_only_one(
    session: Session, holder: Employee, wants: Wants, exception: str | None
) -> None:
    """One person has one account of a kind (A1): said now, and not when it is handed out."""
    if wants.account is None or exception:
        return
    for one in accounts_of(session, holder):
        if one.kind is wants.account:
            raise OneAccountOfAKind(holder=holder.name, kind=one.kind.value, handle=one.handle)


def _application(
    session: Session,
    given: ApplicationIn,
    holder: Employee,
    wants: Wants,
    terms: Terms,
    actor: Actor,
) -> Application:
    moment = now()
    number = next_number(session, f"application.{moment.year}")
    return Application(
        id=uuid4(),
        number=f"AP-{moment.year}-{number:03d}",
        holder=holder,
        state=ApplicationState.REQUESTED,
        reason=given.reason,
        until=given.until,
        kit=given.kit,
        wants=wants.model_dump(mode="json"),
        real_name=_real_name(given.real_name, terms.real_name(holder)),
        exception=given.exception,
        asked_by=actor.name,
        asked_by_id=actor.id,
        asked_at=moment,
        days=terms.decide_days,
        hold_days=terms.hold_days,
        valid_days=terms.valid_days,
        place=0,
        way=[],
        reservations=[],
        approvals=[
            Approval(id=uuid4(), place=place, approver=approver)
            for place, approver in enumerate(terms.approvers)
        ],
    )


def _real_name(given: str | None, wanted: str) -> str:
    if given is not None and given != wanted:
        raise RealNameWrong(given=given, wanted=wanted)
    return wanted


def _ask_next(session: Session, application: Application) -> None:
    """Let it wait for the next who is asked; approved where nobody is left."""
    if application.place >= len(application.approvals):
        application.move(Move.APPROVE)
        application.desk = application.department = application.decide_by = None
        application.valid_until = now() + timedelta(days=application.valid_days)
        return
    asked = application.approvals[application.place]
    holder = application.holder
    place = place_of(session, asked.approver, holder)
    way = way_from(session, place, holder=holder, asker=application.asked_by_id)
    stand_at(application, way)
    for hop in way[1:]:
        _tell_of(session, application, hop)


def decide(
    session: Session, application: Application, *, approve: bool, note: str, actor: Actor
) -> None:
    """Approve or refuse what waits for one; the next one is asked, or nobody is left."""
    actor.reach(Permission.APPLICATIONS_DECIDE)
    application = held_still(session, application)
    after(application.state, Move.APPROVE, application=application.number)
    _refuse_unless_his(session, application, actor)
    delegation = delegation_to(session, application, actor)
    asked = application.approvals[application.place]
    asked.approved, asked.note, asked.decided_at = approve, note, now()
    asked.decided_by, asked.decided_by_id = actor.name, actor.id
    asked.decided_as = "delegate" if delegation else (application.desk or Desk.HEAD).value
    last = not approve or application.place + 1 == len(application.approvals)
    event = events.ApplicationDecided(
        **application.about,
        approved=approve,
        place=asked.place,
        decided_as=asked.decided_as,
        delegation=delegation.id if delegation else None,
        last=last,
        note=note,
    )
    record(session, actor, event)
    if approve:
        application.place += 1
        _ask_next(session, application)
    else:
        _end(application, Move.REFUSE, by=actor.name, note=note)
    write(session)


def _refuse_unless_his(session: Session, application: Application, actor: Actor) -> None:
    if actor.employee_id == application.holder_id or actor.id == application.asked_by_id:
        raise ApplicantDecides(application=application.number)
    if not decides(session, application, actor):
        raise NotItsApprover(application=application.number, waits_for=waits_for(application))


def withdraw(session: Session, application: Application, *, note: str, actor: Actor) -> None:
    """Take an application back; what was set aside for it is free again."""
    reach = actor.reach(Permission.APPLICATIONS_ASK)
    if not reach.everything and reach.employee_id != application.holder_id:
        raise NotYourApplication(application=application.number)
    application = held_still(session, application)
    _end(application, Move.WITHDRAW, by=actor.name, note=note)
    release(session, application, because="withdrawn", actor=actor)
    record(session, actor, events.ApplicationWithdrawn(**application.about, note=note))
    write(session)


def _end(application: Application, move: Move, *, by: str, note: str | None) -> None:
    application.move(move)
    application.ended_at, application.ended_by, application.note = now(), by, note
    application.desk = application.department = application.decide_by = None


def escalate(session: Session) -> int:
    """Pass on what was not decided in time, or whose head cannot decide any more: a chore."""
    moved = 0
    for application in session.scalars(stuck(Application).limit(AT_A_TIME)).all():
        hops = passed_on(session, application)
        for hop in hops:
            _tell_of(session, application, hop)
        moved += bool(hops)
    write(session)
    return moved


def _tell_of(session: Session, application: Application, hop: Hop) -> None:
    passed = events.ApplicationPassedOn(
        **application.about,
        desk=hop.desk,
        department=hop.department.code,
        why=hop.why or "",
        decide_by=application.decide_by or now(),
    )
    record(session, SYSTEM, passed)


def held_still(session: Session, application: Application) -> Application:
    """Return it as it is now, locked until the commit: two verbs on one take turns."""
    fresh = (
        select(Application).where(Application.id == application.id).with_for_update(of=Application)
    )
    held = session.scalars(fresh.execution_options(populate_existing=True)).one()
    session.refresh(held, ["approvals", "reservations"])
    return held
