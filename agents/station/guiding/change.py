"""The change itself: the old password, the new one twice, and the app's word that it took it."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.phone.pages import Sight
from agents.phone.phone import Phone
from agents.station.guiding.guide import NAMES, Guide, observed, refused
from fleet.contracts.playbooks import Glimpse, SignKind, Step, StepKind
from fleet.contracts.rotation import AccountOutcome, AccountStep, RotationState


@dataclass
class Change(Guide):
    """`looked`: the phone showed something else before, so that a success is of this visit."""

    looked: bool = False

    @property
    def book(self) -> Sequence[Step]:
        return self.task.playbook.steps

    def value(self, step: Step) -> str | None:
        if self.task.by_hand:
            return None
        return self.old if step.kind is StepKind.OLD else self.new

    def take(self, phone: Phone, seen: Sight) -> AccountOutcome | None:
        if seen.success and (self.sent or self.task.by_hand or self.looked):
            self.note(AccountStep.SUCCESS, "seen", seen)
            ours = self.sent or self.task.by_hand
            return observed(seen, None if ours else "not_ours")
        self.looked = self.looked or not seen.success
        if self.refusal_shows(seen) and AccountStep.TYPE_OLD in self._typed:
            self.note(AccountStep.OLD_REFUSED, "seen", seen)
            return refused("old_refused")
        step = self.next_step(seen)
        if self._has_told(seen, step):
            return None
        if step is None:
            self.tell(seen.glimpse)
            return None
        self.at = step
        if step.kind.value in NAMES:
            return self.put(phone, step, NAMES[step.kind.value], seen)
        self.tell(Glimpse.EXPECTED)
        return None

    def over(self) -> AccountOutcome:
        if self.sent or self.task.by_hand:
            reason = "left_open" if self.sent else "not_seen"
            return AccountOutcome(state=RotationState.IN_DOUBT, reason=reason)
        return refused("not_seen")

    @property
    def _typed(self) -> set[AccountStep]:
        kinds = {step.id: step.kind.value for step in self.book}
        return {NAMES[kinds[name]] for name in self.written}

    def _has_told(self, seen: Sight, step: Step | None) -> bool:
        """Pass on what the app itself says, where that is what the person has to heed now."""
        if seen.sign is None:
            return False
        if seen.sign.kind is SignKind.ASIDE:
            self.tell(Glimpse.ASIDE, seen.sign.id)
            return True
        confirmed = step is not None and step.kind is StepKind.CONFIRM
        if seen.sign.kind is SignKind.NEW_REFUSED and confirmed:
            self.tell(Glimpse.NEW_REFUSED, seen.sign.id)
            return True
        return False
