"""What a rotation is refused for."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, NotFound


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
    advice = _("Follow it with `workfleet rotation list`; cancel its job to begin anew.")


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
