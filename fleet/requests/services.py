"""Asking for a change, deciding about it, passing it on, and taking it back.

Two verbs on one request take turns at its credential; the rotation that it leads to ends there too.
"""

from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM, Actor, Owner
from fleet.accounts import queries as accounts_queries
from fleet.accounts.lifecycle import State as AccountState
from fleet.accounts.models import Account
from fleet.audit.services import record
from fleet.chores.services import AT_A_TIME
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.permissions import Permission
from fleet.contracts.requests import Desk, RequestKind
from fleet.custody.models import Holding
from fleet.custody.queries import Held, open_holding
from fleet.database import write
from fleet.devices import queries as devices_queries
from fleet.devices.lifecycle import State as DeviceState
from fleet.devices.models import Device
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
from fleet.requests.passing import passed_on, stand_at, stuck, waits_for
from fleet.requests.queries import open_request, subject_of_kind, thing_named
from fleet.requests.routing import Hop, decides, delegation_to, way_from
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
    stand_at(asked, way)
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
    for request in session.scalars(stuck(ChangeRequest).limit(AT_A_TIME)).all():
        hops = passed_on(session, request)
        for hop in hops:
            _tell_of(session, request, hop)
        moved += bool(hops)
    write(session)
    return moved


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
