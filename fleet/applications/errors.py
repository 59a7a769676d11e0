"""What applications, kits and reservations are refused for."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Forbidden, Invalid, NotFound


@dataclass(eq=False)
class ApplicationNotFound(NotFound):
    application: str
    code = "application_not_found"
    message = _("There is no application {application}.")
    advice = _("See which there are with `workfleet application list`.")


@dataclass(eq=False)
class ApplicationMoveNotAllowed(Conflict):
    application: str
    move: str
    state: str
    code = "application_move_not_allowed"
    message = _("An application that is {state} cannot {move}.")
    advice = _("Look at it with `workfleet application show {application}`.")


@dataclass(eq=False)
class ApplicationOpen(Conflict):
    name: str
    application: str
    code = "application_open"
    message = _("{name} has applied for such a thing already: {application}.")
    advice = _("Go on with that one, or withdraw it first.")


@dataclass(eq=False)
class NotForOthers(Forbidden):
    number: str
    code = "not_for_others"
    message = _("You apply for yourself alone, not for {number}.")
    advice = _("They apply themselves, or IT applies for them.")


class NobodyToApplyFor(Invalid):
    code = "nobody_to_apply_for"
    message = _("You are no employee here, and nobody is named whom it is for.")
    advice = _("Name the employee's number.")


@dataclass(eq=False)
class RealNameWrong(Invalid):
    given: str
    wanted: str
    code = "real_name_wrong"
    message = _("The real name is to be written as {wanted}, not {given}.")
    advice = _("Write it so; where the register is wrong, have it corrected first.")


@dataclass(eq=False)
class ApplicantDecides(Forbidden):
    application: str
    code = "applicant_decides"
    message = _("{application} is for yourself, or made by you: another person decides.")
    advice = _("Wait for the person whom `workfleet application show {application}` names.")


@dataclass(eq=False)
class NotItsApprover(Forbidden):
    application: str
    waits_for: str
    code = "not_its_approver"
    message = _("{application} is not yours to decide: it waits for {waits_for}.")
    advice = _("They can name a delegate with `workfleet request delegate`.")


@dataclass(eq=False)
class NotYourApplication(Forbidden):
    application: str
    code = "not_your_application"
    message = _("{application} is neither for you nor made by you.")
    advice = _("Whom it is for, or IT, does that.")


@dataclass(eq=False)
class ThingReserved(Conflict):
    name: str
    application: str
    holder: str
    until: str
    code = "thing_reserved"
    message = _("{name} is reserved for {holder} until {until}: {application}.")
    advice = _("Take another, or go on with `workfleet application show {application}`.")


class ReservedMeanwhile(Conflict):
    code = "reserved_meanwhile"
    message = _("Somebody else reserved one of these things at the same moment; nothing is stored.")
    advice = _("Reserve again: the next best is taken.")


@dataclass(eq=False)
class NoneFits(Conflict):
    """`others`: how many of the kind are in stock all the same, and what is wrong with them."""

    kind: str
    others: str
    code = "none_fits"
    message = _("No {kind} in stock fits. {others}")
    advice = _("Mend what keeps them back, or choose one by hand: see `--help`.")


@dataclass(eq=False)
class NotWanted(Invalid):
    application: str
    kind: str
    code = "not_wanted"
    message = _("{application} asks for no {kind}.")
    advice = _("Leave it out, or make another application.")


@dataclass(eq=False)
class NotInStock(Conflict):
    name: str
    state: str
    code = "not_in_stock"
    message = _("{name} is {state}: only what is in stock is reserved.")
    advice = _("Take another.")


@dataclass(eq=False)
class NothingReserved(Conflict):
    application: str
    state: str
    code = "nothing_reserved"
    message = _("Nothing is reserved for {application}: it is {state}.")
    advice = _("Look at what comes next with `workfleet application show {application}`.")


@dataclass(eq=False)
class NotPrepared(Conflict):
    """`steps` are the open ones: name, what is so, and what to do next."""

    application: str
    count: int
    steps: list[dict[str, str]]
    code = "not_prepared"
    message = _("Not yet: {count} steps of {application} are open.")
    advice = _("See each with `workfleet application prepare {application}`.")


@dataclass(eq=False)
class AgreementMovedOn(Conflict):
    application: str
    code = "agreement_moved_on"
    message = _("What is agreed to is not the text of now, or other things are reserved.")
    advice = _("Read it again with `workfleet application sign {application}`.")


@dataclass(eq=False)
class HolderSigns(Forbidden):
    application: str
    code = "holder_signs"
    message = _("{application} is signed by whom it is for, when he has signed in.")
    advice = _("Where he has signed on paper, say so: --on-paper.")


@dataclass(eq=False)
class PaperByDesk(Forbidden):
    application: str
    code = "paper_by_desk"
    message = _("That {application} was signed on paper is said by IT.")
    advice = _("Sign it yourself, without --on-paper.")


@dataclass(eq=False)
class SignedOnItsForm(Conflict):
    application: str
    form: str
    code = "signed_on_its_form"
    message = _("{application} is signed for, and handed out, by its issue form {form} alone.")
    advice = _("Sign that: `workfleet paper sign {form} --as holder`, then `--as handler`.")


@dataclass(eq=False)
class SignedWithoutForm(Conflict):
    application: str
    code = "signed_without_form"
    message = _("{application} is signed for already, without an issue form.")
    advice = _("Hand it out with `workfleet application issue {application}`.")


@dataclass(eq=False)
class IssuedByForm(Conflict):
    application: str
    form: str
    code = "issued_by_form"
    message = _("By {form} the things of {application} were handed out: it cannot be void.")
    advice = _("Where that was a mistake, have the things returned.")


@dataclass(eq=False)
class KitNotFound(NotFound):
    kit: str
    code = "kit_not_found"
    message = _("There is no kit {kit}.")
    advice = _("See which there are with `workfleet kit list`.")


@dataclass(eq=False)
class KitNameWrong(Invalid):
    kit: str
    code = "kit_name_wrong"
    message = _("{kit} is no name for a kit.")
    advice = _("Use at most 40 small letters, digits, - and _, like sales or desk-2.")


@dataclass(eq=False)
class ApproverUnknown(Invalid):
    approver: str
    code = "approver_unknown"
    message = _("{approver} names no department whose head could decide.")
    advice = _("Write `head`, or `head:CODE` with the code of a department.")


@dataclass(eq=False)
class NameFormatWrong(Invalid):
    format: str
    code = "name_format_wrong"
    message = _("{format} is no format for a name.")
    advice = _("Write it of the blanks name, number and department in braces; name is needed.")


class CompanyHasItsOwnPolicy(Invalid):
    code = "company_has_its_own_policy"
    message = _("There is nothing above the company that it could take its terms from.")
    advice = _("Name a department, or say what is to hold.")


@dataclass(eq=False)
class ApplicationPolicyInThePast(Invalid):
    effective_from: str
    code = "application_policy_in_the_past"
    message = _("{effective_from} is over: what was applied for by then stays as it was.")
    advice = _("Name a moment to come, or leave it out: at once.")
