"""A look that the server asked for sees the phone as it is now, not as it was when it came."""

import threading
from datetime import timedelta

import pytest

from agents.phone.adb import Adb, AdbPhone
from agents.station.jobs import probe
from agents.station.jobs.work import Work
from agents.station.journal import Entry
from agents.station.keys import StationKey
from fleet.contracts.clock import now
from fleet.contracts.stations import JobDone, Lease, ProbeTask

pytestmark = pytest.mark.handset


def look(handset, tmp_path) -> JobDone:
    until = now() + timedelta(minutes=2)
    lease = Lease(
        job="j", device="WF-1", serial=handset.serial, attempt=1, until=until, task=ProbeTask()
    )
    work = Work(
        entry=Entry(lease, begun=True, touched=False),
        phone=AdbPhone(Adb(port=handset.adb.port), handset.address),
        build="x",
        key=StationKey.generate(),
        server=None,
        backups=tmp_path,
        remember=lambda steps, *, touches: None,
        tell=lambda *_: None,
        stop=threading.Event(),
        find=lambda: None,
        reconnect=lambda: None,
    )
    return probe.run(work, ProbeTask())


def signed_in(done: JobDone) -> set[str]:
    return {one.type for one in done.probe.facts.accounts if one.count}


def test_an_account_signed_out_by_hand_is_seen_to_be_gone(handset, tmp_path):
    before = look(handset, tmp_path)
    handset.person.sign_out_vendor_account()

    after = look(handset, tmp_path)

    assert "com.xiaomi" in signed_in(before)
    assert signed_in(after) == set()
    assert not after.probe.facts.missing("accounts")
    assert after.probe.facts.identity.serial == handset.serial
    assert (after.job, after.failure, after.probe.transport) == ("j", None, handset.address)


def test_a_phone_that_does_not_answer_is_looked_at_another_time(handset, tmp_path):
    handset.unplug()

    done = look(handset, tmp_path)

    assert (done.again, done.probe) == (True, None)
    assert done.failure
