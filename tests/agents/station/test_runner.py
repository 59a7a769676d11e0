"""One job at a time on each phone, several phones at once, and no more than can be carried."""

from datetime import timedelta
from uuid import uuid4

import pytest

from agents.station.journal import Journal
from agents.station.outbox import Outbox
from agents.station.phones import Here, Phones
from agents.station.runner import BACKUPS_AT_ONCE, Runner
from agents.station.store import Store
from fleet.contracts.backups import BackupTask
from fleet.contracts.clock import now
from fleet.contracts.facts import PhoneFacts
from fleet.contracts.stations import Lease, RotatePinTask

ROTATE = RotatePinTask(rotation="r", sealed_new="bm90aGluZw==", sealed_old=None)
BACKUP = BackupTask(backup="b", roots=[], excludes=[], recipients=[], pack_bytes=1, sealed_names="")


class Pool:
    """Takes work and lets it wait until it is told to go on."""

    def __init__(self) -> None:
        self.waiting = []

    def submit(self, work, *given):
        self.waiting.append((work, given))

    def go_on(self):
        waiting, self.waiting = self.waiting, []
        for work, given in waiting:
            work(*given)


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "outbox.db")
    yield store
    store.close()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def runner(store, tmp_path, said):
    def no_phone(_transport):
        raise RuntimeError("482913")

    return Runner(
        journal=Journal(store),
        phones=Phones(),
        key=None,
        server=None,
        backups=tmp_path,
        pool=Pool(),
        phone=no_phone,
        visit=lambda _transport: None,
        suspect=lambda _transport: None,
        say=said.append,
        changed=lambda: None,
    )


def lent(runner, serial, task=ROTATE):
    lease = Lease(
        job=str(uuid4()),
        device="WF-1",
        serial=serial,
        attempt=1,
        until=now() + timedelta(minutes=2),
        task=task,
    )
    runner.journal.accept(lease)
    return lease.job


def plugged_in(runner, *serials):
    for serial in serials:
        runner.phones.seen(Here(serial, serial, PhoneFacts()), lambda *_: True)


def test_a_job_waits_for_its_phone(runner):
    lent(runner, "A")
    runner.look()
    assert not runner.pool.waiting
    plugged_in(runner, "A")
    runner.look()
    assert len(runner.pool.waiting) == 1


def test_a_job_is_begun_once_however_often_one_looks(runner):
    plugged_in(runner, "A")
    lent(runner, "A")
    for _ in range(3):
        runner.look()
    assert len(runner.pool.waiting) == 1


def test_a_phone_has_one_job_at_a_time(runner):
    plugged_in(runner, "A", "B")
    for serial in "AAB":
        lent(runner, serial)
    runner.look()
    assert len(runner.pool.waiting) == 2


def test_few_backups_run_at_once_and_leave_room_for_others(runner):
    serials = "ABCDEFGHIJKL"
    plugged_in(runner, *serials)
    for serial in serials[:-1]:
        lent(runner, serial, BACKUP)
    lent(runner, serials[-1])
    runner.look()
    assert len(runner.pool.waiting) == BACKUPS_AT_ONCE + 1


def test_a_job_that_ended_while_it_was_claimed_is_not_run_again(runner, store):
    plugged_in(runner, "A")
    job = lent(runner, "A")
    runner.look()
    with store.transaction() as connection:
        connection.execute("UPDATE job SET state = 'ended', lease = NULL WHERE job = ?", (job,))
    runner.pool.go_on()
    assert Outbox(store).waiting() == 0


def test_a_job_whose_phone_left_before_it_began_is_given_back(runner):
    lent(runner, "A")
    assert runner.held() == []
    assert not runner.journal.open()


def test_a_job_that_had_begun_is_kept_for_when_its_phone_is_back(runner):
    job = lent(runner, "A")
    runner.journal.start(job)
    assert runner.held() == []
    plugged_in(runner, "A")
    assert runner.held() == [job]


def test_a_lost_job_that_never_began_is_forgotten(runner):
    job = lent(runner, "A")
    runner.lost([job])
    assert not runner.journal.open()


def test_a_stumble_is_said_without_its_words(runner, said):
    plugged_in(runner, "A")
    lent(runner, "A")
    runner.look()
    runner.pool.go_on()
    assert any("RuntimeError" in line for line in said)
    assert not any("482913" in line for line in said)
