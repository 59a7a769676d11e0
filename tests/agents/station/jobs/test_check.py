"""What a check reports when the phone, or the station, fails at a step: it is not made twice."""

import threading
from datetime import timedelta

import pytest

from agents.phone.errors import PhoneUnreachable
from agents.station.jobs import check
from agents.station.jobs.work import Work
from agents.station.journal import Entry
from agents.station.keys import StationKey
from fleet.contracts.clock import now
from fleet.contracts.sealing import seal_to_station
from fleet.contracts.stations import CheckPinTask, Lease
from tests.agents.phone.lock_double import LockDouble

KEY = StationKey.generate()
PIN = "258036"
GONE = PhoneUnreachable("S", "cut off")


def work(tmp_path, lock, *, touched=False, remembered=None) -> Work:
    task = CheckPinTask(check="c", sealed_pin=seal_to_station(KEY.public, PIN, job="j"))
    until = now() + timedelta(minutes=2)
    lease = Lease(job="j", device="WF-1", serial="S", attempt=1, until=until, task=task)
    kept = [] if remembered is None else remembered
    return Work(
        entry=Entry(lease, begun=False, touched=touched),
        phone=lock.phone(),
        build="x",
        key=KEY,
        server=None,
        backups=tmp_path,
        remember=lambda steps, *, touches: kept.append(([s.name for s in steps], touches)),
        tell=lambda *_: None,
        stop=threading.Event(),
        find=lambda: None,
        reconnect=lambda: None,
    )


def run(given: Work):
    return check.run(given, given.lease.task)


def test_the_try_is_in_the_journal_before_it_is_made(tmp_path):
    kept = []

    done = run(work(tmp_path, LockDouble(PIN), remembered=kept))

    assert kept == [(["look"], False), (["look", "check_old"], True)]
    assert [one.verdict for one in done.check.steps] == ["locked", "accepted"]
    assert PIN not in done.model_dump_json()


def test_after_a_crash_in_the_try_the_value_is_not_tried_again(tmp_path):
    lock = LockDouble("739164")

    done = run(work(tmp_path, lock, touched=True))

    assert (done.check.reason, lock.wrong) == ("tried_before", 0)
    assert [one.name for one in done.check.steps] == ["look"]


def test_a_phone_that_goes_away_before_the_try_was_not_touched(tmp_path):
    lock = LockDouble(PIN)
    lock.look = lambda _script: (_ for _ in ()).throw(GONE)

    done = run(work(tmp_path, lock))

    assert (done.again, done.check) == (True, None)


@pytest.mark.parametrize("pin", [PIN, "739164"])
def test_a_phone_that_goes_away_in_the_try_leaves_it_unanswered(tmp_path, pin):
    lock = LockDouble(pin, fails_at={"verify": GONE})

    done = run(work(tmp_path, lock))

    assert not done.again
    assert [one.verdict for one in done.check.steps] == ["begun", "begun"]
    assert (done.check.lock, done.check.reason) == (None, "connection_lost")
