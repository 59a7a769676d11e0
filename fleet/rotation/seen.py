"""What the steps of a guided change show, judged by the server and not by the station's word.

A message of success counts after the new value was typed and arrived: the app itself compares the
value that is typed again with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fleet.contracts.playbooks import Playbook
from fleet.contracts.rotation import AccountStep, RotationStep
from fleet.rotation.binding import was_shown

TYPED: Final = "typed"
ACCEPTED: Final = "accepted"
REFUSED: Final = "refused"
RESTARTS: Final = frozenset({AccountStep.OLD_REFUSED, AccountStep.NEW_REFUSED})


@dataclass(frozen=True)
class Shown:
    """`sent`: all of the new value was given to the phone, so that it may be in use."""

    sent: bool = False
    changed: bool = False
    new_accepted: bool = False
    old_accepted: bool = False
    old_refused: bool = False


def read(steps: Sequence[RotationStep], book: Playbook | None) -> Shown:
    """Read the steps of all visits of one rotation, in their order."""
    if book is not None and book.changes == "binding":
        return Shown(changed=was_shown(steps, book))
    names = [AccountStep(f"type_{step.kind.value}") for step in book.secrets] if book else []
    if not names:
        return Shown()
    new = _verdict(steps, AccountStep.TEST_NEW)
    old = _verdict(steps, AccountStep.TEST_OLD)
    return Shown(
        sent=any(step.name == names[-1] for step in steps),
        changed=_changed(steps, names),
        new_accepted=new == ACCEPTED,
        old_accepted=new == REFUSED and old == ACCEPTED,
        old_refused=bool(steps) and steps[-1].name == AccountStep.OLD_REFUSED,
    )


def _verdict(steps: Sequence[RotationStep], name: AccountStep) -> str | None:
    return next((step.verdict for step in reversed(steps) if step.name == name), None)


def _changed(steps: Sequence[RotationStep], names: Sequence[AccountStep]) -> bool:
    """Tell whether the last thing seen is a success that follows the new value."""
    if not steps or steps[-1].name != AccountStep.SUCCESS or steps[-1].digest is None:
        return False
    resets = [place for place, step in enumerate(steps) if step.name in RESTARTS]
    since = steps[resets[-1] + 1 if resets else 0 :]
    arrived = any(step.name == names[0] and step.verdict == TYPED for step in since)
    return arrived and all(any(step.name == name for step in since) for name in names)
