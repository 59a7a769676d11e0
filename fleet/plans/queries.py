"""Which plans there are, and what of them is for a phone."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any, Final

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
from fleet.shipped import Catalogue, Known

PLANS: Final = Catalogue(Plan, PlanVersion, files(__package__).joinpath("built_in"))
SORTS: Final[Mapping[str, Callable[[Known[Plan]], Any]]] = {
    "name": lambda one: (one.name, one.number),
    "package": lambda one: (one.content.package or "", one.name, one.number),
}


@dataclass(frozen=True)
class Taken:
    """What a backup of a phone is to take; `spaces` are those that the phone is known to have."""

    plans: tuple[Known[Plan], ...]
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
        return max(
            (one.content.return_needs for one in self.plans), key=_strength, default=Level.NONE
        )

    def _every(self) -> Iterable[Source]:
        return (source for one in self.plans for source in one.content.sources)


def _strength(level: Level) -> int:
    return level.strength


def listed(
    session: Session, query: PlanQuery, *, actor: Actor
) -> tuple[list[Known[Plan]], str | None]:
    """Return one page of the newest versions, or of all of them."""
    actor.require(Permission.PLANS_READ)
    found = PLANS.every(session) if query.history else PLANS.newest(session).values()
    rows = [one for one in found if _asked_for(one, query)]
    return page_of(rows, query, sorts=SORTS, default="name", mark=lambda one: one.mark)


def _asked_for(one: Known[Plan], query: PlanQuery) -> bool:
    of_maker = query.maker is None or query.maker in one.content.makers
    return (
        (query.q or "").lower() in one.name
        and query.package in (None, one.content.package)
        and of_maker
    )


def plan(session: Session, name: str, number: int | None, *, actor: Actor) -> Known[Plan]:
    """Return a version of a plan, the newest where none is named."""
    actor.require(Permission.PLANS_READ)
    found = PLANS.version(session, name, number)
    if found is None:
        raise PlanNotFound(name=name if number is None else f"{name} {number}")
    return found


def taken_of(session: Session, device: Device) -> Taken:
    """Return what a backup of the phone is to take; what is for makers, once it is known."""
    return taken_by(PLANS.newest(session).values(), device.known_facts)


def allowed_since(session: Session, moment: datetime) -> list[list[Source]]:
    """Return what plans allow to be taken of phones, for each time since `moment` that it changed.

    Whether a phone has the app or is of the maker does not matter here.
    """
    every = PLANS.every(session)
    changes = sorted({one.made_at for one in every if one.made_at and one.made_at > moment})
    return [_allowed(every, at) for at in (moment, *changes)]


def _allowed(every: Iterable[Known[Plan]], at: datetime) -> list[Source]:
    newest = {one.name: one for one in every if one.made_at is None or one.made_at <= at}
    return [source for one in newest.values() for source in one.content.sources if source.on]


def taken_by(plans: Iterable[Known[Plan]], facts: PhoneFacts | None) -> Taken:
    return Taken(tuple(one for one in plans if _is_for(one.content, facts)), _spaces(facts))


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


def shown(one: Known[Plan]) -> PlanOut:
    return PlanOut(
        name=one.name,
        number=one.number,
        title=one.content.title.said(language()),
        makers=one.content.makers,
        package=one.content.package,
        made_by=one.made_by,
        made_at=one.made_at,
        reason=one.reason,
        plan=one.content,
    )
