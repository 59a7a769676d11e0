"""What makes a plan fit to be carried out, beside the others that are in force."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from fleet.contracts.plans import Plan, Source, SourceKind
from fleet.plans.errors import (
    PlaceTakenTwice,
    SourceNamedTwice,
    SourceWithoutArchive,
    SourceWithoutColumns,
    SourceWithoutPlace,
)

KEY: Final = "_id"  # by which the rows of a provider are counted


def require_sound(name: str, plan: Plan, others: Mapping[str, Plan]) -> None:
    """Refuse what could not be carried out, or would leave open to whom a path belongs."""
    for source in plan.sources:
        REQUIRED[source.kind](source)
    every = {**others, name: plan}
    _require_names((one, source) for one in every for source in every[one].sources)
    together = (source for one in others.values() if may_meet(one, plan) for source in one.sources)
    _require_places(plan.sources, dict(_places(together)))


def may_meet(one: Plan, other: Plan) -> bool:
    """Tell whether both can be for the same phone."""
    return not one.makers or not other.makers or not set(one.makers).isdisjoint(other.makers)


def _require_names(sources: Iterable[tuple[str, Source]]) -> None:
    seen: dict[str, str] = {}
    for plan, source in sources:
        if source.id in seen:
            raise SourceNamedTwice(source=source.id, plan=seen[source.id])
        seen[source.id] = plan


def _require_places(sources: Iterable[Source], taken: dict[str, str]) -> None:
    """A path belongs to the most specific source: two of the same place would leave that open."""
    for place, source in _places(sources):
        if place in taken:
            raise PlaceTakenTwice(place=place, source=taken[place])
        taken[place] = source


def _places(sources: Iterable[Source]) -> Iterator[tuple[str, str]]:
    of_files = (one for one in sources if one.kind is SourceKind.FILES)
    return ((place.casefold(), one.id) for one in of_files for place in one.places)


def _require_place(source: Source) -> None:
    if not source.places:
        raise SourceWithoutPlace(source=source.id)


def _require_columns(source: Source) -> None:
    if source.provider is None or len(source.columns) < len((KEY, "text")):
        raise SourceWithoutColumns(source=source.id)
    if source.columns[0] != KEY:
        raise SourceWithoutColumns(source=source.id)


def _require_archive(source: Source) -> None:
    if source.archive is None:
        raise SourceWithoutArchive(source=source.id)


def _require_nothing(_source: Source) -> None:
    pass


REQUIRED: Final[Mapping[SourceKind, Callable[[Source], None]]] = {
    SourceKind.FILES: _require_place,
    SourceKind.CONTENT: _require_columns,
    SourceKind.FACTS: _require_nothing,
    SourceKind.ATTESTED: _require_archive,
}
