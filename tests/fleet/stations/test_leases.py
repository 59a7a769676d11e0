from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from fleet.contracts.clock import now
from fleet.contracts.stations import JobDone, JobKind, JobProgress, JobState
from fleet.devices.models import Device
from fleet.rotation.services import plan_rotation
from fleet.stations.errors import JobMoveNotAllowed, JobUnderWay
from fleet.stations.jobs import cancel_job, plan_job
from fleet.stations.lifecycle import MOVES, Move, after
from fleet.stations.models import Job
from fleet.stations.queries import job_of, station_named
from fleet.stations.services import revoke
from tests.fleet.stations.desk import Desk, proven

LATER = timedelta(seconds=121)  # than a lease lasts


@pytest.fixture
def device(desk: Desk, session, tools, make) -> Device:
    """Give a phone whose PIN is to be set."""
    device = make.device()
    plan_rotation(session, tools, device, reason="due", actor=make.actor())
    session.commit()
    return device


def the_job(session) -> Job:
    return session.scalars(select(Job).execution_options(populate_existing=True)).one()


def test_every_move_of_a_job_is_in_the_table_or_refused() -> None:
    for state in JobState:
        for move in Move:
            if (state, move) in MOVES:
                assert after(state, move) is MOVES[state, move]
            else:
                with pytest.raises(JobMoveNotAllowed):
                    after(state, move)


def test_a_job_is_lent_where_the_phone_is(desk, post, device) -> None:
    assert desk.sync(post, present=[]).leases == []

    desk.plug_in(post, device)
    (lease,) = desk.sync(post).leases

    assert (lease.device, lease.serial, lease.attempt) == (device.tag, device.serial, 1)


def test_a_lost_answer_is_given_again_as_the_same_loan(desk, post, device, session) -> None:
    desk.plug_in(post, device)
    first = desk.lease(post)

    again = desk.lease(post)

    assert (again.job, again.attempt) == (first.job, 1)
    assert post.opened(again, again.task.sealed_new) == post.opened(first, first.task.sealed_new)
    assert the_job(session).unsure == 0


def test_a_job_that_runs_is_renewed_and_not_offered(desk, post, device, session) -> None:
    desk.plug_in(post, device)
    lease = desk.lease(post)

    with time_machine.travel(now() + timedelta(seconds=100)):
        answer = desk.sync(post, running=[lease.job])
        renewed = the_job(session).leased_until

    assert (answer.leases, answer.lost) == ([], [])
    assert renewed > lease.until


def test_no_more_jobs_are_lent_than_there_is_room_for(desk, post, session, tools, make) -> None:
    for _ in range(3):
        device = make.device()
        plan_rotation(session, tools, device, reason="due", actor=make.actor())
        desk.plug_in(post, device)

    assert len(desk.sync(post, free=2).leases) == 2


def test_a_phone_has_one_job_at_a_time_and_the_oldest_first(
    desk, post, device, session, make
) -> None:
    oldest = the_job(session)
    plan_job(session, JobKind.WIPE, device, task={}, actor=make.actor())
    desk.plug_in(post, device)

    lease = desk.lease(post)

    assert lease.job == str(oldest.id)
    assert desk.sync(post, running=[lease.job]).leases == []


def test_the_database_lets_a_phone_be_leased_once(session, make) -> None:
    device = make.device()
    for _ in range(2):
        job = plan_job(session, JobKind.WIPE, device, task={}, actor=make.actor())
        job.state = JobState.LEASED

    with pytest.raises(IntegrityError):
        session.flush()


def test_another_station_waits_until_the_lease_has_run_out(desk, post, device) -> None:
    desk.plug_in(post, device)
    lease = desk.lease(post)
    back = desk.post("back")
    desk.plug_in(back, device)

    assert desk.sync(back).leases == []
    with time_machine.travel(now() + LATER):
        again = desk.lease(back)
        lost = desk.sync(post, running=[lease.job]).lost

    assert (again.job, again.attempt, again.task.settle) == (lease.job, 2, True)
    assert lost == [lease.job]


def test_a_lease_that_ran_out_stays_with_its_station_while_nobody_else_has_the_phone(
    desk, post, device, session
) -> None:
    desk.plug_in(post, device)
    lease = desk.lease(post)

    with time_machine.travel(now() + 10 * LATER):
        answer = desk.sync(post, running=[lease.job])

    assert answer.lost == []
    assert the_job(session).attempts == 1


def test_a_station_that_is_shut_out_leaves_its_jobs_to_others(desk, post, device, session, make):
    desk.plug_in(post, device)
    desk.lease(post)
    back = desk.post("back")

    revoke(session, station_named(session, "front"), actor=make.actor())
    desk.plug_in(back, device)

    assert desk.lease(back).task.settle


def test_a_machine_enrolled_anew_visits_with_care(desk, post, device) -> None:
    desk.plug_in(post, device)
    desk.lease(post)

    renewed = desk.post("front")
    lease = desk.lease(renewed)

    assert (lease.attempt, lease.task.settle) == (2, True)
    assert renewed.opened(lease, lease.task.sealed_new)


def test_a_station_that_touched_nothing_is_believed(desk, post, device) -> None:
    desk.plug_in(post, device)
    lease = desk.lease(post)

    untouched = JobDone(job=lease.job, failure="unplugged", again=True)
    (again,) = desk.sync(post, post.report(untouched)).leases

    assert (again.job, again.attempt, again.task.settle) == (lease.job, 2, False)


def test_a_station_that_cannot_do_it_ends_the_job_in_the_end(desk, post, device, session) -> None:
    desk.plug_in(post, device)
    lease = desk.lease(post)
    untouched = JobDone(job=lease.job, failure="unplugged", again=True)

    for _ in range(10):
        desk.sync(post, post.report(untouched))

    job = the_job(session)
    assert (job.state, job.failure, job.attempts) == (JobState.FAILED, "unplugged", 5)


def test_nobody_reports_on_a_job_he_never_had(desk, post, device, session) -> None:
    desk.plug_in(post, device)
    lease = desk.lease(post)
    back = desk.post("back")

    answer = desk.done(back, lease, proven(), present=[])

    assert [item.code for item in answer.rejected] == ["job_not_yours"]
    assert the_job(session).state is JobState.LEASED


def test_progress_is_noted_of_ones_own_job_alone(desk, post, device, session) -> None:
    desk.plug_in(post, device)
    lease = desk.lease(post)
    back = desk.post("back")
    desk.sync(back, back.report(JobProgress(job=lease.job, step="elsewhere")), present=[])
    desk.sync(post, post.report(JobProgress(job=lease.job, step="set", done=1, total=2)))

    job = the_job(session)
    assert (job.step, job.done, job.total) == ("set", 1, 2)


def test_a_job_that_runs_is_not_cancelled(desk, post, device, session, tools, make) -> None:
    desk.plug_in(post, device)
    lease = desk.lease(post)

    with pytest.raises(JobUnderWay):
        cancel_job(session, tools, job_of(session, lease.job), actor=make.actor())


def test_no_job_is_lent_while_the_station_has_more_to_tell(desk, post, device) -> None:
    desk.plug_in(post, device)
    missing, later = (post.report(desk.seen(device)) for _ in range(2))

    assert desk.sync(post, later).leases == []
    assert len(desk.sync(post, missing, later).leases) == 1


def test_a_task_that_cannot_be_made_fails_its_job_and_not_the_exchange(
    desk, post, device, session
) -> None:
    desk.plug_in(post, device)
    session.connection().exec_driver_sql("UPDATE credential_version SET sealed = 'v1.x.x.x'")
    session.commit()
    session.expire_all()

    answer = desk.sync(post)

    assert answer.leases == []
    assert the_job(session).state is JobState.FAILED
    assert "cannot open" in the_job(session).failure


def test_the_job_of_a_rotation_has_no_secret_in_it(desk, post, device, session) -> None:
    desk.plug_in(post, device)
    lease = desk.lease(post)
    new = post.opened(lease, lease.task.sealed_new)

    stored = repr(vars(the_job(session)))

    assert new not in stored
    assert "sealed" not in stored
    assert new not in lease.model_dump_json()
