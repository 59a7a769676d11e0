"""Papers of hand-overs, as the cases of those hand-overs know them."""

from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.cases import signed
from fleet.cases.signed import Hand, SignedPaper
from fleet.contracts.cases import CaseStepKind
from fleet.contracts.papers import PaperKind, PaperRole
from fleet.contracts.words import _, say
from fleet.papers.models import Paper, Signature

STEPS: Final = {
    PaperRole.GIVER: CaseStepKind.GIVER_SIGNS,
    PaperRole.RECEIVER: CaseStepKind.RECEIVER_SIGNS,
    PaperRole.WITNESS: CaseStepKind.WITNESS_SIGNS,
}


def note_signed(session: Session, paper: Paper, _signature: Signature, actor: Actor) -> list[str]:
    """Once all three have signed, let the case rest on it. A listener of signatures."""
    unsigned = [one for one in paper.parties if paper.signature(one.role) is None]
    if paper.kind is not PaperKind.ACCOUNT_HAND_OVER or unsigned:
        return []
    by = {STEPS[one.role]: Hand(one.name, one.level) for one in paper.signatures}
    told = SignedPaper(
        number=paper.number,
        digest=paper.digest,
        handle=paper.subject,
        giver=_who(paper, PaperRole.GIVER),
        receiver=_who(paper, PaperRole.RECEIVER),
        by=by,
    )
    case = signed.note_signed(session, told, actor=actor)
    text = _("All three have signed: their steps of {case} are done.")
    return [say(text, case=case)] if case else []


def note_lapsed(session: Session, paper: Paper, actor: Actor) -> None:
    """What rested on it is open again. A listener of papers that are void, or replaced."""
    if paper.kind is PaperKind.ACCOUNT_HAND_OVER:
        signed.note_lapsed(session, paper.number, actor=actor)


def _who(paper: Paper, role: PaperRole) -> UUID | None:
    party = paper.party(role)
    return party.employee_id if party else None
