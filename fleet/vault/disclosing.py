"""Seeing a value with another person's approval: asked for, approved in time, seen once."""

from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from fleet.access.actor import Actor
from fleet.access.asking import WAITS
from fleet.access.policy import access_policy
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.credentials import DisclosureOut, DisclosureQuery, DisclosureState
from fleet.contracts.permissions import Permission
from fleet.database import write
from fleet.paging import containing, page
from fleet.vault.errors import (
    DisclosureMoved,
    DisclosureNotFound,
    DisclosureUndecided,
    DisclosureWaits,
    NotTheAsker,
)
from fleet.vault.events import DisclosureDecided, DisclosureRequested, DisclosureWithdrawn
from fleet.vault.models import Credential, DisclosureRequest
from fleet.vault.queries import locked
from fleet.vault.services import Disclosed, reveal
from fleet.vault.tools import Tools

SORTS = {"asked_at": DisclosureRequest.asked_at, "until": DisclosureRequest.until}


def request_disclosure(
    session: Session,
    credential: Credential,
    *,
    reason: str,
    actor: Actor,
    ticket: str | None = None,
    pending: bool = False,
) -> DisclosureRequest:
    """Ask to see a value; it waits for another person as long as the policy says."""
    actor.require(Permission.CREDENTIALS_DISCLOSE)
    locked(session, credential)
    _refuse_second(session, credential, actor)
    moment = now()
    asked = DisclosureRequest(
        id=uuid4(),
        credential=credential,
        state=DisclosureState.REQUESTED,
        reason=reason,
        ticket=ticket,
        pending=pending,
        asked_by_id=actor.id,
        asked_by=actor.name,
        asked_at=moment,
        until=moment + timedelta(minutes=access_policy(session).approval_minutes),
    )
    session.add(asked)
    requested = DisclosureRequested(
        subject_id=credential.id,
        subject_name=credential.told,
        request=asked.id,
        reason=reason,
        ticket=ticket,
    )
    record(session, actor, requested)
    write(session)
    return asked


def decide(
    session: Session, asked: DisclosureRequest, *, approve: bool, note: str, actor: Actor
) -> None:
    """Approve or deny what somebody else has asked for."""
    actor.require(Permission.DISCLOSURES_APPROVE)
    _refuse_unless(asked, DisclosureState.REQUESTED)
    asked.decide(note=note, actor=actor)
    asked.state = DisclosureState.APPROVED if approve else DisclosureState.DENIED
    if approve:
        asked.until = now() + timedelta(minutes=access_policy(session).view_minutes)
    decided = DisclosureDecided(
        subject_id=asked.credential_id,
        subject_name=asked.credential.told,
        request=asked.id,
        approved=approve,
        note=note,
    )
    record(session, actor, decided)
    write(session)


def withdraw(session: Session, asked: DisclosureRequest, *, actor: Actor) -> None:
    """Take one's own request back."""
    actor.require(Permission.CREDENTIALS_DISCLOSE)
    if asked.asked_by_id != actor.id:
        raise NotTheAsker
    _refuse_unless(asked, DisclosureState.REQUESTED, DisclosureState.APPROVED)
    asked.state = DisclosureState.WITHDRAWN
    withdrawn = DisclosureWithdrawn(
        subject_id=asked.credential_id, subject_name=asked.credential.told, request=asked.id
    )
    record(session, actor, withdrawn)
    write(session)


def view(
    session: Session, tools: Tools, asked: DisclosureRequest, *, actor: Actor
) -> tuple[Disclosed, bool]:
    """Show the approved value to who asked, once; and whether it was changed after he asked."""
    actor.require(Permission.CREDENTIALS_DISCLOSE)
    if asked.asked_by_id != actor.id:
        raise NotTheAsker
    _refuse_unless(asked, DisclosureState.APPROVED)
    asked.state, asked.viewed_at = DisclosureState.VIEWED, now()
    write(session)  # of two views at once, one ends here
    credential = asked.credential
    changed = credential.changed_at is not None and credential.changed_at > asked.asked_at
    shown = reveal(
        session,
        tools,
        credential,
        reason=asked.reason,
        ticket=asked.ticket,
        pending=asked.pending,
        approved_by=asked.decided_by,
        actor=actor,
    )
    return shown, changed


def request_of(session: Session, name: str) -> DisclosureRequest:
    """Return the request whose id is written as `name`."""
    try:
        found = session.get(DisclosureRequest, UUID(name))
    except ValueError:
        found = None
    if found is None:
        raise DisclosureNotFound(request=name)
    return found


def requests(
    session: Session, query: DisclosureQuery, *, actor: Actor
) -> tuple[list[DisclosureRequest], str | None]:
    """Return one page of requests, newest first, and the mark of the next."""
    actor.require(Permission.DISCLOSURES_READ)
    statement = select(DisclosureRequest).join(DisclosureRequest.credential)
    statement = statement.options(joinedload(DisclosureRequest.credential))
    statement = statement.where(containing(query.q, Credential.subject, DisclosureRequest.asked_by))
    if query.subject:
        statement = statement.where(Credential.subject == query.subject)
    if query.mine:
        statement = statement.where(DisclosureRequest.asked_by_id == actor.id)
    if query.state:
        statement = statement.where(DisclosureRequest.stands(DisclosureRequest.state, query.state))
    return page(
        session, statement, query, sorts=SORTS, default="-asked_at", key=DisclosureRequest.id
    )


def shown(asked: DisclosureRequest) -> DisclosureOut:
    return DisclosureOut(
        id=str(asked.id),
        kind=asked.credential.kind,
        subject=asked.credential.subject,
        state=asked.standing(now()),
        reason=asked.reason,
        ticket=asked.ticket,
        pending=asked.pending,
        asked_by=asked.asked_by,
        asked_at=asked.asked_at,
        until=asked.until,
        decided_by=asked.decided_by,
        decided_at=asked.decided_at,
        note=asked.note,
        viewed_at=asked.viewed_at,
    )


def _refuse_second(session: Session, credential: Credential, actor: Actor) -> None:
    mine = (
        DisclosureRequest.credential_id == credential.id,
        DisclosureRequest.asked_by_id == actor.id,
        DisclosureRequest.state.in_(WAITS),
        DisclosureRequest.until > now(),
    )
    if session.scalar(select(DisclosureRequest.id).where(*mine).limit(1)) is not None:
        raise DisclosureWaits(subject=credential.subject)


def _refuse_unless(asked: DisclosureRequest, *states: DisclosureState) -> None:
    standing = asked.standing(now())
    if standing is DisclosureState.REQUESTED and standing not in states:
        raise DisclosureUndecided(request=str(asked.id))
    if standing not in states:
        raise DisclosureMoved(state=standing.value)
