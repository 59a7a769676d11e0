"""Backups that go on while the server is away: read whole, kept, sent later, and exactly once."""

import os
import shutil
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from agents.phone.adb import Adb, AdbPhone
from agents.phone.probe import probe
from agents.station.backup import sending
from agents.station.backup.spool import PIECE
from agents.station.enrol import enrol
from api.client import Client
from fleet.backups import flow
from fleet.backups.models import Backup
from fleet.backups.storage import index_name, pack_name, storage_of
from fleet.contracts.backups import BackupState
from fleet.contracts.clock import now
from fleet.contracts.proof import Level
from fleet.contracts.stations import JobDone, PhoneSeen, Report, SyncIn
from fleet.devices.models import DeviceChange
from fleet.stations.models import Job, StationReport
from tests.agents.station.desk import (
    CLERK,
    Running,
    backup_asked,
    backup_ended,
    ended,
    present,
    rotation_due,
    until,
)
from tests.agents.station.test_backup_flow import Pieces, asked
from tests.pieces import FromPieces, restore

pytestmark = pytest.mark.handset


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Have an agent of this process try again soon."""
    monkeypatch.setattr("agents.station.backoff.random.uniform", lambda *_: 0.02)


@pytest.fixture
def pieces(desk):
    desk.app.wsgi_app = pieces = Pieces(desk.app.wsgi_app)
    return pieces


@pytest.fixture
def phone(start_handset):
    phone = start_handset(seed=False)
    for number in range(8):
        phone.put(f"DCIM/{number}.bin", os.urandom(3_000_000))
    return phone


def waits(home):
    """Return the jobs that are read whole here and that the server has not got all of."""
    return asked(home.outbox, "SELECT job FROM delivery")


def packs_here(home):
    return list(home.backups.glob("*/pack-*.age"))


def is_left_to_be_sent(home):
    """Tell whether the worker has left the rest here: it forces the lists to the disk then."""
    return waits(home) and len(packs_here(home)) >= 6


@pytest.fixture
def read_without_server(desk, killable, phone, pieces):
    """Give the id of a backup that was read whole without the server; the agent is killed."""
    pieces.at, pieces.meanwhile = 0, desk.switch_off
    killable.start()
    until(lambda: present(desk, phone))
    backup = backup_asked(desk, phone)
    until(lambda: is_left_to_be_sent(killable.home))
    phone.unplug()
    killable.kill()
    return backup


def end_leases(desk):
    with desk.acting() as session:
        session.execute(update(Job).values(leased_until=now() - timedelta(minutes=1)))


def restored(desk, backup, to):
    """Restore from the storage alone, and return the files by their names."""
    storage = storage_of(desk.settings)
    identity = to.with_suffix(".key")
    identity.write_text(str(desk.identity))
    with desk.looking() as session:
        found = session.get(Backup, backup)
        names = {pack.number: pack_name(pack.digest) for pack in found.packs}
        index = list(storage.read(index_name(found.index_digest)))
    packs = contextmanager(lambda number: iter([storage.read(names[number])]))
    assert restore(FromPieces(packs, index), identity, to).whole
    return {path.name: path.read_bytes() for path in to.rglob("*.bin")}


def is_whole_and_the_only_one(desk, backup, station="bench-1"):
    done = until(lambda: backup_ended(desk, backup))
    assert (done.state, done.level) == (BackupState.COMPLETE, Level.VERIFIED), done.reasons
    assert done.sealed_by == station
    with desk.looking() as session:
        assert len(list(session.scalars(select(Backup.id)))) == 1
        ends = select(StationReport.id).where(StationReport.kind == "job_done")
        assert len(list(session.scalars(ends))) == 1
    assert desk.trail_is_whole()
    return True


def test_a_backup_is_read_to_its_end_without_the_server_and_sent_without_the_phone(
    desk, killable, phone, read_without_server, tmp_path
):
    meant = {path.name: path.read_bytes() for path in phone.storage_path.rglob("*.bin")}
    end_leases(desk)

    desk.switch_on()
    killable.start()

    assert is_whole_and_the_only_one(desk, read_without_server)
    assert restored(desk, read_without_server, tmp_path / "to") == meant
    until(lambda: not list(killable.home.backups.glob("*")))


@pytest.fixture
def lent_to_another(desk, tmp_path, phone, killable, read_without_server):
    """Give another station, to which the backup was lent meanwhile."""
    desk.switch_on()
    home = enrol(desk.url, desk.code("bench-2"), tmp_path / "other")
    end_leases(desk)
    phone.plug_in()
    assert asks(desk, home, phone) == [str(job_of(desk).id)]
    phone.unplug()
    return home


def asks(desk, home, phone, *bodies, running=()):
    """Let a station say that the phone is there, and return what it is lent."""
    facts = probe(AdbPhone(Adb(port=phone.adb.port), phone.address)).facts if not bodies else None
    said = bodies or (PhoneSeen(facts=facts, transport="t", digest="0" * 64),)
    with Client(desk.url, home.token) as client:
        taken = client.sync(SyncIn()).taken
        reports = [
            Report(sequence=taken + number, at=now(), body=body)
            for number, body in enumerate(said, start=1)
        ]
        client.sync(SyncIn(reports=reports, present=[phone.serial], running=list(running)))
        answer = client.sync(SyncIn(present=[phone.serial], running=list(running)))
    return [lease.job for lease in answer.leases]


def job_of(desk):
    with desk.looking() as session:
        return session.scalars(select(Job)).one()


@contextmanager
def agent_running(home, adb):
    running = Running(home, adb)
    running.start()
    try:
        yield running
    finally:
        running.end()


def test_what_another_station_is_at_is_kept_until_its_lease_has_run_out(
    desk, killable, lent_to_another, read_without_server
):
    with agent_running(killable.home, killable.adb) as agent:
        until(lambda: any("may be unplugged" in line for line in agent.said))
        until(lambda: any("kept until" in line for line in agent.said))
        assert len(packs_here(agent.home)) >= 6
        assert sum("kept until" in line for line in agent.said) == 1

        end_leases(desk)

        assert is_whole_and_the_only_one(desk, read_without_server)


def test_what_another_station_has_made_meanwhile_is_dropped_with_a_word(
    desk, killable, lent_to_another, read_without_server, phone
):
    phone.plug_in()
    with agent_running(lent_to_another, killable.adb):
        assert is_whole_and_the_only_one(desk, read_without_server, "bench-2")
    phone.unplug()

    with agent_running(killable.home, killable.adb) as agent:
        until(lambda: any("needed no more" in line for line in agent.said))
        until(lambda: not list(agent.home.backups.glob("*")))

    assert is_whole_and_the_only_one(desk, read_without_server, "bench-2")


def test_what_another_station_failed_at_is_completed_by_who_has_all_of_it(
    desk, killable, lent_to_another, read_without_server, phone, tmp_path
):
    job = str(job_of(desk).id)
    asks(desk, lent_to_another, phone, JobDone(job=job, failure="no"), running=[job])
    assert backup_ended(desk, read_without_server).state is BackupState.FAILED

    killable.start()

    until(lambda: backup_ended(desk, read_without_server).state is BackupState.COMPLETE)
    assert len(restored(desk, read_without_server, tmp_path / "to")) == 8
    assert desk.trail_is_whole()


def test_what_was_cancelled_meanwhile_is_dropped_with_a_word(desk, killable, read_without_server):
    desk.switch_on()
    with desk.acting() as session:
        flow.cancel(session, desk.tools, session.get(Backup, read_without_server), actor=CLERK)

    with agent_running(killable.home, killable.adb) as agent:
        until(lambda: any("needed no more" in line for line in agent.said))
        until(lambda: not list(agent.home.backups.glob("*")))

    assert backup_ended(desk, read_without_server).state is BackupState.CANCELLED


def test_a_torn_pack_has_the_phone_asked_for_again(desk, killable, read_without_server, phone):
    torn = max(packs_here(killable.home))
    with torn.open("r+b") as file:
        file.truncate(1000)
    desk.switch_on()
    with agent_running(killable.home, killable.adb) as agent:
        until(lambda: any("plug the phone in again" in line for line in agent.said))

        phone.plug_in()

        assert is_whole_and_the_only_one(desk, read_without_server)


def test_the_phone_is_free_for_other_work_while_its_packs_are_sent(
    desk, killable, read_without_server, phone, pieces
):
    pieces.away_at = 0  # of packs nothing comes through, and all else does
    desk.switch_on()
    phone.plug_in()
    with agent_running(killable.home, killable.adb):
        until(lambda: present(desk, phone))
        rotation = rotation_due(desk, phone)
        until(lambda: ended(desk, rotation))
        assert backup_ended(desk, read_without_server) is None

        pieces.away_at = None

        done = until(lambda: backup_ended(desk, read_without_server))
        assert done.state is BackupState.COMPLETE


def test_a_phone_that_blinks_without_the_server_is_read_on(desk, agent, phone, pieces):
    pieces.at, pieces.meanwhile = 0, desk.switch_off
    until(lambda: present(desk, phone))
    phone.cut_after(9_000_000)
    backup = backup_asked(desk, phone)
    until(lambda: phone.cuts)
    phone.unplug()
    until(lambda: any("goes on when it is back" in line for line in agent.said))

    phone.plug_in()

    until(lambda: any("may be unplugged" in line for line in agent.said))
    phone.unplug()
    desk.switch_on()
    assert is_whole_and_the_only_one(desk, backup)


class AnswersLost:
    """Let the first exchanges with reports happen, and their answers be lost."""

    def __init__(self, inner, times):
        self.inner, self.times = inner, times

    def __call__(self, environ, start):
        if self.times and environ["PATH_INFO"].endswith("/sync"):
            self.times -= 1
            list(self.inner(environ, lambda *_: lambda _: None))
            start("502 Bad Gateway", [("Connection", "close")])
            return []
        return self.inner(environ, start)


def test_what_phones_went_through_without_the_server_is_told_once_and_in_its_order(
    desk, agent, phone
):
    until(lambda: present(desk, phone))
    desk.switch_off()
    for off, seconds in enumerate(("31000", "61000", "31000")):
        phone.unplug()
        until(lambda off=off: sum("is gone" in line for line in agent.said) == off + 1)
        phone.state.settings["system"]["screen_off_timeout"] = seconds
        phone.plug_in()
        until(lambda off=off: sum("is here" in line for line in agent.said) == off + 2)
    before = now()

    desk.app.wsgi_app = AnswersLost(desk.app.wsgi_app, times=2)
    desk.switch_on()

    until(lambda: desk.app.wsgi_app.times == 0 and agent_has_told(agent))
    changes = changes_of(desk, "screen_timeout")
    assert [new for _at, new in changes] == ["31000", "61000", "31000"]
    assert changes[0][0] < before


def agent_has_told(agent):
    return not asked(agent.home.outbox, "SELECT sequence FROM report") and not asked(
        agent.home.outbox, "SELECT id FROM fresh"
    )


def changes_of(desk, part):
    with desk.looking() as session:
        rows = session.scalars(select(DeviceChange).order_by(DeviceChange.at))
        return [(row.at, row.new) for row in rows if part in row.field]


def test_a_large_file_on_its_way_is_read_anew_and_kept_whole(
    desk, killable, phone, pieces, monkeypatch, with_room
):
    monkeypatch.setattr(sending, "AWAY_SECONDS", 0.5)
    with_room(whole_bytes=2 * PIECE)
    phone.put("DCIM/film.bin", os.urandom(4 * PIECE))
    pieces.at, pieces.meanwhile = PIECE, desk.switch_off
    with agent_running(killable.home, killable.adb) as agent:
        until(lambda: present(desk, phone))
        backup = backup_asked(desk, phone)
        until(lambda: any("may be unplugged" in line for line in agent.said))
        phone.unplug()
        assert max(path.stat().st_size for path in packs_here(agent.home)) > 4 * PIECE

        desk.switch_on()

        assert is_whole_and_the_only_one(desk, backup)


def test_packs_gather_as_far_as_the_disk_has_room(desk, killable, phone, pieces, with_room):
    left_free = []

    def free(folder):
        taken = sum(path.stat().st_size for path in folder.glob("*/pack-*.age"))
        left_free.append(15_000_000 - taken)
        return left_free[-1]

    with_room(free=free, reserve_bytes=2_000_000)
    pieces.at, pieces.meanwhile = 0, desk.switch_off
    with agent_running(killable.home, killable.adb) as agent:
        until(lambda: present(desk, phone))
        backup = backup_asked(desk, phone)
        until(lambda: any("waits for room" in line for line in agent.said))
        assert len(packs_here(agent.home)) >= 3
        assert not waits(agent.home)

        desk.switch_on()

        assert is_whole_and_the_only_one(desk, backup)
        assert min(left_free) >= 2_000_000


def test_a_server_that_goes_away_before_the_beginning_has_everything_stored_anew(
    desk, killable, phone, pieces, monkeypatch
):
    monkeypatch.setattr(sending, "AWAY_SECONDS", 0.5)
    with agent_running(killable.home, killable.adb) as agent:
        until(lambda: present(desk, phone))
        first = backup_asked(desk, phone)
        assert is_whole_and_the_only_one(desk, first)
        shutil.rmtree(agent.home.path / "bases")  # it was made elsewhere
        desk.app.wsgi_app = GoesAway(pieces, desk, at="/base")
        second = backup_asked(desk, phone)
        until(lambda: any("may be unplugged" in line for line in agent.said))
        phone.unplug()

        desk.switch_on()

        done = until(lambda: backup_ended(desk, second))
    assert (done.state, done.level, done.carried) == (BackupState.COMPLETE, Level.VERIFIED, 0)
    assert (done.base_id, done.chain) == (None, 0)


class GoesAway:
    """A server that goes away, once, when it is asked for what ends with `at`."""

    def __init__(self, inner, desk, at):
        self.inner, self.desk, self.at = inner, desk, at

    def __call__(self, environ, start):
        if self.at and environ["PATH_INFO"].endswith(self.at):
            self.at = None
            self.desk.switch_off()
            start("502 Bad Gateway", [("Connection", "close")])
            return []
        return self.inner(environ, start)


def test_a_folder_that_somebody_removed_has_the_phone_read_anew(
    desk, killable, read_without_server, phone
):
    for folder in killable.home.backups.glob("*"):
        shutil.rmtree(folder)
    desk.switch_on()
    phone.plug_in()

    with agent_running(killable.home, killable.adb):
        assert is_whole_and_the_only_one(desk, read_without_server)
