"""What a station has read whole is its own to bring, without its phone, unless others have it."""

from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import pytest
import time_machine

from fleet.backups import flow, services
from fleet.backups.errors import BackupEnded, BackupNotYours
from fleet.contracts.backups import BackupState
from fleet.contracts.clock import now
from fleet.contracts.stations import JobDone, JobKind
from fleet.contracts.uploads import UploadQuery
from fleet.devices.lifecycle import State
from fleet.stations.jobs import finish_early, plan_job
from tests.fleet.backups.test_flow import PACK, store

LATER = timedelta(seconds=121)  # than a lease lasts


@pytest.fixture
def other(desk):
    return desk.post("back")


def whole(desk, post, lease, **given):
    return desk.sync(post, whole=[lease.job], running=[lease.job], **given)


def moved(desk, other, device):
    """Bring the phone to another station once the lease of the first has run out."""
    with time_machine.travel(now() + LATER):
        desk.plug_in(other, device)
        return desk.lease(other)


def test_the_phone_is_free_for_other_work(desk, session, post, device, lease, make):
    plan_job(session, JobKind.PROBE, device, task={}, actor=make.actor())
    session.commit()
    assert desk.sync(post, running=[lease.job]).leases == []

    [probing] = whole(desk, post, lease).leases

    assert probing.task.kind == "probe"
    assert whole(desk, post, lease).lost == []


def test_a_phone_is_not_erased_while_its_data_lies_at_a_station_alone(
    desk, session, post, device, lease, make
):
    plan_job(session, JobKind.WIPE, device, task={}, actor=make.actor())
    device.state = State.ACCEPTED
    session.commit()

    assert whole(desk, post, lease).leases == []

    finish_early(session, UUID(lease.job), actor=make.actor())
    session.commit()
    assert [one.task.kind for one in whole(desk, post, lease).leases] == ["wipe"]


def test_without_its_phone_and_after_its_lease_it_is_still_the_stations(desk, post, lease):
    whole(desk, post, lease)
    with time_machine.travel(now() + LATER):
        answer = whole(desk, post, lease, present=[])

    assert (answer.lost, answer.over, answer.leases) == ([], [], [])


def test_what_another_station_is_at_is_lost_and_comes_back_when_that_is_not_heard_of(
    desk, post, other, device, lease, session, backup
):
    whole(desk, post, lease)
    assert moved(desk, other, device).job == lease.job
    with time_machine.travel(now() + LATER):
        answer = whole(desk, post, lease, present=[])
        assert (answer.lost, answer.over) == ([lease.job], [])
        with pytest.raises(BackupNotYours):
            services.may_store(session, backup, actor=post.actor)

    with time_machine.travel(now() + 3 * LATER):
        assert whole(desk, post, lease, present=[]).lost == []
        session.refresh(backup)
        assert backup.station.name == post.name
        assert desk.sync(other, running=[lease.job]).lost == [lease.job]


def test_what_was_paused_and_goes_on_is_lent_again_where_it_was_read(
    desk, session, post, lease, backup, make
):
    whole(desk, post, lease)
    flow.pause(session, backup, actor=make.actor())
    session.commit()
    assert whole(desk, post, lease, present=[]).paused == [lease.job]

    flow.resume(session, backup, actor=make.actor())
    session.commit()

    assert whole(desk, post, lease, present=[]).lost == []
    services.may_store(session, backup, actor=post.actor)


def test_what_was_cancelled_is_over(desk, session, tools, post, lease, backup, make):
    whole(desk, post, lease)
    flow.cancel(session, tools, backup, actor=make.actor())
    session.commit()

    assert whole(desk, post, lease).over == [lease.job]
    with pytest.raises(BackupEnded):
        services.may_store(session, backup, actor=post.actor)


def test_a_job_that_a_station_was_never_lent_is_not_given_to_it(desk, other, post, lease):
    answer = whole(desk, other, lease, present=[])

    assert (answer.lost, answer.over) == ([lease.job], [])
    assert desk.sync(post, running=[lease.job]).lost == []


def test_what_is_brought_late_takes_nobodys_place_before_it_is_judged(
    desk, session, tools, post, other, device, lease, backup
):
    whole(desk, post, lease)
    theirs = moved(desk, other, device)
    store(session, tools, backup, other, PACK + b"theirs")
    desk.sync(other, other.report(JobDone(job=theirs.job, failure="no")))
    assert backup.state is BackupState.FAILED
    answer = whole(desk, post, lease)
    assert (answer.lost, answer.over) == ([], [])

    store(session, tools, backup, post, PACK + b"ours")

    digests = [pack.digest for pack in backup.packs]
    assert digests == [sha256(PACK + b"theirs").hexdigest()]
    asked = UploadQuery(mark="0" * 64, digest=sha256(PACK + b"ours").hexdigest())
    assert services.upload_of(session, tools, backup, 1, asked, actor=post.actor).stored
