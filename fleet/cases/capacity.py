"""What stations have before them, day by day, and for whom cases wait."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor, Reach
from fleet.cases.carrying import whole
from fleet.cases.models import Case, Step
from fleet.cases.standing import Standing, standing
from fleet.cases.steps import SPECS, found, who
from fleet.contracts.cases import BlockOut, CapacityOut, CapacityQuery, CaseState
from fleet.contracts.clock import today
from fleet.contracts.permissions import Permission
from fleet.people.queries import people_within
from fleet.settings import Settings
from fleet.stations.models import Station, StationState

Place = tuple[date, UUID | None]


def capacity(
    session: Session, settings: Settings, query: CapacityQuery, *, actor: Actor
) -> list[CapacityOut]:
    """Return the minutes that cases need of stations, by day and station, the next day first.

    What was due before today is to be done today. A phone that no station has seen has none.
    """
    cases = _open_cases(session, actor.reach(Permission.CASES_READ))
    found_days = demanded(session, settings, cases, standing(session, cases))
    return [
        one
        for one in found_days
        if (query.until is None or one.day <= query.until) and (one.over or not query.over)
    ]


def _open_cases(session: Session, reach: Reach) -> Sequence[Case]:
    there = Case.state == CaseState.OPEN, people_within(reach)
    still = select(Case).join(Case.employee).where(*there)
    return session.scalars(still.options(*whole()).order_by(Case.by, Case.id)).all()


def demanded(
    session: Session, settings: Settings, cases: Iterable[Case], known: Standing
) -> list[CapacityOut]:
    """Return what these cases, stored or planned, need of stations and whether it fits."""
    minutes: dict[Place, int] = defaultdict(int)
    steps: dict[Place, int] = defaultdict(int)
    for step in _at_stations(cases, known):
        place = max(step.due_on, today()), _station(step)
        minutes[place] += SPECS[step.kind].minutes
        steps[place] += 1
    enrolled = select(Station.id, Station.name).where(Station.state == StationState.ENROLLED)
    names = dict(iter(session.execute(enrolled)))
    shown = []
    for (day, station), asked in minutes.items():
        name = names.get(station) if station else None
        # What may go to any station has room at all of them.
        room = settings.station_minutes_a_day * (1 if name else max(len(names), 1))
        shown.append(
            CapacityOut(
                day=day,
                station=name,
                minutes=asked,
                capacity=room,
                steps=steps[day, station],
                over=asked > room,
            )
        )
    return sorted(shown, key=lambda one: (one.day, one.station or ""))


def _at_stations(cases: Iterable[Case], known: Standing) -> list[Step]:
    every = (step for case in cases for step in case.steps if SPECS[step.kind].minutes)
    return [step for step in every if not found(step, known).done]


def _station(step: Step) -> UUID | None:
    """Return where the phone that a step needs was seen last."""
    holding = step.holding
    phone = step.device or (holding.device if holding else None)
    if phone is None and holding is not None and holding.account is not None:
        phone = holding.account.device
    return phone.station_id if phone else None


def blocks(session: Session, *, actor: Actor) -> list[BlockOut]:
    """Return for whom cases wait: who has the most that could be done now comes first."""
    cases = _open_cases(session, actor.reach(Permission.CASES_READ))
    return blocked(cases, standing(session, cases))


def blocked(cases: Iterable[Case], known: Standing) -> list[BlockOut]:
    day = today()
    waiting: dict[str, list[Step]] = defaultdict(list)
    for case in cases:
        stand = {step.number: found(step, known).done for step in case.steps}
        for step in case.steps:
            if not stand[step.number] and all(stand[first] for first in step.after):
                waiting[who(step)].append(step)
    shown = [
        BlockOut(
            who=name,
            steps=len(steps),
            overdue=sum(one.due_on < day for one in steps),
            cases=sorted({one.case.number or "" for one in steps} - {""}),
        )
        for name, steps in waiting.items()
    ]
    return sorted(shown, key=lambda one: (-one.steps, one.who))
