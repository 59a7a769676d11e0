"""What the company demands of its users: one row, changed by a verb, the same for every process."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.access.errors import AdministratorsHeldTogether
from fleet.access.events import AccessPolicyChanged
from fleet.access.models import AccessPolicy, RoleGrant, User
from fleet.access.permissions import SEPARATED
from fleet.access.queries import roles_held_still
from fleet.audit.services import record
from fleet.contracts.access import AccessPolicyIn
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.database import write

POLICY = UUID(int=3)  # the one row's id, and the subject of its events


def access_policy(session: Session) -> AccessPolicy:
    """Return the policy; where nobody has changed it yet, a row of the defaults."""
    found = session.get(AccessPolicy, POLICY)
    return found or default_policy()


def change_policy(session: Session, given: AccessPolicyIn, *, actor: Actor) -> AccessPolicy:
    """Change what `given` names and leave the rest as it is."""
    actor.require(Permission.POLICY_WRITE)
    changes = given.model_dump(exclude_none=True)
    if changes.get("administrators_separated"):
        roles_held_still(session)
        _refuse_held_together(session)
    policy = session.merge(access_policy(session))
    before = {name: getattr(policy, name) for name in changes}
    for name, value in changes.items():
        setattr(policy, name, value)
    changed = {name: [before[name], value] for name, value in changes.items()}
    event = AccessPolicyChanged(subject_id=POLICY, subject_name="access policy", changed=changed)
    record(session, actor, event)
    write(session)
    return policy


def default_policy() -> AccessPolicy:
    """Return what holds where nobody has decided otherwise."""
    columns = AccessPolicy.__table__.columns
    given = {c.key: c.default.arg for c in columns if c.key != "id" and c.default is not None}
    return AccessPolicy(id=POLICY, **given)


def _refuse_held_together(session: Session) -> None:
    """Refuse to separate the three administrators while somebody holds two of their roles."""
    live = (
        RoleGrant.role.in_(SEPARATED),
        RoleGrant.ended_at.is_(None),
        RoleGrant.expires_at.is_(None) | (RoleGrant.expires_at > now()),
    )
    several = func.count(RoleGrant.role.distinct()) > 1
    names = (
        select(User.username)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(*live, User.active, ~User.break_glass)
        .group_by(User.username)
        .having(several)
    )
    found = sorted(session.scalars(names))
    if found:
        raise AdministratorsHeldTogether(usernames=", ".join(found))
