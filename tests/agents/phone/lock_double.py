"""A lock tool for units, after the exact words of Android 13; its faults are switches."""

import re
import shlex
from dataclasses import dataclass, field

from agents.phone.errors import CommandTimedOut
from agents.phone.fake import FakePhone, Reply
from agents.phone.phone import Answer

WRONG = "Old password '{}' didn't match\n"
MISSING = "java.lang.IllegalArgumentException: Credential can't be null or empty\n"


@dataclass
class LockDouble:
    """`pin` is what really opens the phone; `wrong` counts as the phone would."""

    pin: str | None = None
    sdk: int = 34
    kind: str = "Pin"
    wipe_limit: int | None = 0
    sets: bool = True  # False: set-pin says that it has set, and changes nothing
    says_yes: bool = False  # verify says yes to everything
    shows_kind: bool = True
    says: str | None = None  # instead of anything else, to whatever carries a value
    answers: bool = True  # whatever is not of the lock
    fails_at: dict[str, Exception] = field(default_factory=dict)
    wrong: int = 0

    def phone(self) -> FakePhone:
        there: Reply = "FAKE\n" if self.answers else CommandTimedOut("FAKE", "getprop", 5)
        replies = {"dumpsys lock_settings": self.look, "locksettings": self.use}
        return FakePhone({**replies, "getprop ro.serialno": there})

    def look(self, script: str) -> Reply:
        mark = re.search(r"echo (wf-\w+)", script)[1]  # type: ignore[index]
        parts = (
            self._dump(),
            'User "Owner" (id=0) (current): trusted=0, deviceLocked=1\n',
            self._policy(),
            f"{self.sdk}\n",
            "locksettings\n",
            self._verify(None),
        )
        return "".join(f"{mark}\n{part}" for part in parts)

    def use(self, command: str) -> Reply:
        _, verb, *rest = shlex.split(command)
        if verb in self.fails_at:
            raise self.fails_at[verb]
        # To the tool an empty old value and none are the same.
        old = (rest[rest.index("--old") + 1] if "--old" in rest else "") or None
        if self.says is not None:
            return Answer(self.says.encode())
        if verb == "verify":
            return self._verify(old)
        return self._change(verb, old, rest[-1])

    def _verify(self, old: str | None) -> str:
        return self._checked(old) or "Lock credential verified successfully\n"

    def _change(self, verb: str, old: str | None, new: str) -> str:
        if refused := self._checked(old):
            return refused
        if verb == "clear":
            self.pin = None
            return "Lock credential cleared\n"
        if self.sets:
            self.pin = new
        return f"Pin set to '{new}'\n"

    def _checked(self, old: str | None) -> str | None:
        if self.says_yes or old == self.pin:
            return None
        if self.pin is None:
            return None if self.sdk <= 28 else "Old password provided but user has no password\n"
        if old is None:
            return MISSING
        self.wrong += 1
        return WRONG.format(old)

    def _dump(self) -> str:
        kind = self.kind if self.pin else "None"
        if not self.shows_kind:
            return "Current lock settings service state:\n    User 0\n        SP Handle = 1\n"
        return f"User State:\n  User 0\n    CredentialType: {kind}\nKeys in namespace:\n"

    def _policy(self) -> str:
        if self.wipe_limit is None:
            return "Permission Denial: can't dump device_policy\n"
        limit = f"    maximumFailedPasswordsForWipe={self.wipe_limit}\n"
        return f"Current Device Policy Manager state:\n{limit}"
