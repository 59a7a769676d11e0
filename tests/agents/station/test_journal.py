"""The journal knows how far a job may have come, and never a secret."""

from datetime import timedelta

import pytest

from agents.station.journal import Journal
from agents.station.outbox import Outbox
from agents.station.store import Store
from fleet.contracts.clock import now
from fleet.contracts.rotation import RotationStep
from fleet.contracts.stations import JobDone, Lease, RotatePinTask


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "outbox.db")
    yield store
    store.close()


def lease(job: str = "j1", attempt: int = 1) -> Lease:
    task = RotatePinTask(rotation="r1", sealed_new="c2VhbGVk", sealed_old=None)
    until = now() + timedelta(minutes=2)
    return Lease(job=job, device="WF-1", serial="S1", attempt=attempt, until=until, task=task)


def step(name: str) -> RotationStep:
    return RotationStep(name=name, at=now(), verdict="begun")


def test_a_lease_is_taken_once(store):
    journal = Journal(store)
    assert journal.accept(lease())
    assert not journal.accept(lease())
    assert [entry.lease.job for entry in journal.open()] == ["j1"]


def test_a_step_is_there_after_a_crash(store, tmp_path):
    journal = Journal(store)
    journal.accept(lease())
    journal.start("j1")
    journal.step("j1", [step("look"), step("set")], touches=True)

    after = Store(tmp_path / "outbox.db")  # nothing was closed or flushed
    [entry] = Journal(after).open()
    assert (entry.begun, entry.touched) == (True, True)
    assert [one.name for one in entry.steps] == ["look", "set"]
    after.close()


def test_touched_is_never_taken_back(store):
    journal = Journal(store)
    journal.accept(lease())
    journal.step("j1", [step("set")], touches=True)
    journal.step("j1", [step("look")], touches=False)
    assert journal.open()[0].touched


def test_the_end_of_a_job_and_its_report_are_one(store, monkeypatch):
    journal, outbox = Journal(store), Outbox(store)
    journal.accept(lease())

    def no_room(*_):
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("agents.station.outbox.put", no_room)
        with pytest.raises(RuntimeError):
            journal.end(JobDone(job="j1", failure="x"))
    assert (len(journal.open()), outbox.waiting()) == (1, 0)

    journal.end(JobDone(job="j1", failure="x"))
    assert (len(journal.open()), outbox.waiting()) == (0, 1)


def test_a_job_that_ended_here_is_not_run_again_for_the_same_attempt(store):
    journal = Journal(store)
    journal.accept(lease())
    journal.end(JobDone(job="j1", failure="unplugged", again=True))

    assert not journal.accept(lease())
    assert journal.accept(lease(attempt=2))
    assert not journal.open()[0].touched


def test_a_later_attempt_of_a_job_never_seen_here_may_have_touched_the_phone(store):
    journal = Journal(store)
    journal.accept(lease(attempt=2))
    assert journal.open()[0].touched


def test_nothing_sealed_stays_after_the_end(store, tmp_path):
    journal = Journal(store)
    journal.accept(lease())
    journal.end(JobDone(job="j1", failure="x"))
    with store.transaction() as connection:
        [row] = connection.execute("SELECT lease, steps FROM job").fetchall()
    assert (row["lease"], row["steps"]) == (None, "[]")
