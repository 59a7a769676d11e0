"""Which password is in use: a guided sign-in, the new value once and the old one at most once."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.phone.pages import Sight
from agents.phone.phone import Phone
from agents.station.guiding.guide import NAMES, TYPED, Guide, observed, refused
from fleet.contracts.playbooks import Glimpse, Step
from fleet.contracts.rotation import AccountOutcome, AccountStep, RotationState

ACCEPTED, REFUSED = "accepted", "refused"
NAMES_TRIED = AccountStep.TEST_NEW, AccountStep.TEST_OLD


@dataclass
class Trial(Guide):
    """`tried` counts the values that were refused; `awaits`: one was typed and not judged yet."""

    tried: int = 0
    awaits: bool = False

    @property
    def book(self) -> Sequence[Step]:
        return self.task.playbook.check

    def value(self, step: Step) -> str | None:
        del step
        return self.values[self.tried]

    def take(self, phone: Phone, seen: Sight) -> AccountOutcome | None:
        if seen.success and self.sent:
            self.note(AccountStep.SUCCESS, "seen", seen)
            return observed(seen)
        if self.awaits and (outcome := self._judged(seen)) is not None:
            return outcome
        step = self.next_step(seen)
        if step is None:
            self.tell(seen.glimpse)
            return None
        self.at = step
        if step.kind.value not in NAMES:
            self.tell(Glimpse.EXPECTED)
            return None
        outcome = self.put(phone, step, NAMES_TRIED[self.tried], seen)
        self.awaits = self.awaits or step.id in self.written
        return outcome

    def over(self) -> AccountOutcome:
        return AccountOutcome(state=RotationState.IN_DOUBT, reason="left_open")

    def touches(self, step: Step) -> bool:
        del step
        return True  # what was left open before stays so until it is judged

    def _judged(self, seen: Sight) -> AccountOutcome | None:
        """Take the app's answer to the value that was typed; None while there is none."""
        if seen.accepted:
            self.mend(ACCEPTED, seen)
            return observed(seen, ACCEPTED) if self.tried == 0 else refused("not_applied")
        if not self.refusal_shows(seen) or self.steps[-1].verdict != TYPED:
            return None
        self.mend(REFUSED, seen)
        self.tried, self.awaits, self.written = self.tried + 1, False, {}
        self.tell(Glimpse.OLD_REFUSED)
        if self.tried < len(self.values):
            return None
        return AccountOutcome(state=RotationState.UNPROVEN, reason="neither_opens")
