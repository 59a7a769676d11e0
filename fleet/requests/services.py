"""Asking for a change, deciding about it, passing it on, and taking it back.

Two verbs on one request take turns at its credential; the rotation that it leads to ends there too.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM, Actor, Owner
from fleet.access.models import User
from fleet.accounts import queries as accounts_queries
from fleet.accounts.lifecycle import State as AccountState
from fleet.accounts.models import Account
from fleet.audit.services import record
from fleet.chores.services import AT_A_TIME
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.permissions import Permission
from fleet.contracts.requests import Desk, RequestKind, RequestState
from fleet.contracts.words import _, say
from fleet.custody.models import Holding
from fleet.custody.queries import Held, open_holding
from fleet.database import write
from fleet.devices import queries as devices_queries
from fleet.devices.lifecycle import State as DeviceState
from fleet.devices.models import Device
from fleet.people.models import Department, Employee, Status
from fleet.requests import events
from fleet.requests.ending import cancel
from fleet.requests.errors import (
    BeingReturned,
    HeldByAnother,
    HolderDecides,
    NobodyCanChangeIt,
    NotHeldNow,
    NotTheApprover,
    NotYourRequest,
    RequestOpen,
)
from fleet.requests.lifecycle import Move, after
from fleet.requests.making import begun
from fleet.requests.models import ChangeRequest
from fleet.requests.queries import open_request, subject_of_kind, thing_named
from fleet.requests.routing import LATE, Hop, decides, delegation_to, step_above, way_from
from fleet.sims import queries as sims_queries
from fleet.vault import services as vault
from fleet.vault.models import Credential
from fleet.vault.queries import Subject, locked
from fleet.vault.tools import Tools


def ask(
    session: Session, tools: Tools, kind: CredentialKind, name: str, *, reason: str, actor: Actor
) -> ChangeRequest:
    """Ask for a change of what opens a thing, as its holder or on his behalf."""
    reach = actor.reach(Permission.REQUESTS_ASK)
    thing = thing_named(session, kind, name, actor=actor)
    subject = subject_of_kind(thing, kind)
    if kind is CredentialKind.SIM_PUK:
        raise NobodyCanChangeIt(kind=kind.value, subject=subject.name)
    holding = _held_still(session, thing, subject)
    if not reach.covers(Owner(holding.employee_id)):
        raise HeldByAnother(subject=subject.name)
    credential = locked(session, vault.credential_for(session, subject))
    _refuse_second(session, credential)
    asked = begun(session, credential, holding.employee, RequestKind.CHANGE, reason, actor=actor)
    asked.days = tools.settings.approval_days
    way = way_from(session, holding.employee.department, holder=holding.employee, asker=actor.id)
    _stand_at(asked, way)
    session.add(asked)
    made = events.RequestMade(**asked.about, what=asked.what, reason=reason)
    record(session, actor, made)
    for hop in way[1:]:
        _tell_of(session, asked, hop)
    write(session)
    return asked


def decide(
    session: Session, request: ChangeRequest, *, approve: bool, note: str, actor: Actor
) -> None:
    """Approve or refuse what waits for one: as the head, his delegate, or who stands above."""
    actor.reach(Permission.REQUESTS_DECIDE)
    request = held_still(session, request)
    move = Move.APPROVE if approve else Move.REFUSE
    after(request.state, move, request=request.number)
    _refuse_unless_his(session, request, actor)
    delegation = delegation_to(session, request, actor)
    decided_as = "delegate" if delegation else (request.desk or Desk.HEAD).value
    request.move(move)
    request.decided_by, request.decided_as, request.note = actor.name, decided_as, note
    request.decided_at = now()
    request.ended_at = None if approve else request.decided_at
    decided = events.RequestDecided(
        **request.about,
        approved=approve,
        decided_as=decided_as,
        delegation=delegation.id if delegation else None,
        note=note,
    )
    record(session, actor, decided)
    write(session)


def withdraw(
    session: Session, tools: Tools, request: ChangeRequest, *, note: str, actor: Actor
) -> None:
    """Take a request back; a change that no station has begun is not made then."""
    reach = actor.reach(Permission.REQUESTS_ASK)
    if not reach.everything and request.holder_id != reach.employee_id:
        raise NotYourRequest(request=request.number)
    request = held_still(session, request)
    request.move(Move.WITHDRAW)
    request.ended_at = now()
    record(session, actor, events.RequestWithdrawn(**request.about, note=note))
    write(session)
    cancel(session, tools, request.rotation, actor=actor)


def escalate(session: Session) -> int:
    """Pass on what was not decided in time, or whose head cannot decide any more: a chore."""
    moved = 0
    for request in session.scalars(_stuck().limit(AT_A_TIME)).all():
        moved += _pass_on(session, request)
    write(session)
    return moved


def _stuck() -> Select[ChangeRequest]:
    """Select what heads have not decided in time, or what waits for one who is not there."""
    head = select(Employee.id).where(Employee.status != Status.LEFT)
    known = select(User.employee_id).where(User.active, User.employee_id.is_not(None))
    vacant = Department.head_id.is_(None) | ~(
        Department.head_id.in_(head) & Department.head_id.in_(known)
    )
    waits = ChangeRequest.state == RequestState.REQUESTED, ChangeRequest.desk == Desk.HEAD
    return (
        select(ChangeRequest)
        .join(ChangeRequest.department)
        .where(*waits, or_(ChangeRequest.decide_by <= now(), vacant))
        .order_by(ChangeRequest.decide_by, ChangeRequest.id)
        .with_for_update(of=ChangeRequest, skip_locked=True)
    )


def _pass_on(session: Session, request: ChangeRequest) -> int:
    place, holder = request.department, request.holder
    if place is None:
        return 0
    way = way_from(session, place, holder=holder, asker=request.asked_by_id)[1:]
    if not way:
        first = step_above(session, place, LATE, holder=holder)
        way = [first]
        if first.desk is Desk.HEAD:
            way = way_from(
                session,
                first.department,
                holder=holder,
                asker=request.asked_by_id,
                why=LATE,
            )
    _stand_at(request, way)
    for hop in way:
        _tell_of(session, request, hop)
    return 1


def _stand_at(request: ChangeRequest, way: list[Hop]) -> None:
    """Let it wait for the last step of the way, as long as each may take."""
    moment = now()
    request.desk, request.department = way[-1].desk, way[-1].department
    request.decide_by = moment + timedelta(days=request.days)
    request.way = [*request.way, *(hop.written(moment) for hop in way)]


def _tell_of(session: Session, request: ChangeRequest, hop: Hop) -> None:
    passed = events.RequestPassedOn(
        **request.about,
        desk=hop.desk,
        department=hop.department.code,
        why=hop.why or "",
        decide_by=request.decide_by or now(),
    )
    record(session, SYSTEM, passed)


def held_still(session: Session, request: ChangeRequest) -> ChangeRequest:
    """Return `request` as it is now; whoever else moves it, or changes its credential, waits."""
    locked(session, request.credential)
    session.refresh(request)
    return request


def waits_for(request: ChangeRequest) -> str:
    """Say who decides about a request."""
    place = request.department
    if request.desk is Desk.HEAD and place is not None:
        name = place.head.name if place.head else "—"
        return say(_("{name}, head of {department}"), name=name, department=place.code)
    return say(_OFFICES[request.desk or Desk.SECURITY])


_OFFICES: Final = {
    Desk.HEAD: _("the head"),
    Desk.SUPERVISOR: _("the supervisors"),
    Desk.SECURITY: _("the security officer"),
}


def _refuse_unless_his(session: Session, request: ChangeRequest, actor: Actor) -> None:
    if actor.employee_id == request.holder_id or actor.id == request.asked_by_id:
        raise HolderDecides(request=request.number)
    if not decides(session, request, actor):
        raise NotTheApprover(request=request.number, waits_for=waits_for(request))


def _refuse_second(session: Session, credential: Credential) -> None:
    first = open_request(session, credential)
    if first is not None:
        raise RequestOpen(subject=credential.subject, request=first.number, asked_by=first.asked_by)


def _held_still(session: Session, thing: Held, subject: Subject) -> Holding:
    """Return the holding of a thing that nobody gives back, or takes, before the commit."""
    if _is_returning(session, thing):
        raise BeingReturned(subject=subject.name)
    holding = open_holding(session, thing)
    if holding is None:
        raise NotHeldNow(subject=subject.name)
    return holding


def _is_returning(session: Session, thing: Held) -> bool:
    if isinstance(thing, Device):
        return devices_queries.held_still(session, thing).state is DeviceState.RETURNING
    if isinstance(thing, Account):
        return accounts_queries.held_still(session, thing).state is AccountState.RETURNING
    sims_queries.held_still(session, thing)
    return False
