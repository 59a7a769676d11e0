"""Which paper of a phone's return was made, and who has signed it: asked by the return gate."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, defer, selectinload

from fleet.contracts.papers import PaperKind, PaperRole
from fleet.custody.models import Holding
from fleet.custody.signing import Signed, Signer, Signing
from fleet.devices.models import Device
from fleet.papers.models import Paper
from fleet.people.models import Employee

# Who of a paper is whom the gate asks for. A return slip is of this phone alone and goes before
# the exit sheet, which is of all that its holder has.
WHO: Final = {
    PaperKind.EXIT_SHEET: {
        PaperRole.HOLDER: Signer.HOLDER,
        PaperRole.IT: Signer.RECEIVER,
        PaperRole.LINE_HEAD: Signer.WITNESS,
    },
    PaperKind.RETURN_SLIP: {
        PaperRole.HOLDER: Signer.HOLDER,
        PaperRole.RECEIVER: Signer.RECEIVER,
        PaperRole.WITNESS: Signer.WITNESS,
    },
}


def signings(session: Session, returns: Mapping[UUID, datetime]) -> Mapping[UUID, Signing]:
    """Return the papers of returns that have begun; one from before is named where there is none
    since.
    """
    slip = and_(Paper.kind == PaperKind.RETURN_SLIP, Paper.subject == Device.tag)
    sheet = and_(Paper.kind == PaperKind.EXIT_SHEET, Paper.subject == Employee.number)
    valid = Paper.voided_at.is_(None), Paper.replaced_by_id.is_(None)
    of_them = (
        select(Holding.device_id, Paper)
        .join(Device, Device.id == Holding.device_id)
        .join(Employee, Employee.id == Holding.employee_id)
        .join(Paper, or_(slip, sheet))
        .where(Holding.device_id.in_(returns), Holding.returned_at.is_(None), *valid)
        .options(selectinload(Paper.signatures), defer(Paper.content))
    )
    found: dict[UUID, Signing] = {}
    order = list(WHO)
    rows = session.execute(of_them).all()
    for key, paper in sorted(rows, key=lambda row: order.index(row[1].kind)):
        if key is None:
            continue
        if paper.made_at >= returns[key]:
            found[key] = _signing(paper)
        elif key not in found and paper.signatures:
            found[key] = Signing(paper.number, {}, before=True)
    return found


def _signing(paper: Paper) -> Signing:
    who = WHO[paper.kind]
    by = {
        who[one.role]: Signed(one.name, one.level, one.signed_at, one.digest)
        for one in paper.signatures
        if one.role in who
    }
    return Signing(paper.number, by)
