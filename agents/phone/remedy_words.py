"""What phones say when they do not do as they are told, and what we make of it."""

import re
from typing import Final

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


def reason_of(text: str) -> str:
    """Return why nothing changed, as far as the phone's tool said so."""
    return next((code for code, words in WORDS if re.search(words, text)), "not_changed")


def word_of(text: str) -> str:
    """Return the phone's own word: the first line that sounds like a refusal."""
    spoken = (line.strip() for line in text.splitlines())
    lines = [line for line in spoken if line and not PREFACE.search(line)]
    telling = next((line for line in lines if TELLING.search(line)), "")
    return (telling or " ".join(lines))[:LONGEST_WORD]
