"""Backups that a station begins while the server is away: adopted once, or refused for a reason."""

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from agents.station import beginning
from agents.station.backup import sending
from agents.station.enrol import enrol
from agents.station.kits import Kits
from agents.station.store import Store
from fleet.backups.models import Backup, BegunBackup
from fleet.contracts.backups import BackupState
from fleet.contracts.clock import now
from fleet.contracts.offline import Why
from fleet.contracts.proof import Level
from fleet.custody.issuing import issue
from fleet.custody.models import Holding
from fleet.plans.queries import PLANS
from fleet.plans.services import edit_plan
from fleet.stations.models import Job, StationReport
from tests.agents.station.desk import CLERK, backup_asked, backup_ended, present, until
from tests.agents.station.test_backup_flow import Pieces, asked
from tests.agents.station.test_offline import (
    AnswersLost,
    agent_running,
    packs_here,
    restored,
    waits,
)
from tests.factories import Make

pytestmark = pytest.mark.handset


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Have an agent of this process try again soon, and look soon for what to begin."""
    monkeypatch.setattr("agents.station.backoff.random.uniform", lambda *_: 0.02)
    monkeypatch.setattr(beginning, "LOOK_SECONDS", 0.02)


@pytest.fixture
def phone(start_handset):
    phone = start_handset(seed=False)
    for number in range(4):
        phone.put(f"DCIM/{number}.bin", os.urandom(3_000_000))
    return phone


@pytest.fixture
def pieces(desk):
    desk.app.wsgi_app = pieces = Pieces(desk.app.wsgi_app)
    return pieces


def kits_at(home):
    store = Store(home.outbox)
    try:
        return Kits(store).all()
    finally:
        store.close()


def wish(home, phone, by="liu"):
    """Ask at the station for a backup, as `workfleet agent backup` does."""
    store = Store(home.outbox)
    try:
        Kits(store).wish(phone.serial, by)
    finally:
        store.close()


def the_begun(desk):
    with desk.looking() as session:
        return session.scalars(select(BegunBackup)).one_or_none()


def the_backup(desk):
    with desk.looking() as session:
        found = session.scalars(select(Backup)).one_or_none()
        return found if found is not None and found.ended_at else None


def test_a_backup_begun_without_the_server_becomes_one_of_its_own(desk, agent, phone, tmp_path):
    until(lambda: present(desk, phone) and kits_at(agent.home))
    desk.switch_off()
    wish(agent.home, phone)
    until(lambda: waits(agent.home))
    phone.unplug()

    desk.switch_on()

    done = until(lambda: the_backup(desk))
    assert (done.state, done.level) == (BackupState.COMPLETE, Level.VERIFIED), done.reasons
    assert (the_begun(desk).backup_id, the_begun(desk).said_by) == (done.id, "liu")
    assert len(restored(desk, done.id, tmp_path / "to")) == 4
    with desk.looking() as session:
        assert len(list(session.scalars(select(Job)))) == 1
    assert desk.trail_is_whole()
    until(lambda: not list(agent.home.backups.glob("*")))


@pytest.fixture
def known(desk, killable, phone):
    """Have the server give a kit for the phone, and let nothing run then."""
    with agent_running(killable.home, killable.adb):
        until(lambda: present(desk, phone) and kits_at(killable.home))
    desk.switch_off()
    return killable


def begins(home):
    return asked(home.outbox, "SELECT job FROM begun")


def test_a_killed_agent_goes_on_with_what_it_began(desk, known, phone):
    known.start()
    wish(known.home, phone)
    until(lambda: packs_here(known.home))
    known.kill()
    (job,) = begins(known.home)
    known.start()
    until(lambda: waits(known.home))
    known.kill()

    desk.switch_on()
    with agent_running(known.home, known.adb):
        done = until(lambda: the_backup(desk))

    assert (done.state, done.level) == (BackupState.COMPLETE, Level.VERIFIED), done.reasons
    assert str(done.job_id) == job
    assert desk.trail_is_whole()


def test_answers_that_are_lost_make_no_second_backup(desk, known, phone):
    with agent_running(known.home, known.adb):
        wish(known.home, phone)
        until(lambda: waits(known.home))
        phone.unplug()
        desk.app.wsgi_app = AnswersLost(desk.app.wsgi_app, times=3)

        desk.switch_on()

        done = until(lambda: the_backup(desk))
        assert not desk.app.wsgi_app.times
        assert done.state is BackupState.COMPLETE
    with desk.looking() as session:
        assert len(list(session.scalars(select(StationReport).where(of_jobs())))) == 1
    assert desk.trail_is_whole()


def of_jobs():
    return StationReport.kind == "job_done"


def test_a_phone_that_blinks_is_read_on_and_adopted_meanwhile(desk, known, phone):
    with agent_running(known.home, known.adb) as agent:
        phone.cut_after(7_000_000)
        wish(known.home, phone)
        until(lambda: phone.cuts)
        phone.unplug()
        until(lambda: any("goes on when it is back" in line for line in agent.said))
        desk.switch_on()
        until(lambda: the_begun(desk))

        phone.plug_in()

        done = until(lambda: the_backup(desk))
    assert (done.state, done.level) == (BackupState.COMPLETE, Level.VERIFIED), done.reasons
    assert done.job_id == the_begun(desk).job_id


def test_nothing_of_what_a_plan_forbids_by_now_is_stored(desk, known, phone):
    with agent_running(known.home, known.adb) as agent:
        wish(known.home, phone)
        until(lambda: waits(known.home))
        with desk.acting() as session:
            plan = PLANS.newest(session)["storage"]
            less = plan.content.model_copy(update={"sources": plan.content.sources[:1]})
            edit_plan(session, plan.name, less, reason="less", actor=CLERK)

        desk.switch_on()

        until(lambda: any("plan_takes_less" in line for line in agent.said))
        until(lambda: not list(agent.home.backups.glob("*")))
        until(lambda: not begins(agent.home))
    assert the_begun(desk).refusal == "plan_takes_less"
    with desk.looking() as session:
        assert session.scalars(select(Job)).all() == session.scalars(select(Backup)).all() == []
    assert not list((desk.settings.home / "storage").rglob("*.*"))


def test_a_server_put_back_from_an_older_copy_adopts_once_more(
    desk, known, phone, tmp_path, pieces
):
    copied = tmp_path / "copy.db"
    copy(desk, copied)
    pieces.away_at = 0  # of packs nothing comes through, and all else does
    with agent_running(known.home, known.adb) as agent:
        wish(known.home, phone)
        until(lambda: waits(known.home))
        phone.unplug()
        desk.switch_on()
        until(lambda: the_begun(desk))
        desk.switch_off()
        until(lambda: agent_is_alone(agent))
        put_back(desk, copied)
        assert the_begun(desk) is None

        pieces.away_at = None
        desk.switch_on()

        done = until(lambda: the_backup(desk))
    assert (done.state, done.level) == (BackupState.COMPLETE, Level.VERIFIED), done.reasons
    assert desk.trail_is_whole()


def agent_is_alone(agent):
    return sum("does not take reports" in line for line in agent.said) == 2


def database(desk):
    return desk.settings.home / "data" / "workfleet.db"


def copy(desk, to):
    with closing(sqlite3.connect(database(desk))) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


def put_back(desk, copied):
    desk.engine.dispose()
    for path in database(desk).parent.glob("workfleet.db*"):
        path.unlink()
    shutil.copy(copied, database(desk))


def test_it_goes_on_from_the_last_backup_that_was_made_here(desk, agent, phone, tmp_path):
    until(lambda: present(desk, phone) and kits_at(agent.home))
    first = backup_asked(desk, phone)
    until(lambda: backup_ended(desk, first))
    until(lambda: [kept for kept in kits_at(agent.home) if kept.kit.task.base])
    phone.put("DCIM/new.bin", os.urandom(1_000_000))
    desk.switch_off()
    wish(agent.home, phone)
    until(lambda: waits(agent.home))
    sizes = [path.stat().st_size for path in packs_here(agent.home)]
    assert sum(sizes) < 2_000_000

    desk.switch_on()

    second = until(lambda: the_begun(desk)).backup_id
    done = until(lambda: backup_ended(desk, second))
    assert (done.state, done.level) == (BackupState.COMPLETE, Level.VERIFIED), done.reasons
    assert (done.base_id, done.carried, done.chain) == (first, 4, 1)
    assert len(restored(desk, second, tmp_path / "to")) == 5


def test_a_kept_manifest_that_is_damaged_has_everything_stored_anew(
    desk, agent, phone, monkeypatch
):
    monkeypatch.setattr(sending, "AWAY_SECONDS", 0.5)
    until(lambda: present(desk, phone) and kits_at(agent.home))
    first = backup_asked(desk, phone)
    until(lambda: backup_ended(desk, first))
    until(lambda: [kept for kept in kits_at(agent.home) if kept.kit.task.base])
    (kept,) = (agent.home.path / "bases").glob("*.zst")
    kept.write_bytes(b"nonsense")
    desk.switch_off()
    wish(agent.home, phone)
    until(lambda: waits(agent.home))

    desk.switch_on()

    second = until(lambda: the_begun(desk)).backup_id
    done = until(lambda: backup_ended(desk, second))
    assert (done.state, done.level) == (BackupState.COMPLETE, Level.VERIFIED), done.reasons
    assert (done.base_id, done.carried, done.chain) == (None, 0, 0)


def test_of_two_stations_that_both_began_each_has_a_whole_backup(desk, known, phone, tmp_path):
    desk.switch_on()
    other = enrol(desk.url, desk.code("bench-2"), tmp_path / "other")
    with agent_running(other, known.adb):
        until(lambda: kits_at(other))
    desk.switch_off()
    for home in (known.home, other):
        with agent_running(home, known.adb):
            wish(home, phone)
            until(lambda home=home: waits(home))
    phone.unplug()

    desk.switch_on()
    for home in (other, known.home):
        with agent_running(home, known.adb):
            until(lambda home=home: not begins(home))

    with desk.looking() as session:
        made = list(session.scalars(select(Backup)))
        assert {one.state for one in made} == {BackupState.COMPLETE}
        assert sorted(one.sealed_by for one in made) == ["bench-1", "bench-2"]
    assert desk.trail_is_whole()


def test_what_is_due_is_begun_by_itself_when_the_server_stays_away(
    desk, killable, phone, monkeypatch
):
    with desk.acting() as session:
        make = Make(session)
        device = make.device(serial=phone.serial)
        issue(session, to=make.employee(), devices=[device], actor=CLERK)
        long_ago = now() - timedelta(days=40)
        session.execute(update(Holding).values(issued_at=long_ago))
    with agent_running(killable.home, killable.adb) as agent:
        until(lambda: present(desk, phone) and kits_at(agent.home))
        desk.switch_off()
        until(lambda: any("does not take reports" in line for line in agent.said))
        assert not begins(agent.home)

        monkeypatch.setattr(beginning, "PATIENCE_SECONDS", 0.0)
        until(lambda: waits(agent.home))
        desk.switch_on()

        done = until(lambda: the_backup(desk))
    assert done.state is BackupState.COMPLETE
    assert (the_begun(desk).why, the_begun(desk).said_by) == (Why.DUE, None)


def test_nothing_is_begun_that_has_no_room_on_the_disk(known, phone, with_room):
    with_room(free=lambda _folder: 1_000_000, reserve_bytes=999_999)
    with agent_running(known.home, known.adb) as agent:
        wish(known.home, phone)
        until(lambda: any("left for its backup" in line for line in agent.said))
    assert (begins(known.home), packs_here(known.home)) == ([], [])


def test_nothing_is_begun_with_what_is_too_old(known, phone):
    with closing(sqlite3.connect(known.home.outbox, isolation_level=None)) as store:
        store.execute("UPDATE kit SET body = json_set(body, '$.until', '2020-01-01T00:00:00Z')")
    with agent_running(known.home, known.adb) as agent:
        wish(known.home, phone)
        until(lambda: any("without the server until" in line for line in agent.said))
    assert begins(known.home) == []


def test_the_disk_of_a_station_shows_neither_names_nor_content(known, phone, desk):
    phone.put("DCIM/very-private-name.txt", b"very private content" * 1000)
    with agent_running(known.home, known.adb):
        wish(known.home, phone)
        until(lambda: waits(known.home))
    names = opened_names(known)

    left = b"".join(path.read_bytes() for path in known.home.path.rglob("*") if is_kept(path))
    assert b"very private content" not in left
    assert names.encode() not in left


def is_kept(path):
    """Tell whether a file is one in which secrets might be: progress is named and kept apart."""
    return path.is_file() and path.suffix in {".age", ".zst", ".db"} and path.name != "progress.db"


def opened_names(known):
    """Return the key that blinds names, as the station itself opens it."""
    (kept,) = kits_at(known.home)
    return known.home.key.open(kept.kit.task.sealed_names, job=kept.kit.id)
