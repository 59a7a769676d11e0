"""WeCom has no password: its binding is changed, and counts when it was seen and witnessed."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from fleet.accounts.errors import AccountHasNoPassword, NoNumberToBind
from fleet.accounts.opening import key_of, require_password
from fleet.contracts.accounts import AccountKind
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind, VersionState
from fleet.contracts.proof import Level
from fleet.contracts.rotation import AccountOutcome, PlanIn, RotationState, RotationStep
from fleet.contracts.stations import JobDone
from fleet.rotation.batches import plan_part
from fleet.rotation.cancelling import cancel
from fleet.rotation.declaring import attend, declare, witness
from fleet.rotation.errors import BindingNeedsWitness
from fleet.rotation.queries import shown
from fleet.rotation.services import confirm, plan_rotation
from fleet.sims.lifecycle import State
from fleet.sims.models import Sim
from fleet.stations.jobs import cancel_job
from fleet.vault.queries import known_credential, opened

NUMBER = "13800002231"
PAGES = ("page devices_page", "page number_page")
BESIDE = ("devices", "wechat", "real_name")


@pytest.fixture
def account(make):
    phone = make.device()
    make.sim(number=NUMBER, device=phone)
    return make.account(AccountKind.WECOM, device=phone)


@pytest.fixture
def rotation(session, tools, make, account):
    return plan_rotation(session, tools, account, reason="asked", actor=make.actor())


@pytest.fixture
def say_so(session, tools, make, rotation):
    """Have one person declare things and another one confirm them."""
    ann, ben = make.actor(), make.actor()

    def say_so(*names):
        for what in names:
            declare(session, rotation, what=what, note="at the desk", actor=ann)
            witness(session, tools, rotation, what=what, actor=ben)

    return say_so


@pytest.fixture
def visit(session, desk, account, rotation):
    """Have a station report what it saw."""

    def visit(*told):
        post = desk.post()
        desk.plug_in(post, account.device)
        session.commit()
        [lease] = desk.sync(post).leases
        made = (one.split() for one in told)
        steps = [RotationStep(name=n, at=now(), verdict=v, digest="0" * 64) for n, v in made]
        outcome = AccountOutcome(state=RotationState.REFUSED, steps=steps)
        desk.sync(post, post.report(JobDone(job=lease.job, account=outcome)))
        return lease

    return visit


def test_what_is_planned_is_the_number_of_the_sim_in_its_phone(tools, rotation):
    assert rotation.kind is CredentialKind.ACCOUNT_BINDING
    assert opened(tools.keyring, rotation.version) == NUMBER
    assert NUMBER in rotation.playbook.steps[-1].say.en
    assert "138****2231" in rotation.playbook.success


def test_a_number_on_record_that_is_ours_is_kept(session, tools, make, account):
    account.number = make.sim(number="13900001111").number

    planned = plan_rotation(session, tools, account, reason="asked", actor=make.actor())

    assert opened(tools.keyring, planned.version) == "13900001111"


def test_a_number_of_nobody_we_know_is_not_bound_to(session, tools, make):
    account = make.account(AccountKind.WECOM, device=make.device(), number="13700000000")

    with pytest.raises(NoNumberToBind):
        plan_rotation(session, tools, account, reason="asked", actor=make.actor())


def test_no_value_goes_to_the_station(visit):
    lease = visit()

    assert (lease.task.sealed_new, lease.task.sealed_old) == (None, None)
    assert lease.task.playbook.changes == "binding"


def test_a_number_that_is_blocked_is_not_bound_to(session, tools, make, account):
    for card in session.scalars(select(Sim)):
        card.state = State.SUSPENDED_OUT

    with pytest.raises(NoNumberToBind):
        plan_rotation(session, tools, account, reason="asked", actor=make.actor())


def test_what_was_known_before_a_return_does_not_count_for_it(rotation, visit, say_so):
    with time_machine.travel(now() - timedelta(hours=2), tick=False):
        say_so("devices")
    begun = now()

    say_so("wechat", "real_name")
    visit(*PAGES, "success seen")

    assert rotation.state is RotationState.OBSERVED
    assert rotation.credential.changed_at < begun


def test_what_was_seen_and_witnessed_is_observed(session, account, rotation, visit, say_so):
    visit(*PAGES, "success seen")
    assert rotation.is_live

    say_so(*BESIDE)

    assert (rotation.state, rotation.level) == (RotationState.OBSERVED, Level.OBSERVED)
    assert rotation.credential.active is rotation.version
    assert account.number == NUMBER


def test_witnesses_may_come_before_the_phone(rotation, visit, say_so):
    say_so(*BESIDE)
    assert rotation.is_live

    visit(*PAGES, "success seen")

    assert rotation.state is RotationState.OBSERVED


@pytest.mark.parametrize(
    "told",
    [
        ("success seen",),
        ("page number_page", "success seen"),
        PAGES,
        ("success seen", *PAGES),
    ],
)
def test_anything_less_was_not_seen(session, rotation, visit, told):
    visit(*told)

    assert (rotation.state, rotation.level) == (RotationState.REFUSED, Level.NONE)
    assert rotation.credential.active is None
    assert not rotation.credential.doubtful


def test_by_hand_two_people_make_it_declared(session, tools, make, account, rotation, say_so):
    _same, value = attend(session, tools, account, reason="no cable", actor=make.actor())
    assert value is None

    say_so(*BESIDE, "changed")

    assert (rotation.state, rotation.credential.level) == (RotationState.DECLARED, Level.DECLARED)


def test_what_two_people_have_said_stands_when_the_phone_shows_less(rotation, visit, say_so):
    say_so("changed")

    visit(*PAGES)
    assert rotation.is_live

    say_so(*BESIDE)
    assert (rotation.state, rotation.level) == (RotationState.DECLARED, Level.DECLARED)


def test_what_two_people_have_said_stands_when_its_job_is_cancelled(
    session, tools, make, rotation, say_so
):
    say_so("changed")

    cancel_job(session, tools, rotation.job, actor=make.actor())

    assert rotation.is_live
    assert rotation.version.state is VersionState.PENDING


def test_what_it_is_bound_to_is_known_though_nobody_saw_to_the_rest(
    session, tools, make, account, rotation, say_so
):
    say_so("changed")

    cancel(session, tools, rotation, actor=make.actor())

    credential = rotation.credential
    assert (rotation.state, rotation.level) == (RotationState.CANCELLED, Level.NONE)
    assert (credential.active, credential.level) == (rotation.version, Level.NONE)
    assert account.number == NUMBER
    assert credential.due_at <= now()


def test_one_word_alone_settles_nothing(session, tools, make, rotation):
    with pytest.raises(BindingNeedsWitness):
        confirm(session, tools, rotation, note="done", actor=make.actor())


def test_people_are_told_what_is_still_to_be_done(session, rotation):
    told = shown(session, rotation)

    assert any(NUMBER in line for line in told.guide)
    assert [one.what for one in told.declarations] == list(BESIDE)


def test_its_password_is_refused_by_name(account):
    with pytest.raises(AccountHasNoPassword):
        require_password(account)


def test_a_binding_falls_due_and_is_planned_with_the_others(
    session, tools, make, account, rotation, visit, say_so
):
    visit(*PAGES, "success seen")
    say_so(*BESIDE)
    credential = known_credential(session, key_of(account))
    assert credential.due_at > now()
    credential.due_at = now()
    session.flush()

    part = plan_part(session, tools, PlanIn(at_once=True), actor=make.actor())

    assert (part.planned, part.entropy) == (1, [])
