"""Letting stations in with a code that works once, and shutting them out."""

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Final
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM, Actor
from fleet.access.tokens import make_station_token, revoke_station_tokens
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.sealing import is_public_key
from fleet.contracts.stations import EnrolIn, EnrolmentCodeOut, EnrolOut, JobState
from fleet.database import write
from fleet.stations import events
from fleet.stations.errors import (
    EnrolmentCodeExpired,
    EnrolmentCodeUsed,
    EnrolmentCodeWrong,
    PublicKeyUnusable,
)
from fleet.stations.models import EnrolmentCode, Job, Station, StationState

LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # no 0 O 1 I: codes are read aloud
GROUPS: Final = 3
GROUP_LETTERS: Final = 4


def invite(session: Session, name: str, *, minutes: int, actor: Actor) -> EnrolmentCodeOut:
    """Return a code with which one machine may become the station `name`, shown this once."""
    actor.require(Permission.STATIONS_INVITE)
    text = "-".join(
        "".join(secrets.choice(LETTERS) for _ in range(GROUP_LETTERS)) for _ in range(GROUPS)
    )
    code = EnrolmentCode(
        id=uuid4(),
        digest=_digest(text),
        station_name=name,
        made_at=now(),
        made_by=actor.name,
        expires_at=now() + timedelta(minutes=minutes),
    )
    session.add(code)
    invited = events.StationInvited(
        subject_id=code.id, subject_name=name, expires_at=code.expires_at
    )
    record(session, actor, invited)
    write(session)
    return EnrolmentCodeOut(station=name, code=text, expires_at=code.expires_at)


def enrol(session: Session, given: EnrolIn) -> EnrolOut:
    """Make the machine that shows a code a station; its permission is the code.

    A station whose machine was replaced enrols again under its name: the earlier token ends, and
    what the earlier machine had under way is visited again as if it may have been done.
    """
    if not is_public_key(given.public_key):
        raise PublicKeyUnusable
    code = _used_up(session, given.code)
    station = _station_for(session, code, given)
    revoke_station_tokens(session, station.id)
    _let_go(session, station)
    token = make_station_token(session, station_id=station.id, name=station.name)
    enrolled = events.StationEnrolled(
        subject_id=station.id,
        subject_name=station.name,
        software=given.software,
        life=station.life,
    )
    record(session, SYSTEM, enrolled)
    write(session)
    return EnrolOut(station=station.name, token=token)


def revoke(session: Session, station: Station, *, actor: Actor) -> None:
    """Shut a station out: its token ends now, and its jobs go to wherever the phones turn up."""
    actor.require(Permission.STATIONS_REVOKE)
    station.state = StationState.REVOKED
    revoke_station_tokens(session, station.id)
    _let_go(session, station)
    revoked = events.StationRevoked(subject_id=station.id, subject_name=station.name)
    record(session, actor, revoked)
    write(session)


def _used_up(session: Session, text: str) -> EnrolmentCode:
    """Use a code up: of two machines that show it at once, one changes the row."""
    mine = EnrolmentCode.digest == _digest(text)
    free = EnrolmentCode.used_at.is_(None), EnrolmentCode.expires_at > now()
    used = session.execute(update(EnrolmentCode).where(mine, *free).values(used_at=now()))
    code = session.scalar(select(EnrolmentCode).where(mine))
    if code is None:
        raise EnrolmentCodeWrong
    if not isinstance(used, CursorResult) or used.rowcount != 1:
        raise _why_not(code)
    return code


def _why_not(code: EnrolmentCode) -> EnrolmentCodeUsed | EnrolmentCodeExpired:
    if code.used_at is not None:
        return EnrolmentCodeUsed(station=code.station_name)
    at = code.expires_at.isoformat(timespec="seconds")
    return EnrolmentCodeExpired(station=code.station_name, expired_at=at)


def _station_for(session: Session, code: EnrolmentCode, given: EnrolIn) -> Station:
    by_name = select(Station).where(Station.name == code.station_name).with_for_update()
    station = session.scalar(by_name)
    if station is None:
        station = Station(id=uuid4(), name=code.station_name, life=0)
        session.add(station)
    station.public_key, station.software = given.public_key, given.software
    station.signing_key = given.signing_key
    station.state, station.enrolled_at = StationState.ENROLLED, now()
    station.life, station.taken = station.life + 1, 0
    write(session)
    return station


def _let_go(session: Session, station: Station) -> None:
    """End the leases of a station, so that each job is lent anew and visited with care."""
    lent = Job.station_id == station.id, Job.state == JobState.LEASED
    session.execute(
        update(Job)
        .where(*lent)
        .values(
            state=JobState.WAITING,
            station_id=None,
            leased_until=None,
            unsure=Job.unsure + 1,
        )
    )


def _digest(code: str) -> str:
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    return sha256(letters.encode()).hexdigest()
