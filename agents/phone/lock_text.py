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
    UNSUPPORTED = "unsupported"
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
    (Verdict.UNSUPPORTED, "does not support lock screen"),
    (Verdict.UNSUPPORTED, "Not supported ship build"),
    (Verdict.UNSUPPORTED, "Unknown command"),
    (Verdict.UNSUPPORTED, "Can't find service"),
    (Verdict.UNSUPPORTED, "inaccessible or not found"),
    (Verdict.UNSUPPORTED, "locksettings: not found"),
    (Verdict.UNSUPPORTED, "Profile uses unified challenge"),
    (Verdict.DENIED, "SecurityException"),
    (Verdict.DENIED, "Permission denied"),
    (Verdict.UNCLEAR, "Error while executing command"),
    (Verdict.UNCLEAR, "Exception occurred while executing"),
    (Verdict.UNCLEAR, "Unknown option"),
    (Verdict.ACCEPTED, "Lock credential verified successfully"),
    (Verdict.DONE, "Lock credential cleared"),
)
SET_DONE = re.compile(r"^P(?:in|assword|attern) set to ", re.MULTILINE)


def verdict(text: str) -> Verdict:
    """Read what the lock tool said on both of its streams."""
    for meaning, words in SAID:
        if words in text:
            return meaning
    return Verdict.DONE if SET_DONE.search(text) else Verdict.UNCLEAR


@dataclass(frozen=True)
class LockLook:
    """What the free questions say; None is not known, never no.

    `wipe_limit`: wrong attempts after which an administrator's policy wipes; 0 means never.
    """

    secure: bool | None
    credential_type: str | None  # pin, pattern, password, none: lower case
    wipe_limit: int | None
    locked: bool | None
    tool: str | None  # the words that start the lock tool here
    sdk: int | None
    free_answer: Verdict  # to a verify without a value

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
