"""What the steps of one visit show of a build's lock tool; a station's own verdict is not asked.

A yes counts only where a no was heard: a tool is believed after it has refused a wrong value and
taken the right one, and no more after it has said yes to a wrong value, or that it has done what
it has not.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from fleet.contracts.builds import BuildTrust
from fleet.contracts.rotation import RotationStep, StepName

ACCEPTED: Final = "accepted"
REFUSED: Final = "refused"
DONE: Final = "done"
CONTRADICTS: Final = "contradicts"  # the tool finds no lock where the system's own dump has one
BEGUN: Final = "begun"  # no answer came

WRONG: Final = {StepName.CANARY, StepName.CONTROL}
NEW: Final = {StepName.CHECK_NEW, StepName.CHECK_NEW_AGAIN}
OLD: Final = {StepName.CHECK_OLD, StepName.CHECK_OLD_AGAIN}
TRIED: Final = WRONG | NEW | OLD


@dataclass(frozen=True)
class Showed:
    """`why` is the stable code of what speaks against the tool."""

    trust: BuildTrust
    why: str | None = None


def showed(steps: Sequence[RotationStep]) -> Showed:
    lie = _lie(steps)
    if lie is not None:
        return Showed(BuildTrust.UNTRUSTED, lie)
    return Showed(BuildTrust.TRUSTED if _tells_apart(steps) else BuildTrust.UNKNOWN)


def _lie(steps: Sequence[RotationStep]) -> str | None:
    if ACCEPTED in _said(steps, WRONG) or any(step.verdict == CONTRADICTS for step in steps):
        return "says_yes_to_everything"
    sets = [place for place, step in enumerate(steps) if step.name == StepName.SET]
    return _lie_of_set(steps[sets[-1] :]) if sets else None


def _lie_of_set(steps: Sequence[RotationStep]) -> str | None:
    """Compare what setting is said to have done with what opens the phone afterwards."""
    new, old = _said(steps, NEW), _said(steps, {StepName.CHECK_OLD_AGAIN})
    if steps[0].verdict == DONE and REFUSED in new[:1] and ACCEPTED in old:
        return "not_applied"
    changed_its_mind = ACCEPTED in new and REFUSED in new
    takes_both = ACCEPTED in new and ACCEPTED in old
    set_after_all = not new and REFUSED in old
    return "answers_contradict" if changed_its_mind or takes_both or set_after_all else None


def _tells_apart(steps: Sequence[RotationStep]) -> bool:
    """Tell whether a wrong value was refused and a right one accepted after it."""
    answers = _said(steps, TRIED)
    return REFUSED in answers and ACCEPTED in answers[answers.index(REFUSED) :]


def _said(steps: Sequence[RotationStep], names: Collection[str]) -> list[str]:
    return [step.verdict for step in steps if step.name in names and step.verdict != BEGUN]
