"""One act on a phone between two looks: what the phone shows decides, whatever its tools say."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from agents.phone.parts.part import Part
from agents.phone.parts.refusals import TIMEOUT_STATUS
from agents.phone.phone import Phone
from agents.phone.probe import RawPart, ask, digest_of
from agents.phone.remedy_words import reason_of, word_of
from fleet.contracts.remedies import AppSeen, RemedyAction, RemedyOutcome, WirelessSeen
from fleet.contracts.remedy_outcomes import sentence_of

MARGIN_SECONDS = 30.0  # for the way there and back, beyond what the questions may take
AnySeen = AppSeen | WirelessSeen


@dataclass(frozen=True)
class Look:
    """How things stood at one moment; `why_not` is why nothing can be done about them."""

    seen: AnySeen
    parts: tuple[RawPart, ...] = field(default=(), repr=False)
    why_not: str | None = None


@dataclass(frozen=True)
class Said:
    """What a tool said of an act, and how things stood right after it."""

    text: str
    status: int | None
    look: Look


class Remedy(Protocol):
    """One kind of act."""

    def look(self) -> Look: ...

    def is_so(self, seen: AnySeen) -> bool | None:
        """Whether things stand as is wanted; None: that is not known."""
        ...

    def act(self, before: Look) -> Said: ...

    def undone_by(self, before: AnySeen) -> RemedyAction | None: ...


def carry_out(
    remedy: Remedy,
    *,
    begin: Callable[[AnySeen], None],
    before: AnySeen | None = None,
) -> RemedyOutcome:
    """Act where things are not as wanted, and say what the phone shows afterwards.

    `begin` is told how things stood before anything is changed. `before` is that of an earlier
    visit, which may have changed them already. Raises NoAnswer when the phone goes away.
    """
    first = remedy.look()
    visit = _Visit(remedy, before or first.seen, [*first.parts])
    so = remedy.is_so(first.seen)
    if so:
        return visit.ended("verified", first.seen, changed=not remedy.is_so(visit.before))
    if first.why_not or so is None:
        return visit.ended("refused", first.seen, first.why_not or "unclear", changed=False)
    begin(visit.before)
    said = remedy.act(first)
    # Looked at once more: something may put back at once what was changed.
    last = remedy.look()
    visit.parts += [*said.look.parts, *last.parts]
    return _judged(visit, said, last)


def _judged(visit: "_Visit", said: Said, last: Look) -> RemedyOutcome:
    so = visit.remedy.is_so(last.seen)
    if so:
        return visit.ended("verified", last.seen, changed=True)
    changed = None if so is None else visit.before != last.seen
    if so is None:
        return visit.ended("in_doubt", last.seen, "unclear", changed=changed)
    word = word_of(said.text)
    if visit.remedy.is_so(said.look.seen):
        return visit.ended("refused", last.seen, "came_back", changed=changed, word=word)
    if said.status in TIMEOUT_STATUS:
        return visit.ended("in_doubt", last.seen, "tool_hangs", changed=changed)
    return visit.ended("refused", last.seen, reason_of(said.text), changed=changed, word=word)


@dataclass
class _Visit:
    remedy: Remedy
    before: AnySeen
    parts: list[RawPart]

    def ended(
        self,
        state: Any,
        after: AnySeen,
        reason: str | None = None,
        *,
        changed: bool | None,
        word: str = "",
    ) -> RemedyOutcome:
        return RemedyOutcome(
            state=state,
            changed=changed,
            reason=reason,
            sentence=sentence_of(reason),
            word=word,
            before=self.before,
            after=after,
            undo=self.remedy.undone_by(self.before) if changed else None,
            digest=digest_of(self.parts),
        )


def refused(reason: str, before: AnySeen | None = None, word: str = "") -> RemedyOutcome:
    """Return the outcome of what was not begun."""
    return RemedyOutcome(
        state="refused",
        changed=False,
        reason=reason,
        sentence=sentence_of(reason),
        word=word,
        before=before,
        after=before,
    )


def question(
    name: str,
    command: str,
    parse: Callable[[str], Any] = lambda text: text,
    *,
    seconds: int = 15,
    kilobytes: int = 16,
) -> Part[Any]:
    """Return a question that is asked here alone: no recording by other hands is taken for it."""
    nothing = r"(?!)"
    return Part(name, command, parse, nothing, nothing, nothing, seconds, kilobytes)


def answers(phone: Phone, parts: Iterable[Part[Any]]) -> tuple[dict[str, Any], tuple[RawPart, ...]]:
    """Ask in one round trip; what was not understood is None."""
    asked = tuple(parts)
    raw = ask(phone, asked, sum(part.seconds for part in asked) + MARGIN_SECONDS)
    recorded = {one.name: one.recorded for one in raw}
    return {part.name: _understood(part, recorded.get(part.name)) for part in asked}, raw


def _understood(part: Part[Any], recorded: Any) -> Any:
    value, excuse = part.understand(recorded)
    return value if excuse is None else None
