"""What guiding has in common: where the person is, and typing where it is safe."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from agents.phone import screen as screens
from agents.phone.pages import Sight, sight, wanted
from agents.phone.phone import Phone
from agents.phone.screen import Field
from agents.phone.typing import Typed, focus, type_secret
from agents.station.far import Far
from agents.station.jobs.work import Work
from fleet.contracts.clock import now
from fleet.contracts.playbooks import Glimpse, SignKind, Step
from fleet.contracts.rotation import AccountOutcome, AccountStep, RotationState, RotationStep
from fleet.contracts.stations import GuideAccountTask

BEGUN: Final = "begun"  # it is not known whether it arrived
TYPED: Final = "typed"  # the field shows as many dots as the value has characters
UNSEEN: Final = "unseen"  # the field stayed empty
LOOKS: Final = 3  # at a field that shows nothing yet
MOST_TIMES: Final = 3  # that one field is typed into


@dataclass
class Guide(ABC):
    """One run of a job. `at` is the step that the person is at, as far as it was seen."""

    work: Work
    task: GuideAccountTask
    new: str = field(repr=False)
    old: str | None = field(repr=False)
    steps: list[RotationStep]
    written: dict[str, int] = field(default_factory=dict)  # how often each step typed
    stale: bool = False  # a refusal shows that was there before anything was typed

    def __post_init__(self) -> None:
        self.at = self.book[0]

    @property
    @abstractmethod
    def book(self) -> Sequence[Step]:
        """The steps that are followed."""

    @abstractmethod
    def take(self, phone: Phone, seen: Sight) -> AccountOutcome | None:
        """Do what the page asks for; return the end, where it has come."""

    @abstractmethod
    def over(self) -> AccountOutcome:
        """Tell how it ends when the time is over."""

    @abstractmethod
    def value(self, step: Step) -> str | None:
        """Return what is typed at a step; None where the person types it."""

    @property
    def values(self) -> list[str]:
        return [value for value in (self.new, self.old) if value is not None]

    @property
    def sent(self) -> bool:
        """Whether all of the new password was typed, in this run or an earlier one."""
        last = AccountStep(f"type_{self.task.playbook.secrets[-1].kind.value}")
        return any(step.name == last for step in self.steps)

    def look(self, phone: Phone) -> Sight:
        book = self.task.playbook
        return sight(screens.read(phone, wanted(book)), book, self.book)

    def tell(self, glimpse: Glimpse, name: str | None = None) -> None:
        """Let the person know where he is, and what is seen instead of it."""
        place = self.book.index(self.at) + 1
        self.work.tell(f"{name or self.at.id}:{glimpse.value}", Far(place, len(self.book)))

    def note(self, name: AccountStep, verdict: str, seen: Sight, *, touches: bool = False) -> None:
        digest = seen.screen.digest
        self.steps.append(RotationStep(name=name, at=now(), verdict=verdict, digest=digest))
        self.work.remember(self.steps, touches=touches)

    def next_step(self, seen: Sight) -> Step | None:
        """Return the first step of this page that is not done yet, else its last."""
        undone = (step for step in seen.steps if not self.is_done(step, seen))
        return next(undone, seen.steps[-1] if seen.steps else None)

    def is_done(self, step: Step, seen: Sight) -> bool:
        if step.kind.value not in NAMES:
            return False
        found, value = field_of(step, seen), self.value(step)
        if found is None or not found.dots:
            return False
        return value is None or (step.id in self.written and found.dots == len(value))

    def refusal_shows(self, seen: Sight) -> bool:
        """Whether the app refuses the password in use, and did not before it was typed."""
        shows = seen.sign is not None and seen.sign.kind is SignKind.OLD_REFUSED
        self.stale = self.stale and shows
        return shows and not self.stale

    def put(
        self, phone: Phone, step: Step, name: AccountStep, seen: Sight
    ) -> AccountOutcome | None:
        """Type where the right field of the right page has the focus and is empty."""
        value = self.value(step)
        if value is None:
            self.tell(Glimpse.BY_HAND)
            return None
        window = self._window(phone, step, seen)
        if window is None:
            return None
        self.tell(Glimpse.TYPING)
        before = list(self.steps)
        self.note(name, BEGUN, seen, touches=self.touches(step))
        typed = type_secret(phone, value, window)
        if typed is Typed.MOVED:
            self.steps[:] = before
            self.tell(Glimpse.OTHER_PAGE)
            return None
        if typed is Typed.DENIED:
            self.steps[:] = before
            return refused("input_refused")
        self.written[step.id] = self.written.get(step.id, 0) + 1
        return self._arrived(phone, step, value)

    def touches(self, step: Step) -> bool:
        """Whether the new password can be in use once this was typed."""
        return step is self.task.playbook.secrets[-1]

    def _window(self, phone: Phone, step: Step, seen: Sight) -> str | None:
        """Return the window to type into; None, and a word to the person, where it is not ready."""
        if (why := self._unready(step, seen)) is not None:
            self.tell(why)
            return None
        window, seen = focus(phone), self.look(phone)
        self.stale = seen.sign is not None and seen.sign.kind is SignKind.OLD_REFUSED
        why = self._unready(step, seen)
        if why is None and window and focus(phone) == window:
            return window
        self.tell(why or Glimpse.OTHER_PAGE)
        return None

    def _unready(self, step: Step, seen: Sight) -> Glimpse | None:
        found = field_of(step, seen)
        if step not in seen.steps or found is None:
            return Glimpse.OTHER_PAGE
        if found.dots:
            return Glimpse.NOT_EMPTY
        if not (found.focused and found.password and found.package == self.task.playbook.package):
            return Glimpse.TOUCH_FIELD
        return Glimpse.NOT_EMPTY if self.written.get(step.id, 0) >= MOST_TIMES else None

    def _arrived(self, phone: Phone, step: Step, value: str) -> AccountOutcome | None:
        """Count the dots: what the station typed may have gone nowhere."""
        dots: int | None = 0
        for _ in range(LOOKS):
            seen = self.look(phone)
            found = field_of(step, seen)
            if step not in seen.steps or found is None:
                return None
            dots = found.dots
            if dots == len(value):
                self.mend(TYPED, seen)
                self.tell(Glimpse.TYPED)
                return None
            self.work.stop.wait(0.2)
        if dots:
            self.tell(Glimpse.NOT_EMPTY)
            return None
        self.mend(UNSEEN, seen)
        return refused("secure_keyboard")

    def mend(self, verdict: str, seen: Sight) -> None:
        """Put a verdict in the place of `begun`."""
        last = self.steps[-1]
        told = {"verdict": verdict, "digest": seen.screen.digest}
        self.steps[-1] = last.model_copy(update=told)
        self.work.remember(self.steps, touches=False)


NAMES: Final = {
    "old": AccountStep.TYPE_OLD,
    "new": AccountStep.TYPE_NEW,
    "again": AccountStep.TYPE_AGAIN,
    "test": AccountStep.TEST_NEW,
}


def field_of(step: Step, seen: Sight) -> Field | None:
    fields = [one for one in seen.screen.fields if one.password]
    return fields[step.field] if step.field < len(fields) else None


def refused(reason: str) -> AccountOutcome:
    return AccountOutcome(state=RotationState.REFUSED, reason=reason)


def observed(seen: Sight, reason: str | None = None) -> AccountOutcome:
    return AccountOutcome(
        state=RotationState.OBSERVED,
        reason=reason,
        screen_digest=seen.screen.digest,
        labels=list(seen.screen.texts),
    )
