"""What saved views refuse."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.database import clash
from fleet.errors import Conflict, Forbidden, Invalid, NotFound


@dataclass(eq=False)
class ViewNotFound(NotFound):
    view: str
    code = "view_not_found"
    message = _("There is no view {view} of yours, and none that somebody shares.")
    advice = _("See `workfleet view list`.")


@dataclass(eq=False)
class ViewOfSeveral(Conflict):
    view: str
    owners: str
    code = "view_of_several"
    message = _("Several people share a view {view}: {owners}.")
    advice = _("Say whose it is: OWNER:{view}.")


class ViewNameTaken(Conflict):
    code = "view_name_taken"
    message = _("You have a view of this name already.")
    advice = _("Take another name, or replace it with --replace.")


@dataclass(eq=False)
class ViewOfAnother(Forbidden):
    view: str
    owner: str
    code = "view_of_another"
    message = _("The view {view} is {owner}'s.")
    advice = _("Only its owner changes it; save one of your own like it.")


class ViewsOfPeople(Forbidden):
    code = "views_of_people"
    message = _("Only a person has views.")
    advice = _("Ask the list itself.")


@dataclass(eq=False)
class ListUnknown(Invalid):
    name: str
    known: str
    code = "list_unknown"
    message = _("No view can be made of {name}.")
    advice = _("It can be made of: {known}.")


@dataclass(eq=False)
class ViewQueryWrong(Invalid):
    name: str
    fields: dict[str, list[str]]
    names: str
    code = "view_query_wrong"
    message = _("The list of {name} cannot be asked so ({names}).")
    advice = _("See what it can be asked with --help of its command.")


clash("uq_saved_view_owner_id", ViewNameTaken)
clash("saved_view.owner_id, saved_view.name", ViewNameTaken)
