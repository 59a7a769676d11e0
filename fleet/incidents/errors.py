"""What incidents refuse."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Invalid, NotFound


@dataclass(eq=False)
class IncidentNotFound(NotFound):
    number: str
    code = "incident_not_found"
    message = _("There is no incident {number}.")
    advice = _("See which there are with `workfleet incident list`.")


@dataclass(eq=False)
class MeasureNotFound(NotFound):
    incident: str
    number: int
    code = "measure_not_found"
    message = _("{incident} has no measure {number}.")
    advice = _("See which it has with `workfleet incident show {incident}`.")


@dataclass(eq=False)
class IncidentClosed(Conflict):
    number: str
    code = "incident_closed"
    message = _("{number} is closed.")
    advice = _("Report what has happened since as a new incident.")


@dataclass(eq=False)
class KnownAlready(Conflict):
    number: str
    code = "incident_known_already"
    message = _("This is known already as {number}, which began while somebody else had it.")
    advice = _("Tell the IT desk what you know, and name that number.")


@dataclass(eq=False)
class MeasuresOpen(Conflict):
    number: str
    open: str
    code = "measures_open"
    message = _("{number} cannot be closed: {open} still open.")
    advice = _("`workfleet incident show {number}` says what each needs, or why it may be spared.")


@dataclass(eq=False)
class MeasureEnded(Conflict):
    state: str
    code = "measure_ended"
    message = _("The measure has ended already: {state}.")
    advice = _("What there is to add can be written with `workfleet incident note`.")


@dataclass(eq=False)
class ThingsToBeNamed(Invalid):
    kind: str
    things: str
    code = "things_to_be_named"
    message = _("Of what is it said: {kind}? You hold {things}.")
    advice = _("Name the phone (tag), the SIM (number) or the account (handle).")


@dataclass(eq=False)
class NotOfThisThing(Invalid):
    kind: str
    name: str
    code = "not_of_this_thing"
    message = _("An incident of the kind {kind} cannot be about {name}.")
    advice = _("Phones and SIMs are lost or stolen, accounts are abnormal; passwords leak of all.")


@dataclass(eq=False)
class ThingsOfSeveralPeople(Invalid):
    names: str
    code = "things_of_several_people"
    message = _("These things are held by several people: {names}.")
    advice = _("Report what is with each of them by itself.")
