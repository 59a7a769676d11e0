"""What the directory refuses."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Invalid, NotFound


@dataclass(eq=False)
class TooManyLeavers(Conflict):
    leavers: int
    people: int
    most: int
    code = "too_many_leavers"
    message = _("{leavers} of {people} would leave; one list may say so of {most} at most.")
    advice = _(
        "Look whether the file is whole. If it is, an administrator says how many may leave: "
        "--allow-leavers, or the field on the page."
    )


@dataclass(eq=False)
class ProposalNotFound(NotFound):
    number: str
    code = "proposal_not_found"
    message = _("There is no proposal {number}.")
    advice = _("See which there are with `workfleet directory proposals`.")


@dataclass(eq=False)
class ProposalDecided(Conflict):
    number: str
    state: str
    by: str
    code = "proposal_decided"
    message = _("{number} waits no more: {state} ({by}).")
    advice = _("See what waits with `workfleet directory proposals`.")


@dataclass(eq=False)
class ProposalOutdated(Conflict):
    number: str
    column: str
    known: str
    code = "proposal_outdated"
    message = _("The register has changed since {number} was proposed: {column} is {known} now.")
    advice = _("Dismiss it, or hand in the newest list again.")


class NothingNamed(Invalid):
    code = "nothing_named"
    message = _("No proposal is named.")
    advice = _("Name numbers (on a page: tick them), or a kind together with --all.")
