"""One visit to a phone's lock: every question asked once, and what it cost written down."""

import hashlib
import secrets as randomness
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from agents.phone import lock_text
from agents.phone.errors import CommandTimedOut, LockToolHangs, NoAnswer
from agents.phone.lock_text import LockLook, Verdict, verdict
from agents.phone.phone import Answer, Phone, quoted, scrub
from fleet.contracts import clock
from fleet.contracts.builds import BuildTrust
from fleet.contracts.outcomes import sentence_of
from fleet.contracts.proof import Level
from fleet.contracts.rotation import RotationState, StepName
from fleet.contracts.words import _, say, translated

TOOL_SECONDS = 30.0
ALIVE_SECONDS = 5.0
KEPT_WORDS = 200  # characters of an answer that a step keeps

Step: TypeAlias = StepName

LOOK = """\
echo {mark}; dumpsys lock_settings 2>&1
echo {mark}; dumpsys trust 2>&1
echo {mark}; dumpsys device_policy 2>&1
echo {mark}; getprop ro.build.version.sdk
echo {mark}
if command -v locksettings >/dev/null 2>&1; then
  echo locksettings; echo {mark}; locksettings verify --user 0 2>&1
  echo {mark}; locksettings get-disabled --user 0 2>&1
else
  echo cmd lock_settings; echo {mark}; cmd lock_settings verify --user 0 2>&1
  echo {mark}; cmd lock_settings get-disabled --user 0 2>&1
fi
echo {mark}; pm list users 2>&1
"""


class Opens(StrEnum):
    """Which value opens the phone, as far as the phone itself has shown it."""

    NEW = "new"
    OLD = "old"
    NO_LOCK = "no_lock"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class StepTaken:
    """`said` is scrubbed; `digest` is the SHA-256 of the whole scrubbed answer."""

    step: Step
    at: datetime
    verdict: Verdict
    said: str
    digest: str


@dataclass(frozen=True)
class Outcome:
    """What a visit showed. `touched`: a value may have been set; keep old and new until settled."""

    state: RotationState
    reason: str | None
    opens: Opens
    steps: tuple[StepTaken, ...]
    wrong_attempts: int
    touched: bool
    demanded: int | None = None  # digits that a policy wants

    @property
    def sentence(self) -> str:
        """Say how it ended, in the language of whoever asks."""
        if self.reason == "admin_policy" and self.demanded:
            return say(DEMANDED, length=self.demanded)
        return translated(sentence_of(self.reason))

    @property
    def level(self) -> Level:
        levels = {RotationState.PROVEN: Level.PROVEN, RotationState.VERIFIED: Level.VERIFIED}
        return levels.get(self.state, Level.NONE)

    @property
    def digest(self) -> str:
        lines = (f"{one.step} {one.verdict} {one.digest}" for one in self.steps)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


DEMANDED = _("An administrator's policy wants at least {length} digits; nothing was changed.")
Progress = Callable[[Step], None]


def silent(_step: Step) -> None:
    """Take note of nothing."""


@dataclass
class LockVisit:
    """`progress` is told each step before it is taken, so that a caller can write down where.

    `trust` is what is known of the lock tools of this phone's build; `spent` wrong values in a row
    may have been counted before.
    """

    phone: Phone
    secrets: Sequence[str]
    progress: Progress = silent
    trust: BuildTrust = BuildTrust.UNKNOWN
    spent: int = 0
    steps: list[StepTaken] = field(default_factory=list)
    wrong_attempts: int = 0
    touched: bool = False
    tool: tuple[str, ...] = ("locksettings",)
    demanded: int | None = None

    def look(self, step: Step = Step.LOOK) -> LockLook:
        """Ask the free questions, in one round trip."""
        self.progress(step)
        mark = f"wf-{randomness.token_hex(8)}"
        answer = self._asked(step, LOOK.format(mark=mark))
        seen = read_look([part.strip("\r\n") for part in answer.text.split(mark)[1:]])
        if seen.tool:
            self.tool = tuple(seen.tool.split())
        about = f"lock={seen.credential_type} secure={seen.secure} locked={seen.locked}"
        self._note(step, Verdict.CONTRADICTS if seen.contradicts else seen.free_answer, about)
        return seen

    def verify(self, step: Step, value: str) -> Verdict:
        said = self._use(step, "verify", "--old", value, "--user", "0")
        if said is Verdict.REFUSED:
            self.wrong_attempts += 1
        return said

    def set_pin(self, old: str | None, new: str) -> Verdict:
        self.touched = True
        given = () if old is None else ("--old", old)
        return self._use(Step.SET, "set-pin", *given, "--user", "0", new)

    def clear(self, old: str) -> Verdict:
        self.touched = True
        said = self._use(Step.CLEAR, "clear", "--old", old, "--user", "0")
        if said is Verdict.REFUSED:
            self.wrong_attempts += 1
        return said

    def end(
        self, state: RotationState, reason: str | None = None, opens: Opens = Opens.UNKNOWN
    ) -> Outcome:
        taken = tuple(self.steps)
        spent = self.wrong_attempts
        return Outcome(state, reason, opens, taken, spent, self.touched, self.demanded)

    def _use(self, step: Step, *argv: str) -> Verdict:
        self.progress(step)
        command = quoted((*self.tool, *argv))
        answer = self._asked(step, command)
        text = f"{answer.text}\n{answer.complaint}"
        said = verdict(text)
        if said is Verdict.POLICY:
            self.demanded = lock_text.demanded_length(text)
        self._note(step, said, scrub(text, self.secrets))
        return said

    def _asked(self, step: Step, command: str) -> Answer:
        try:
            return self.phone.script(command, deadline=TOOL_SECONDS, secrets=self.secrets)
        except NoAnswer as error:
            self._note(step, Verdict.BEGUN, "")
            if isinstance(error, CommandTimedOut) and self._is_there():
                named = error.serial, error.command, error.seconds
                raise LockToolHangs(*named) from error
            raise

    def _is_there(self) -> bool:
        """Ask what every phone answers at once."""
        try:
            return bool(self.phone.script("getprop ro.serialno", deadline=ALIVE_SECONDS).text)
        except NoAnswer:
            return False

    def _note(self, step: Step, said: Verdict, text: str) -> None:
        digest = hashlib.sha256(text.encode()).hexdigest()
        words = " ".join(text.split())[:KEPT_WORDS]
        self.steps.append(StepTaken(step, clock.now(), said, words, digest))


def read_look(parts: Sequence[str]) -> LockLook:
    """Read the parts of the free questions; a part that is missing is not known."""
    lock, trust, policy, sdk, tool, answer, disabled, users = (*parts, *[""] * 8)[:8]
    kind = lock_text.credential_type(lock)
    free_answer = verdict(answer)
    return LockLook(
        secure=lock_text.is_secure(kind, free_answer),
        credential_type=kind,
        wipe_limit=lock_text.wipe_limit(policy),
        locked=lock_text.device_locked(trust),
        tool=tool.strip() or None,
        sdk=int(sdk) if sdk.strip().isdigit() else None,
        free_answer=free_answer,
        foreground=lock_text.foreground(trust),
        profile_has_own_lock=lock_text.profile_has_own_lock(lock, users),
        switched_off="true" in disabled.split(),
    )
