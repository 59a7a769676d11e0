"""What handing out and taking back refuses."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Invalid


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
class OneAccountOfAKind(Conflict):
    holder: str
    kind: str
    handle: str
    code = "one_account_of_a_kind"
    message = _("{holder} has a {kind} account already: {handle}.")
    advice = _("Take that one back first, or give the reason for an exception.")


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
    advice = _("See each with `workfleet gate {tag}`; an administrator may waive one.")


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
    advice = _("Let a station do it, or ask an administrator for a waiver.")


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
