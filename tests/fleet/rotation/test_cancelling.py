"""A change is taken back, with a job or without one; what somebody was shown is kept."""

import pytest

from fleet.access.errors import NotAllowed
from fleet.contracts.access import Role
from fleet.contracts.accounts import AccountKind
from fleet.contracts.credentials import VersionState
from fleet.contracts.rotation import RotationState
from fleet.contracts.stations import JobState
from fleet.rotation.cancelling import cancel
from fleet.rotation.declaring import attend
from fleet.rotation.errors import RotationEnded
from fleet.rotation.services import plan_rotation
from fleet.stations.errors import JobUnderWay


@pytest.fixture
def by_hand(session, tools, make):
    """Give the change of an account that is on no phone."""
    account = make.account(AccountKind.OFFICIAL)
    return plan_rotation(session, tools, account, reason="asked", actor=make.actor())


def test_one_without_a_job_ends_and_another_one_can_begin(session, tools, make, by_hand):
    cancel(session, tools, by_hand, actor=make.actor())

    assert by_hand.state is RotationState.CANCELLED
    assert by_hand.version.state is VersionState.REJECTED
    with pytest.raises(RotationEnded):
        cancel(session, tools, by_hand, actor=make.actor())


def test_a_value_that_was_shown_may_be_in_use(session, tools, make):
    account = make.account(AccountKind.OFFICIAL)
    rotation, _shown = attend(session, tools, account, reason="no cable", actor=make.actor())

    cancel(session, tools, rotation, actor=make.actor())

    assert rotation.version.state is VersionState.DOUBTFUL


def test_the_job_of_one_is_taken_back_too(session, tools, make):
    rotation = plan_rotation(session, tools, make.device(), reason="asked", actor=make.actor())

    cancel(session, tools, rotation, actor=make.actor())

    assert rotation.job.state is JobState.CANCELLED
    assert not rotation.is_live


def test_a_station_that_is_at_it_is_not_disturbed(session, tools, make, desk):
    phone = make.device()
    rotation = plan_rotation(session, tools, phone, reason="asked", actor=make.actor())
    post = desk.post()
    desk.plug_in(post, phone)
    session.commit()
    desk.sync(post)

    with pytest.raises(JobUnderWay):
        cancel(session, tools, rotation, actor=make.actor())


def test_an_auditor_cancels_nothing(session, tools, make, by_hand):
    with pytest.raises(NotAllowed):
        cancel(session, tools, by_hand, actor=make.actor(Role.AUDITOR))
