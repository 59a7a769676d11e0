"""What a change request is refused for."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Forbidden, Invalid, NotFound


@dataclass(eq=False)
class RequestNotFound(NotFound):
    request: str
    code = "request_not_found"
    message = _("There is no request {request}.")
    advice = _("See which there are with `workfleet request list`.")


@dataclass(eq=False)
class RequestMoveNotAllowed(Conflict):
    request: str
    move: str
    state: str
    code = "request_move_not_allowed"
    message = _("A request that is {state} cannot {move}.")
    advice = _("Look at it with `workfleet request show {request}`.")


@dataclass(eq=False)
class RequestOpen(Conflict):
    subject: str
    request: str
    asked_by: str
    code = "request_open"
    message = _("{asked_by} has already asked for a change of {subject}: {request}.")
    advice = _("Follow it with `workfleet request show {request}`, or withdraw it first.")


@dataclass(eq=False)
class NobodyCanChangeIt(Invalid):
    kind: str
    subject: str
    code = "nobody_can_change_it"
    message = _("The {kind} of {subject} is printed on its card: nobody can change it.")
    advice = _("Ask for another card where it became known.")


@dataclass(eq=False)
class BeingReturned(Conflict):
    subject: str
    code = "being_returned"
    message = _("{subject} is being returned: its values are changed in any case.")
    advice = _("Nothing has to be asked for.")


@dataclass(eq=False)
class NotHeldNow(Conflict):
    subject: str
    code = "not_held_now"
    message = _("Nobody holds {subject}, so nobody can ask for a change of it.")
    advice = _("IT changes it with `workfleet rotate`.")


@dataclass(eq=False)
class HeldByAnother(Forbidden):
    subject: str
    code = "held_by_another"
    message = _("{subject} is not in your hands.")
    advice = _("Who holds it, or IT on his behalf, asks for its change.")


@dataclass(eq=False)
class HolderDecides(Forbidden):
    request: str
    code = "holder_decides"
    message = _("{request} is your own, or asked for by you: another person decides.")
    advice = _("Wait for the person whom `workfleet request show {request}` names.")


@dataclass(eq=False)
class NotTheApprover(Forbidden):
    request: str
    waits_for: str
    code = "not_the_approver"
    message = _("{request} is not yours to decide: it waits for {waits_for}.")
    advice = _("They can name a delegate with `workfleet request delegate`.")


@dataclass(eq=False)
class NotYourRequest(Forbidden):
    request: str
    code = "not_your_request"
    message = _("{request} is neither yours nor asked for by you.")
    advice = _("Its holder, or IT, withdraws it.")


@dataclass(eq=False)
class AppointmentNotPossible(Invalid):
    at: str
    code = "appointment_not_possible"
    message = _("Nobody can come to a station at {at}.")
    advice = _("Name a time between now and {days} days from now.")
    days: int = 90


@dataclass(eq=False)
class NothingProposed(Invalid):
    request: str
    code = "nothing_proposed"
    message = _("Nobody has proposed a station and a time for {request}.")
    advice = _("Name both: `workfleet request appoint {request} --station NAME --at TIME`.")


@dataclass(eq=False)
class StationAway(Conflict):
    station: str
    state: str
    code = "station_away"
    message = _("The station {station} is {state}: nobody can come to it.")
    advice = _("See which are enrolled with `workfleet station list`.")


@dataclass(eq=False)
class NotHandedOverYet(Conflict):
    request: str
    state: str
    code = "not_changed_yet"
    message = _("{request} is {state}: there is no new value to hand over.")
    advice = _("It is handed over once the change is proven.")


@dataclass(eq=False)
class HandedOver(Conflict):
    request: str
    who: str
    when: str
    code = "handed_over"
    message = _("The value of {request} was handed over on {when}, by {who}.")
    advice = _("Whoever has lost it asks for a change with `workfleet request change`.")


@dataclass(eq=False)
class HandOverOutdated(Conflict):
    request: str
    newer: str
    code = "hand_over_outdated"
    message = _("The value was changed again after {request}: {newer} hands it over.")
    advice = _("Use `workfleet request hand-over {newer}`.")


@dataclass(eq=False)
class NotTheHolder(Forbidden):
    request: str
    code = "not_the_holder"
    message = _("The value of {request} is shown to its holder alone, when he has signed in.")
    advice = _("IT prints it for him: `workfleet request hand-over {request} --slip FILE`.")


@dataclass(eq=False)
class SlipsNotForHolders(Forbidden):
    request: str
    code = "slips_not_for_holders"
    message = _("The slip of {request} is printed by IT.")
    advice = _("See it yourself with `workfleet request hand-over {request}`.")


@dataclass(eq=False)
class SlipNeedsTwo(Forbidden):
    request: str
    code = "slip_needs_two"
    message = _("Nobody sees a value alone here, and nobody has approved {request}.")
    advice = _("Its holder sees it himself: `workfleet request hand-over {request}`.")


@dataclass(eq=False)
class ValueInDoubt(Conflict):
    subject: str
    code = "value_in_doubt"
    message = _("A change of {subject} ended in doubt, or is under way: nothing is handed over.")
    advice = _("Leave it at a station: its next visit settles which value opens it.")


@dataclass(eq=False)
class NoDepartmentOfYours(Forbidden):
    code = "no_department_of_yours"
    message = _("You head no department, so there is nothing to delegate.")
    advice = _("The head named in `workfleet department list` names his delegate himself.")


@dataclass(eq=False)
class DelegationNotPossible(Invalid):
    code = "delegation_not_possible"
    message = _("A delegation ends after it has begun, and after now.")
    advice = _("Check its days.")


@dataclass(eq=False)
class DelegateOfOneself(Invalid):
    code = "delegate_of_oneself"
    message = _("Nobody is his own delegate.")
    advice = _("Name somebody else.")


@dataclass(eq=False)
class DelegateUnknownHere(Conflict):
    number: str
    name: str
    code = "delegate_unknown_here"
    message = _("{name} ({number}) has no user here and could decide nothing.")
    advice = _("Have IT let him in with `workfleet user add … --employee {number}`.")


@dataclass(eq=False)
class DelegationNotFound(NotFound):
    delegation: str
    code = "delegation_not_found"
    message = _("There is no delegation {delegation} of yours.")
    advice = _("See which there are with `workfleet request delegations`.")


@dataclass(eq=False)
class DelegationOver(Conflict):
    delegation: str
    code = "delegation_over"
    message = _("The delegation {delegation} has ended already.")
    advice = _("Nothing is left to do.")
