"""What openings, and sealing anew, are refused for."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Forbidden, Invalid, NotFound


@dataclass(eq=False)
class OpeningNeeded(Forbidden):
    backup: str
    code = "opening_needed"
    message = _("{backup} is a person's data: it is opened after another person has approved it.")
    advice = _("Ask for it: workfleet opening request {backup} --purpose give_back --reason TEXT")


class ResealingNeedsOpening(Forbidden):
    code = "resealing_needs_opening"
    message = _("Who seals packs anew reads them all: another person approves it first.")
    advice = _("Ask for it: workfleet opening request --purpose reseal --reason TEXT")


@dataclass(eq=False)
class OpeningUndecided(Conflict):
    number: str
    code = "opening_undecided"
    message = _("Nobody has decided about {number} yet.")
    advice = _("Ask another person for it: workfleet opening approve {number} --note TEXT")


@dataclass(eq=False)
class OpeningNotFound(NotFound):
    number: str
    code = "opening_not_found"
    message = _("There is no opening {number}.")
    advice = _("See which there are with `workfleet opening list`.")


@dataclass(eq=False)
class OpeningWaits(Conflict):
    number: str
    code = "opening_waits"
    message = _("You have asked for this already: {number}.")
    advice = _("See it with `workfleet opening show {number}`, or withdraw it first.")


@dataclass(eq=False)
class OpeningMoved(Conflict):
    number: str
    state: str
    code = "opening_moved"
    message = _("{number} is {state}: that cannot be done with it any more.")
    advice = _("Ask anew if it is still needed.")


@dataclass(eq=False)
class OpeningNotYours(Forbidden):
    number: str
    code = "opening_not_yours"
    message = _("{number} was asked for by somebody else, and is for him alone.")
    advice = _("Ask for one yourself: workfleet opening request")


class PurposeNeedsBackup(Invalid):
    code = "purpose_needs_backup"
    message = _("Name the backup that is to be opened; only resealing is about all of them.")
    advice = _("See which there are with `workfleet backup list`.")


@dataclass(eq=False)
class NotToReseal(Conflict):
    digest: str
    code = "not_to_reseal"
    message = _("{digest} is sealed to the active keys already, or not there any more.")
    advice = _("Begin anew with `workfleet escrow reseal`: it asks what is left.")


class KeysChangedMeanwhile(Conflict):
    code = "keys_changed_meanwhile"
    message = _("The escrow keys have changed since this was sealed; nothing was replaced.")
    advice = _("Begin anew with `workfleet escrow reseal`.")


@dataclass(eq=False)
class SealedToOthers(Invalid):
    found: int
    wanted: int
    code = "sealed_to_others"
    message = _("What was sent is sealed to {found} keys, and {wanted} are active.")
    advice = _("Nothing was replaced. Update the software that sealed it.")
