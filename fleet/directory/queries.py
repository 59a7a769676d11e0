"""Finding proposals."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.directory import ProposalOut, ProposalQuery, ProposalState, SaidOut
from fleet.contracts.permissions import Permission
from fleet.directory.errors import ProposalNotFound
from fleet.directory.models import Proposal
from fleet.paging import containing, page

SORTS = {
    "number": Proposal.number,
    "employee": Proposal.employee,
    "name": Proposal.name,
    "department": Proposal.department,
    "kind": Proposal.kind,
    "proposed_at": Proposal.proposed_at,
}


def proposals(
    session: Session, query: ProposalQuery, *, actor: Actor
) -> tuple[list[Proposal], str | None]:
    """Return one page of the proposals that wait, or of all, and the mark of the next."""
    actor.require(Permission.DIRECTORY_READ)
    found = containing(query.q, Proposal.number, Proposal.employee, Proposal.name)
    statement = select(Proposal).where(found)
    state = query.state or (None if query.history else ProposalState.PROPOSED)
    if state:
        statement = statement.where(Proposal.state == state)
    if query.kind:
        statement = statement.where(Proposal.kind == query.kind)
    if query.department:
        statement = statement.where(Proposal.department == query.department)
    return page(session, statement, query, sorts=SORTS, default="number", key=Proposal.id)


def proposal(session: Session, number: str, *, actor: Actor) -> Proposal:
    actor.require(Permission.DIRECTORY_READ)
    found = session.scalar(select(Proposal).where(Proposal.number == number))
    if found is None:
        raise ProposalNotFound(number=number)
    return found


def shown(row: Proposal) -> ProposalOut:
    return ProposalOut(
        number=row.number,
        kind=row.kind,
        state=row.state,
        employee=row.employee,
        name=row.name,
        department=row.department,
        said=[SaidOut(column=name, old=old, new=new) for name, (old, new) in row.said.items()],
        proposed_at=row.proposed_at,
        proposed_by=row.proposed_by,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        reason=row.reason,
    )
