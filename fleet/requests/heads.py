"""Another head for a department; he may ask that what its people hold is changed (clause A7)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.accounts.models import Account
from fleet.audit.services import record
from fleet.contracts.permissions import Permission
from fleet.contracts.policies import Trigger
from fleet.custody.models import Holding
from fleet.custody.queries import Held, held_by_each
from fleet.database import write
from fleet.people.models import Department, Employee
from fleet.people.services import require_active
from fleet.requests import events
from fleet.rotation.triggers import make_due
from fleet.vault.models import Credential


def name_head(
    session: Session,
    department: Department,
    head: Employee,
    *,
    reason: str,
    change: bool,
    actor: Actor,
) -> list[Credential]:
    """Give a department another head; with `change`, what its own people hold is due at once.

    What waits for the head of this department waits for the new one from now on. Departments
    beneath have heads of their own.
    """
    actor.require(Permission.PEOPLE_WRITE)
    require_active(head)
    former = department.head
    department.head = head
    named = events.DepartmentHeadNamed(
        subject_id=department.id,
        subject_name=department.code,
        former=former.number if former else None,
        head=head.number,
        reason=reason,
        change=change,
    )
    record(session, actor, named)
    write(session)
    things = _things(session, department) if change else []
    return make_due(session, things, Trigger.HEAD_CHANGE, actor=actor)


def _things(session: Session, department: Department) -> list[Held]:
    """Return what the people of a department hold, and the accounts that were made for it."""
    members = select(Employee.id).where(Employee.department_id == department.id)
    holdings = held_by_each(session, session.scalars(members).all())
    held = [_thing(one) for theirs in holdings.values() for one in theirs]
    made_for = select(Account).where(Account.department_id == department.id)
    accounts: Sequence[Account] = session.scalars(made_for).all()
    return list({one.id: one for one in (*held, *accounts) if one is not None}.values())


def _thing(holding: Holding) -> Held | None:
    return holding.device or holding.sim or holding.account
