"""Granting roles and taking them back: by somebody, for a reason, on record."""

from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.access.errors import (
    AdministratorsSeparated,
    GrantedToOneself,
    GrantEnded,
    LastOfItsRole,
    RoleHeldAlready,
    RoleNeedsDepartment,
    RoleReachesEverything,
)
from fleet.access.events import RoleGranted, RoleWithdrawn
from fleet.access.models import RoleGrant, User
from fleet.access.permissions import ENDS_AT_A_DEPARTMENT, MAY_END_AT_A_DEPARTMENT, SEPARATED
from fleet.access.policy import access_policy
from fleet.access.queries import holders_of, roles_held_still, user_held_still
from fleet.audit.services import record
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.database import clash, write

# Who lets people in and who grants roles: without one of each nothing can be mended.
NEEDED: Final = frozenset({Role.ADMINISTRATOR, Role.SECURITY})


def grant_role(
    session: Session,
    user: User,
    role: Role,
    *,
    reason: str,
    actor: Actor,
    department_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> RoleGrant:
    """Let `user` do what `role` may, for a department and all beneath it or for the company."""
    actor.require(Permission.GRANTS_WRITE)
    if user.id == actor.id:
        raise GrantedToOneself
    _check_scope(role, department_id)
    roles_held_still(session)
    user_held_still(session, user)
    _end_expired(user)
    _check_held(session, user, role, department_id)
    grant = RoleGrant(
        id=uuid4(),
        user=user,
        role=role,
        department_id=department_id,
        reason=reason,
        granted_by=actor.name,
        granted_at=now(),
        expires_at=expires_at,
    )
    session.add(grant)
    granted = RoleGranted(
        subject_id=user.id,
        subject_name=user.username,
        role=role,
        department_id=department_id,
        expires_at=expires_at,
        reason=reason,
    )
    record(session, actor, granted)
    write(session)
    return grant


def withdraw_role(session: Session, grant: RoleGrant, *, reason: str, actor: Actor) -> None:
    """Take a role back; the last one who can grant roles, or let people in, keeps his."""
    actor.require(Permission.GRANTS_WRITE)
    roles_held_still(session)
    user_held_still(session, grant.user)
    if not grant.holds(now()):
        raise GrantEnded(username=grant.user.username, role=grant.role.value)
    keep_one(session, grant.user, grant.role)
    grant.ended_at, grant.ended_by, grant.end_reason = now(), actor.name, reason
    withdrawn = RoleWithdrawn(
        subject_id=grant.user.id,
        subject_name=grant.user.username,
        role=grant.role,
        department_id=grant.department_id,
        reason=reason,
    )
    record(session, actor, withdrawn)
    write(session)


def _check_scope(role: Role, department_id: UUID | None) -> None:
    if department_id is None and role in ENDS_AT_A_DEPARTMENT:
        raise RoleNeedsDepartment(role=role.value)
    if department_id is not None and role not in MAY_END_AT_A_DEPARTMENT:
        raise RoleReachesEverything(role=role.value)


def _end_expired(user: User) -> None:
    """Note the end of roles whose day has come, so that they can be granted anew."""
    for grant in user.grants:
        if grant.ended_at is None and not grant.holds(now()):
            grant.ended_at, grant.ended_by = grant.expires_at, "workfleet"


def _check_held(session: Session, user: User, role: Role, department_id: UUID | None) -> None:
    held = user.held(now())
    if any(grant.role is role and grant.department_id == department_id for grant in held):
        raise RoleHeldAlready(username=user.username, role=role.value)
    others = {grant.role for grant in held} & SEPARATED - {role}
    separated = access_policy(session).administrators_separated and not user.break_glass
    if role in SEPARATED and others and separated:
        raise AdministratorsSeparated(
            username=user.username, role=role.value, held=", ".join(sorted(others))
        )


def keep_one(session: Session, user: User, role: Role) -> None:
    """Refuse to take from `user` what nobody else in the company could put right again."""
    if role in NEEDED and not holders_of(session, role) - {user.id}:
        raise LastOfItsRole(username=user.username, role=role.value)


for _form in ("uq_role_grant_", "role_grant.user_id, role_grant.role"):
    clash(_form, lambda: RoleHeldAlready(username="—", role="—"))
