"""Erasing a phone that was accepted back, and reading back that it is erased.

A loan may be old by the time its phone is here, and its station may have died over it. So the
server is asked before each step that changes the phone, and it keeps the marks that tell whoever
comes next, here or elsewhere, whether the phone was erased since.
"""

import hashlib
from typing import Literal

from agents.phone import wipe
from agents.phone.errors import NoAnswer
from agents.phone.wipe import Method, WipeProof
from agents.station.jobs.work import Work
from agents.station.stopping import go_on
from fleet.contracts.clock import now
from fleet.contracts.proof import Level
from fleet.contracts.rotation import RotationStep
from fleet.contracts.stations import (
    JobDone,
    Planted,
    WipeOutcome,
    WipeStep,
    WipeStepIn,
    WipeTask,
)
from fleet.contracts.words import translated

NOT_KNOWN = "did_not_come_back"
NOT_PROVEN = "still_there_"
LOST = "connection_lost"  # while its lock was taken off: nothing was erased

State = Literal["verified", "observed", "guided", "refused", "in_doubt"]


def run(work: Work, task: WipeTask) -> JobDone:
    steps = list(work.entry.steps)
    if work.erasing is None:
        raise TypeError("a wipe asks its server before each step")
    server = work.erasing

    def begun(step: WipeStep, planted: Planted | None) -> None:
        go_on(work.stop)
        server.wipe_step(work.job, WipeStepIn(step=step, planted=planted))
        steps.append(RotationStep(name=step.value, at=now(), verdict="begun"))
        work.remember(steps, touches=True)
        work.tell(step.value, None)

    try:
        proof = wipe.wipe(
            work.phone,
            pin=work.opened(task.sealed_pin),
            reconnect=work.reconnect,
            before=server.wipe_under_way(work.job).planted,
            stop=work.stop,
            progress=begun,
        )
    except NoAnswer as error:
        return JobDone(job=work.job, failure=str(error), again=True)
    if proof.reason == LOST:
        return JobDone(job=work.job, failure=translated(proof.sentence), again=True)
    outcome = outcome_of(proof)
    if outcome.state == "in_doubt":
        go_on(work.stop)  # the wait for the phone was broken off; the next start looks for it
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
