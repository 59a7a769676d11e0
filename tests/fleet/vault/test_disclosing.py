"""A value is seen with another person's approval, in time, once."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
import time_machine

from fleet.access.actor import SYSTEM
from fleet.access.errors import ApprovedByOneself, NotAllowed
from fleet.access.policy import change_policy
from fleet.access.queries import actor_of_user
from fleet.audit.services import recorded
from fleet.contracts.access import AccessPolicyIn, Role
from fleet.contracts.clock import now
from fleet.contracts.credentials import DisclosureQuery, DisclosureState
from fleet.database import ChangedMeanwhile, make_sessions
from fleet.vault import services
from fleet.vault.disclosing import (
    decide,
    request_disclosure,
    request_of,
    requests,
    shown,
    view,
    withdraw,
)
from fleet.vault.errors import (
    ApprovalNeeded,
    DisclosureMoved,
    DisclosureNotFound,
    DisclosureUndecided,
    DisclosureWaits,
    NotTheAsker,
)
from fleet.vault.queries import pin_of
from tests.factories import FOUNDER, Make


@pytest.fixture
def credential(session, make, tools):
    change_policy(session, AccessPolicyIn(disclosure_needs_approval=True), actor=SYSTEM)
    adopted = services.adopt(
        session, tools, pin_of(make.device()), value="402917", reason="told", actor=SYSTEM
    )
    adopted.due_at = now() + timedelta(days=60)
    session.flush()
    return adopted


@pytest.fixture
def liu(make):
    return actor_of_user(make.user(Role.OPERATOR))


@pytest.fixture
def qian(make):
    return actor_of_user(make.user(Role.SECURITY))


@pytest.fixture
def asked(session, credential, liu):
    return request_disclosure(
        session, credential, reason="he is locked out", ticket="T-17", actor=liu
    )


def approve(session, asked, actor):
    decide(session, asked, approve=True, note="checked with his head", actor=actor)


def later(**given):
    return time_machine.travel(now() + timedelta(**given), tick=True)


def test_where_approval_is_demanded_nobody_sees_a_value_alone(session, tools, credential, make):
    with pytest.raises(ApprovalNeeded):
        services.disclose(session, tools, credential, reason="to look", actor=make.actor(FOUNDER))


def test_the_account_in_the_safe_sees_it_in_an_emergency(session, tools, credential, make):
    actor = actor_of_user(make.user(FOUNDER, break_glass=True))

    assert services.disclose(session, tools, credential, reason="fire", actor=actor).value


def test_approved_by_another_it_is_seen_once_and_due_soon(
    session, tools, credential, asked, liu, qian
):
    approve(session, asked, qian)

    seen, changed = view(session, tools, asked, actor=liu)

    assert (seen.value, changed) == ("402917", False)
    assert credential.due_at < now() + timedelta(hours=25)
    with pytest.raises(DisclosureMoved):
        view(session, tools, asked, actor=liu)


def test_a_request_nobody_has_decided_says_whom_to_ask(session, tools, asked, liu):
    with pytest.raises(DisclosureUndecided, match="credential approve"):
        view(session, tools, asked, actor=liu)


def test_every_step_is_in_the_trail_and_the_value_is_not(session, tools, asked, liu, qian):
    approve(session, asked, qian)
    view(session, tools, asked, actor=liu)

    names = [event.name.partition(".")[2] for event in recorded(session)]
    told = str([event.details for event in recorded(session)])

    assert names[-3:] == ["disclosure_requested", "disclosure_decided", "disclosed"]
    assert "T-17" in told
    assert "402917" not in told


def test_nobody_approves_his_own_request(session, make, credential):
    both = actor_of_user(make.user(FOUNDER))
    asked = request_disclosure(session, credential, reason="for me", actor=both)

    with pytest.raises(ApprovedByOneself):
        approve(session, asked, both)


def test_only_who_asked_sees_it(session, tools, asked, qian, make):
    approve(session, asked, qian)
    other = actor_of_user(make.user(Role.OPERATOR))

    with pytest.raises(NotTheAsker):
        view(session, tools, asked, actor=other)
    with pytest.raises(NotTheAsker):
        withdraw(session, asked, actor=other)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMINISTRATOR, Role.AUDITOR])
def test_only_security_decides(session, asked, make, role):
    with pytest.raises(NotAllowed):
        approve(session, asked, make.actor(role))


def test_what_was_denied_or_withdrawn_is_not_seen(session, tools, credential, asked, liu, qian):
    decide(session, asked, approve=False, note="not needed", actor=qian)
    with pytest.raises(DisclosureMoved):
        view(session, tools, asked, actor=liu)

    again = request_disclosure(session, credential, reason="once more", actor=liu)
    withdraw(session, again, actor=liu)
    with pytest.raises(DisclosureMoved):
        approve(session, again, qian)


def test_a_request_and_an_approval_run_out(session, tools, credential, asked, liu, qian):
    with later(minutes=241), pytest.raises(DisclosureMoved, match="expired"):
        approve(session, asked, qian)

    approve(session, asked, qian)
    with later(minutes=16):
        with pytest.raises(DisclosureMoved, match="expired"):
            view(session, tools, asked, actor=liu)
        assert request_disclosure(session, credential, reason="once more", actor=liu)


def test_one_request_at_a_time_is_enough(session, credential, asked, liu):
    with pytest.raises(DisclosureWaits):
        request_disclosure(session, credential, reason="once more", actor=liu)


def test_a_value_that_was_changed_meanwhile_is_said_to_be(
    session, tools, credential, asked, liu, qian
):
    approve(session, asked, qian)
    credential.changed_at = now()

    _seen, changed = view(session, tools, asked, actor=liu)

    assert changed


def test_requests_are_listed_by_how_they_stand(session, asked, liu, qian):
    def found(**given):
        rows, _mark = requests(session, DisclosureQuery(**given), actor=qian)
        return [shown(row).state for row in rows]

    assert found(state="requested") == [DisclosureState.REQUESTED]
    assert found(state="approved") == found(subject="nothing") == found(mine=True) == []
    with later(hours=5):
        assert found(state="requested") == []
        assert found(state="expired") == [DisclosureState.EXPIRED]


def test_an_unknown_request_is_named(session):
    with pytest.raises(DisclosureNotFound):
        request_of(session, "nonsense")


def test_of_two_views_at_once_one_sees_it(engine, tools):
    sessions, start, results = make_sessions(engine), Barrier(2), []
    with sessions.begin() as session:
        make = Make(session)
        change_policy(session, AccessPolicyIn(disclosure_needs_approval=True), actor=SYSTEM)
        credential = services.adopt(
            session, tools, pin_of(make.device()), value="402917", reason="told", actor=SYSTEM
        )
        liu = actor_of_user(make.user(Role.OPERATOR))
        asked = request_disclosure(session, credential, reason="locked out", actor=liu)
        approve(session, asked, actor_of_user(make.user(Role.SECURITY)))
        name = str(asked.id)

    def look():
        start.wait(30)
        with sessions() as session:
            try:
                view(session, tools, request_of(session, name), actor=liu)
                session.commit()
                results.append("seen")
            except (DisclosureMoved, ChangedMeanwhile):
                results.append("refused")

    threads = [Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(results) == ["refused", "seen"]
