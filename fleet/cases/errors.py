"""What cases refuse."""

from dataclasses import dataclass
from typing import Any

from fleet.contracts.words import _
from fleet.errors import Conflict, Forbidden, Invalid, NotFound


@dataclass(eq=False)
class CaseNotFound(NotFound):
    number: str
    code = "case_not_found"
    message = _("There is no case {number}.")
    advice = _("See which there are with `workfleet case list`.")


@dataclass(eq=False)
class StepNotFound(NotFound):
    case: str
    step: int
    code = "step_not_found"
    message = _("{case} has no step {step}.")
    advice = _("See which there are with `workfleet case show {case}`.")


@dataclass(eq=False)
class CaseOpen(Conflict):
    number: str
    name: str
    kind: str
    code = "case_open"
    message = _("For {name} there is an open case already: {number} ({kind}).")
    advice = _("Go on with that case: `workfleet case next {number}`, or cancel it first.")


@dataclass(eq=False)
class DayLongPast(Invalid):
    day: str
    days: int
    code = "day_long_past"
    message = _("{day} is more than {days} days past.")
    advice = _("Write the day like 2026-12-31; what comes late lies {days} days back at most.")


@dataclass(eq=False)
class SuccessorLeavesToo(Invalid):
    name: str
    code = "successor_leaves_too"
    message = _("{name} cannot take over: they are the one who leaves, or leave as well.")
    advice = _("Name somebody who stays.")


@dataclass(eq=False)
class CaseMoveNotAllowed(Conflict):
    case: str
    move: str
    state: str
    code = "case_move_not_allowed"
    message = _("{case} is {state}: that cannot be done with it now ({move}).")
    advice = _("Look at it with `workfleet case show {case}`.")


@dataclass(eq=False)
class StepMoveNotAllowed(Conflict):
    case: str
    step: int
    state: str
    code = "step_move_not_allowed"
    message = _("Step {step} of {case} has ended already: {state}.")
    advice = _("`workfleet case reopen {case} --step {step} --reason TEXT` takes that back.")


@dataclass(eq=False)
class StepNotReady(Conflict):
    case: str
    step: int
    waits_for: str
    code = "step_not_ready"
    message = _("Step {step} of {case} cannot be done yet: it waits for {waits_for}.")
    advice = _("Do those first; `workfleet case next {case}` names what can be done now.")


@dataclass(eq=False)
class StepIsProven(Invalid):
    case: str
    step: int
    how: str
    code = "step_is_proven"
    message = _("Step {step} of {case} is not ticked: it is done when it is shown to be.")
    advice = "{how}"


@dataclass(eq=False)
class StepOfAnother(Forbidden):
    case: str
    step: int
    who: str
    code = "step_of_another"
    message = _("Step {step} of {case} is for {who} to do.")
    advice = _("Who has a user of his own says so himself; for others the IT desk notes it.")


@dataclass(eq=False)
class StepNotWaivable(Invalid):
    case: str
    step: int
    how: str
    code = "step_not_waivable"
    message = _("Step {step} of {case} cannot be waived: nothing else ends what it ends.")
    advice = "{how}"


@dataclass(eq=False)
class WaiverNotAsked(Conflict):
    tag: str
    check: str
    code = "waiver_not_asked"
    message = _("Nobody has asked to let this check of {tag} pass: {check}.")
    advice = _("One asks (--ask), and another grants it.")


@dataclass(eq=False)
class NothingToReopen(Invalid):
    case: str
    code = "nothing_to_reopen"
    message = _("{case} has ended, and no step of it is named.")
    advice = _("Name what is to be done again: `… case reopen {case} --step NUMBER --reason TEXT`.")


@dataclass(eq=False)
class HasLeft(Conflict):
    name: str
    code = "has_left"
    message = _("{name} has left: everything has come back.")
    advice = _("Enter a person who comes back anew, and hand out things as to a joiner.")


@dataclass(eq=False)
class SameDepartment(Invalid):
    name: str
    department: str
    code = "same_department"
    message = _("{name} is in {department} already.")
    advice = _("Name the department to move to.")


@dataclass(eq=False)
class NobodyHoldsIt(Conflict):
    name: str
    code = "nobody_holds_it"
    message = _("Nobody holds {name}.")
    advice = _("Hand it out with `workfleet issue`.")


@dataclass(eq=False)
class ReplacementNotFree(Conflict):
    tag: str
    state: str
    code = "replacement_not_free"
    message = _("{tag} cannot take its place: it is {state}.")
    advice = _("Name a phone that is in stock, or leave it out and choose one later.")


@dataclass(eq=False)
class NoLoss(Invalid):
    incident: str
    kind: str
    code = "no_loss"
    message = _("{incident} is no loss: {kind}.")
    advice = _("Its measures are in `workfleet incident show {incident}`.")


@dataclass(eq=False)
class RegistrantNotTold(Invalid):
    handle: str
    registrant: str
    code = "registrant_not_told"
    message = _("{handle} was first registered by {registrant}; WeChat's terms give it to him.")
    advice = _("Show that to all three, and say so: --registrant-seen.")


@dataclass(eq=False)
class LeaversRefused(Conflict):
    refused: int
    rows: list[dict[str, Any]]
    code = "leavers_refused"
    message = _("{refused} of these cannot be opened; none was.")
    advice = _("Correct them, or open the others with --each; --dry-run names each with its line.")


@dataclass(eq=False)
class LeaverTwice(Invalid):
    number: str
    code = "leaver_twice"
    message = _("{number} stands in this file twice.")
    advice = _("Keep one of the two lines.")


@dataclass(eq=False)
class LeavesOnAnotherDay(Conflict):
    number: str
    case: str
    by: str
    code = "leaves_on_another_day"
    message = _("{number} leaves already, by {by}: {case}.")
    advice = _("Cancel that case first where the new day is right.")


@dataclass(eq=False)
class LadderNotRight(Invalid):
    code = "ladder_not_right"
    message = _("A company, or a department that inherits nothing, needs at least one rung.")
    advice = _("Name one: --rung 7:head, or --inherit.")


@dataclass(eq=False)
class LadderInThePast(Invalid):
    effective_from: str
    code = "ladder_in_the_past"
    message = _("{effective_from} is past: what held then cannot be changed.")
    advice = _("Name a day from today on, or none.")
