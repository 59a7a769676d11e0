"""New requests: a number, and where nothing has to be decided a value that is to be handed over."""

from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.proof import Level
from fleet.contracts.requests import Ended, RequestKind, RequestState
from fleet.counting import next_number
from fleet.people.models import Employee
from fleet.requests import events
from fleet.requests.models import ChangeRequest
from fleet.requests.queries import to_hand_over
from fleet.vault.models import Credential


def begun(
    session: Session,
    credential: Credential,
    holder: Employee,
    what: RequestKind,
    reason: str,
    *,
    actor: Actor,
) -> ChangeRequest:
    """Return a new request with its number; the caller says what becomes of it."""
    moment = now()
    number = next_number(session, f"change_request.{moment.year}")
    return ChangeRequest(
        id=uuid4(),
        number=f"CR-{moment.year}-{number:03d}",
        what=what,
        credential=credential,
        holder=holder,
        state=RequestState.REQUESTED,
        reason=reason,
        asked_by=actor.name,
        asked_by_id=actor.id,
        asked_at=moment,
        days=0,
        way=[],
        sentence="",
        level=Level.NONE,
    )


def add_hand_over(
    session: Session,
    credential: Credential,
    holder: Employee,
    what: RequestKind,
    reason: str,
    *,
    actor: Actor,
) -> None:
    """Have a holder be handed what opens his thing now, though he has asked for no change."""
    supersede(session, credential)
    one = begun(session, credential, holder, what, reason, actor=actor)
    one.state, one.ended_at, one.level = RequestState.DONE, now(), credential.level
    session.add(one)
    record(session, actor, events.RequestMade(**one.about, what=what, reason=reason))


def supersede(session: Session, credential: Credential) -> None:
    """Let no older request hand over a value that is not the newest any more."""
    older = select(ChangeRequest).where(
        ChangeRequest.credential_id == credential.id, to_hand_over()
    )
    for one in session.scalars(older):
        one.closing = Ended.SUPERSEDED
