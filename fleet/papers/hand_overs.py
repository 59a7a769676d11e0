"""Papers of hand-overs, as the cases of those hand-overs know them."""

from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.cases import signed
from fleet.cases.signed import Hand, SignedPaper
from fleet.contracts.cases import CaseStepKind
from fleet.contracts.papers import PaperKind, PaperRole, PaperState
from fleet.contracts.words import _, say
from fleet.papers.models import Paper, Signature
from fleet.papers.standing import held_by_number, valid_paper

STEPS: Final = {
    PaperRole.GIVER: CaseStepKind.GIVER_SIGNS,
    PaperRole.RECEIVER: CaseStepKind.RECEIVER_SIGNS,
    PaperRole.WITNESS: CaseStepKind.WITNESS_SIGNS,
}


def note_signed(session: Session, paper: Paper, _signature: Signature, actor: Actor) -> list[str]:
    """Once all three have signed, let the case rest on it. A listener of signatures."""
    told = _signed(paper) if paper.kind is PaperKind.ACCOUNT_HAND_OVER else None
    case = signed.note_signed(session, told, actor=actor) if told else None
    text = _("All three have signed: their steps of {case} are done.")
    return [say(text, case=case)] if case else []


def signed_before(session: Session, handle: str) -> SignedPaper | None:
    """Return the paper of an account that counts, if all have signed it; kept so until the commit.

    Whoever signs or voids it meanwhile waits, and finds the case that rests on it.
    """
    paper = valid_paper(session, PaperKind.ACCOUNT_HAND_OVER, handle)
    if paper is None:
        return None
    held = held_by_number(session, paper.number)
    return _signed(held) if held.state is PaperState.VALID and held.is_whole else None


def _signed(paper: Paper) -> SignedPaper | None:
    """Return a paper as its case knows it; None while a signature is missing."""
    if any(paper.signature(one.role) is None for one in paper.parties):
        return None
    return SignedPaper(
        number=paper.number,
        digest=paper.digest,
        handle=paper.subject,
        made_at=paper.made_at,
        giver=_who(paper, PaperRole.GIVER),
        receiver=_who(paper, PaperRole.RECEIVER),
        by={STEPS[one.role]: Hand(one.name, one.level) for one in paper.signatures},
    )


def note_lapsed(session: Session, paper: Paper, actor: Actor) -> None:
    """What rested on it is open again. A listener of papers that are void, or replaced."""
    if paper.kind is PaperKind.ACCOUNT_HAND_OVER:
        signed.note_lapsed(session, paper.number, actor=actor)


def _who(paper: Paper, role: PaperRole) -> UUID | None:
    party = paper.party(role)
    return party.employee_id if party else None
