"""What both doors show of users, their roles, sessions and tokens, and of the trail."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.access.models import RoleGrant, Token, User
from fleet.audit.models import AuditEntry
from fleet.contracts.access import GrantOut, ProgramTokenOut, RoleOut, SessionOut, WhoOut
from fleet.contracts.audit import AuditEntryOut
from fleet.contracts.clock import now
from fleet.people.queries import codes_of, numbers_of


def shown_users(session: Session, users: Sequence[User]) -> list[WhoOut]:
    """Return users with the roles they hold now, in a fixed number of queries."""
    codes = codes_of(session, _departments(grant for user in users for grant in user.grants))
    numbers = numbers_of(session, [user.employee_id for user in users if user.employee_id])
    return [
        WhoOut(
            username=user.username,
            name=user.name,
            employee=numbers.get(user.employee_id) if user.employee_id else None,
            roles=_roles(user, codes),
            active=user.active,
            second_factor=user.has_second_factor,
            alarm_since=user.alarm_since,
        )
        for user in users
    ]


def shown_user(session: Session, user: User) -> WhoOut:
    (shown,) = shown_users(session, [user])
    return shown


def roles_of(session: Session, user: User) -> list[RoleOut]:
    return _roles(user, codes_of(session, _departments(user.grants)))


def _roles(user: User, codes: dict[UUID, str]) -> list[RoleOut]:
    return [
        RoleOut(
            role=grant.role,
            department=codes.get(grant.department_id) if grant.department_id else None,
            expires_at=grant.expires_at,
        )
        for grant in user.held(now())
    ]


def shown_grants(session: Session, grants: Sequence[RoleGrant]) -> list[GrantOut]:
    """Return grants with their departments' codes, in a fixed number of queries."""
    codes = codes_of(session, _departments(grants))
    return [_shown_grant(grant, codes) for grant in grants]


def shown_session(token: Token, actor: Actor) -> SessionOut:
    return SessionOut(
        id=str(token.id),
        username=token.user.username if token.user else "",
        agent=token.agent,
        source=token.source_address,
        began_at=token.made_at,
        last_used_at=token.last_used_at,
        expires_at=token.expires_at,
        mine=token.id == actor.token_id,
    )


def shown_token(token: Token) -> ProgramTokenOut:
    return ProgramTokenOut(
        id=str(token.id),
        username=token.user.username if token.user else "",
        label=token.label,
        only=token.only,
        made_at=token.made_at,
        last_used_at=token.last_used_at,
        expires_at=token.expires_at,
    )


def shown_entry(row: AuditEntry) -> AuditEntryOut:
    return AuditEntryOut(
        sequence=row.sequence,
        at=row.at,
        actor=row.actor_name,
        kind=row.actor_kind,
        role=row.actor_role,
        on_behalf=row.on_behalf,
        event=row.event,
        subject=row.subject_name,
        details=row.details,
        changes=row.changes or {},
        request=row.request_id,
        source=row.source_address,
        hash=row.hash,
    )


def _departments(grants: Iterable[RoleGrant]) -> list[UUID]:
    return [grant.department_id for grant in grants if grant.department_id]


def _shown_grant(grant: RoleGrant, codes: dict[UUID, str]) -> GrantOut:
    return GrantOut(
        id=str(grant.id),
        username=grant.user.username,
        role=grant.role,
        department=codes.get(grant.department_id) if grant.department_id else None,
        reason=grant.reason,
        granted_by=grant.granted_by,
        granted_at=grant.granted_at,
        expires_at=grant.expires_at,
        ended_at=grant.ended_at,
        ended_by=grant.ended_by,
    )
