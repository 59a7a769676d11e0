"""What is due, and what soon will be: lists and numbers, each made by the database."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.accounts.models import Account
from fleet.accounts.opening import opens_now
from fleet.contracts.clock import now
from fleet.contracts.credentials import OF_SIMS, CredentialKind
from fleet.contracts.permissions import Permission
from fleet.contracts.rotation import (
    CalendarOut,
    CalendarQuery,
    DayOut,
    DueOut,
    DueQuery,
    ForecastOut,
    ForecastQuery,
    Narrowed,
    Standing,
    VisitsOut,
)
from fleet.contracts.stations import JobKind, JobState
from fleet.devices.models import Device
from fleet.paging import containing, page
from fleet.people.queries import beneath, codes_of
from fleet.people.queries import department as department_by_code
from fleet.policies.holders import holders
from fleet.policies.queries import policies
from fleet.rotation.models import Rotation
from fleet.rotation.queries import at_station
from fleet.settings import Settings
from fleet.stations.models import Job, JobLease, Station
from fleet.stations.queries import station_named
from fleet.vault.models import Credential

SORTS: Final = {
    "due_at": Credential.due_at,
    "subject": Credential.subject,
    "changed_at": Credential.changed_at,
}
BY_STATIONS: Final = frozenset(CredentialKind) - OF_SIMS
NEWEST: Final = 1000  # visits that a median is taken of
_JOBS: Final = {
    CredentialKind.DEVICE_PIN: JobKind.ROTATE_PIN,
    CredentialKind.ACCOUNT_PASSWORD: JobKind.GUIDE_ACCOUNT,
    CredentialKind.ACCOUNT_BINDING: JobKind.GUIDE_ACCOUNT,
}


def due(
    session: Session, settings: Settings, query: DueQuery, *, actor: Actor
) -> tuple[list[DueOut], str | None]:
    """Return one page of what is due or will be within its warning time, the oldest first."""
    actor.require(Permission.ROTATIONS_READ)
    moment = now()
    statement = select(Credential).where(
        containing(query.q, Credential.subject), in_nobodys_hand(), *narrowed(session, query)
    )
    statement = statement.where(*_standing(session, settings, query.standing, moment))
    key = Credential.id
    rows, mark = page(session, statement, query, sorts=SORTS, default="due_at", key=key)
    return _shown(session, rows, moment), mark


def narrowed(session: Session, given: Narrowed | DueQuery) -> list[ColumnElement[bool]]:
    """Return what holds for the credentials that are meant."""
    found: list[ColumnElement[bool]] = []
    if given.kind:
        found.append(Credential.kind == given.kind)
    if given.department:
        top = department_by_code(session, given.department)
        found.append(holders().belongs_to(session.scalars(beneath([top.id])).all()))
    if given.station:
        found.append(at_station(station_named(session, given.station)))
    return found


def in_nobodys_hand() -> ColumnElement[bool]:
    """Return what holds for credentials that can be changed and no rotation is under way for."""
    live = Rotation.credential_id == Credential.id, Rotation.ended_at.is_(None)
    return and_(~select(Rotation.id).where(*live).exists(), opens_now())


def _standing(
    session: Session, settings: Settings, wanted: Standing | None, moment: datetime
) -> list[ColumnElement[bool]]:
    overdue = Credential.due_at <= moment
    if wanted is Standing.OVERDUE:
        return [overdue]
    soon = _warned(session, settings, moment)
    return [soon, ~overdue] if wanted is Standing.WARNING else [soon]


def _warned(session: Session, settings: Settings, moment: datetime) -> ColumnElement[bool]:
    """Return what holds for credentials within the warning days of their policy.

    Only departments that differ from the whole company are named in the question.
    """
    every = policies(session, settings)
    parts = []
    for kind in CredentialKind:
        regular = every.rules(kind, None, moment).warning_days
        others: dict[int, list[UUID]] = defaultdict(list)
        for place in every.above:
            days = every.rules(kind, place, moment).warning_days
            if days != regular:
                others[days].append(place)
        parts += _warned_in(kind, regular, others, moment)
    return or_(*parts)


def _warned_in(
    kind: CredentialKind, regular: int, others: dict[int, list[UUID]], moment: datetime
) -> list[ColumnElement[bool]]:
    def within(days: int) -> ColumnElement[bool]:
        until = moment + timedelta(days=days)
        return and_(Credential.kind == kind, Credential.due_at <= until)

    if not others:
        return [within(regular)]
    named = [place for places in others.values() for place in places]
    elsewhere = ~holders().belongs_to(named)
    there = [and_(within(days), holders().belongs_to(places)) for days, places in others.items()]
    return [and_(within(regular), elsewhere), *there]


def _shown(session: Session, rows: Sequence[Credential], moment: datetime) -> list[DueOut]:
    places = holders().departments(session, rows)
    codes = codes_of(session, set(places.values()))
    stations = stations_of(session, rows)
    return [
        DueOut(
            subject=one.subject,
            kind=one.kind,
            due_at=one.due_at,
            standing=Standing.OVERDUE if one.due_at <= moment else Standing.WARNING,
            level=one.level,
            changed_at=one.changed_at,
            department=codes.get(places[one.id]) if one.id in places else None,
            station=stations.get(one.id),
            by_station=one.kind in BY_STATIONS,
        )
        for one in rows
        if one.due_at is not None
    ]


def stations_of(session: Session, credentials: Collection[Credential]) -> dict[UUID, str]:
    """Return where the phone of each credential was last seen, by the credential's id."""
    ids = [one.id for one in credentials]
    phone = func.coalesce(Credential.device_id, Account.device_id)
    found = (
        select(Credential.id, Station.name)
        .outerjoin(Account, Account.id == Credential.account_id)
        .join(Device, Device.id == phone)
        .join(Station, Station.id == Device.station_id)
        .where(Credential.id.in_(ids))
    )
    return dict(iter(session.execute(found)))


def calendar(session: Session, query: CalendarQuery, *, actor: Actor) -> CalendarOut:
    """Count what falls due on each day of so many weeks, by the server's clock."""
    actor.require(Permission.ROTATIONS_READ)
    today = now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    days = [_day_after(today, number) for number in range(query.weeks * 7 + 1)]
    place = case(*((Credential.due_at < end, at) for at, end in enumerate(days)))
    counted = (
        select(place, Credential.kind, func.count())
        .where(Credential.due_at < days[-1], in_nobodys_hand(), *narrowed(session, query))
        .group_by(place, Credential.kind)
        .order_by(place)
    )
    found: dict[int, dict[CredentialKind, int]] = defaultdict(dict)
    for at, kind, number in session.execute(counted):
        found[at][kind] = number
    overdue = found.pop(0, {})
    shown = [_day(days[at - 1], kinds) for at, kinds in found.items()]
    return CalendarOut(overdue=overdue, days=shown)


def _day_after(midnight: datetime, days: int) -> datetime:
    """Return the midnight so many days later, also where a clock was put forward in between."""
    naive = midnight.replace(tzinfo=None) + timedelta(days=days)
    return naive.astimezone()


def _day(midnight: datetime, kinds: dict[CredentialKind, int]) -> DayOut:
    return DayOut(day=midnight.date(), total=sum(kinds.values()), by_kind=kinds)


def forecast(session: Session, query: ForecastQuery, *, actor: Actor) -> ForecastOut:
    """Say how many will be due by a day, and how long stations will be at it.

    Each is counted once, also where its policy makes it due again before that day.
    """
    actor.require(Permission.ROTATIONS_READ)
    until = now() + timedelta(days=query.days)
    counted = (
        select(Credential.kind, func.count())
        .where(Credential.due_at <= until, Credential.kind.in_(BY_STATIONS))
        .where(in_nobodys_hand(), *narrowed(session, query))
        .group_by(Credential.kind)
    )
    numbers: dict[CredentialKind, int] = dict(iter(session.execute(counted)))
    visits = [_visits(session, kind, numbers.get(kind, 0)) for kind in sorted(BY_STATIONS)]
    known = all(one.minutes is not None or not one.due for one in visits)
    minutes = sum(one.due * (one.minutes or 0) for one in visits)
    hours = round(minutes / 60, 1) if known else None
    return ForecastOut(days=query.days, until=until, visits=visits, station_hours=hours)


def _visits(session: Session, kind: CredentialKind, number: int) -> VisitsOut:
    """Take the median of the newest visits, from the loan of the job to its end."""
    last_loan = and_(JobLease.job_id == Job.id, JobLease.attempt == Job.attempts)
    ended = (
        select(JobLease.leased_at, Job.ended_at)
        .join(JobLease, last_loan)
        .where(Job.kind == _JOBS[kind], Job.state == JobState.DONE, Job.ended_at.is_not(None))
        .order_by(Job.ended_at.desc())
        .limit(NEWEST)
    )
    found = session.execute(ended)
    seconds = [(end - start).total_seconds() for start, end in found if end is not None]
    minutes = round(median(seconds) / 60, 2) if seconds else None
    return VisitsOut(kind=kind, due=number, minutes=minutes, measured=len(seconds))
