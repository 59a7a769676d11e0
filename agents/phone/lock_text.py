"""What a phone's lock tool and its dumps mean; the words decide, never the exit status.

The tool repeats both PINs, says failure and success on one stream, and many builds run it
through a wrapper that drops its exit status.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    DONE = "done"  # the tool says it has set or cleared the lock, which proves nothing yet
    REFUSED = "refused"  # a wrong value: counted by the phone
    NO_LOCK = "no_lock"
    LOCKED = "locked"  # a lock is set, and no value was given to try
    THROTTLED = "throttled"  # nothing was tried
    POLICY = "policy"
    UNSUPPORTED = "unsupported"  # there is no such tool
    UNKNOWN_VERB = "unknown_verb"
    VENDOR = "vendor_refused"  # the maker has taken the command out of its retail phones
    NO_LOCK_SCREEN = "no_lock_screen"
    UNIFIED = "unified"  # the lock is that of a work profile, which shares the phone's
    DENIED = "denied"
    UNCLEAR = "unclear"
    CONTRADICTS = "contradicts"  # it finds no lock where the system's own dump has one
    BEGUN = "begun"  # the phone went away before it answered: it may have done it


# The first that fits counts: a failure outweighs a success that stands beside it.
SAID = (
    (Verdict.REFUSED, "didn't match"),
    (Verdict.THROTTLED, "Request throttled"),
    (Verdict.POLICY, "doesn't satisfy admin policies"),
    (Verdict.NO_LOCK, "Old password provided but user has no password"),
    (Verdict.LOCKED, "old credential was not provided"),
    (Verdict.LOCKED, "Credential can't be null or empty"),
    (Verdict.NO_LOCK_SCREEN, "does not support lock screen"),
    (Verdict.VENDOR, "Not supported ship build"),
    (Verdict.UNKNOWN_VERB, "Unknown command"),
    (Verdict.UNSUPPORTED, "No shell command implementation"),
    (Verdict.UNSUPPORTED, "Can't find service"),
    (Verdict.UNSUPPORTED, "inaccessible or not found"),
    (Verdict.UNSUPPORTED, "locksettings: not found"),
    (Verdict.UNIFIED, "Profile uses unified challenge"),
    (Verdict.DENIED, "SecurityException"),
    (Verdict.DENIED, "Permission denied"),
    (Verdict.UNCLEAR, "Error while executing command"),
    (Verdict.UNCLEAR, "Exception occurred while executing"),
    (Verdict.UNCLEAR, "Unknown option"),
    (Verdict.ACCEPTED, "Lock credential verified successfully"),
    (Verdict.DONE, "Lock credential cleared"),
)
TOO_SHORT = re.compile(r"too short; required: ([0-9]{1,3})\b", re.IGNORECASE)
SET_DONE = re.compile(r"^P(?:in|assword|attern) set to ", re.MULTILINE)


def verdict(text: str) -> Verdict:
    """Read what the lock tool said on both of its streams."""
    for meaning, words in SAID:
        if words in text:
            return meaning
    return Verdict.DONE if SET_DONE.search(text) else Verdict.UNCLEAR


def demanded_length(text: str) -> int | None:
    """Return how long an administrator's policy wants a PIN, where the refusal says it."""
    found = TOO_SHORT.search(text)
    return int(found[1]) if found else None


@dataclass(frozen=True)
class LockLook:
    """What the free questions say; None is not known, never no.

    `wipe_limit`: wrong attempts after which an administrator's policy wipes; 0 means never.
    `foreground` is the number of the user who is using the phone now; 0 is the first one.
    """

    secure: bool | None
    credential_type: str | None  # pin, pattern, password, none: lower case
    wipe_limit: int | None
    locked: bool | None
    tool: str | None  # the words that start the lock tool here
    sdk: int | None
    free_answer: Verdict  # to a verify without a value
    foreground: int | None = None
    profile_has_own_lock: bool = False
    switched_off: bool = False  # not even a swipe is asked for

    @property
    def contradicts(self) -> bool:
        """Whether the tool calls an unlocked phone what the system's own dump calls locked."""
        dumped = self.credential_type not in (None, "none")
        return dumped and self.free_answer is Verdict.ACCEPTED

    @property
    def throttled(self) -> bool:
        return self.free_answer is Verdict.THROTTLED


USER_0 = re.compile(r"^\s*User 0\b", re.MULTILINE)
NEXT_USER = re.compile(r"^\s*User \d+\b", re.MULTILINE)
NUMBER = re.compile(r"^\s*User (\d+)\b", re.MULTILINE)
USER = re.compile(r"UserInfo\{(\d+):.*:([0-9a-fA-F]+)\}")
MANAGED = 0x20  # UserInfo.FLAG_MANAGED_PROFILE
OWN_LOCK = re.compile(r"^\s*SeparateChallenge:\s*true\b", re.MULTILINE)
NO_TYPE = re.compile(r"^\s*CredentialType:\s*none\b", re.MULTILINE | re.IGNORECASE)
FOREGROUND = re.compile(r"\(id=(\d+)\b[^)]*\) \(current\)")
TYPE = re.compile(r"^\s*CredentialType:\s*(\w+)", re.MULTILINE)
CURRENT = re.compile(r"^.*\(current\).*\bdeviceLocked=(1|0|true|false)\b", re.MULTILINE)
LIMIT = re.compile(r"\bmaximumFailedPasswordsForWipe=([0-9]{1,9})\b")
POLICY_HEAD = "Device Policy Manager state"


def credential_type(lock_settings: str) -> str | None:
    """Return the kind of lock of user 0 under "User State"; API 29 and older print none.

    A Samsung dump has a second CredentialType further down, which is another thing.
    """
    _, _, state = lock_settings.partition("User State")
    user = USER_0.search(state)
    if user is None:
        return None
    block = state[user.end() :].split("Keys in namespace", 1)[0]
    following = NEXT_USER.search(block)
    found = TYPE.search(block[: following.start()] if following else block)
    return found[1].lower() if found else None


def profile_has_own_lock(lock_settings: str, users: str) -> bool:
    """Tell whether a work profile has a lock that is not the phone's."""
    _, _, state = lock_settings.partition("User State")
    blocks = NEXT_USER.split(state.split("Keys in namespace", 1)[0])
    numbers = [int(found) for found in NUMBER.findall(state)]
    managed = {int(user) for user, flags in USER.findall(users) if int(flags, 16) & MANAGED}
    return any(
        number in managed and OWN_LOCK.search(block) and not NO_TYPE.search(block)
        for number, block in zip(numbers, blocks[1:], strict=False)
    )


def foreground(trust: str) -> int | None:
    found = FOREGROUND.search(trust)
    return int(found[1]) if found else None


def device_locked(trust: str) -> bool | None:
    found = CURRENT.search(trust)
    return found[1] in ("1", "true") if found else None


def wipe_limit(device_policy: str) -> int | None:
    """Return the smallest limit that any administrator sets; None when the dump is unreadable."""
    limits = [int(limit) for limit in LIMIT.findall(device_policy)]
    if not limits:
        return 0 if POLICY_HEAD in device_policy else None
    return min((limit for limit in limits if limit), default=0)


def is_secure(dumped: str | None, free_answer: Verdict) -> bool | None:
    """Say whether a lock is set: the system's dump first, then the tool's free answer."""
    if dumped is not None:
        return dumped != "none"
    return {Verdict.LOCKED: True, Verdict.ACCEPTED: False, Verdict.NO_LOCK: False}.get(free_answer)
