"""What makes a plan fit to be carried out, beside the others that are in force."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
        _require_whole(source)
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


def _require_whole(source: Source) -> None:
    """Refuse a source that does not say what its kind is taken by."""
    match source.kind:
        case SourceKind.FILES if not source.places:
            raise SourceWithoutPlace(source=source.id)
        case SourceKind.CONTENT if source.provider is None or not _can_be_counted(source.columns):
            raise SourceWithoutColumns(source=source.id)
        case SourceKind.ATTESTED if source.archive is None:
            raise SourceWithoutArchive(source=source.id)


def _can_be_counted(columns: Sequence[str]) -> bool:
    return len(columns) > 1 and columns[0] == KEY
