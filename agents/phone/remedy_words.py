"""What phones say when they do not do as they are told, and what we make of it."""

import re
from collections.abc import Mapping
from typing import Final

from fleet.contracts.words import _, translated

LONGEST_WORD: Final = 160

# The first that fits. AOSP's own words, and those that makers put in their place.
WORDS: Final = (
    ("admin_active", r"DELETE_FAILED_DEVICE_POLICY_MANAGER|active admin"),
    ("managed", r"_FAILED_OWNER_BLOCKED|MDM_FORBID|DEVICE_POLICY|profile owner|device owner"),
    ("system_app", r"only root can delete system app"),
    ("install_switched_off", r"INSTALL_FAILED_USER_RESTRICTED|Install canceled by user"),
    ("managed", r"_FAILED_USER_RESTRICTED|DISALLOW_"),
    ("rejected_on_phone", r"INSTALL_FAILED_ABORTED|DELETE_FAILED_ABORTED|[Uu]ser rejected"),
    (
        "other_signer",
        r"INSTALL_FAILED_UPDATE_INCOMPATIBLE|signatures do not match|INCONSISTENT_CERT",
    ),
    ("downgrade", r"INSTALL_FAILED_VERSION_DOWNGRADE|[Dd]owngrade detected"),
    ("split_app", r"INSTALL_FAILED_MISSING_SPLIT|Missing split"),
    ("no_room", r"INSUFFICIENT_STORAGE|[Nn]ot enough space|No space left"),
    ("unfit", r"INSTALL_FAILED_(?:OLDER_SDK|NO_MATCHING_ABIS|CPU_ABI|MISSING_FEATURE|DEPRECATED)"),
    ("verifier", r"INSTALL_FAILED_VERIFICATION"),
    ("no_app", r"INSTALL_PARSE_FAILED|INSTALL_FAILED_INVALID_APK"),
    ("user_closed", r"does not have permission to access user"),
    ("protected_by_phone", r"protected package|Cannot disable system packages"),
    ("disabled_by_other", r"Shell cannot change component state"),
    ("opens_at_start", r"[Ff]ailed to set property 'persist"),
    ("refused_by_phone", r"SecurityException|Permission [Dd]enial|[Pp]ermission denied"),
    ("gone_meanwhile", r"not installed for|Unknown package|DELETE_FAILED_INTERNAL|NameNotFound"),
)
TELLING: Final = re.compile(r"Failure|Failed|Exception|Error|denied|cannot", re.IGNORECASE)
PREFACE: Final = re.compile(r"Exception occurred while executing|^(?:\s*at |pkg:)")

SENTENCES: Final[Mapping[str, str]] = {
    "unclear": _("The phone's answer was not understood; nothing is claimed."),
    "not_changed": _("The phone said that it was done, and shows that it was not."),
    "came_back": _("It was done, and something on the phone has undone it at once."),
    "tool_hangs": _("The phone's tool did not finish in time; the next visit looks again."),
    "connection_lost": _("The phone went away before it could be looked at; the next visit looks."),
    "needed": _("The phone needs this app to be usable; it is left alone."),
    "roles_unknown": _("The phone did not say which apps it needs; a system app is left alone."),
    "no_such_user": _("This phone has no such user."),
    "user_stopped": _("This user of the phone is not running; switch to it once and try again."),
    "user_closed": _("The phone does not let a computer touch this user's apps."),
    "admin_active": _(
        "The app is an active device administrator; take that from it in Settings first."
    ),
    "managed": _("Another management of this phone forbids it."),
    "system_app": _("This Android lets no computer remove a system app; disable it instead."),
    "install_switched_off": _(
        "The maker's switch “Install via USB” is off; switch it on in developer options."
    ),
    "rejected_on_phone": _("Somebody at the phone said no, or nobody said yes in time."),
    "protected_by_phone": _("The phone protects this app; do it in its settings by hand."),
    "disabled_by_other": _("Another program has disabled this app, and only that can enable it."),
    "refused_by_phone": _("The phone refuses this to a computer."),
    "gone_meanwhile": _("The phone does not have this app as it was seen a moment before."),
    "no_copy": _("The phone keeps no copy of this app; it has to be installed anew."),
    "not_installed": _("The app is not on the phone: there is nothing to update."),
    "certificate_unknown": _("Who signed the app on the phone could not be read."),
    "other_signer": _("The app on the phone was signed by somebody else than the file."),
    "apk_differs": _("The file is not the app, version or signer that was announced."),
    "downgrade": _("The phone has a newer version than the file; nothing is set back."),
    "split_app": _("The file is a part of an app or a bundle; only a whole app is installed."),
    "no_app": _("The file is not an Android app that this phone understands."),
    "no_certificate": _("Who signed the file could not be read."),
    "no_room": _("The phone has no room for the app."),
    "unfit": _("The app does not run on this phone's Android."),
    "verifier": _("The phone's own app verifier refused the file."),
    "without_cable": _(
        "This phone is reached without a cable: closing that door would cut the way to it."
    ),
    "opens_at_start": _("The phone keeps a port that it opens at each start; only root closes it."),
}


def reason_of(text: str) -> str:
    """Return why nothing changed, as far as the phone's tool said so."""
    return next((code for code, words in WORDS if re.search(words, text)), "not_changed")


def sentence_of(reason: str | None) -> str:
    return translated(SENTENCES.get(reason or "", ""))


def word_of(text: str) -> str:
    """Return the phone's own word: the first line that sounds like a refusal."""
    spoken = (line.strip() for line in text.splitlines())
    lines = [line for line in spoken if line and not PREFACE.search(line)]
    telling = next((line for line in lines if TELLING.search(line)), "")
    return (telling or " ".join(lines))[:LONGEST_WORD]
