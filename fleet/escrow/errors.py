"""What escrow keys are refused for; never with what was pasted."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Forbidden, Invalid, NotFound


@dataclass(eq=False)
class EscrowKeyNotFound(NotFound):
    name: str
    code = "escrow_key_not_found"
    message = _("There is no escrow key {name}.")
    advice = _("See which there are with `workfleet escrow list`.")


class PrivateKeyPasted(Invalid):
    """The key itself is not told: it would be in the answer, and in what keeps answers."""

    code = "private_key_pasted"
    message = _("That is a private key: it opens every backup that is sealed to it.")
    advice = _(
        "It is burnt now: it passed through a terminal and a network. Make a new one with "
        "age-keygen, give its public key (age1…), and reseal what is sealed to the burnt one."
    )


class RecipientOfAPlugin(Invalid):
    code = "recipient_of_a_plugin"
    message = _("That is a recipient of an age plugin; stations have none.")
    advice = _("Give a native one: age-keygen prints it as “public key: age1…”.")


class RecipientOfSsh(Invalid):
    code = "recipient_of_ssh"
    message = _("That is an SSH key: it is used every day, on machines that are in the network.")
    advice = _("Make a key for the safe alone: age-keygen prints it as “public key: age1…”.")


class RecipientNotValid(Invalid):
    code = "recipient_not_valid"
    message = _("That is no age recipient: a letter is wrong, or some are missing.")
    advice = _("Copy the whole line that age-keygen printed: age1 and 58 letters and digits.")


@dataclass(eq=False)
class EscrowKeyKnown(Conflict):
    name: str
    state: str
    code = "escrow_key_known"
    message = _("This name or this recipient is that of {name} already ({state}).")
    advice = _("See it with `workfleet escrow show {name}`; a retired one does not come back.")


@dataclass(eq=False)
class EscrowKeyMoved(Conflict):
    name: str
    state: str
    code = "escrow_key_moved"
    message = _("The escrow key {name} is {state}: that cannot be done with it.")
    advice = _("See it with `workfleet escrow show {name}`.")


@dataclass(eq=False)
class FingerprintDiffers(Invalid):
    name: str
    code = "fingerprint_differs"
    message = _("The fingerprint is not that of {name}.")
    advice = _(
        "Compare the paper digit by digit. If the paper is right, somebody has put another key "
        "here: deny it and look into the trail."
    )


@dataclass(eq=False)
class LastEscrowKey(Conflict):
    name: str
    code = "last_escrow_key"
    message = _("{name} is the only active key: without one no backup can be made.")
    advice = _("Add another one first, and have it confirmed: workfleet escrow add")


@dataclass(eq=False)
class ChallengeOver(Conflict):
    name: str
    code = "challenge_over"
    message = _("There is no open challenge for {name}.")
    advice = _("Begin anew: workfleet escrow check {name} --identity FILE")


@dataclass(eq=False)
class ChallengeNotMet(Forbidden):
    name: str
    code = "challenge_not_met"
    message = _("The answer is not what was sealed to {name}.")
    advice = _("Check with the identity that lies beside this key's paper.")
