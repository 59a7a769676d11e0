"""What a report is about, and what follows from it: worked out before anything is stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.accounts.errors import AccountNotFound
from fleet.accounts.queries import accounts_on
from fleet.contracts.clock import now
from fleet.contracts.incidents import IncidentKind, MeasureKind
from fleet.contracts.permissions import Permission
from fleet.custody.models import Holding
from fleet.custody.queries import Held, held_by, open_holding, require_within, thing_of
from fleet.devices.errors import DeviceNotFound
from fleet.devices.models import Device
from fleet.errors import FleetError
from fleet.incidents.errors import NotOfThisThing, ThingsOfSeveralPeople, ThingsToBeNamed
from fleet.incidents.lifecycle import MEASURES, WITH_WHAT_IS_INSIDE, clock_of
from fleet.incidents.models import name_of
from fleet.people.models import Employee
from fleet.settings import Settings
from fleet.sims.errors import SimNotFound
from fleet.sims.models import Sim


@dataclass(frozen=True)
class Planned:
    kind: MeasureKind
    thing: Held
    due_at: datetime


@dataclass
class Report:
    """`named` is what somebody spoke of, `things` also what goes along with it."""

    kind: IncidentKind
    named: list[Held]
    things: list[Held]
    employee: Employee | None
    measures: list[Planned] = field(default_factory=list)


def worked_out(
    session: Session, settings: Settings, kind: IncidentKind, named: Sequence[Held], actor: Actor
) -> Report:
    """Return what a report by `actor` is about; whoever names nothing means what he holds."""
    things = list(named) or _ones_own(session, kind, actor)
    for thing in things:
        if thing_of(thing) not in MEASURES[kind]:
            raise NotOfThisThing(kind=kind.value, name=name_of(thing))
    employee = _holder(session, things)
    everything = things + _inside(session, kind, things, employee)
    measures = planned(everything, kind, settings)
    return Report(kind, things, everything, employee, measures)


def planned(things: Iterable[Held], kind: IncidentKind, settings: Settings) -> list[Planned]:
    moment = now()
    found = [
        Planned(measure, thing, moment + clock_of(measure, settings))
        for thing in things
        for measure in MEASURES[kind][thing_of(thing)]
    ]
    return sorted(found, key=lambda one: one.due_at)


def require_all_within(session: Session, things: Iterable[Held], actor: Actor) -> None:
    """Refuse what is out of the actor's reach as if it did not exist."""
    for thing in things:
        refusal = _unknown(thing)
        require_within(session, thing, Permission.INCIDENTS_REPORT, refusal=refusal, actor=actor)


def _unknown(thing: Held) -> FleetError:
    if isinstance(thing, Device):
        return DeviceNotFound(tag=thing.tag)
    if isinstance(thing, Sim):
        return SimNotFound(sim=thing.number)
    return AccountNotFound(handle=thing.handle)


def _ones_own(session: Session, kind: IncidentKind, actor: Actor) -> list[Held]:
    """Return the one thing of the actor's own that a report of this kind can be about.

    A phone goes before what is in it.
    """
    mine = session.get(Employee, actor.employee_id) if actor.employee_id else None
    held: list[Held] = [_thing(one) for one in held_by(session, mine)] if mine else []
    fitting = [one for one in held if thing_of(one) in MEASURES[kind]]
    phones = [one for one in fitting if isinstance(one, Device)]
    candidates: list[Held] = [*phones] or fitting
    if len(candidates) != 1:
        things = ", ".join(name_of(one) for one in fitting) or "—"
        raise ThingsToBeNamed(kind=kind.value, things=things)
    return candidates


def _holder(session: Session, things: Iterable[Held]) -> Employee | None:
    """Return who holds the things; refused where several people do."""
    found = {one.id: one for thing in things if (one := _holder_of(session, thing))}
    if len(found) > 1:
        raise ThingsOfSeveralPeople(names=", ".join(sorted(one.name for one in found.values())))
    return next(iter(found.values()), None)


def _inside(
    session: Session, kind: IncidentKind, things: Sequence[Held], employee: Employee | None
) -> list[Held]:
    """Return the accounts and SIMs of phones that are gone; what others hold is not theirs."""
    if kind not in WITH_WHAT_IS_INSIDE:
        return []
    found: list[Held] = []
    for phone in (one for one in things if isinstance(one, Device)):
        found += accounts_on(session, phone.id)
        found += session.scalars(select(Sim).where(Sim.device_id == phone.id).order_by(Sim.number))
    known = {one.id for one in things}
    return [one for one in found if one.id not in known and _goes_along(session, one, employee)]


def _goes_along(session: Session, thing: Held, employee: Employee | None) -> bool:
    holder = _holder_of(session, thing)
    return holder is None or employee is None or holder.id == employee.id


def _holder_of(session: Session, thing: Held) -> Employee | None:
    holding = open_holding(session, thing)
    return holding.employee if holding else None


def _thing(holding: Holding) -> Held:
    found = holding.device or holding.sim or holding.account
    assert found is not None  # noqa: S101 — the database holds it to that
    return found


def held_in_order(session: Session, things: Iterable[Held]) -> None:
    """Hold things until the commit, in an order everybody keeps: two reports take turns."""
    for thing in sorted(things, key=lambda one: (thing_of(one), one.id)):
        kind = type(thing)
        mine = select(kind).where(kind.id == thing.id).with_for_update()
        session.scalars(mine.execution_options(populate_existing=True)).one()
