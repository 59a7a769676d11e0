"""Roles are granted by somebody for a reason, end, and reach as far as they were granted."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from fleet.access import second_factor
from fleet.access.actor import SYSTEM, Owner
from fleet.access.errors import (
    AdministratorsHeldTogether,
    AdministratorsSeparated,
    GrantedToOneself,
    GrantEnded,
    LastOfItsRole,
    NotAllowed,
    RoleHeldAlready,
    RoleNeedsDepartment,
    RoleReachesEverything,
    TokenOfAPerson,
    WouldStandIn,
)
from fleet.access.granting import grant_role, withdraw_role
from fleet.access.models import RoleGrant
from fleet.access.policy import access_policy, change_policy
from fleet.access.queries import actor_of_user
from fleet.access.services import set_password, shut_out
from fleet.access.tokens import make_token
from fleet.audit.services import recorded
from fleet.contracts.access import AccessPolicyIn, Role
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.database import make_sessions
from fleet.people.queries import owner_of
from tests.factories import FOUNDER, Make

SEPARATE = AccessPolicyIn(administrators_separated=True)


@pytest.fixture
def security(make):
    return make.actor(Role.SECURITY, name="Qian")


def granted(session, user, role, **given):
    return grant_role(session, user, role, reason="by the board", actor=SYSTEM, **given)


def test_a_role_is_on_record_with_who_granted_it_and_why(session, make, security):
    user = make.user()

    grant = grant_role(session, user, Role.AUDITOR, reason="by the board", actor=security)

    assert (grant.granted_by, grant.reason) == ("Qian", "by the board")
    assert recorded(session)[-1].details["role"] == "auditor"
    assert actor_of_user(user).may(Permission.AUDIT_READ)


def test_an_administrator_lets_people_in_and_grants_them_nothing(session, make):
    with pytest.raises(NotAllowed):
        grant_role(
            session,
            make.user(),
            Role.OPERATOR,
            reason="a friend",
            actor=make.actor(Role.ADMINISTRATOR),
        )


def test_nobody_grants_a_role_to_himself(session, make):
    user = make.user(FOUNDER)

    with pytest.raises(GrantedToOneself):
        grant_role(session, user, Role.MANAGER, reason="why not", actor=actor_of_user(user))


def test_a_role_ends_at_its_hour(session, make):
    user = make.user(Role.EMPLOYEE)
    granted(session, user, Role.OPERATOR, expires_at=now() + timedelta(hours=1))
    assert actor_of_user(user).may(Permission.CUSTODY_ISSUE)

    user.grants[-1].expires_at = now()

    assert not actor_of_user(user).may(Permission.CUSTODY_ISSUE)


def test_an_expired_role_can_be_granted_anew(session, make):
    user = make.user(Role.EMPLOYEE)
    granted(session, user, Role.OPERATOR, expires_at=now() - timedelta(seconds=1))

    granted(session, user, Role.OPERATOR)

    assert [grant.role for grant in user.held(now())] == [Role.EMPLOYEE, Role.OPERATOR]


def test_a_withdrawn_role_is_gone_at_once_and_stays_on_record(session, make, security):
    user = make.user(Role.OPERATOR)
    [grant] = user.grants

    withdraw_role(session, grant, reason="moved to sales", actor=security)

    assert not actor_of_user(user).may(Permission.CUSTODY_ISSUE)
    assert (grant.ended_by, grant.end_reason) == ("Qian", "moved to sales")
    with pytest.raises(GrantEnded):
        withdraw_role(session, grant, reason="once more", actor=security)


def test_a_role_is_held_once(session, make):
    with pytest.raises(RoleHeldAlready):
        granted(session, make.user(Role.OPERATOR), Role.OPERATOR)


def test_the_database_itself_keeps_a_role_from_being_held_twice(session, make):
    user = make.user(Role.OPERATOR)

    with pytest.raises(IntegrityError):
        make.grant(user, Role.OPERATOR)


@pytest.mark.parametrize("role", [Role.SECURITY, Role.ADMINISTRATOR])
def test_the_last_one_who_could_put_it_right_keeps_his_role(session, make, role, security):
    [grant] = make.user(role).grants

    with pytest.raises(LastOfItsRole):
        withdraw_role(session, grant, reason="tidying up", actor=security)

    make.user(role)
    withdraw_role(session, grant, reason="tidying up", actor=security)


def test_a_manager_needs_a_department_and_an_operator_has_none(session, make):
    with pytest.raises(RoleNeedsDepartment):
        granted(session, make.user(), Role.MANAGER)
    with pytest.raises(RoleReachesEverything):
        granted(session, make.user(), Role.AUDITOR, department_id=make.department().id)


def test_a_manager_reaches_the_own_department_and_all_beneath_it(session, make):
    company = make.department()
    sales = make.department(parent=company)
    east = make.department(parent=sales)
    user = make.user(Role.EMPLOYEE)
    granted(session, user, Role.MANAGER, department_id=sales.id)
    actor = actor_of_user(user)

    for place, reached in ((east, True), (sales, True), (company, False)):
        owner = owner_of(session, make.employee(department=place))
        assert actor.reach(Permission.DEVICES_READ).covers(owner) is reached


def test_an_employee_reaches_what_he_holds_himself_alone(make):
    ann, ben = make.employee(), make.employee()
    actor = actor_of_user(make.user(Role.EMPLOYEE, employee_id=ann.id))

    actor.require(Permission.DEVICES_READ, over=Owner(ann.id))
    with pytest.raises(NotAllowed):
        actor.require(Permission.DEVICES_READ, over=Owner(ben.id))
    with pytest.raises(NotAllowed):
        actor.require(Permission.DEVICES_READ)


def test_a_user_who_is_no_holder_reaches_nothing_as_an_employee(make):
    assert not actor_of_user(make.user(Role.EMPLOYEE)).may(Permission.DEVICES_READ)


def test_two_roles_reach_as_far_as_both(make):
    place, ann = uuid4(), make.employee()
    user = make.user(Role.EMPLOYEE, employee_id=ann.id)
    user.grants.append(RoleGrant(role=Role.MANAGER, department_id=place))

    reach = actor_of_user(user).reach(Permission.DEVICES_READ)

    assert reach.covers(Owner(ann.id))
    assert reach.covers(Owner(uuid4(), frozenset({place})))
    assert not reach.covers(Owner(uuid4(), frozenset({uuid4()})))


def test_separated_administrators_are_different_people(session, make, security):
    change_policy(session, SEPARATE, actor=security)
    user = make.user(Role.ADMINISTRATOR)

    with pytest.raises(AdministratorsSeparated):
        granted(session, user, Role.AUDITOR)

    granted(session, user, Role.OPERATOR)


def test_they_are_not_separated_while_somebody_holds_two(session, make, security):
    make.user(FOUNDER, username="founder")

    with pytest.raises(AdministratorsHeldTogether) as refused:
        change_policy(session, SEPARATE, actor=security)

    assert refused.value.usernames == "founder"
    assert not access_policy(session).administrators_separated


def test_what_is_left_out_of_a_change_of_policy_stays(session, security):
    before = access_policy(session).idle_minutes

    policy = change_policy(session, AccessPolicyIn(session_hours=8), actor=security)

    assert (policy.session_hours, policy.idle_minutes) == (8, before)
    assert recorded(session)[-1].details["changed"] == {"session_hours": [12, 8]}


def test_the_last_administrator_cannot_be_shut_out(session, make):
    only, other = make.user(Role.ADMINISTRATOR), make.user(Role.SECURITY)
    make.user(Role.SECURITY)

    with pytest.raises(LastOfItsRole):
        shut_out(session, only, actor=make.actor(Role.ADMINISTRATOR))
    shut_out(session, other, actor=make.actor(Role.ADMINISTRATOR))

    assert not other.active


def test_of_the_last_two_withdrawn_at_once_one_stays(engine):
    sessions = make_sessions(engine)
    with sessions.begin() as session:
        make = Make(session)
        grants = [make.grant(make.user(Role.OPERATOR), Role.SECURITY).id for _ in range(2)]
    both_have_looked = Barrier(2)

    def withdraw(grant_id):
        with sessions() as session:
            grant = session.get(RoleGrant, grant_id)
            if engine.dialect.name == "postgresql":
                both_have_looked.wait(30)  # on SQLite the second cannot even look before
            try:
                withdraw_role(session, grant, reason="reorganised", actor=SYSTEM)
                session.commit()
            except LastOfItsRole:
                return "kept"
            return "withdrawn"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(withdraw, grants)) == ["kept", "withdrawn"]


@pytest.mark.parametrize("role", [Role.SECURITY, Role.AUDITOR])
def test_who_lets_people_in_cannot_become_who_approves_or_audits(session, make, role):
    other, administrator = make.user(role), make.actor(Role.ADMINISTRATOR)

    with pytest.raises(WouldStandIn):
        set_password(session, other, password="long enough to be one", actor=administrator)
    with pytest.raises(WouldStandIn):
        second_factor.remove(session, other, actor=administrator, reason="lost")
    with pytest.raises(WouldStandIn):
        make_token(session, user=other, label="nightly", actor=administrator)


def test_nobody_makes_a_token_in_the_name_of_a_person(session, make):
    administrator = make.actor(Role.ADMINISTRATOR)
    person = make.user(password_hash="$argon2id$…")

    with pytest.raises(TokenOfAPerson):
        make_token(session, user=person, label="nightly", actor=administrator)

    program = make.user()
    text, _token = make_token(session, user=program, label="nightly", actor=administrator)
    assert text.startswith("wf_")
