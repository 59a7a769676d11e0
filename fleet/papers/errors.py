"""What papers refuse."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable


@dataclass(eq=False)
class PaperNotFound(NotFound):
    number: str
    code = "paper_not_found"
    message = _("There is no paper {number}.")
    advice = _("See which there are with `workfleet paper list`.")


@dataclass(eq=False)
class PaperTextNotFound(NotFound):
    name: str
    known: str
    code = "paper_text_not_found"
    message = _("No paper carries a text called {name}.")
    advice = _("There are: {known}.")


@dataclass(eq=False)
class ScanNotFound(NotFound):
    number: str
    scan: int
    code = "scan_not_found"
    message = _("{number} has no scan {scan}.")
    advice = _("See what is attached with `workfleet paper show {number}`.")


@dataclass(eq=False)
class NobodyToSign(Conflict):
    name: str
    code = "nobody_to_sign"
    message = _("Nobody holds {name}, so there is nobody to sign for it.")
    advice = _("Issue it first, then make the paper.")


@dataclass(eq=False)
class FormOfIssueThere(Conflict):
    number: str
    name: str
    code = "form_of_issue_there"
    message = _("{name} was handed out by {number}, which both have signed.")
    advice = _("Print that: `workfleet paper print {number}`.")


@dataclass(eq=False)
class FormMovedOn(Conflict):
    number: str
    application: str
    code = "form_moved_on"
    message = _("What {number} says is not so any more; it is not signed.")
    advice = _(
        "Make it anew and have that signed: "
        "`workfleet paper make issue_form {application} --replace`."
    )


@dataclass(eq=False)
class HolderSignsFirst(Conflict):
    number: str
    code = "holder_signs_first"
    message = _("{number} hands things out once the handler signs: whom it is for signs first.")
    advice = _("Have it signed: `workfleet paper sign {number} --as holder`.")


@dataclass(eq=False)
class HandsToHimself(Forbidden):
    number: str
    code = "hands_to_himself"
    message = _("{number} is for yourself: another person hands it out, and says who signed it.")
    advice = _("Have a colleague at the desk do that.")


@dataclass(eq=False)
class NotCountedYet(Conflict):
    number: str
    state: str
    code = "not_counted_yet"
    message = _("{number} has no result to be signed: it is {state}.")
    advice = _("Close it first: `workfleet stocktake close {number}`.")


@dataclass(eq=False)
class NobodyToHandOn(Conflict):
    name: str
    code = "nobody_to_hand_on"
    message = _("Of the hand-over of {name} it is not known who hands it on, or to whom.")
    advice = _("Name the receiver with --to, while somebody holds it or has held it.")


@dataclass(eq=False)
class SameOnBothSides(Invalid):
    name: str
    code = "same_on_both_sides"
    message = _("{name} would sign twice: those who sign a hand-over are three people.")
    advice = _("Name somebody else.")


@dataclass(eq=False)
class PaperHasSignatures(Conflict):
    number: str
    code = "paper_has_signatures"
    message = _("{number} is about the same, says something else, and has signatures already.")
    advice = _("Look at it first; make a new one in its place with --replace.")


@dataclass(eq=False)
class PaperNotValid(Conflict):
    number: str
    state: str
    code = "paper_not_valid"
    message = _("{number} does not count any more: {state}.")
    advice = _("See what has taken its place with `workfleet paper show {number}`.")


@dataclass(eq=False)
class PaperAltered(Conflict):
    number: str
    code = "paper_altered"
    message = _("What is stored of {number} is not what its digest was made of; it is not signed.")
    advice = _("Check the audit trail with `workfleet audit verify` and make the paper anew.")


@dataclass(eq=False)
class DigestOfAnother(Conflict):
    number: str
    code = "digest_of_another"
    message = _("What was read is not {number} as it is here: the digests differ.")
    advice = _("Open the paper again, read it, and sign that.")


@dataclass(eq=False)
class NotToBeSignedSo(Invalid):
    number: str
    role: str
    known: str
    code = "not_to_be_signed_so"
    message = _("Nobody signs {number} as {role}.")
    advice = _("Those who sign it: {known}.")


@dataclass(eq=False)
class RoleSigned(Conflict):
    number: str
    role: str
    code = "role_signed"
    message = _("{number} is signed as {role} already.")
    advice = _("Look at it with `workfleet paper show {number}`.")


@dataclass(eq=False)
class RoleSignedMeanwhile(Conflict):
    code = "role_signed_meanwhile"
    message = _("Somebody signed in that role at the same time.")
    advice = _("Look at the paper again.")


@dataclass(eq=False)
class NotYoursToSign(Forbidden):
    number: str
    role: str
    code = "not_yours_to_sign"
    message = _("{number} is signed as {role} by somebody else.")
    advice = _("Sign in as that person, or have it attested at the desk.")


@dataclass(eq=False)
class SignedInAnotherRole(Conflict):
    number: str
    role: str
    code = "signed_in_another_role"
    message = _("You have signed {number} as {role}; nobody signs one paper twice.")
    advice = _("Have somebody else sign in the other role.")


@dataclass(eq=False)
class SignsForHimself(Forbidden):
    number: str
    code = "signs_for_himself"
    message = _("Nobody attests his own signature on {number}.")
    advice = _("Sign it yourself with `workfleet paper sign {number} --as …`.")


@dataclass(eq=False)
class ScanUnreadable(Invalid):
    code = "scan_unreadable"
    message = _("This is no PDF, JPEG or PNG.")
    advice = _("Scan or photograph the paper again and attach that file.")


@dataclass(eq=False)
class ScanTooLarge(Invalid):
    most: int
    code = "scan_too_large"
    message = _("A scan may have {most} bytes at most.")
    advice = _("Scan it in grey with 200 dots to the inch.")


@dataclass(eq=False)
class ScanArrivedWrong(Invalid):
    code = "scan_arrived_wrong"
    message = _("What arrived is not what was announced: size or digest differ.")
    advice = _("Send it again.")


@dataclass(eq=False)
class ScanNotWhole(Unavailable):
    number: str
    scan: int
    code = "scan_not_whole"
    message = _("Scan {scan} of {number} cannot be opened: its bytes or its key are not as stored.")
    advice = _("Attach it again from the paper; check the storage.")
