"""What the room of plans refuses."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Invalid, NotFound


@dataclass(eq=False)
class PlanNotFound(NotFound):
    name: str
    code = "plan_not_found"
    message = _("There is no plan {name}.")
    advice = _("See which there are with `workfleet plan list`.")


@dataclass(eq=False)
class PlanNameUnclear(Invalid):
    name: str
    code = "plan_name_unclear"
    message = _("A plan cannot be called {name}.")
    advice = _("Small letters, digits and hyphens, beginning with a letter: our-crm.")


@dataclass(eq=False)
class SourceNamedTwice(Invalid):
    source: str
    plan: str
    code = "source_named_twice"
    message = _("The source {source} is in the plan {plan} already.")
    advice = _("Give every source a name of its own, also across plans.")


@dataclass(eq=False)
class PlaceTakenTwice(Invalid):
    place: str
    source: str
    code = "place_taken_twice"
    message = _("{place} belongs to the source {source} already.")
    advice = _("Name a place below it, or take it out of the other source first.")


@dataclass(eq=False)
class SourceWithoutPlace(Invalid):
    source: str
    code = "source_without_place"
    message = _("The source {source} of files names no place.")
    advice = _("Name at least one; a dot stands for all of the shared storage.")


@dataclass(eq=False)
class SourceWithoutColumns(Invalid):
    source: str
    code = "source_without_columns"
    message = _("The source {source} does not say which columns are asked of which provider.")
    advice = _("Name the provider and its columns: _id first, the one with free text last.")


@dataclass(eq=False)
class SourceWithoutArchive(Invalid):
    source: str
    code = "source_without_archive"
    message = _("The source {source} does not say how its archive is known.")
    advice = _("Say in `archive` how it is made, its descriptor and what holds the chats.")
