"""Erasing a phone that was accepted back, and reading back that it is erased."""

import hashlib
from typing import Literal

from agents.phone import wipe
from agents.phone.errors import NoAnswer
from agents.phone.wipe import Method, WipeProof, WipeStep
from agents.station.jobs.work import Work
from agents.station.stopping import go_on
from fleet.contracts.clock import now
from fleet.contracts.proof import Level
from fleet.contracts.rotation import RotationStep
from fleet.contracts.stations import JobDone, WipeOutcome, WipeTask
from fleet.contracts.words import translated

# A wipe of which nobody knows how it ended is done again from the start: erasing twice is erasing.
NOT_KNOWN = "did_not_come_back"
NOT_PROVEN = "still_there_"

State = Literal["verified", "observed", "guided", "refused", "in_doubt"]


def run(work: Work, task: WipeTask) -> JobDone:
    steps = list(work.entry.steps)

    def begun(step: WipeStep) -> None:
        steps.append(RotationStep(name=step.value, at=now(), verdict="begun"))
        work.remember(steps, touches=True)
        work.tell(step.value, None)

    try:
        proof = wipe.wipe(
            work.phone,
            pin=work.opened(task.sealed_pin),
            reconnect=work.reconnect,
            stop=work.stop,
            progress=begun,
        )
    except NoAnswer as error:
        return JobDone(job=work.job, failure=str(error), again=True)
    outcome = outcome_of(proof)
    if outcome.state == "in_doubt":
        go_on(work.stop)  # the wait for the phone was broken off; the next start erases it again
    return JobDone(job=work.job, wipe=outcome)


def outcome_of(proof: WipeProof) -> WipeOutcome:
    files = next((check for check in proof.checks if check.name == "files"), None)
    return WipeOutcome(
        state=_state(proof),
        method="testharness" if proof.method is Method.TEST_HARNESS else "settings",
        reason=proof.reason,
        sentence=translated(proof.sentence),
        files_before=int(files.before) if files else None,
        files_after=int(files.after) if files else None,
        digest=_digest(proof),
    )


def _state(proof: WipeProof) -> State:
    if proof.level is Level.VERIFIED:
        return "verified"
    if proof.level is Level.OBSERVED:
        return "observed"
    if proof.method is Method.GUIDED:
        return "guided"
    reason = proof.reason or ""
    return "in_doubt" if reason == NOT_KNOWN or reason.startswith(NOT_PROVEN) else "refused"


def _digest(proof: WipeProof) -> str:
    lines = (f"{check.name} {check.ok} {check.before} {check.after}" for check in proof.checks)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
