"""What a rotation is refused for."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Forbidden, Invalid, NotFound


@dataclass(eq=False)
class RotationNotFound(NotFound):
    rotation: str
    code = "rotation_not_found"
    message = _("There is no rotation {rotation}.")
    advice = _("See which there are with `workfleet rotation list`.")


@dataclass(eq=False)
class RotationUnderWay(Conflict):
    subject: str
    code = "rotation_under_way"
    message = _("A rotation of {subject} is under way already.")
    advice = _(
        "Follow it with `workfleet rotation list`, or take it back: `workfleet rotation cancel`."
    )


@dataclass(eq=False)
class RotationEnded(Conflict):
    subject: str
    state: str
    code = "rotation_ended"
    message = _("The rotation of {subject} has ended: {state}.")
    advice = _("Plan a new one with `workfleet rotate`.")


@dataclass(eq=False)
class LockWasChanged(Conflict):
    subject: str
    code = "lock_was_changed"
    message = _("{subject} has refused the PIN of the vault: each further try is counted by it.")
    advice = _("See what can be done with `workfleet rotation recover {subject}`.")


@dataclass(eq=False)
class PhonesAnswerForThemselves(Conflict):
    subject: str
    code = "phones_answer_for_themselves"
    message = _("Nobody's word changes what is known of the PIN of {subject}: the phone is asked.")
    advice = _("Leave the phone at a station until the rotation has ended.")


@dataclass(eq=False)
class ValueNeverShown(Conflict):
    subject: str
    code = "value_never_shown"
    message = _("The new password of {subject} was never shown, so nobody can have typed it.")
    advice = _("Show it with `workfleet credential disclose --pending` and change the password.")


@dataclass(eq=False)
class NoPlaybook(Conflict):
    subject: str
    package: str
    code = "no_playbook"
    message = _("No playbook guides a change of {subject} in {package}.")
    advice = _("Add one with `workfleet playbook set`, or let two people change it by hand.")


@dataclass(eq=False)
class ShownAlready(Conflict):
    subject: str
    code = "shown_already"
    message = _("The new password of {subject} was shown already; it is shown once.")
    advice = _("Whoever saw it types it; where it was lost: `credential disclose --pending`.")


@dataclass(eq=False)
class NotToBeDeclared(Invalid):
    what: str
    known: str
    code = "not_to_be_declared"
    message = _("“{what}” is nothing that is declared of this change.")
    advice = _("What can be declared: changed, {known}.")


@dataclass(eq=False)
class RotationNotDone(Conflict):
    subject: str
    code = "rotation_not_done"
    message = _("The password of {subject} is not changed yet; what follows comes afterwards.")
    advice = _("Finish the change first.")


@dataclass(eq=False)
class DeclaredAlready(Conflict):
    what: str
    code = "declared_already"
    message = _("“{what}” was declared already.")
    advice = _("Have a second person confirm it with `workfleet rotation witness`.")


@dataclass(eq=False)
class NothingToWitness(Conflict):
    what: str
    code = "nothing_to_witness"
    message = _("Nobody has declared “{what}” yet.")
    advice = _("Whoever did it says so first, with `workfleet rotation declare`.")


@dataclass(eq=False)
class WitnessIsTheSame(Forbidden):
    name: str
    code = "witness_is_the_same"
    message = _("{name} declared it, and cannot be the witness of it too.")
    advice = _("Another person who saw it confirms with a sign-in of his own.")


@dataclass(eq=False)
class WitnessedAlready(Conflict):
    what: str
    name: str
    code = "witnessed_already"
    message = _("“{what}” was witnessed already, by {name}.")
    advice = _("One witness is enough; see the change with `workfleet rotation show`.")


@dataclass(eq=False)
class BindingNeedsWitness(Conflict):
    subject: str
    code = "binding_needs_witness"
    message = _("{subject} has no password, and one person's word does not settle its binding.")
    advice = _("One declares it with `workfleet rotation declare`, another one witnesses it.")
