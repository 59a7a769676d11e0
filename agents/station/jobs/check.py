"""Checking whether the PIN of the vault still opens the phone.

The try is in the journal before the phone is asked: after a crash it is not made again.
"""

from agents.phone.errors import NoAnswer
from agents.phone.lock_check import Checked, check_pin
from agents.phone.lock_text import LockLook
from agents.phone.lock_visit import Step
from agents.station.jobs.work import Work
from fleet.contracts.clock import now
from fleet.contracts.findings import CheckOutcome, LockSeen
from fleet.contracts.rotation import RotationStep
from fleet.contracts.stations import CheckPinTask, JobDone

BEGUN = "begun"  # the verdict of a step whose answer did not arrive


def run(work: Work, task: CheckPinTask) -> JobDone:
    tried_before = work.entry.touched
    begun: list[RotationStep] = []

    def progress(step: Step) -> None:
        begun.append(RotationStep(name=step.value, at=now(), verdict=BEGUN))
        work.remember(begun, touches=step is not Step.LOOK)

    value = None if tried_before else work.opened(task.sealed_pin)
    try:
        checked = check_pin(work.phone, value, progress)
    except NoAnswer as error:
        return _cut_off(work, begun, str(error))
    return JobDone(job=work.job, check=_outcome(work, checked, tried_before=tried_before))


def _cut_off(work: Work, begun: list[RotationStep], why: str) -> JobDone:
    """The phone went away: nothing has happened unless the value was on its way."""
    if all(step.name == Step.LOOK for step in begun):
        return JobDone(job=work.job, failure=why, again=True)
    outcome = CheckOutcome(reason="connection_lost", steps=begun, build=work.build)
    return JobDone(job=work.job, check=outcome)


def _outcome(work: Work, checked: Checked, *, tried_before: bool) -> CheckOutcome:
    return CheckOutcome(
        lock=_seen(checked.look),
        reason="tried_before" if tried_before else checked.reason,
        steps=[
            RotationStep(
                name=one.step.value, at=one.at, verdict=one.verdict.value, digest=one.digest
            )
            for one in checked.steps
        ],
        wrong_attempts=checked.wrong_attempts,
        build=work.build,
    )


def _seen(look: LockLook) -> LockSeen:
    return LockSeen(
        secure=look.secure,
        credential_type=look.credential_type,
        wipe_limit=look.wipe_limit,
        sdk=look.sdk,
        contradicts=look.contradicts,
    )
