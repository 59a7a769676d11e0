"""A backup that is paused keeps what it has and stands in nobody's way; a cancelled one is gone."""

from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import select

from fleet.audit.models import AuditEntry
from fleet.backups import flow, services
from fleet.backups.errors import BackupEnded, BackupPaused, BackupUnderWay
from fleet.backups.models import Backup
from fleet.backups.restores import record_restore
from fleet.backups.storage import AGE, pack_name, storage_of
from fleet.backups.uploads import uploads_of
from fleet.contracts.backups import BackupState
from fleet.contracts.clock import now
from fleet.contracts.restores import Place, RestoreIn
from fleet.contracts.stations import JobKind, JobProgress, JobState, StationLimitIn
from fleet.contracts.uploads import MARKED_BYTES, PieceQuery
from fleet.keeping import deleting
from fleet.stations.models import Station
from fleet.stations.probing import probe_device
from fleet.stations.queries import shown_job
from fleet.stations.rates import limit
from tests.fleet.backups.test_backups import manifest, report, upload
from tests.fleet.backups.test_completeness import stored

PACK = AGE + b"sealed" * 999
DIGEST = sha256(PACK).hexdigest()


@pytest.fixture
def paused(session, backup, lease, make) -> Backup:
    flow.pause(session, backup, actor=make.actor())
    session.commit()
    return backup


def store(session, tools, backup, post, data=PACK, number=1):
    digest = sha256(data).hexdigest()
    services.receive_pack(tools, [data], digest=digest, size=len(data))
    services.store_pack(session, tools, backup, number=number, digest=digest, actor=post.actor)
    session.commit()


def begun(tools, backup, number=2):
    """Leave a part of a pack at the server."""
    empty, first = sha256(b"").hexdigest(), PACK[:5000]
    asked = PieceQuery(
        mark=sha256(PACK[:MARKED_BYTES]).hexdigest(),
        offset=0,
        before=empty,
        digest=sha256(first).hexdigest(),
    )
    services.receive_piece(tools, backup, number, first, asked)


def parts(tools) -> list[str]:
    return [path.name for path in uploads_of(tools.settings).folder.glob("*.part")]


def test_the_station_of_a_paused_backup_is_told_to_keep_what_it_has(desk, post, paused, lease):
    answer = desk.sync(post, running=[lease.job])

    assert (answer.lost, answer.paused, answer.leases) == ([lease.job], [lease.job], [])
    assert paused.state is BackupState.PAUSED


def test_the_station_is_told_when_nobody_goes_on_with_what_it_has(
    desk, session, tools, post, paused, lease, make
):
    elsewhere = desk.post("back")
    assert desk.sync(post, kept=[lease.job, "nonsense", str(uuid4())]).over == []

    flow.cancel(session, tools, paused, actor=make.actor())
    session.commit()

    assert desk.sync(post, kept=[lease.job]).over == [lease.job]
    assert desk.sync(elsewhere, kept=[lease.job], present=[]).over == [lease.job]


def test_the_phone_of_a_paused_backup_is_free_for_other_work(
    desk, session, post, paused, device, make
):
    probe_device(session, device, actor=make.actor())
    session.commit()

    [lease] = desk.sync(post).leases

    assert lease.task.kind == JobKind.PROBE


def test_a_paused_backup_whose_good_end_is_heard_is_gone_on_with_no_more(
    desk, session, tools, post, backup, lease, make
):
    upload(session, tools, backup, post.actor)
    flow.pause(session, backup, actor=make.actor())
    session.commit()
    done = report(post, lease, backup, manifest(tools, backup, [stored("a")]))

    answer = desk.sync(post, done, running=[lease.job])

    assert (answer.lost, answer.paused) == ([lease.job], [])
    assert (backup.state, backup.job.held) == (BackupState.COMPLETE, False)


def test_a_paused_backup_is_not_restored(session, tools, paused, make):
    given = RestoreIn(to=Place.FOLDER, files=0, bytes=0, missing=0)

    with pytest.raises(BackupUnderWay):
        record_restore(session, tools, paused, given, actor=make.actor())


def test_nothing_is_stored_for_a_paused_backup(session, post, paused):
    with pytest.raises(BackupPaused):
        services.may_store(session, paused, actor=post.actor)


def test_a_resumed_backup_is_lent_again_and_goes_on(desk, session, post, paused, lease, make):
    flow.resume(session, paused, actor=make.actor())
    session.commit()

    [again] = desk.sync(post).leases

    assert (again.job, again.attempt) == (lease.job, lease.attempt + 1)
    assert paused.state is BackupState.RUNNING


def test_said_twice_it_has_the_effect_of_once(session, paused, make):
    for verb in (flow.pause, flow.resume, flow.resume):
        verb(session, paused, actor=make.actor())
    session.commit()

    events = session.scalars(select(AuditEntry.event).where(AuditEntry.event.like("backup.%")))
    assert sorted(events) == ["backup.paused", "backup.planned", "backup.resumed"]


def test_no_other_backup_of_the_phone_begins_while_one_is_paused(
    session, tools, paused, device, make
):
    with pytest.raises(BackupUnderWay):
        services.plan_backup(session, tools, device, reason="again", actor=make.actor())


def test_a_cancelled_backup_is_over_its_time_and_none_at_the_station(
    desk, session, tools, post, backup, lease, make
):
    store(session, tools, backup, post)
    begun(tools, backup)

    flow.cancel(session, tools, backup, actor=make.actor())
    session.commit()

    answer = desk.sync(post, running=[lease.job])
    assert (answer.lost, answer.paused, answer.leases) == ([lease.job], [], [])
    assert (backup.state, backup.job.state) == (BackupState.CANCELLED, JobState.CANCELLED)
    assert parts(tools) == []
    assert [one.number for one in deleting.expire(session, actor=make.actor()).due] == [
        backup.number
    ]


def test_a_cancellation_that_is_not_stored_has_removed_nothing(
    session, tools, post, backup, lease, make
):
    store(session, tools, backup, post)
    session.commit()

    flow.cancel(session, tools, backup, actor=make.actor())
    session.rollback()
    session.expire_all()

    assert (backup.state, len(backup.packs)) == (BackupState.RUNNING, 1)
    assert storage_of(tools.settings).size_of(pack_name(DIGEST)) == len(PACK)


@pytest.mark.parametrize("verb", ["pause", "resume", "cancel"])
def test_what_has_ended_is_neither_paused_nor_cancelled(session, tools, backup, make, verb):
    flow.cancel(session, tools, backup, actor=make.actor())
    given = {"cancel": (session, tools, backup)}.get(verb, (session, backup))

    with pytest.raises(BackupEnded):
        getattr(flow, verb)(*given, actor=make.actor())


def test_the_rate_and_the_time_left_are_what_the_station_said_of_late(
    desk, session, post, lease, backup
):
    far = JobProgress(job=lease.job, step="reading", done=300, total=1000, rate=50)
    desk.sync(post, post.report(far), running=[lease.job])
    session.refresh(backup.job)

    shown = shown_job(backup.job)
    assert (shown.rate, shown.seconds_left) == (50, 14)
    with time_machine.travel(now() + timedelta(seconds=31)):
        silent = shown_job(backup.job)
    assert (silent.rate, silent.seconds_left) == (None, None)


@pytest.mark.parametrize("rate", [0, None])
def test_of_what_does_not_move_no_time_left_is_said(desk, session, post, lease, backup, rate):
    far = JobProgress(job=lease.job, step="reading", done=300, total=1000, rate=rate)
    desk.sync(post, post.report(far), running=[lease.job])
    session.refresh(backup.job)

    assert shown_job(backup.job).seconds_left is None


def limited(session, post, make, **given) -> None:
    station = session.get(Station, post.actor.id)
    limit(session, station, StationLimitIn(backup_rate=5_000_000, **given), actor=make.actor())
    session.commit()


@pytest.mark.parametrize(
    ("hours", "at", "rate"),
    [
        ((None, None), "12:00", 5_000_000),
        (("08:00", "18:00"), "12:00", 5_000_000),
        (("08:00", "18:00"), "18:00", None),
        (("22:00", "06:00"), "23:30", 5_000_000),
        (("22:00", "06:00"), "05:59", 5_000_000),
        (("22:00", "06:00"), "12:00", None),
    ],
)
def test_a_station_hears_how_fast_its_backups_may_go_now(
    desk, session, post, make, hours, at, rate
):
    limited(session, post, make, rate_from=hours[0], rate_until=hours[1])
    hour, minute = map(int, at.split(":"))
    moment = now().astimezone().replace(hour=hour, minute=minute)

    with time_machine.travel(moment):
        assert desk.sync(post).backup_rate == rate
