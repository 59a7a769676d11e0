"""How requests end without anybody deciding so: by the proof of a change, or with the holding.

These are listeners: they act in the transaction of the rotation, the return or the issue itself.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from fleet.access.actor import SYSTEM, Actor
from fleet.accounts.models import Account
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.proof import Level
from fleet.contracts.requests import Ended, RequestKind
from fleet.contracts.rotation import RotationState
from fleet.contracts.stations import JobState
from fleet.custody.models import Holding
from fleet.database import write
from fleet.devices.lifecycle import State as DeviceState
from fleet.devices.models import Device
from fleet.people.models import Employee
from fleet.requests import events
from fleet.requests.lifecycle import ALLOWED, Move
from fleet.requests.making import add_hand_over, supersede
from fleet.requests.models import ChangeRequest
from fleet.requests.queries import open_request, to_hand_over
from fleet.rotation import cancelling
from fleet.rotation.binding import stands
from fleet.rotation.models import Rotation
from fleet.vault.models import Credential
from fleet.vault.tools import Tools

CHANGED: Final = frozenset(
    {
        RotationState.PROVEN,
        RotationState.VERIFIED,
        RotationState.OBSERVED,
        RotationState.DECLARED,
    }
)
SETTLED_OLDER: Final = "settled_older"
REASON: Final = "request"  # why the rotation of a request was planned


def note_rotation(session: Session, rotation: Rotation, actor: Actor) -> None:
    """Close the request that asked for this change, with its proof, or say what became of it."""
    request = open_request(session, rotation.credential)
    if request is None or request.state not in ALLOWED:
        _not_asked_for(session, rotation, actor)
        return
    request.rotation = rotation
    if rotation.state not in CHANGED:
        _unmet(session, request, rotation, actor)
    elif _is_what_was_asked(request, rotation):
        _met(session, request, rotation.level, actor)
    else:
        _settled_older(session, request, rotation, actor)


def _not_asked_for(session: Session, rotation: Rotation, actor: Actor) -> None:
    """Whoever has the phone in use is to learn its new PIN, whatever it was changed for."""
    credential = rotation.credential
    if rotation.state not in CHANGED or rotation.kind is not CredentialKind.DEVICE_PIN:
        return
    held = select(Holding).join(Holding.device).options(joinedload(Holding.employee))
    out = Holding.returned_at.is_(None), Device.state == DeviceState.ISSUED
    holding = session.scalar(held.where(Holding.device_id == credential.device_id, *out))
    if holding is not None:
        what, reason = RequestKind.ROTATION, rotation.asked
        add_hand_over(session, credential, holding.employee, what, reason, actor=actor)
        write(session)


def note_adopted(session: Session, credential: Credential, actor: Actor) -> None:
    """A SIM's PIN is changed by a person, whose word is all there is: level `declared`."""
    request = open_request(session, credential)
    if credential.kind is CredentialKind.SIM_PIN and request and request.state in ALLOWED:
        _met(session, request, Level.DECLARED, actor)


def _is_what_was_asked(request: ChangeRequest, rotation: Rotation) -> bool:
    """Tell whether the value came into use after the approval, and is one that nobody has seen.

    A visit that only found out what an earlier change had left is not what was asked for. Passwords
    are typed by a person, so that every one of them was seen.
    """
    changed = rotation.credential.changed_at
    if changed is None or request.decided_at is None or changed < request.decided_at:
        return False
    typed = rotation.kind is CredentialKind.ACCOUNT_PASSWORD
    return typed or not rotation.settling or rotation.version.disclosed_at is None


def _met(session: Session, request: ChangeRequest, level: Level, actor: Actor) -> None:
    supersede(session, request.credential)
    request.move(Move.FINISH)
    request.level, request.ended_at = level, now()
    request.outcome, request.sentence = None, ""
    met = events.RequestMet(**request.about, rotation=request.rotation_id, level=level)
    record(session, actor, met)
    write(session)


def _unmet(session: Session, request: ChangeRequest, rotation: Rotation, actor: Actor) -> None:
    """Keep it open with what happened; it needs another appointment."""
    request.move(Move.FAIL)
    request.station, request.appointed_for, request.appointed_by = None, None, None
    outcome = rotation.reason or rotation.state.value
    request.outcome, request.sentence = outcome, rotation.sentence
    unmet = events.RequestUnmet(**request.about, rotation=rotation.id, outcome=outcome)
    record(session, actor, unmet)
    write(session)


def _settled_older(
    session: Session, request: ChangeRequest, rotation: Rotation, actor: Actor
) -> None:
    request.outcome, request.sentence = SETTLED_OLDER, rotation.sentence
    unmet = events.RequestUnmet(**request.about, rotation=rotation.id, outcome=SETTLED_OLDER)
    record(session, actor, unmet)
    write(session)


def note_return_begun(session: Session, things: Sequence[Device | Account], actor: Actor) -> None:
    """What is being returned is changed in any case, so nobody has to ask for it any more."""
    ids = [one.id for one in things]
    theirs = or_(Credential.device_id.in_(ids), Credential.account_id.in_(ids))
    _close_all(session, _open_ones(theirs), Ended.RETURN, actor)


def note_returned(session: Session, employee: Employee, actor: Actor) -> None:
    """Close what somebody asked for who does not hold the thing any more."""
    his = ChangeRequest.holder_id == employee.id
    gone = _open_ones(his, ~_is_held())
    _close_all(session, gone, Ended.RETURN, actor)
    kept = select(ChangeRequest).join(ChangeRequest.credential)
    for one in session.scalars(kept.where(his, to_hand_over(), ~_is_held())):
        one.closing = Ended.RETURN
    write(session)


def close_of_leavers(session: Session, leavers: Sequence[Employee], *, actor: Actor) -> None:
    """Close what leavers have asked for: everything they hold is changed as it comes back."""
    theirs = ChangeRequest.holder_id.in_([one.id for one in leavers])
    _close_all(session, _open_ones(theirs), Ended.LEAVING, actor)


def _open_ones(*where: ColumnElement[bool]) -> Any:
    statement = select(ChangeRequest).join(ChangeRequest.credential)
    loaded = (
        contains_eager(ChangeRequest.credential),
        joinedload(ChangeRequest.holder),
        joinedload(ChangeRequest.rotation).joinedload(Rotation.job),
    )
    still = statement.options(*loaded).where(ChangeRequest.ended_at.is_(None), *where)
    return still.order_by(ChangeRequest.number)


def _is_held() -> ColumnElement[bool]:
    """Return what holds where the holder of a request still has the thing."""
    pairs = (
        (Credential.device_id, Holding.device_id),
        (Credential.account_id, Holding.account_id),
        (Credential.sim_id, Holding.sim_id),
    )
    same = or_(*(of_credential == of_holding for of_credential, of_holding in pairs))
    held = select(Holding.id).where(
        same, Holding.employee_id == ChangeRequest.holder_id, Holding.returned_at.is_(None)
    )
    return held.exists()


def _close_all(session: Session, statement: Any, why: Ended, actor: Actor) -> None:
    found: Sequence[ChangeRequest] = session.scalars(statement).all()
    for request in found:
        request.move(Move.CLOSE)
        request.closing, request.ended_at = why, now()
        _bring_forward(request.rotation)
        record(session, actor, events.RequestClosed(**request.about, closing=why))
    write(session)


def _bring_forward(rotation: Rotation | None) -> None:
    """Let a change that waits for its appointment be made at once: the return needs it as well."""
    job = rotation.job if rotation is not None and rotation.is_live else None
    if job is not None and job.state is JobState.WAITING:
        job.not_before = None


def cancel(session: Session, tools: Tools, rotation: Rotation | None, *, actor: Actor) -> None:
    """Take back a change that nobody wants any more; refused while a station is at it.

    One that was planned for another reason, or has come true in part, is made all the same, and
    need not wait any more.
    """
    if rotation is None or not rotation.is_live:
        return
    if rotation.asked != REASON or stands(rotation):
        _bring_forward(rotation)
        return
    cancelling.cancel(session, tools, rotation, actor=SYSTEM.named(actor.name))
