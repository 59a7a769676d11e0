"""Users, the roles they are granted, and what is demanded of them."""

from apiflask import APIBlueprint
from sqlalchemy.orm import Session

from api.identity import asks, current_actor
from api.shown import shown_grants, shown_user, shown_users
from api.transaction import current_session
from fleet.access import granting, policy, queries, second_factor, services
from fleet.access.models import RoleGrant, User
from fleet.contracts.access import (
    AccessPolicyIn,
    AccessPolicyOut,
    GrantIn,
    GrantOut,
    NewPasswordIn,
    RevokeIn,
    UserIn,
    UserQuery,
    WhoOut,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import Page
from fleet.contracts.words import say
from fleet.people.queries import department, employee

bp = APIBlueprint("users", __name__, url_prefix="/api/v1", tag="Users")


@bp.get("/users")
@asks(Permission.USERS_READ)
@bp.input(UserQuery, location="query", arg_name="query")
@bp.output(Page[WhoOut])
def list_users(query: UserQuery) -> Page[WhoOut]:
    """List who may work with the product."""
    session = current_session()
    rows, mark = queries.users(session, query, actor=current_actor())
    return Page(items=shown_users(session, rows), next=mark)


@bp.post("/users")
@asks(Permission.USERS_WRITE)
@bp.input(UserIn, arg_name="body")
@bp.output(WhoOut, status_code=201)
def add_user(body: UserIn) -> WhoOut:
    """Let a person in; with a role, if whoever asks may grant one."""
    session = current_session()
    user = services.make_user(
        session,
        username=body.username,
        name=body.name,
        password=body.password.get_secret_value() if body.password else None,
        employee_id=employee(session, body.employee).id if body.employee else None,
        actor=current_actor(),
    )
    if body.role:
        given = GrantIn(role=body.role, department=body.department, reason=say("let in"))
        _granted(session, user, given)
    return shown_user(session, user)


@bp.get("/users/<username>")
@asks(Permission.USERS_READ)
@bp.output(WhoOut)
def show_user(username: str) -> WhoOut:
    """Show a user and the roles that he holds now."""
    session = current_session()
    return shown_user(session, queries.user_named(session, username))


@bp.post("/users/<username>/shut-out")
@asks(Permission.USERS_WRITE)
@bp.input(RevokeIn, arg_name="body")
@bp.output(WhoOut)
def shut_out(username: str, body: RevokeIn) -> WhoOut:
    """Take a person's access away, at once."""
    session = current_session()
    user = queries.user_named(session, username)
    services.shut_out(session, user, reason=body.reason, actor=current_actor())
    return shown_user(session, user)


@bp.post("/users/<username>/let-in")
@asks(Permission.USERS_WRITE)
@bp.input(RevokeIn, arg_name="body")
@bp.output(WhoOut)
def let_in_again(username: str, body: RevokeIn) -> WhoOut:
    """Give a person's access back."""
    session = current_session()
    user = queries.user_named(session, username)
    services.let_in_again(session, user, reason=body.reason, actor=current_actor())
    return shown_user(session, user)


@bp.post("/users/<username>/unlock")
@asks(Permission.USERS_WRITE)
@bp.output(WhoOut)
def unlock(username: str) -> WhoOut:
    """Forget the wrong passwords under a user's name, so that he need not wait."""
    session = current_session()
    user = queries.user_named(session, username)
    services.unlock(session, user, actor=current_actor())
    return shown_user(session, user)


@bp.post("/users/<username>/password")
@asks(Permission.USERS_WRITE)
@bp.input(NewPasswordIn, arg_name="body")
@bp.output(WhoOut)
def set_password(username: str, body: NewPasswordIn) -> WhoOut:
    """Give a user another password, which he has to change when he signs in."""
    session = current_session()
    user = queries.user_named(session, username)
    password = body.password.get_secret_value()
    services.set_password(session, user, password=password, actor=current_actor())
    return shown_user(session, user)


@bp.post("/users/<username>/second-factor/remove")
@asks(Permission.USERS_WRITE)
@bp.input(RevokeIn, arg_name="body")
@bp.output(WhoOut)
def take_second_factor(username: str, body: RevokeIn) -> WhoOut:
    """Take the second factor of somebody away who has lost it and every recovery code."""
    session = current_session()
    user = queries.user_named(session, username)
    second_factor.remove(session, user, reason=body.reason, actor=current_actor())
    return shown_user(session, user)


@bp.post("/users/<username>/acknowledge")
@asks(Permission.GRANTS_WRITE)
@bp.input(RevokeIn, arg_name="body")
@bp.output(WhoOut)
def acknowledge(username: str, body: RevokeIn) -> WhoOut:
    """Note that the use of the account in the safe was looked into."""
    session = current_session()
    user = queries.user_named(session, username)
    services.acknowledge_alarm(session, user, reason=body.reason, actor=current_actor())
    return shown_user(session, user)


@bp.get("/users/<username>/grants")
@asks(Permission.GRANTS_READ)
@bp.output(Page[GrantOut])
def show_grants(username: str) -> Page[GrantOut]:
    """List every role a user was ever granted, by whom and why."""
    session = current_session()
    grants = queries.user_named(session, username).grants
    return Page(items=shown_grants(session, grants))


@bp.post("/users/<username>/grants")
@asks(Permission.GRANTS_WRITE)
@bp.input(GrantIn, arg_name="body")
@bp.output(GrantOut, status_code=201)
def grant(username: str, body: GrantIn) -> GrantOut:
    """Grant a role to a user."""
    session = current_session()
    made = _granted(session, queries.user_named(session, username), body)
    return shown_grants(session, [made])[0]


@bp.post("/grants/<grant_id>/withdraw")
@asks(Permission.GRANTS_WRITE)
@bp.input(RevokeIn, arg_name="body")
@bp.output(GrantOut)
def withdraw(grant_id: str, body: RevokeIn) -> GrantOut:
    """Take a role back; it ends with this request."""
    session = current_session()
    found = queries.grant_of(session, grant_id)
    granting.withdraw_role(session, found, reason=body.reason, actor=current_actor())
    return shown_grants(session, [found])[0]


@bp.get("/access-policy")
@asks(Permission.POLICY_READ)
@bp.output(AccessPolicyOut)
def show_policy() -> AccessPolicyOut:
    """Show what is demanded of users."""
    return AccessPolicyOut.model_validate(policy.access_policy(current_session()))


@bp.post("/access-policy")
@asks(Permission.POLICY_WRITE)
@bp.input(AccessPolicyIn, arg_name="body")
@bp.output(AccessPolicyOut)
def change_policy(body: AccessPolicyIn) -> AccessPolicyOut:
    """Change what is demanded of users; what is left out stays as it is."""
    changed = policy.change_policy(current_session(), body, actor=current_actor())
    return AccessPolicyOut.model_validate(changed)


def _granted(session: Session, user: User, given: GrantIn) -> RoleGrant:
    place = department(session, given.department) if given.department else None
    return granting.grant_role(
        session,
        user,
        given.role,
        reason=given.reason,
        department_id=place.id if place else None,
        expires_at=given.expires_at,
        actor=current_actor(),
    )
