"""When and where a change is made: the holder proposes, IT settles, the rotation waits for it."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.credentials import OF_SIMS
from fleet.contracts.permissions import Permission
from fleet.contracts.requests import RequestState
from fleet.contracts.stations import JobState
from fleet.database import write
from fleet.requests import events
from fleet.requests.ending import REASON
from fleet.requests.errors import (
    AppointmentNotPossible,
    NothingProposed,
    NotYourRequest,
    RequestMoveNotAllowed,
    StationAway,
)
from fleet.requests.lifecycle import Move, after
from fleet.requests.models import ChangeRequest
from fleet.requests.services import held_still
from fleet.rotation.errors import RotationUnderWay
from fleet.rotation.models import Rotation
from fleet.rotation.queries import live_rotation
from fleet.rotation.services import plan_rotation, subject_of
from fleet.stations.models import Station, StationState
from fleet.stations.queries import held_job
from fleet.vault.tools import Tools

FURTHEST: Final = timedelta(days=90)


def appoint(
    session: Session,
    tools: Tools,
    request: ChangeRequest,
    *,
    station: Station | None,
    at: datetime | None,
    actor: Actor,
) -> None:
    """Propose a station and a time as the holder, or settle them as IT: the change waits for it."""
    reach = actor.reach(Permission.REQUESTS_APPOINT)
    if not reach.everything and request.holder_id != reach.employee_id:
        raise NotYourRequest(request=request.number)
    request = held_still(session, request)
    after(request.state, Move.APPOINT, request=request.number)
    place, moment = station or request.station, at or request.appointed_for
    if place is None or moment is None:
        raise NothingProposed(request=request.number)
    _check(place, moment)
    if reach.everything:
        _settle(session, tools, request, place, moment, actor)
    else:
        _propose(session, request, place, moment, actor)
    write(session)


def _check(station: Station, at: datetime) -> None:
    if station.state is not StationState.ENROLLED:
        raise StationAway(station=station.name, state=station.state.value)
    moment = now()
    if not moment - _SLACK <= at <= moment + FURTHEST:
        raise AppointmentNotPossible(at=f"{at.astimezone():%Y-%m-%d %H:%M}")


_SLACK: Final = timedelta(minutes=5)  # whoever stands at the station says "now"


def _propose(
    session: Session, request: ChangeRequest, station: Station, at: datetime, actor: Actor
) -> None:
    if request.state is RequestState.APPOINTED:  # settled: IT moves it
        raise RequestMoveNotAllowed(
            request=request.number, move=Move.APPOINT.value, state=request.state.value
        )
    request.station, request.appointed_for = station, at
    proposed = events.AppointmentProposed(**request.about, station=station.name, at=at)
    record(session, actor, proposed)


def _settle(
    session: Session,
    tools: Tools,
    request: ChangeRequest,
    station: Station,
    at: datetime,
    actor: Actor,
) -> None:
    request.station, request.appointed_for = station, at
    request.appointed_by = actor.name
    request.rotation = _planned(session, tools, request, at, actor)
    request.move(Move.APPOINT)
    request.outcome, request.sentence = None, ""
    write(session)
    appointed = events.RequestAppointed(
        **request.about, station=station.name, at=at, rotation=request.rotation_id
    )
    record(session, actor, appointed)


def _planned(
    session: Session, tools: Tools, request: ChangeRequest, at: datetime, actor: Actor
) -> Rotation | None:
    """Plan the change, not before the appointment; one that is planned already is moved there.

    A SIM's PIN is changed by a person there, who adopts the new one.
    """
    credential = request.credential
    if credential.kind in OF_SIMS:
        return None
    live = live_rotation(session, credential)
    if live is not None:
        return _moved(session, live, at)
    thing = subject_of(session, credential)
    return plan_rotation(session, tools, thing, reason=REASON, actor=actor, not_before=at)


def _moved(session: Session, rotation: Rotation, at: datetime) -> Rotation:
    if rotation.job is None:
        return rotation
    job = held_job(session, rotation.job)
    if job.state is not JobState.WAITING:
        raise RotationUnderWay(subject=rotation.credential.subject)
    job.not_before = at
    return rotation
