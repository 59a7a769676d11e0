"""Who has what: a line for each thing that is out."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from fleet.access.actor import Actor
from fleet.contracts.loans import HoldingQuery
from fleet.contracts.permissions import Permission
from fleet.custody.models import Holding
from fleet.paging import containing, page
from fleet.people.models import Employee
from fleet.people.queries import people_within

SORTS: Final = {"issued_at": Holding.issued_at}


def holdings(
    session: Session, query: HoldingQuery, *, actor: Actor
) -> tuple[list[Holding], str | None]:
    """Return one page of what is out within the actor's reach, the oldest first."""
    within = people_within(actor.reach(Permission.CUSTODY_READ))
    things = (joinedload(one) for one in (Holding.device, Holding.sim, Holding.account))
    people = contains_eager(Holding.employee).joinedload(Employee.department)
    statement = select(Holding).join(Holding.employee).options(people, *things)
    statement = statement.where(Holding.returned_at.is_(None), within)
    statement = statement.where(containing(query.q, Employee.number, Employee.name))
    if query.holder:
        statement = statement.where(Employee.number == query.holder)
    return page(session, statement, query, sorts=SORTS, default="issued_at", key=Holding.id)
