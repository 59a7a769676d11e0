"""Hand-overs by three that were signed: the paper stands for the word of each of them.

It may have been signed before its case was opened. Then it counts as well, as long as it is of this
hand-over: between the same two, and made since the giver has the account.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.cases import events
from fleet.cases.carrying import carry_on, held_still
from fleet.cases.models import Case, Step
from fleet.contracts.cases import CaseKind, CaseState, CaseStepKind
from fleet.contracts.proof import Level
from fleet.database import write


@dataclass(frozen=True)
class Hand:
    """Who has signed, and how well it is known that it was he."""

    name: str
    level: Level


@dataclass(frozen=True)
class SignedPaper:
    """A hand-over of an account that all have signed; `by` says whose hand does which step."""

    number: str
    digest: str
    handle: str
    made_at: datetime
    giver: UUID | None
    receiver: UUID | None
    by: Mapping[CaseStepKind, Hand]


# Whoever knows the paper of an account that all have signed; filled by `fleet.wiring`, empty where
# no papers are signed.
SIGNED_BEFORE: Final[list[Callable[[Session, str], SignedPaper | None]]] = []


def note_signed_before(session: Session, case: Case, *, actor: Actor) -> None:
    """Let a hand-over that is opened now rest on what all have signed for it before."""
    handle = case.details.get("account")
    if case.kind is not CaseKind.REASSIGNMENT or handle is None:
        return
    for ask in SIGNED_BEFORE:
        paper = ask(session, handle)
        if paper is not None and _is_of(case, paper):
            _rest_on(session, case, paper, actor)


def _is_of(case: Case, paper: SignedPaper) -> bool:
    same = case.successor is not None and paper.receiver == case.successor.id
    since = any(one.issued_at <= paper.made_at for one in case.holdings)
    return same and paper.giver == case.employee.id and since


def note_signed(session: Session, paper: SignedPaper, *, actor: Actor) -> str | None:
    """Let the steps of a hand-over rest on its paper; return the number of its case.

    The paper of two others is none of its.
    """
    case = _hand_over(session, paper)
    if case is None:
        return None
    _rest_on(session, case, paper, actor)
    carry_on(session, [case], actor=actor)
    return case.number


def _rest_on(session: Session, case: Case, paper: SignedPaper, actor: Actor) -> None:
    for step in case.steps:
        hand = paper.by.get(step.kind)
        if hand is None:
            continue
        step.rest_on(paper.number, paper.digest, level=hand.level, by=hand.name)
        signed = events.StepSigned(
            **case.about,
            step=step.number,
            what=step.kind,
            level=hand.level,
            paper=paper.number,
            digest=paper.digest,
        )
        record(session, actor, signed)
    write(session)


def _hand_over(session: Session, paper: SignedPaper) -> Case | None:
    """Return the open case of an account between these two, held still."""
    of_it = select(Case.number).where(
        Case.open_key == f"account:{paper.handle}",
        Case.employee_id == paper.giver,
        Case.successor_id == paper.receiver,
    )
    number = session.scalar(of_it)
    case = held_still(session, number) if number else None
    return case if case is not None and case.is_open else None


def note_lapsed(session: Session, paper: str, *, actor: Actor) -> None:
    """Open again what rested on a paper that counts no more, in a case that is open still."""
    resting = select(Case.number).join(Case.steps)
    resting = resting.where(Step.paper == paper, Case.state == CaseState.OPEN)
    for number in session.scalars(resting.distinct()).all():
        case = held_still(session, number)
        for step in case.steps:
            if case.is_open and step.paper == paper:
                step.reopen()
                unsigned = events.StepUnsigned(
                    **case.about, step=step.number, what=step.kind, paper=paper
                )
                record(session, actor, unsigned)
    write(session)
