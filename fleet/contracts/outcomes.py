"""How a visit to a lock can end: for each stable code what was so, and what a person can do."""

from typing import Final, NamedTuple

from fleet.contracts.words import _


class Told(NamedTuple):
    sentence: str
    advice: str


BY_HAND: Final = _("Change the PIN on the phone itself, two people present, and adopt it.")
LATER: Final = _("Leave the phone plugged in; the next visit goes on by itself.")
FIND_OUT: Final = _("Ask the holder for the PIN and adopt it: workfleet credential adopt.")
SEE_BUILD: Final = _("See what is known of its build: workfleet rotation builds.")

OUTCOMES: Final = {
    # Nothing is wrong, and there is something to know.
    "first_pin": Told(
        _("The phone had no lock; its first PIN was set."),
        _("Give the PIN to the holder: workfleet credential disclose."),
    ),
    "first_pin_lock_was_off": Told(
        _("The phone had no lock and its lock screen was switched off; its first PIN was set."),
        _("Give the PIN to the holder: the phone asks for it from now on."),
    ),
    "profile_has_own_lock": Told(
        _("The work profile on the phone has a lock of its own, which was not changed."),
        _("Have the holder give the profile the same lock in Settings, or change it by hand."),
    ),
    # Nothing was changed.
    "old_refused": Told(
        _("The phone refused the PIN that the vault holds; nothing was changed."), FIND_OUT
    ),
    "old_unknown": Told(
        _("A lock is set and no PIN for it is known; nothing was changed."), FIND_OUT
    ),
    "is_pattern": Told(
        _("The lock is a pattern, not a PIN; nothing was changed."),
        _("Have the holder change it to a PIN in Settings, and adopt that PIN."),
    ),
    "is_password": Told(
        _("The lock is a password, not a PIN; nothing was changed."),
        _("Have the holder change it to a PIN in Settings, and adopt that PIN."),
    ),
    "not_a_pin": Told(_("The lock is of a kind that is not known; nothing was changed."), BY_HAND),
    "second_space": Told(
        _("Another user or a second space is in the foreground; nothing was tried."),
        _("Switch the phone to its main space and leave it plugged in."),
    ),
    "unified_challenge": Told(
        _("The phone says that this lock is shared with a work profile; nothing was changed."),
        _("Take the shared lock off the work profile in Settings, or change the PIN by hand."),
    ),
    "admin_policy": Told(
        _("A device administrator's policy forbids this PIN; nothing was changed."),
        _("Make the password policy as strict as the administrator's: workfleet policy set."),
    ),
    "vendor_refused": Told(
        _("The maker has taken this command out of its lock tool; nothing was changed."), BY_HAND
    ),
    "denied": Told(
        _("The phone forbids its shell to use the lock tool; nothing was changed."),
        _("Look for a switch such as “USB debugging (Security settings)”, or change it by hand."),
    ),
    "no_locksettings": Told(
        _("This phone has no lock tool (Android 8.0 or older); nothing was changed."), BY_HAND
    ),
    "no_lock_screen": Told(
        _("This device has no lock screen that could be set; nothing was changed."),
        _("Keep it locked away, or take it out of use."),
    ),
    "unknown_verb": Told(
        _("The lock tool does not know this command; nothing was changed."), BY_HAND
    ),
    "tool_hangs": Told(
        _("The phone answers, but its lock tool does not."),
        _("Restart the phone, unlock it once, and leave it plugged in."),
    ),
    "untrusted_build": Told(
        _("The lock tool of this build was found to lie; nothing was tried and nothing changed."),
        _("Change the PIN by hand, or see what is known: workfleet rotation builds."),
    ),
    "wipe_limit_near": Told(
        _("A wrong attempt could make the phone erase itself."),
        _("Have the administrator's limit raised to more than 5 attempts for a full proof."),
    ),
    "wipe_limit_unknown": Told(
        _("Whether a wrong attempt erases the phone is not known."),
        _("Look up which administrator the phone has, and what limit it sets."),
    ),
    "throttled": Told(_("The phone makes callers wait after wrong attempts."), LATER),
    "unclear_lock": Told(
        _("Whether a lock is set could not be found out; nothing was changed."), BY_HAND
    ),
    "unclear_answer": Told(_("The lock tool's answer could not be understood."), SEE_BUILD),
    # The phone's answers do not fit together; both values are kept.
    "says_yes_to_everything": Told(
        _("The lock tool says yes to a wrong value: its word proves nothing."), SEE_BUILD
    ),
    "build_unknown": Told(
        _("The phone says yes to the new PIN, but no phone of its build was ever heard to say no."),
        _(
            "Rotate a phone of the same build that no administrator would erase: what it shows"
            " counts for this one, too."
        ),
    ),
    "answers_contradict": Told(
        _("The lock tool's answers contradict each other."),
        _("Try both values by hand on the phone: workfleet credential disclose."),
    ),
    "not_applied": Told(
        _("The lock tool reported success, but the new PIN does not open the phone."), SEE_BUILD
    ),
    "neither_opens": Told(
        _("Neither the old nor the new PIN opens the phone."),
        _("Ask the holder; do not try further: each wrong attempt is counted by the phone."),
    ),
    "witness_disagrees": Told(
        _("The phone's own lock state does not agree with the lock tool."),
        _("Try both values by hand on the phone: workfleet credential disclose."),
    ),
    "no_control": Told(_("No wrong value was refused, so the tool's yes is not proven."), ""),
    "connection_lost": Told(
        _("The connection was lost after the PIN was sent; the next visit settles."), LATER
    ),
    "tool_gone": Told(
        _("The lock tool was gone after the PIN was sent; the next visit settles."), LATER
    ),
}


def sentence_of(code: str | None) -> str:
    return OUTCOMES[code].sentence if code in OUTCOMES else ""


def advice_of(code: str | None) -> str:
    return OUTCOMES[code].advice if code in OUTCOMES else ""
