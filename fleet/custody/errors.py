"""What handing out and taking back refuses."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Invalid, NotFound, Unavailable


@dataclass(eq=False)
class AlreadyHeld(Conflict):
    name: str
    holder: str
    code = "already_held"
    message = _("{name} is with {holder}.")
    advice = _("It has to come back before it can be issued again.")


class HeldMeanwhile(Conflict):
    code = "held_meanwhile"
    message = _("Somebody else issued one of these things at the same moment; nothing was stored.")
    advice = _("See who holds them now, and take another.")


@dataclass(eq=False)
class NotHeld(Conflict):
    name: str
    code = "not_held"
    message = _("Nobody holds {name}.")
    advice = _("Check the name; there is nothing to give back.")


class NothingToIssue(Invalid):
    code = "nothing_to_issue"
    message = _("No phone, SIM or account was named.")
    advice = _("Name at least one with --device, --sim or --account.")


@dataclass(eq=False)
class LentUntilThePast(Invalid):
    day: str
    code = "lent_until_the_past"
    message = _("{day} is not after today: nothing is lent until then.")
    advice = _("Name a day that is to come.")


@dataclass(eq=False)
class LoanNotFound(NotFound):
    loan: str
    code = "loan_not_found"
    message = _("There is no loan {loan} that is out.")
    advice = _("See which are with `workfleet loan list`.")


@dataclass(eq=False)
class LoanNotLonger(Invalid):
    name: str
    due_on: str
    code = "loan_not_longer"
    message = _("{name} is lent until {due_on} already.")
    advice = _("Name a later day, or have it given back.")


@dataclass(eq=False)
class OneAccountOfAKind(Conflict):
    holder: str
    kind: str
    handle: str
    code = "one_account_of_a_kind"
    message = _("{holder} has a {kind} account already: {handle}.")
    advice = _(
        "Take that one back first, or give the reason for an exception (`--exception TEXT`)."
    )


@dataclass(eq=False)
class NumberInQuarantine(Conflict):
    number: str
    until: str
    code = "number_in_quarantine"
    message = _("{number} was somebody else's and rests until {until}.")
    advice = _(
        "Take another SIM, or have an administrator issue it with `--exception` and the reason."
    )


@dataclass(eq=False)
class NumberBoundToOthers(Conflict):
    number: str
    accounts: str
    code = "number_bound_to_others"
    message = _("{number} still opens accounts that are not the receiver's: {accounts}.")
    advice = _(
        "Bind them to another number, issue them along, or have an administrator issue it with "
        "`--exception` and the reason."
    )


@dataclass(eq=False)
class RegistrantNotSeen(Conflict):
    handle: str
    registrant: str
    code = "registrant_not_seen"
    message = _(
        "{handle} was first registered by {registrant}, and WeChat's terms give an account to its"
        " first registrant."
    )
    advice = _("Confirm that you have seen this, and have the hand-over signed by all three.")


@dataclass(eq=False)
class GateOpen(Conflict):
    """`checks` are the open ones: name, what is so, and what to do next."""

    tag: str
    count: int
    open: list[str]
    checks: list[dict[str, str]]
    code = "gate_open"
    message = _("Not yet: {count} checks of {tag} are open.")
    advice = _(
        "See each with `workfleet gate {tag}`; where one cannot be met, ask for a waiver with "
        "`workfleet waiver ask`."
    )


class AccountGateOpen(GateOpen):
    """The same for an account, which no command shows a gate of; `tag` is its handle."""

    code = "account_gate_open"
    message = _("Not yet: {tag} cannot be taken from its holder.")
    advice = _("Change its password at a station: `workfleet rotate {tag}`.")


@dataclass(eq=False)
class CannotBeDeclared(Invalid):
    check: str
    code = "cannot_be_declared"
    message = _("The check {check} is not for a person to answer.")
    advice = _("Let a station do it, or ask for a waiver: `workfleet waiver ask`.")


@dataclass(eq=False)
class WipeNotDue(Conflict):
    tag: str
    state: str
    code = "wipe_not_due"
    message = _("{tag} is {state}: only a phone that was accepted is wiped.")
    advice = _("Accept it first.")


@dataclass(eq=False)
class WipeUnderWay(Conflict):
    tag: str
    job: str
    code = "wipe_under_way"
    message = _("A wipe of {tag} is planned or under way already: {job}.")
    advice = _("Follow it with `workfleet job list`.")


@dataclass(eq=False)
class WipeNotYours(Conflict):
    job: str
    station: str
    code = "wipe_not_yours"
    message = _("The station {station} has no wipe {job} to do now.")
    advice = _("Nothing was changed. See what became of it with `workfleet job list`.")


@dataclass(eq=False)
class EraseInDoubt(Conflict):
    tag: str
    at: str
    code = "erase_in_doubt"
    message = _("A station was let erase {tag} at {at}: how that ended is not known yet.")
    advice = _(
        "Plug it in at a station, which looks before it does anything; where no wipe waits: "
        "`workfleet device wipe {tag}`."
    )


@dataclass(eq=False)
class LegalHold(Conflict):
    tag: str
    preservations: str
    code = "legal_hold"
    message = _("{tag} is kept as it is by {preservations}: it is not erased.")
    advice = _("Whoever placed it lifts it with `workfleet preservation lift`; nothing waives it.")


@dataclass(eq=False)
class NoAcceptanceToUndo(Conflict):
    tag: str
    state: str
    code = "no_acceptance_to_undo"
    message = _("{tag} is {state}: there is no acceptance that could be taken back.")
    advice = _("An acceptance can be taken back until a station begins to erase the phone.")


@dataclass(eq=False)
class AccountNotOnIt(Invalid):
    handle: str
    tag: str
    code = "account_not_on_it"
    message = _("{handle} is no account that is used on {tag}.")
    advice = _("See which are: `workfleet gate {tag}`.")


@dataclass(eq=False)
class OfNoAccount(Invalid):
    check: str
    code = "of_no_account"
    message = _("The check {check} is of the phone, and of no account on it.")
    advice = _("Leave the account out.")


@dataclass(eq=False)
class CertificateNotFound(NotFound):
    number: str
    code = "certificate_unknown"
    message = _("There is no certificate {number}.")
    advice = _("See which there are: `workfleet certificate list`.")


@dataclass(eq=False)
class WaiverNotFound(NotFound):
    number: str
    code = "waiver_not_found"
    message = _("There is no waiver {number}.")
    advice = _("See which there are: `workfleet waiver list`.")


@dataclass(eq=False)
class CannotBeWaived(Invalid):
    check: str
    code = "cannot_be_waived"
    message = _("The check {check} cannot be waived.")
    advice = _("Its line in the gate says how it is met.")


@dataclass(eq=False)
class NotOnItsWayBack(Conflict):
    tag: str
    state: str
    code = "not_on_its_way_back"
    message = _("{tag} is {state}: no gate waits for it.")
    advice = _("Begin its return first: `workfleet return {tag}`.")


class WaiverAskedAlready(Conflict):
    code = "waiver_asked_already"
    message = _("A waiver of this check was asked for already, and is not decided.")
    advice = _("See it with `workfleet waiver list --state asked`.")


@dataclass(eq=False)
class WaiverDecided(Conflict):
    number: str
    state: str
    code = "waiver_decided"
    message = _("{number} is {state} already.")
    advice = _("Ask for another one where it is needed: `workfleet waiver ask`.")


@dataclass(eq=False)
class OwnWaiver(Conflict):
    number: str
    code = "own_waiver"
    message = _("{number} was asked for by you: another person decides about it.")
    advice = _("Let somebody else who may decide it do so.")


@dataclass(eq=False)
class WaiverTermWrong(Invalid):
    until: str
    most: int
    code = "waiver_term_wrong"
    message = _("A waiver ends in the future, and within {most} days: not {until}.")
    advice = _("Name a nearer day, or leave it out.")


@dataclass(eq=False)
class AccessoryUnknown(Invalid):
    word: str
    known: str
    code = "accessory_unknown"
    message = _("{word} is no accessory of the company's list.")
    advice = _("It has: {known}. Add one with `workfleet accessory set`.")


@dataclass(eq=False)
class AccessoryTwice(Invalid):
    word: str
    code = "accessory_twice"
    message = _("{word} was named twice.")
    advice = _("Name it once, with a count: {word}:2.")


@dataclass(eq=False)
class AccessoryNotOut(Invalid):
    word: str
    name: str
    known: str
    code = "accessory_not_out"
    message = _("{word} was not handed out with {name}.")
    advice = _("Handed out with it: {known}.")


@dataclass(eq=False)
class MoreThanWentOut(Invalid):
    word: str
    count: int
    out: int
    code = "more_than_went_out"
    message = _("{count} × {word} cannot come back: {out} are out.")
    advice = _("Look again: `workfleet device show`.")


@dataclass(eq=False)
class KitNeedsOnePhone(Invalid):
    count: int
    code = "kit_needs_one_phone"
    message = _("Accessories and a condition are noted beside one phone; {count} were named.")
    advice = _("Issue phone by phone.")


@dataclass(eq=False)
class PhotoNotFound(NotFound):
    number: str
    code = "photo_not_found"
    message = _("There is no photograph {number}.")
    advice = _("Look it up with `workfleet photo list`.")


@dataclass(eq=False)
class PhotoUnreadable(Invalid):
    code = "photo_unreadable"
    message = _("This is neither a JPEG nor a PNG.")
    advice = _("Save the photograph as JPEG and send that.")


@dataclass(eq=False)
class PhotoTooLarge(Invalid):
    most: int
    code = "photo_too_large"
    message = _("A photograph may have {most} bytes at most.")
    advice = _("Take it with fewer pixels.")


@dataclass(eq=False)
class PhotoArrivedWrong(Invalid):
    code = "photo_arrived_wrong"
    message = _("What arrived is not what was announced: size or digest differ.")
    advice = _("Send it again.")


@dataclass(eq=False)
class PhotoNotWhole(Unavailable):
    number: str
    code = "photo_not_whole"
    message = _("Photograph {number} cannot be opened: its bytes or its key are not as stored.")
    advice = _("Check the storage; a copy may be with whoever took it.")
