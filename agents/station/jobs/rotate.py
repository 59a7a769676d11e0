"""Rotating a PIN: every step is in the journal before the phone is asked to take it.

When an earlier run may have set the new PIN, the first question is which of the two opens the
phone; only when that is the old one is the rotation begun anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from agents.phone import lockscreen
from agents.phone.errors import NoAnswer
from agents.phone.lock_visit import Opens, Outcome, Step
from agents.station.jobs.work import Work
from fleet.contracts.builds import BuildTrust
from fleet.contracts.clock import now
from fleet.contracts.rotation import PinOutcome, RotationState, RotationStep
from fleet.contracts.stations import JobDone, RotatePinTask
from fleet.errors import FleetError

CHANGES = frozenset({Step.SET, Step.CLEAR})
BEGUN = "begun"  # the verdict of a step whose answer did not arrive
# Wrong values that the phone may have counted where a visit was cut off at a step; one elsewhere.
COSTS: Mapping[str, int] = {Step.LOOK: 0, Step.CHECK_OLD_AGAIN: 2}
TOOK_ONE_BEFORE = frozenset({Step.SET, Step.WITNESS})  # a right value takes the count back


@dataclass
class Recorder:
    """The steps of all visits of one job, the interrupted ones included."""

    work: Work
    before: list[RotationStep]
    begun: list[RotationStep] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.known = len(self.before)  # steps of earlier runs

    def __call__(self, step: Step) -> None:
        """Write down that `step` is about to be taken."""
        self.begun.append(RotationStep(name=step.value, at=now(), verdict=BEGUN))
        self.work.remember(self.steps, touches=step in CHANGES)

    def took(self, outcome: Outcome) -> None:
        """Put the answers of a finished visit in the place of its begun steps."""
        self.before += [
            RotationStep(
                name=one.step.value, at=one.at, verdict=one.verdict.value, digest=one.digest
            )
            for one in outcome.steps
        ]
        self.begun = []

    @property
    def changes(self) -> bool:
        """Whether a step that may have changed the phone was begun in this run."""
        return any(step.name in CHANGES for step in self.steps[self.known :])

    @property
    def asked(self) -> bool:
        """Whether a value was tried in this run: looking alone costs nothing."""
        return any(step.name != Step.LOOK for step in self.steps[self.known :])

    @property
    def steps(self) -> list[RotationStep]:
        return [*self.before, *self.begun]

    @property
    def spent(self) -> int:
        """Wrong values in a row that the phone may have counted in visits that were cut off.

        Each start after a crash would else ask again, up to the phone's erasing itself.
        """
        count = 0
        for step, following in zip_longest(self.before, self.before[1:]):
            if following is None or following.name == Step.LOOK:
                is_reset = step.verdict != BEGUN or step.name in TOOK_ONE_BEFORE
                count = 0 if is_reset else count + COSTS.get(step.name, 1)
        return count


def run(work: Work, task: RotatePinTask) -> JobDone:
    recorder = Recorder(work, list(work.entry.steps))
    new, old = work.opened(task.sealed_new), work.opened(task.sealed_old)
    if new is None:
        raise TypeError("a rotation has a new PIN")
    may_be_set = task.settle or work.entry.touched
    try:
        outcome = _visit(work, recorder, task, new=new, old=old, may_be_set=may_be_set)
    except Exception as error:  # noqa: BLE001 — whatever it was, a PIN may have been set before it
        return _cut_off(work, recorder, error, may_be_set=may_be_set)
    return JobDone(job=work.job, pin=_reported(work, recorder, outcome))


def _visit(
    work: Work,
    recorder: Recorder,
    task: RotatePinTask,
    *,
    new: str,
    old: str | None,
    may_be_set: bool,
) -> Outcome:
    wrong_attempts = 0
    trust = task.trust if task.build == work.build else BuildTrust.UNKNOWN
    if may_be_set:
        settled = lockscreen.settle(
            work.phone, new=new, old=old, trust=trust, spent=recorder.spent, progress=recorder
        )
        recorder.took(settled)
        if not _begin_anew(settled):
            return settled
        wrong_attempts = settled.wrong_attempts
        if wrong_attempts and trust is BuildTrust.UNKNOWN:
            trust = (
                BuildTrust.TRUSTED
            )  # its tool has just said no to a value: none is spent on that
    if trust is BuildTrust.UNTRUSTED and not task.even_untrusted:
        return lockscreen.left_alone("untrusted_build", wrong_attempts)
    outcome = lockscreen.rotate_pin(
        work.phone, old=old, new=new, trust=trust, spent=recorder.spent, progress=recorder
    )
    recorder.took(outcome)
    return replace(outcome, wrong_attempts=outcome.wrong_attempts + wrong_attempts)


def _begin_anew(settled: Outcome) -> bool:
    """Whether the phone itself showed that the new PIN was never set."""
    return settled.state is RotationState.REFUSED and settled.opens in {Opens.OLD, Opens.NO_LOCK}


def _cut_off(work: Work, recorder: Recorder, error: Exception, *, may_be_set: bool) -> JobDone:
    """The phone went away: in doubt when a PIN may have been set, else nothing has happened."""
    if not recorder.changes and not (may_be_set and recorder.asked):
        return JobDone(job=work.job, failure=_named(error), again=True)
    outcome = PinOutcome(
        state=RotationState.IN_DOUBT,
        reason="connection_lost" if isinstance(error, NoAnswer) else "station_failed",
        sentence=_named(error),
        steps=recorder.steps,
        build=work.build,
    )
    return JobDone(job=work.job, pin=outcome)


def _named(error: Exception) -> str:
    # The text of an unknown error may hold anything, even a PIN.
    return str(error) if isinstance(error, FleetError) else type(error).__name__


def _reported(work: Work, recorder: Recorder, outcome: Outcome) -> PinOutcome:
    return PinOutcome(
        state=outcome.state,
        reason=outcome.reason,
        sentence=outcome.sentence,
        steps=recorder.steps,
        wrong_attempts=outcome.wrong_attempts,
        active=None if outcome.opens is Opens.UNKNOWN else outcome.opens.value,
        build=work.build,
    )
