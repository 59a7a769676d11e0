"""What the steps of a visit show, judged by the server and not by the station that reports them.

A phone's yes counts only where it has said no to a wrong value: without a refused control nothing
is proven, and a control that was accepted takes back every yes.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from fleet.contracts.proof import Level
from fleet.contracts.rotation import RotationStep, StepName

ACCEPTED: Final = "accepted"
REFUSED: Final = "refused"
BEGUN: Final = "begun"  # the connection was lost before the phone answered
NEW: Final = {StepName.CHECK_NEW.value, StepName.CHECK_NEW_AGAIN.value}
WRONG: Final = {StepName.CANARY.value, StepName.CONTROL.value}
OLD: Final = {StepName.CHECK_OLD.value, StepName.CHECK_OLD_AGAIN.value}


@dataclass(frozen=True)
class Evidence:
    """`sent`: the new value was given to the phone, whatever it said.

    `new` and `old` say how well it is known that the value opens the phone at the visit's end.
    """

    sent: bool
    new: Level
    old: Level
    old_refused: bool  # the phone did not take the value that the vault held for it


def read(steps: Sequence[RotationStep], *, asking: bool, believed: bool = False) -> Evidence:
    """Read a visit's steps; `asking` means that it had to find out first what opens the phone.

    `believed`: another visit has heard a phone of this build say no to a wrong value.
    """
    sets = [place for place, step in enumerate(steps) if step.name == StepName.SET.value]
    after_set = steps[sets[-1] + 1 :] if sets else steps
    new = _level_of_new(after_set) if sets or asking else Level.NONE
    old = _level_of_old(after_set)
    if any(said == ACCEPTED for _place, said in _answers(steps, WRONG)):
        new = old = Level.NONE  # a phone that takes a wrong value takes any
    if new is Level.VERIFIED and not (believed or REFUSED in _verdicts(steps)):
        new = Level.NONE  # nobody knows whether this build ever says no
    return Evidence(sent=bool(sets), new=new, old=old, old_refused=_old_refused(steps))


def _verdicts(steps: Sequence[RotationStep]) -> list[str]:
    return [said for _place, said in _answers(steps, WRONG | NEW | OLD)]


def _level_of_new(steps: Sequence[RotationStep]) -> Level:
    answers = _answers(steps, NEW)
    controls = _answers(steps, {StepName.CONTROL.value})
    if not answers or any(said == REFUSED for _place, said in answers):
        return Level.NONE
    if answers[0][1] != ACCEPTED:
        return Level.NONE
    if _old_accepted(steps):
        return Level.NONE  # a phone that takes both values takes any
    refused = any(said == REFUSED and place > answers[0][0] for place, said in controls)
    still = answers[-1][1] == ACCEPTED
    return Level.PROVEN if refused and still else Level.VERIFIED


def _level_of_old(steps: Sequence[RotationStep]) -> Level:
    """The old value is known to open it where it was accepted after the new one was refused."""
    if not _old_accepted(steps):
        return Level.NONE
    new = [said for _place, said in _answers(steps, NEW)]
    if ACCEPTED in new:
        return Level.NONE
    return Level.PROVEN if REFUSED in new else Level.VERIFIED


def _old_accepted(steps: Sequence[RotationStep]) -> bool:
    answers = _answers(steps, OLD)
    return bool(answers) and answers[-1][1] == ACCEPTED


def _old_refused(steps: Sequence[RotationStep]) -> bool:
    answers = _answers(steps, OLD)
    return bool(answers) and answers[-1][1] == REFUSED


def _answers(steps: Sequence[RotationStep], names: Collection[str]) -> list[tuple[int, str]]:
    """Return where the phone was asked and what it said; a step without an answer says nothing."""
    asked = ((place, step) for place, step in enumerate(steps) if step.name in names)
    return [(place, step.verdict) for place, step in asked if step.verdict != BEGUN]
