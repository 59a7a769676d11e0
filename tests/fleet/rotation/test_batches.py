"""Planning what is due in parts: the checks and the trail of one, the questions of a few."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from fleet.access.errors import NotAllowed
from fleet.audit.services import recorded
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind, VersionState
from fleet.contracts.policies import PolicyIn
from fleet.contracts.rotation import BatchBy, PlanIn
from fleet.custody.issuing import issue
from fleet.database import make_sessions
from fleet.policies.services import set_policy
from fleet.rotation.batches import plan_part
from fleet.rotation.models import Rotation
from fleet.rotation.services import plan_rotation
from fleet.stations.models import Job
from fleet.vault import services as vault
from fleet.vault.models import Credential, CredentialVersion
from fleet.vault.queries import known_credential, opened, password_of, pin_of
from tests.factories import Make
from tests.fleet.custody.proofs import rotate_pin
from tests.fleet.rotation.conftest import planned_now


@pytest.fixture
def due_phone(session, tools, make):
    """Give what makes a phone whose PIN is due."""

    def due_phone(**given):
        phone = make.device(**given)
        rotate_pin(session, tools, phone)
        known_credential(session, pin_of(phone)).due_at = now() - timedelta(hours=1)
        session.flush()
        return phone

    return due_phone


def jobs(session) -> int:
    return session.scalar(select(func.count()).select_from(Job))


def test_a_part_is_planned_as_one_is(session, tools, make, due_phone):
    phone = due_phone()
    before = len(recorded(session))

    done = plan_part(session, tools, PlanIn(), actor=make.actor())

    (rotation,) = session.scalars(select(Rotation))
    credential = known_credential(session, pin_of(phone))
    assert (done.planned, jobs(session), rotation.visits) == (1, 1, 1)
    assert (rotation.former, rotation.version) == (credential.active, credential.pending)
    assert [event.name for event in recorded(session)[before:]] == [
        "credential.proposed",
        "rotation.planned",
        "job.planned",
    ]


def test_many_are_planned_with_as_many_questions_as_a_few(
    session, tools, make, due_phone, count_queries
):
    def asked(count: int) -> int:
        for _ in range(count):
            due_phone()
        session.commit()
        session.expunge_all()
        with count_queries() as sent:
            done = plan_part(session, tools, PlanIn(), actor=make.actor())
        assert done.planned == count
        return len(sent)

    few = asked(2)

    assert asked(40) == few <= 16


def test_a_value_in_doubt_is_taken_up_again(session, tools, make, due_phone):
    credential = known_credential(session, pin_of(due_phone()))
    version = vault.propose(session, tools, credential, reason="due", actor=make.actor())
    vault.keep_doubtful(session, version, reason="lost", actor=make.actor())

    planned_now(session, tools, make.actor())

    (rotation,) = session.scalars(select(Rotation))
    assert (rotation.settling, rotation.version) == (True, version)
    assert version.state is VersionState.PENDING


def test_what_refuses_is_counted_and_left(session, tools, make, due_phone):
    phone, _other = due_phone(), due_phone()
    credential = known_credential(session, pin_of(phone))
    vault.propose(session, tools, credential, reason="by hand", actor=make.actor())

    done = plan_part(session, tools, PlanIn(), actor=make.actor())

    assert (done.planned, done.refused) == (1, {"change_under_way": 1})


def test_what_is_under_way_is_not_planned_again(session, tools, make, due_phone):
    plan_rotation(session, tools, due_phone(), reason="asked", actor=make.actor())

    assert planned_now(session, tools, make.actor()) == []


def test_a_sim_is_planned_for_nobody(session, tools, make):
    from fleet.vault.queries import code_of

    subject = code_of(make.sim(), CredentialKind.SIM_PIN)
    given = {"value": "4829", "reason": "card", "actor": make.actor()}
    vault.adopt(session, tools, subject, **given).due_at = now()
    session.flush()

    assert plan_part(session, tools, PlanIn(), actor=make.actor()).planned == 0


def test_an_account_on_no_phone_waits_for_a_person(session, tools, make):
    account = make.account()
    subject = password_of(account)
    given = {"value": "blue-otter-9", "reason": "told", "actor": make.actor()}
    vault.adopt(session, tools, subject, **given).due_at = now()
    session.flush()

    (rotation,) = planned_now(session, tools, make.actor())

    assert (rotation.job, jobs(session)) == (None, 0)
    assert len(opened(tools.keyring, rotation.version)) == tools.settings.password_length


def test_parts_follow_one_another_without_a_gap(session, tools, make, due_phone):
    for _ in range(5):
        due_phone()
    first = plan_part(session, tools, PlanIn(most=3), actor=make.actor())
    second = plan_part(session, tools, PlanIn(most=3, after=first.next), actor=make.actor())

    assert (first.planned, second.planned, second.next) == (3, 2, None)


def test_a_dry_run_plans_nothing(session, tools, make, due_phone):
    due_phone()

    done = plan_part(session, tools, PlanIn(dry_run=True), actor=make.actor())

    assert (done.planned, done.entropy[0].bits, jobs(session)) == (1, 19.6, 0)
    assert session.scalar(select(func.count()).select_from(Rotation)) == 0


def test_parts_are_told_by_department_or_station(session, tools, make, due_phone, desk):
    post, east = desk.post("front"), make.department(code="EAST")
    here, away = due_phone(), due_phone()
    issue(session, to=make.employee(department=east), devices=[away], actor=make.actor())
    desk.sync(post, post.report(desk.seen(here)), present=[here.serial], free=0)

    def told(**given):
        asked = PlanIn(dry_run=True, **given)
        done = plan_part(session, tools, asked, actor=make.actor())
        return {batch.name: batch.planned for batch in done.batches}

    assert told(by=BatchBy.DEPARTMENT) == {"EAST": 1, None: 1}
    assert told(by=BatchBy.STATION) == {"front": 1, None: 1}
    assert told(department="EAST") == {"EAST": 1}
    assert told(by=BatchBy.STATION, station="front") == {"front": 1}


def test_only_who_may_plan_plans(session, tools, make):
    with pytest.raises(NotAllowed):
        plan_part(session, tools, PlanIn(), actor=make.actor(Role.MANAGER))


NIGHT = datetime(2026, 11, 25, 23, 30, tzinfo=UTC).replace(tzinfo=None).astimezone()


@pytest.fixture
def quiet_night(session, tools, make):
    """Let phones rest from 22:00 to 06:30, and give the moment 23:30, by the server's clock."""
    with time_machine.travel(NIGHT - timedelta(days=1), tick=False):
        given = PolicyIn(
            kind=CredentialKind.DEVICE_PIN,
            reason="people sleep",
            quiet_from="22:00",
            quiet_until="06:30",
        )
        set_policy(session, tools.settings, given, actor=make.actor())
    return NIGHT


def test_no_visit_of_a_part_begins_in_quiet_hours(
    session, tools, make, desk, due_phone, quiet_night
):
    with time_machine.travel(quiet_night, tick=False) as clock:
        phone, post = due_phone(), desk.post()
        desk.plug_in(post, phone)
        done = plan_part(session, tools, PlanIn(), actor=make.actor())
        assert desk.sync(post).leases == []
        assert done.batches[0].begins_at == quiet_night + timedelta(hours=7)

        clock.move_to(quiet_night + timedelta(hours=7))
        assert desk.lease(post).device == phone.tag


def test_a_visit_that_waited_past_the_morning_rests_the_next_night_too(
    session, tools, make, desk, due_phone, quiet_night
):
    with time_machine.travel(quiet_night, tick=False) as clock:
        phone, post = due_phone(), desk.post()
        plan_part(session, tools, PlanIn(), actor=make.actor())
        clock.move_to(quiet_night + timedelta(days=1))
        desk.plug_in(post, phone)

        assert desk.sync(post).leases == []


@pytest.mark.parametrize("plan", ["one", "all"])
def test_a_person_who_asks_is_not_kept_waiting(
    session, tools, make, desk, due_phone, quiet_night, plan
):
    with time_machine.travel(quiet_night, tick=False):
        phone, post = due_phone(), desk.post()
        desk.plug_in(post, phone)
        if plan == "one":
            plan_rotation(session, tools, phone, reason="asked", actor=make.actor())
        else:
            planned_now(session, tools, make.actor())

        assert desk.lease(post).device == phone.tag


def test_two_planners_at_once_plan_each_once(engine, tools):
    sessions = make_sessions(engine)
    with sessions.begin() as session:
        make = Make(session)
        actor = make.actor()
        for _ in range(30):
            rotate_pin(session, tools, make.device())
        for credential in session.scalars(select(Credential)):
            credential.due_at = now()
    begin, failed = threading.Barrier(2), []

    def plan() -> None:
        begin.wait(timeout=30)
        try:
            with sessions.begin() as session:
                planned_now(session, tools, actor)
        except Exception as error:  # noqa: BLE001 — the test says which
            failed.append(error)

    threads = [threading.Thread(target=plan) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    with sessions() as session:
        pending = CredentialVersion.state == VersionState.PENDING
        count = select(func.count(CredentialVersion.id)).where(pending)
        assert (failed, session.scalar(count)) == ([], 30)
        assert session.scalar(select(func.count(Rotation.id))) == 30
