"""Which plans there are, and what of them is for a phone."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.facts import PhoneFacts
from fleet.contracts.permissions import Permission
from fleet.contracts.plans import (
    CARD,
    OWN,
    Plan,
    PlanOut,
    PlanQuery,
    Source,
    TakenOut,
)
from fleet.contracts.proof import Level
from fleet.contracts.words import language
from fleet.devices.models import Device
from fleet.paging import page_of
from fleet.plans.errors import PlanNotFound
from fleet.plans.models import PlanVersion

SORTS: Final[Mapping[str, "Callable[[Known], Any]"]] = {
    "name": lambda one: (one.name, one.number),
    "package": lambda one: (one.plan.package or "", one.name, one.number),
}


@dataclass(frozen=True)
class Known:
    """One version of a plan; those that came with the product have no maker."""

    name: str
    number: int
    plan: Plan
    made_by: str | None = None
    made_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Taken:
    """What a backup of a phone is to take; `spaces` are those that the phone is known to have."""

    plans: tuple[Known, ...]
    spaces: tuple[str, ...]

    @property
    def sources(self) -> list[Source]:
        return [one for one in self._every() if one.on]

    @property
    def left_off(self) -> list[Source]:
        return [one for one in self._every() if not one.on]

    @property
    def excludes(self) -> list[str]:
        patterns = (pattern for one in self.sources for pattern in one.excludes)
        return list(dict.fromkeys(patterns))

    @property
    def return_needs(self) -> Level:
        return max((one.plan.return_needs for one in self.plans), key=_strength, default=Level.NONE)

    def _every(self) -> Iterable[Source]:
        return (source for one in self.plans for source in one.plan.sources)


def _strength(level: Level) -> int:
    return level.strength


@cache
def built_in() -> Mapping[str, Known]:
    folder = files(__package__).joinpath("built_in")
    found = {}
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        name = entry.name.removesuffix(".toml")
        if name != entry.name:
            read = tomllib.loads(entry.read_text(encoding="utf-8"))
            found[name] = Known(name, 1, Plan.model_validate(read))
    return found


def every(session: Session) -> list[Known]:
    """Return all versions by name and number."""
    rows = session.scalars(select(PlanVersion))
    made = [
        Known(row.name, row.number, row.plan, row.made_by, row.made_at, row.reason) for row in rows
    ]
    return sorted([*built_in().values(), *made], key=lambda one: (one.name, one.number))


def newest(session: Session) -> dict[str, Known]:
    return {one.name: one for one in every(session)}


def listed(session: Session, query: PlanQuery, *, actor: Actor) -> tuple[list[Known], str | None]:
    """Return one page of the newest versions, or of all of them."""
    actor.require(Permission.PLANS_READ)
    found = every(session) if query.history else list(newest(session).values())
    rows = [one for one in found if _asked_for(one, query)]
    return page_of(rows, query, sorts=SORTS, default="name", mark=_mark)


def _mark(one: Known) -> str:
    return f"{one.name}/{one.number}"


def _asked_for(one: Known, query: PlanQuery) -> bool:
    of_maker = query.maker is None or query.maker in one.plan.makers
    return (
        (query.q or "").lower() in one.name
        and query.package in (None, one.plan.package)
        and of_maker
    )


def plan(session: Session, name: str, number: int | None, *, actor: Actor) -> Known:
    """Return a version of a plan, the newest where none is named."""
    actor.require(Permission.PLANS_READ)
    found = [one for one in every(session) if one.name == name]
    found = [one for one in found if number in (None, one.number)]
    if not found:
        raise PlanNotFound(name=name if number is None else f"{name} {number}")
    return found[-1]


def taken_of(session: Session, device: Device) -> Taken:
    """Return what a backup of the phone is to take; what is for makers, once it is known."""
    return taken_by(newest(session).values(), device.known_facts)


def taken_by(plans: Iterable[Known], facts: PhoneFacts | None) -> Taken:
    return Taken(tuple(one for one in plans if _is_for(one.plan, facts)), _spaces(facts))


def _is_for(plan: Plan, facts: PhoneFacts | None) -> bool:
    apps = facts.apps if facts else ()
    has_app = plan.package is None or not apps or plan.package in {app.package for app in apps}
    return has_app and (not plan.makers or not _makers(facts).isdisjoint(plan.makers))


def _makers(facts: PhoneFacts | None) -> set[str]:
    named = (facts.identity.brand, facts.identity.manufacturer) if facts else ()
    return {name.casefold() for name in named if name}


def _spaces(facts: PhoneFacts | None) -> tuple[str, ...]:
    """Name the spaces that a backup has to say something about."""
    if facts is None:
        return (OWN,)
    others = (str(user.id) for user in facts.users if str(user.id) != OWN)
    return (OWN, *others, *([CARD] if facts.storage.sd_card else ()))


def taken_shown(session: Session, device: Device, *, actor: Actor) -> TakenOut:
    """Say what a backup of a phone would take."""
    actor.require(Permission.PLANS_READ)
    taken = taken_of(session, device)
    return TakenOut(
        device=device.tag,
        plans=[f"{one.name} {one.number}" for one in taken.plans],
        sources=taken.sources,
        left_off=taken.left_off,
        spaces=list(taken.spaces),
    )


def shown(one: Known) -> PlanOut:
    return PlanOut(
        name=one.name,
        number=one.number,
        title=one.plan.title.said(language()),
        makers=one.plan.makers,
        package=one.plan.package,
        made_by=one.made_by,
        made_at=one.made_at,
        reason=one.reason,
        plan=one.plan,
    )
