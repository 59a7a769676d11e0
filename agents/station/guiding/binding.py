"""The binding of an account without a password: a person moves, the station looks, nobody types."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.phone.pages import Sight
from agents.phone.phone import Phone
from agents.station.guiding.guide import Guide, observed, refused
from fleet.contracts.playbooks import Glimpse, SignKind, Step, StepKind
from fleet.contracts.rotation import AccountOutcome, AccountStep


@dataclass
class Binding(Guide):
    """Each page to confirm is noted when it is seen; the number counts on the last one alone."""

    @property
    def book(self) -> Sequence[Step]:
        return self.task.playbook.steps

    @property
    def sent(self) -> bool:
        return False

    def value(self, step: Step) -> str | None:
        del step
        return None

    def take(self, phone: Phone, seen: Sight) -> AccountOutcome | None:
        del phone
        if seen.sign is not None and seen.sign.kind is SignKind.ASIDE:
            self.tell(Glimpse.ASIDE, seen.sign.id)
            return None
        if not seen.steps:
            self.tell(seen.glimpse)
            return None
        self.at = seen.steps[-1]
        self._note_page(seen)
        if seen.success and self.at is self.book[-1] and not self._missing:
            self.note(AccountStep.SUCCESS, "seen", seen)
            return observed(seen)
        self._lead_on()
        return None

    def over(self) -> AccountOutcome:
        return refused("binding_not_seen")

    def _note_page(self, seen: Sight) -> None:
        if self.at in self._missing:
            self.note(AccountStep.PAGE, self.at.id, seen)

    @property
    def _missing(self) -> list[Step]:
        """Return the pages that have to be looked at and were not yet."""
        noted = {step.verdict for step in self.steps if step.name == AccountStep.PAGE}
        pages = (step for step in self.book if step.kind is StepKind.CONFIRM)
        return [step for step in pages if step.id not in noted]

    def _lead_on(self) -> None:
        """Say what is done here; at the end, what was left out on the way."""
        left_out = self._missing and self.at is self.book[-1]
        self.tell(Glimpse.EXPECTED, self._missing[0].id if left_out else None)
