"""C11: a person's backup is opened after another person approved it, for a time, and recorded."""

from datetime import timedelta

import pytest
import time_machine

from fleet.access.actor import SYSTEM, Actor, HeldRole
from fleet.access.errors import ApprovedByOneself, NotAllowed
from fleet.access.policy import change_policy
from fleet.access.queries import actor_of_user, alarms
from fleet.audit.services import recorded
from fleet.backups.services import plan_backup
from fleet.contracts.access import AccessPolicyIn, Role
from fleet.contracts.openings import OpeningPurpose, OpeningQuery, OpeningState
from fleet.openings import reading
from fleet.openings.errors import (
    OpeningMoved,
    OpeningNeeded,
    OpeningNotFound,
    OpeningNotYours,
    OpeningUndecided,
    OpeningWaits,
    PurposeNeedsBackup,
)
from fleet.openings.queries import opening, openings, shown
from fleet.openings.services import (
    ask_opening,
    close_opening,
    decide_opening,
    opening_in_use,
    revoke_opening,
    withdraw_opening,
)


@pytest.fixture
def ann(make):
    return make.employee(name="Ann")


@pytest.fixture
def backup(session, tools, make, ann):
    phone = make.device()
    return plan_backup(session, tools, phone, reason="asked", holder=ann, actor=make.actor())


@pytest.fixture
def asked(session, backup, asker):
    told = {"purpose": OpeningPurpose.GIVE_BACK, "reason": "her phone is lost", "paths": ["DCIM/*"]}
    return ask_opening(session, backup, actor=asker, **told)


@pytest.fixture
def approved(session, asked, second):
    decide_opening(session, asked, approve=True, note="she asked for it", actor=second)
    return asked


def test_nothing_is_read_before_another_person_has_said_yes(session, tools, backup, asker, asked):
    with pytest.raises(OpeningUndecided):
        reading.open_pack(session, tools, backup, number=1, actor=asker)
    assert "backup.opened" not in [event.name for event in recorded(session)]


def test_without_asking_the_refusal_says_how(session, backup, asker):
    with pytest.raises(OpeningNeeded) as refusal:
        opening_in_use(session, backup, actor=asker)
    assert f"workfleet opening request {backup.number}" in refusal.value.next_step()


def test_what_was_approved_is_for_who_asked_alone(session, backup, approved, asker, make):
    assert opening_in_use(session, backup, actor=asker) is approved
    with pytest.raises(OpeningNeeded):
        opening_in_use(session, backup, actor=make.actor(Role.SECURITY, "another"))


def test_what_was_approved_is_for_that_backup_alone(session, tools, make, backup, approved, asker):
    other = plan_backup(session, tools, make.device(), reason="asked", actor=make.actor())

    with pytest.raises(OpeningNeeded):
        opening_in_use(session, other, actor=asker)


def test_nobody_approves_his_own_though_he_holds_both_roles(session, backup, make):
    founder = make.actor()
    own = ask_opening(session, backup, purpose=OpeningPurpose.DRILL, reason="to try", actor=founder)

    with pytest.raises(ApprovedByOneself):
        decide_opening(session, own, approve=True, note="my own", actor=founder)
    assert own.state is OpeningState.REQUESTED


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR, Role.MANAGER, Role.EMPLOYEE])
def test_who_may_neither_ask_nor_approve_does_neither(session, backup, asked, make, role):
    other = make.actor(role)

    with pytest.raises(NotAllowed):
        ask_opening(session, backup, purpose=OpeningPurpose.DRILL, reason="to look", actor=other)
    with pytest.raises(NotAllowed):
        decide_opening(session, asked, approve=True, note="why not", actor=other)


def test_the_second_person_cannot_read_by_it(session, backup, approved, second):
    with pytest.raises(NotAllowed):
        opening_in_use(session, backup, actor=second)


def test_what_was_denied_opens_nothing_and_is_decided_once(session, backup, asked, asker, second):
    decide_opening(session, asked, approve=False, note="no need", actor=second)

    with pytest.raises(OpeningNeeded):
        opening_in_use(session, backup, actor=asker)
    with pytest.raises(OpeningMoved):
        decide_opening(session, asked, approve=True, note="after all", actor=second)


def test_an_opening_ends_with_its_time(session, backup, approved, asker):
    with time_machine.travel(approved.until):
        assert shown(approved).state is OpeningState.EXPIRED
        with pytest.raises(OpeningNeeded):
            opening_in_use(session, backup, actor=asker)


def test_a_request_that_nobody_decided_ends_with_its_time(session, asked, second):
    with time_machine.travel(asked.until), pytest.raises(OpeningMoved):
        decide_opening(session, asked, approve=True, note="late", actor=second)


def test_who_asked_closes_it_and_any_second_person_may_end_it(
    session, backup, approved, asker, second
):
    with pytest.raises(NotAllowed):
        close_opening(session, approved, actor=second)
    close_opening(session, approved, actor=asker)
    with pytest.raises(OpeningMoved):
        revoke_opening(session, approved, actor=second)
    with pytest.raises(OpeningNeeded):
        opening_in_use(session, backup, actor=asker)


def test_what_was_revoked_is_over_at_once(session, backup, approved, asker, second):
    revoke_opening(session, approved, actor=second)

    with pytest.raises(OpeningNeeded):
        opening_in_use(session, backup, actor=asker)


def test_a_request_is_withdrawn_by_who_made_it(session, asked, asker, make):
    with pytest.raises(OpeningNotYours):
        withdraw_opening(session, asked, actor=make.actor(Role.SECURITY))
    withdraw_opening(session, asked, actor=asker)
    assert asked.state is OpeningState.WITHDRAWN


def test_one_asks_once_at_a_time(session, backup, asked, asker):
    with pytest.raises(OpeningWaits):
        ask_opening(session, backup, purpose=OpeningPurpose.DRILL, reason="again", actor=asker)


@pytest.mark.parametrize("purpose", [OpeningPurpose.RESEAL, OpeningPurpose.DRILL])
def test_only_resealing_is_about_all_backups(session, backup, asker, purpose):
    wrong = backup if purpose is OpeningPurpose.RESEAL else None

    with pytest.raises(PurposeNeedsBackup):
        ask_opening(session, wrong, purpose=purpose, reason="a reason", actor=asker)


def test_where_the_company_wants_no_second_person_it_is_recorded_all_the_same(
    session, backup, asker
):
    change_policy(session, AccessPolicyIn(opening_needs_approval=False), actor=SYSTEM)

    asked = ask_opening(session, backup, purpose=OpeningPurpose.DRILL, reason="to try", actor=asker)

    assert (asked.state, asked.emergency) == (OpeningState.APPROVED, False)
    assert recorded(session)[-1].name == "opening.requested"


def test_the_account_in_the_safe_waits_for_nobody_and_raises_its_alarm(session, backup, make):
    user = make.user("founder", break_glass=True)

    asked = ask_opening(
        session, backup, purpose=OpeningPurpose.LEGAL, reason="fire", actor=actor_of_user(user)
    )

    assert (asked.state, asked.emergency) == (OpeningState.APPROVED, True)
    assert alarms(session) == [user]


def test_the_holder_sees_who_opens_his_backups_and_no_others(session, tools, make, approved, ann):
    foreign = plan_backup(
        session, tools, make.device(), reason="a", holder=make.employee(), actor=make.actor()
    )
    other = ask_opening(
        session, foreign, purpose=OpeningPurpose.DRILL, reason="to try", actor=make.actor()
    )
    her = Actor(ann.id, "Ann", (HeldRole(Role.EMPLOYEE),), employee_id=ann.id)

    assert openings(session, OpeningQuery(), actor=her)[0] == [approved]
    assert opening(session, approved.number, actor=her) is approved
    with pytest.raises(OpeningNotFound):
        opening(session, other.number, actor=her)


def test_openings_are_found_by_what_they_are_about(session, backup, approved, asker, ann):
    def found(**asked):
        return openings(session, OpeningQuery(**asked), actor=asker)[0]

    here = {"backup": backup.number, "device": backup.device.tag, "holder": ann.number}
    assert found(**here, state=OpeningState.APPROVED, purpose=OpeningPurpose.GIVE_BACK) == [
        approved
    ]
    assert found(q=backup.number, mine=True) == [approved]
    assert found(state=OpeningState.EXPIRED) == found(backup="none") == []
    with time_machine.travel(approved.until + timedelta(seconds=1)):
        assert found(state=OpeningState.EXPIRED) == [approved]
