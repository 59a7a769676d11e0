"""Whether the exit sheet of a return is signed: what the return gate asks of this room."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from fleet.contracts.papers import PaperKind, PaperRole
from fleet.custody.models import Holding
from fleet.custody.signing import Signed, Signer, Signing
from fleet.papers.models import Paper
from fleet.people.models import Employee

# In the company's exit sheet IT is who receives.
QUALITIES: Final = {
    PaperRole.HOLDER: Signer.HOLDER,
    PaperRole.IT: Signer.RECEIVER,
    PaperRole.RECEIVER: Signer.RECEIVER,
    PaperRole.WITNESS: Signer.WITNESS,
}


def signings_of(session: Session, returns: Mapping[UUID, datetime]) -> dict[UUID, Signing]:
    """Return the newest exit sheet of each phone's holder that was made since its return began."""
    if not returns:
        return {}
    counts = Paper.voided_at.is_(None), Paper.replaced_by_id.is_(None)
    theirs = (
        select(Holding.device_id, Paper)
        .join(Employee, Employee.id == Holding.employee_id)
        .join(Paper, Paper.subject == Employee.number)
        .where(Holding.device_id.in_(returns), Holding.returned_at.is_(None))
        .where(Paper.kind == PaperKind.EXIT_SHEET, Paper.made_at >= min(returns.values()), *counts)
        .order_by(Paper.made_at)
        .options(selectinload(Paper.signatures))
    )
    return {
        device: _signing(paper)
        for device, paper in session.execute(theirs)
        if device is not None and paper.made_at >= returns[device]
    }


def _signing(paper: Paper) -> Signing:
    by = {
        QUALITIES[one.role]: Signed(one.name, one.level, one.signed_at, one.digest)
        for one in paper.signatures
        if one.role in QUALITIES
    }
    return Signing(paper.number, by)
