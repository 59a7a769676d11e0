"""What the room of playbooks refuses."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Invalid, NotFound


@dataclass(eq=False)
class PlaybookNotFound(NotFound):
    name: str
    code = "playbook_not_found"
    message = _("There is no playbook {name}.")
    advice = _("See which there are with `workfleet playbook list`.")


@dataclass(eq=False)
class PlaybookHasNoNewPassword(Invalid):
    code = "playbook_has_no_new_password"
    message = _("The playbook never types the new password.")
    advice = _("Give it one step of kind `new`, and `again` where the app asks twice.")


@dataclass(eq=False)
class PlaybookOutOfOrder(Invalid):
    step: str
    code = "playbook_out_of_order"
    message = _("The step {step} comes too early or twice: old, new, again is the order.")
    advice = _("Put each of them once and in that order.")


@dataclass(eq=False)
class PlaybookNamesTwice(Invalid):
    step: str
    code = "playbook_names_twice"
    message = _("The name {step} stands for two things in this playbook.")
    advice = _("Give every step, sign and follow-up a name of its own.")


@dataclass(eq=False)
class PlaybookSeesTooEarly(Invalid):
    label: str
    code = "playbook_sees_too_early"
    message = _("“{label}” is a message of success and also stands on a page on the way.")
    advice = _("Name a text that is shown after the change alone.")


@dataclass(eq=False)
class PlaybookStepMisplaced(Invalid):
    step: str
    kind: str
    code = "playbook_step_misplaced"
    message = _("The step {step} of kind {kind} does not belong into this part.")
    advice = _("`test` belongs into `check`; `old`, `new` and `again` into `steps`.")


@dataclass(eq=False)
class PlaybookCheckUnclear(Invalid):
    code = "playbook_check_unclear"
    message = _("A check needs one step of kind `test`, `accepted` labels and an old_refused sign.")
    advice = _("Leave the check out where the app has no page that asks for the password.")


@dataclass(eq=False)
class PlaybookVersionsUnclear(Invalid):
    from_version: str
    before_version: str
    code = "playbook_versions_unclear"
    message = _("There is no app version from {from_version} on and before {before_version}.")
    advice = _("`before_version` is the first version that the playbook is not for.")


@dataclass(eq=False)
class PlaybookLabelVoid(Invalid):
    label: str
    code = "playbook_label_void"
    message = _("“{label}” leaves nothing to look for.")
    advice = _("Write a text as the app shows it; | stands between spellings.")


@dataclass(eq=False)
class PlaybookNameUnclear(Invalid):
    name: str
    code = "playbook_name_unclear"
    message = _("A playbook cannot be called {name}.")
    advice = _("Small letters, digits and hyphens, beginning with a letter: wechat-zh-page.")


@dataclass(eq=False)
class PlaybookChangesOther(Invalid):
    package: str
    changes: str
    code = "playbook_changes_other"
    message = _("In {package} it is not the {changes} that is changed.")
    advice = _("WeCom has a binding and no password; every other app has a password.")


@dataclass(eq=False)
class BindingShowsNoNumber(Invalid):
    code = "binding_shows_no_number"
    message = _("The playbook of a binding ends where the company's number is to be seen.")
    advice = _("Make its last step a `confirm`, and its only success the blank `number`.")
