"""A phone in hand that refuses its PIN: one value at a time, each asked for, none in vain."""

import pytest

from fleet.compliance.checks import ask_check, spent, why_not_now
from fleet.compliance.errors import FormerNotCalledFor, NothingToCheck, RefusedAlready
from fleet.contracts.credentials import VersionState
from fleet.contracts.proof import Level
from fleet.incidents.recovering import recovery
from fleet.rotation.services import plan_rotation
from fleet.vault.queries import opened, pin_of
from fleet.vault.services import adopt
from tests.fleet.compliance.visits import (
    PIN_SET,
    answered,
    credential_of,
    findings,
    known_long,
    said,
    visit,
)
from tests.fleet.custody.proofs import back_up, rotate_pin
from tests.fleet.stations.desk import proven


@pytest.fixture
def actor(make):
    return make.actor()


@pytest.fixture
def refused(desk, post, phone):
    """Give a phone with two values in the vault, which has refused the newer one."""
    rotate_pin(desk.session, desk.tools, phone)
    known_long(desk, phone)
    visit(desk, post, phone)
    answered(desk, post, desk.lease(post), said("refused"))
    return phone


def asked(desk, post, phone, number, verdict, actor):
    ask_check(desk.session, phone, number=number, actor=actor)
    desk.session.commit()
    lease = desk.lease(post)
    answered(desk, post, lease, said(verdict))
    return post.opened(lease, lease.task.sealed_pin)


def test_what_is_left_is_said_in_order_and_nothing_is_tried(desk, refused, actor):
    left = recovery(desk.session, refused, actor=actor)

    assert [(one.number, one.refused_at is not None) for one in left.candidates] == [
        (2, True),
        (1, False),
    ]
    assert [step[:2] for step in left.steps[:5]] == ["1.", "2.", "3.", "4.", "5."]
    assert (left.spent, left.left, left.why_not) == (1, None, None)
    assert (left.backup, left.activation_seen) == (None, True)


def test_the_last_backup_is_named_with_what_is_lost(desk, refused, actor):
    backup = back_up(desk.session, refused)

    left = recovery(desk.session, refused, actor=actor)

    assert left.backup == backup.number
    assert any(backup.number in step for step in left.steps)
    assert any("Chats" in step for step in left.steps)


def test_a_former_value_that_opens_it_is_the_active_one_again(desk, post, refused, actor):
    credential = credential_of(desk.session, refused)
    former = opened(desk.tools.keyring, credential.versions[0])

    tried = asked(desk, post, refused, 1, "accepted", actor)

    assert tried == former == opened(desk.tools.keyring, credential.active)
    assert (credential.level, credential.doubtful) == (Level.VERIFIED, [])
    assert [one.closed_because for one in findings(desk.session)] == ["accepted"]


def test_a_former_value_is_refused_once_and_not_tried_again(desk, post, refused, actor):
    asked(desk, post, refused, 1, "refused", actor)

    with pytest.raises(RefusedAlready):
        ask_check(desk.session, refused, number=1, actor=actor)
    assert spent(desk.session, refused) == 2


def test_no_former_value_is_tried_where_none_is_called_for(desk, phone, actor):
    rotate_pin(desk.session, desk.tools, phone)
    rotate_pin(desk.session, desk.tools, phone)

    with pytest.raises(FormerNotCalledFor):
        ask_check(desk.session, phone, number=1, actor=actor)
    with pytest.raises(NothingToCheck):
        ask_check(desk.session, phone, number=7, actor=actor)


def test_the_pin_that_is_told_is_tried_alone_and_the_refused_one_given_up(
    desk, post, refused, actor
):
    adopt(desk.session, desk.tools, pin_of(refused), value="190264", reason="told", actor=actor)

    tried = asked(desk, post, refused, 3, "accepted", actor)

    credential = credential_of(desk.session, refused)
    assert (tried, credential.level, credential.doubtful) == ("190264", Level.VERIFIED, [])
    assert credential.versions[1].state is VersionState.REJECTED


def test_after_that_a_rotation_goes_straight_on(desk, post, refused, actor):
    adopt(desk.session, desk.tools, pin_of(refused), value="190264", reason="told", actor=actor)
    asked(desk, post, refused, 3, "accepted", actor)
    plan_rotation(desk.session, desk.tools, refused, reason="recovered", actor=actor)
    desk.session.commit()

    lease = desk.lease(post)
    desk.done(post, lease, proven(), free=0)

    assert (lease.task.settle, post.opened(lease, lease.task.sealed_old)) == (False, "190264")
    assert credential_of(desk.session, refused).level is Level.PROVEN


def test_a_pin_mistyped_is_doubted_and_nothing_is_lost(desk, post, refused, actor):
    adopt(desk.session, desk.tools, pin_of(refused), value="190264", reason="told", actor=actor)

    asked(desk, post, refused, 3, "refused", actor)

    credential = credential_of(desk.session, refused)
    assert (credential.level, len(findings(desk.session))) == (Level.NONE, 1)
    assert [one.number for one in credential.doubtful] == [2]


def test_attempts_that_were_counted_bring_the_wipe_limit_near(desk, post, phone, actor):
    limited = PIN_SET.model_copy(update={"wipe_limit": 7})
    known_long(desk, phone)
    visit(desk, post, phone, limited)
    assert why_not_now(desk.session, phone) is None

    for _ in range(2):
        ask_check(desk.session, phone, actor=actor) if findings(desk.session) else None
        desk.session.commit()
        answered(desk, post, desk.lease(post), said("refused"))

    assert why_not_now(desk.session, phone) == "wipe_limit_near"
    assert recovery(desk.session, phone, actor=actor).left == 5
