"""Handing a value over to whom it is for: once, to the holder himself or on a sealed slip.

It is recorded as a disclosure with the request as its ticket. It does not make the value due: the
policy's event "disclosure" is for everybody but the one whom the value is for.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from fleet.access.actor import Actor
from fleet.access.policy import access_policy
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.permissions import Permission
from fleet.contracts.requests import (
    Ended,
    Handed,
    HandedOverOut,
    RequestKind,
    RequestState,
)
from fleet.custody.models import Holding
from fleet.custody.queries import open_holding, ref
from fleet.database import write
from fleet.requests import events
from fleet.requests.errors import (
    HandedOver,
    HandOverOutdated,
    NotHandedOverYet,
    NotHeldNow,
    NotTheHolder,
    SlipNeedsTwo,
    SlipsNotForHolders,
    ValueInDoubt,
)
from fleet.requests.making import add_hand_over
from fleet.requests.models import ChangeRequest
from fleet.requests.queries import thing_of
from fleet.requests.services import held_still
from fleet.vault.models import Credential
from fleet.vault.services import Disclosed, reveal
from fleet.vault.tools import Tools

AT_ISSUE: Final = "issue"


def hand_over(
    session: Session, tools: Tools, request: ChangeRequest, *, how: Handed, actor: Actor
) -> Disclosed:
    """Give the value to its holder, once: on his own screen, or on paper by IT."""
    reach = actor.reach(Permission.REQUESTS_HAND_OVER)
    if how is Handed.SLIP and not reach.everything:
        raise SlipsNotForHolders(request=request.number)
    if how is Handed.SHOWN:
        _require_holder(request, actor)
    request = held_still(session, request)
    _refuse_unless_ready(session, request, how)
    request.handed_at, request.handed_by, request.handed_how = now(), actor.name, how
    write(session)  # of two at once, one ends here
    shown = reveal(
        session,
        tools,
        request.credential,
        reason=f"hand-over: {how.value}",
        ticket=request.number,
        pending=False,
        approved_by=request.decided_by,
        to_holder=True,
        actor=actor,
    )
    record(session, actor, events.RequestHandedOver(**request.about, how=how))
    write(session)
    return shown


def note_issued(session: Session, holdings: Sequence[Holding], actor: Actor) -> None:
    """Have the holder of what was just issued be handed what opens it: a listener of `custody`."""
    holders = {_thing_id(one): one for one in holdings}
    things = list(holders)
    theirs = or_(
        Credential.device_id.in_(things),
        Credential.account_id.in_(things),
        Credential.sim_id.in_(things),
    )
    known = select(Credential).options(selectinload(Credential.versions))
    kinds = Credential.kind.not_in({CredentialKind.SIM_PUK, CredentialKind.ACCOUNT_BINDING})
    for credential in session.scalars(known.where(theirs, kinds).order_by(Credential.id)).all():
        if credential.active is not None:
            holder = holders[_opens(credential)].employee
            add_hand_over(session, credential, holder, RequestKind.ISSUE, AT_ISSUE, actor=actor)
    write(session)


def handed_over(request: ChangeRequest, shown: Disclosed) -> HandedOverOut:
    """Return the one message with a value in it."""
    return HandedOverOut(
        number=request.number,
        kind=shown.credential.kind,
        subject=shown.credential.subject,
        holder=ref(request.holder),
        value=shown.value,
        level=shown.credential.level,
        how=request.handed_how or Handed.SHOWN,
    )


def _thing_id(holding: Holding) -> object:
    return holding.device_id or holding.sim_id or holding.account_id


def _opens(credential: Credential) -> object:
    return credential.device_id or credential.sim_id or credential.account_id


def _require_holder(request: ChangeRequest, actor: Actor) -> None:
    """A program of his is not he, and IT is not either."""
    if not actor.signed_in or actor.employee_id != request.holder_id:
        raise NotTheHolder(request=request.number)


def _refuse_unless_ready(session: Session, request: ChangeRequest, how: Handed) -> None:
    number = request.number
    if request.state is not RequestState.DONE:
        raise NotHandedOverYet(request=number, state=request.state.value)
    if request.handed_at is not None:
        when = f"{request.handed_at.astimezone():%Y-%m-%d %H:%M}"
        raise HandedOver(request=number, who=request.handed_by or "", when=when)
    if request.closing is Ended.SUPERSEDED:
        raise HandOverOutdated(request=number, newer=_newest(session, request))
    credential = request.credential
    holding = open_holding(session, thing_of(session, credential))
    if holding is None or holding.employee_id != request.holder_id:
        raise NotHeldNow(subject=credential.subject)
    _refuse_doubt(credential)
    if how is Handed.SLIP and request.decided_by is None:
        _refuse_alone(session, request)


def _refuse_doubt(credential: Credential) -> None:
    tried = credential.pending is not None and credential.pending.tried_at is not None
    if credential.active is None or credential.doubtful or tried:
        raise ValueInDoubt(subject=credential.subject)


def _refuse_alone(session: Session, request: ChangeRequest) -> None:
    """Where two people are needed to see a value, nobody prints one that no other has approved."""
    if access_policy(session).disclosure_needs_approval:
        raise SlipNeedsTwo(request=request.number)


def _newest(session: Session, request: ChangeRequest) -> str:
    alike = ChangeRequest.credential_id == request.credential_id
    done = ChangeRequest.state == RequestState.DONE
    newest = select(ChangeRequest.number).where(alike, done).order_by(ChangeRequest.ended_at.desc())
    return session.scalars(newest.limit(1)).one()
