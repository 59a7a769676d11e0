"""What remedies, and the company's files of apps, are refused for."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Forbidden, Invalid, NotFound


@dataclass(eq=False)
class RemedyNotFound(NotFound):
    number: str
    code = "remedy_not_found"
    message = _("There is no remedy {number}.")
    advice = _("See which there are with `workfleet remedy list`.")


@dataclass(eq=False)
class RemedyMoveNotAllowed(Conflict):
    move: str
    state: str
    code = "remedy_move_not_allowed"
    message = _("A remedy that is {state} cannot {move}.")
    advice = _("See what became of it with `workfleet remedy list`.")


@dataclass(eq=False)
class RemedyUnderWay(Conflict):
    tag: str
    number: str
    code = "remedy_under_way"
    message = _("{number} is to do that on {tag} already, or the opposite of it.")
    advice = _("Wait for it, or take it back: workfleet remedy cancel {number}")


class RemedyPlannedMeanwhile(Conflict):
    code = "remedy_planned_meanwhile"
    message = _("Somebody else planned the same at this moment; nothing of yours was stored.")
    advice = _("Look with `workfleet remedy list --state planned`.")


@dataclass(eq=False)
class RuleHasNoRemedy(Invalid):
    rule: str
    code = "rule_has_no_remedy"
    message = _("No station can do anything against {rule}.")
    advice = _("What a person can do is said by `workfleet finding show`.")


@dataclass(eq=False)
class ActionNotOfRule(Invalid):
    action: str
    rule: str
    known: str
    code = "action_not_of_rule"
    message = _("{action} does nothing against {rule}.")
    advice = _("Against it there is: {known}.")


@dataclass(eq=False)
class OnlyAnUndo(Invalid):
    action: str
    code = "only_an_undo"
    message = _("{action} only takes a remedy back that was carried out.")
    advice = _("Name that one: workfleet remedy undo NUMBER")


@dataclass(eq=False)
class PackageNotNamed(Invalid):
    action: str
    code = "package_not_named"
    message = _("{action} is done to an app, and none was named.")
    advice = _("Name it with --package, as in com.example.game.")


@dataclass(eq=False)
class PhoneNotOurs(Conflict):
    tag: str
    state: str
    code = "remedy_not_for_this_phone"
    message = _("{tag} is {state}: nothing is changed on it any more.")
    advice = _("An accepted phone is erased as a whole; a lost one has to be found first.")


@dataclass(eq=False)
class PhoneNeverSeen(Conflict):
    tag: str
    code = "phone_never_seen"
    message = _("No station has seen {tag} yet: what is on it is not known.")
    advice = _("Plug it in at a station, and plan it then.")


@dataclass(eq=False)
class FindingIsWaived(Conflict):
    number: str
    by: str
    code = "finding_is_waived"
    message = _("{by} has waived {number}: nothing is done against it.")
    advice = _("Have the waiver taken back first: workfleet compliance unwaive {number}")


@dataclass(eq=False)
class AppNotThere(Conflict):
    tag: str
    package: str
    code = "app_not_there"
    message = _("{package} was not on {tag} when it was last seen.")
    advice = _("Look again with `workfleet device probe {tag}`.")


@dataclass(eq=False)
class AppOffAlready(Conflict):
    tag: str
    package: str
    code = "app_off_already"
    message = _("{package} was switched off on {tag} already when it was last seen.")
    advice = _("Nothing needs to be done.")


@dataclass(eq=False)
class AppIsRequired(Conflict):
    tag: str
    package: str
    code = "app_is_required"
    message = _("The terms require {package} on {tag}: it is not taken away.")
    advice = _("If that is wrong, change the terms: workfleet compliance policy edit")


@dataclass(eq=False)
class AppOfTheMaker(Conflict):
    tag: str
    package: str
    code = "app_of_the_maker"
    message = _("{package} came with {tag}: without it the phone may not start again.")
    advice = _("Where it is safe, name it in the terms as forbidden; then it is done.")


@dataclass(eq=False)
class AppInCharge(Conflict):
    tag: str
    package: str
    code = "app_in_charge"
    message = _("{package} is the keyboard of {tag}, or administers it.")
    advice = _("Have another one chosen in the phone's settings first.")


@dataclass(eq=False)
class KeptAsEvidence(Conflict):
    tag: str
    number: str
    code = "kept_as_evidence"
    message = _("{number} preserves what is on {tag}: this would change it.")
    advice = _("Switch the app off instead: that touches nothing it has stored.")


@dataclass(eq=False)
class ReturnGoesFirst(Conflict):
    tag: str
    code = "return_goes_first"
    message = _("{tag} is on its way back: what the app stored may not be in a backup yet.")
    advice = _("Switch the app off instead; the phone is erased once it is accepted.")


@dataclass(eq=False)
class RemedyNotDone(Conflict):
    number: str
    state: str
    code = "remedy_not_done"
    message = _("{number} is {state}: there is nothing to take back.")
    advice = _("See how it stands with `workfleet remedy show {number}`.")


@dataclass(eq=False)
class NothingWasChanged(Conflict):
    number: str
    code = "nothing_was_changed"
    message = _("{number} found everything as it was wanted and changed nothing.")
    advice = _("See what the phone showed with `workfleet remedy show {number}`.")


@dataclass(eq=False)
class NoWayBack(Conflict):
    number: str
    code = "no_way_back"
    message = _("What {number} did cannot be taken back by a station.")
    advice = _("Install the app anew on the phone where it is needed.")


@dataclass(eq=False)
class RemedyOvertaken(Conflict):
    number: str
    later: str
    code = "remedy_overtaken"
    message = _("{later} has changed the same after {number}.")
    advice = _("Take that one back first: workfleet remedy undo {later}")


@dataclass(eq=False)
class ApkNotFound(NotFound):
    apk: str
    code = "apk_not_found"
    message = _("There is no file of an app {apk}.")
    advice = _("See which there are with `workfleet apk list`.")


@dataclass(eq=False)
class NoApkOf(Conflict):
    package: str
    code = "no_apk_of"
    message = _("The company has no file of {package}.")
    advice = _("Add one with `workfleet apk add FILE`.")


@dataclass(eq=False)
class ApkOfAnother(Conflict):
    package: str
    found: str
    code = "apk_of_another"
    message = _("The file is of {found} and not of {package}.")
    advice = _("See which there are with `workfleet apk list`.")


@dataclass(eq=False)
class ApkNoNewer(Conflict):
    tag: str
    package: str
    version: str
    code = "apk_no_newer"
    message = _("{tag} has {package} in {version} already; phones take nothing older.")
    advice = _("Add a newer file with `workfleet apk add FILE`.")


@dataclass(eq=False)
class ApkStillTooOld(Conflict):
    package: str
    version: str
    least: str
    code = "apk_still_too_old"
    message = _("The file of {package} is {version}; the terms ask for {least}.")
    advice = _("Add a newer file with `workfleet apk add FILE`.")


@dataclass(eq=False)
class ApkSignedOtherwise(Conflict):
    tag: str
    package: str
    code = "apk_signed_otherwise"
    message = _("{package} on {tag} is signed by somebody else than the file: it takes no update.")
    advice = _("Find out which of the two is its maker's: workfleet finding list --device {tag}")


@dataclass(eq=False)
class ApkUnreadable(Invalid):
    reason: str
    code = "apk_unreadable"
    message = _("That is no file from which an app can be installed alone ({reason}).")
    advice = _("Take the one .apk of the maker's site: no bundle, no part of one, and signed.")


@dataclass(eq=False)
class ApkSignerUnknown(Conflict):
    package: str
    certificate: str
    code = "apk_signer_unknown"
    message = _(
        "Whose certificate {certificate} is, is not known: neither the terms nor most of the "
        "phones say who signs {package}."
    )
    advice = _(
        "Compare it with its maker's. Then name it in the terms under [signers], or have security "
        "add the file with --trust."
    )


@dataclass(eq=False)
class ApkSignerWrong(Forbidden):
    package: str
    certificate: str
    known: str
    code = "apk_signer_wrong"
    message = _("{package} is signed with {certificate}, and not with {known} as it should be.")
    advice = _(
        "Take the file of its maker. Where the maker has another certificate now, security adds "
        "it with --trust."
    )


@dataclass(eq=False)
class ApkInUse(Conflict):
    package: str
    remedies: str
    code = "apk_in_use"
    message = _("The file of {package} is to be installed yet: {remedies}.")
    advice = _("Wait for these remedies, or cancel them first.")
