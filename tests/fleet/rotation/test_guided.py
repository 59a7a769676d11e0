"""A guided change of a password: the recorded steps decide, and no value in use is ever lost."""

import pytest

from fleet.contracts.accounts import AccountKind
from fleet.contracts.clock import now
from fleet.contracts.playbooks import Playbook
from fleet.contracts.proof import Level
from fleet.contracts.rotation import AccountOutcome, RotationState, RotationStep
from fleet.contracts.stations import JobDone
from fleet.playbooks.queries import BOOKS
from fleet.playbooks.services import set_playbook
from fleet.rotation.queries import live_rotation, shown
from fleet.rotation.seen import read
from fleet.rotation.services import plan_rotation
from fleet.vault.queries import known_credential, opened, password_of
from fleet.vault.services import adopt, disclose

OLD = "Alt-2026@"
TYPED = ("type_old typed", "type_new typed", "type_again typed")
CHANGED = (*TYPED, "success seen")


def steps(*told):
    made = (one.split() for one in told)
    return [RotationStep(name=n, at=now(), verdict=v, digest="0" * 64) for n, v in made]


@pytest.fixture
def account(make):
    return make.account(device=make.device())


@pytest.fixture
def post(desk, account):
    post = desk.post()
    desk.plug_in(post, account.device)
    return post


@pytest.fixture
def begin(session, tools, make, account, desk, post):
    """Plan a change and have it lent; return the rotation and the lease."""

    def begin():
        if known_credential(session, password_of(account)) is None:
            given = {"value": OLD, "reason": "known", "actor": make.actor()}
            adopt(session, tools, password_of(account), **given)
        rotation = plan_rotation(session, tools, account, reason="asked", actor=make.actor())
        session.commit()
        return rotation, lend(desk, post)

    return begin


def lend(desk, post):
    [lease] = desk.sync(post).leases
    return lease


def report(desk, post, lease, *told, **given):
    """Report a visit; what comes back may hold the next one."""
    outcome = AccountOutcome(**{"state": RotationState.REFUSED, "steps": steps(*told), **given})
    desk.sync(post, post.report(JobDone(job=lease.job, account=outcome)))


def states(rotation):
    return sorted(version.state.value for version in rotation.credential.versions)


@pytest.mark.parametrize("told", [CHANGED, CHANGED[1:], ("type_old refused", *CHANGED)])
def test_a_success_after_the_new_value_arrived_is_a_change(told):
    assert read(steps(*told), BOOKS.built_in["wechat-zh-page"].content).changed


@pytest.mark.parametrize(
    "told",
    [
        ("success seen",),
        TYPED,
        ("type_old typed", "success seen"),
        ("type_new begun", "type_again begun", "success seen"),
        (*CHANGED, "type_new typed"),
        (*TYPED, "new_refused seen", "success seen"),
        (*TYPED, "old_refused seen", "success seen"),
    ],
)
def test_anything_less_is_none(told):
    assert not read(steps(*told), BOOKS.built_in["wechat-zh-page"].content).changed


def test_both_values_go_sealed_to_the_station_and_nowhere_else(session, tools, begin, post):
    rotation, lease = begin()

    assert post.opened(lease, lease.task.sealed_old) == OLD
    assert post.opened(lease, lease.task.sealed_new) == opened(tools.keyring, rotation.version)
    assert OLD not in lease.model_dump_json()
    assert (lease.task.settle, lease.task.by_hand) == (False, False)


def test_what_the_station_typed_and_the_app_took_is_observed_though_nobody_saw_it(
    desk, begin, post
):
    rotation, lease = begin()

    report(desk, post, lease, *CHANGED)

    assert (rotation.state, rotation.level) == (RotationState.OBSERVED, Level.OBSERVED)
    assert rotation.credential.active is rotation.version
    assert rotation.version.disclosed_at is None


def test_a_station_that_claims_what_its_steps_do_not_show_is_not_believed(desk, begin, post):
    rotation, lease = begin()
    claim = {"state": RotationState.OBSERVED, "screen_digest": "0" * 64, "labels": ["修改成功"]}

    report(desk, post, lease, "type_old typed", "success seen", **claim)

    assert (rotation.state, rotation.level) == (RotationState.REFUSED, Level.NONE)
    assert states(rotation) == ["active", "rejected"]


def test_a_change_that_somebody_made_to_his_own_value_waits_for_a_person(desk, begin, post):
    rotation, lease = begin()
    seen = {"state": RotationState.OBSERVED, "screen_digest": "0" * 64, "labels": ["修改成功"]}

    report(desk, post, lease, "type_old typed", "success seen", reason="not_ours", **seen)

    assert (rotation.state, rotation.reason) == (RotationState.REFUSED, "not_ours")
    assert rotation.credential.level is Level.NONE
    assert rotation.credential.due_at is None


def test_what_was_typed_by_hand_counts_where_it_was_shown(session, tools, make, desk, begin, post):
    rotation, _lease = begin()
    why = {"reason": "to type it", "actor": make.actor(), "pending": True}
    disclose(session, tools, rotation.credential, **why)
    lease = lend(desk, post)
    assert lease.task.by_hand

    seen = {"state": RotationState.OBSERVED, "screen_digest": "0" * 64, "labels": ["修改成功"]}
    report(desk, post, lease, "success seen", **seen)

    assert rotation.state is RotationState.OBSERVED


def test_a_change_left_open_is_settled_by_a_sign_in_with_the_new_value(desk, begin, post):
    rotation, lease = begin()
    report(desk, post, lease, *TYPED, state=RotationState.IN_DOUBT, reason="left_open")
    assert (rotation.state, states(rotation)) == (RotationState.IN_DOUBT, ["active", "pending"])

    again = lend(desk, post)
    assert again.task.settle
    report(desk, post, again, "test_new accepted", state=RotationState.OBSERVED)

    assert (rotation.state, rotation.level) == (RotationState.OBSERVED, Level.OBSERVED)


def test_where_the_old_value_is_still_in_use_the_change_begins_anew(session, desk, begin, post):
    rotation, lease = begin()
    report(desk, post, lease, *TYPED, state=RotationState.IN_DOUBT)

    report(desk, post, lend(desk, post), "test_new refused", "test_old accepted")

    assert (rotation.state, rotation.reason) == (RotationState.REFUSED, "not_applied")
    anew = live_rotation(session, rotation.credential)
    assert anew is not None
    assert anew is not rotation


def test_what_is_never_settled_keeps_both_values(desk, begin, post):
    rotation, lease = begin()
    for _ in range(3):
        report(desk, post, lease, *TYPED, state=RotationState.IN_DOUBT)
        leases = desk.sync(post).leases
        lease = leases[0] if leases else None

    assert lease is None
    assert (rotation.state, rotation.reason) == (RotationState.UNPROVEN, "never_settled")
    assert states(rotation) == ["active", "doubtful"]


def test_an_old_password_that_was_refused_waits_for_a_person(desk, begin, post):
    rotation, lease = begin()

    report(desk, post, lease, *TYPED, "old_refused seen", reason="old_refused")

    assert (rotation.state, rotation.reason) == (RotationState.REFUSED, "old_refused")
    assert states(rotation) == ["active", "doubtful"]
    assert rotation.credential.due_at is None


def test_nothing_typed_is_nothing_changed(desk, begin, post):
    rotation, lease = begin()

    report(desk, post, lease, "type_old unseen", reason="secure_keyboard", sentence="no")

    assert (rotation.state, rotation.reason) == (RotationState.REFUSED, "secure_keyboard")
    assert states(rotation) == ["active", "rejected"]


def test_a_change_keeps_the_playbook_it_began_with(session, make, desk, begin, post):
    rotation, lease = begin()
    book = BOOKS.built_in["wechat-zh-page"].content.model_dump(mode="json") | {
        "success": ["改好了"]
    }
    own = Playbook.model_validate(book)
    set_playbook(session, "wechat-zh-page", own, reason="new texts", actor=make.actor())
    report(desk, post, lease, *TYPED, state=RotationState.IN_DOUBT)

    again = lend(desk, post)

    assert again.task.playbook == lease.task.playbook
    assert shown(session, rotation).playbook == "wechat-zh-page 1"


def test_a_visit_says_where_the_person_is_and_what_is_seen(session, begin):
    rotation, _lease = begin()
    rotation.job.step = "old:touch_field"

    seen = shown(session, rotation)

    assert "old password" in seen.now
    assert "touched" in seen.sees
    assert seen.warnings  # nobody knows which version of the app is on this phone


def test_an_official_account_is_changed_on_its_website_by_no_station(session, tools, make):
    account = make.account(AccountKind.OFFICIAL, device=make.device())

    rotation = plan_rotation(session, tools, account, reason="asked", actor=make.actor())

    assert rotation.job is None
