"""Reports are numbered once, when they are sent, and wait until the server has them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agents.station.outbox import Outbox
from agents.station.store import Store
from fleet.contracts.stations import JobDone, JobProgress, PhoneLeft, Rejected


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "outbox.db")
    yield store
    store.close()


def left(number: int) -> PhoneLeft:
    return PhoneLeft(serial=f"S{number}")


def numbers_of(outbox: Outbox) -> list[int]:
    return [report.sequence for report in outbox.batch().reports]


def test_reports_come_back_in_the_order_they_were_put(store):
    outbox = Outbox(store)
    for number in range(5):
        outbox.put(left(number))

    assert [report.body for report in outbox.batch().reports] == [
        left(number) for number in range(5)
    ]


def test_a_number_is_never_given_twice_even_when_the_outbox_was_empty(tmp_path):
    first = Store(tmp_path / "outbox.db")
    Outbox(first).put(left(1))
    [number] = numbers_of(Outbox(first))
    Outbox(first).settle(taken=number)
    first.close()

    again = Store(tmp_path / "outbox.db")
    Outbox(again).put(left(2))
    assert numbers_of(Outbox(again)) == [number + 1]
    again.close()


def test_what_was_not_taken_stays(store):
    outbox = Outbox(store)
    for number in range(3):
        outbox.put(left(number))
    numbers = numbers_of(outbox)

    outbox.settle(taken=numbers[0])

    assert numbers_of(outbox) == numbers[1:]


def test_a_rejected_report_is_set_aside_and_the_others_go_on(store):
    outbox = Outbox(store)
    for number in range(3):
        outbox.put(left(number))
    numbers = numbers_of(outbox)
    refusal = Rejected(sequence=numbers[1], code="job_unknown", message="No such job.")

    outbox.settle(taken=numbers[0], rejected=[refusal])

    assert [report.sequence for report in outbox.batch().reports] == [numbers[2]]
    assert [(one.sequence, one.code) for one in outbox.rejected()] == [(numbers[1], "job_unknown")]


def test_a_batch_is_bounded_by_count_and_by_size(store, monkeypatch):
    monkeypatch.setattr("agents.station.outbox.BATCH_BYTES", 250)
    outbox = Outbox(store)
    for number in range(4):
        outbox.put(PhoneLeft(serial=f"{number}" * 100))
    outbox.put(PhoneLeft(serial="S" * 1000))

    assert len(outbox.batch(limit=1).reports) == 1
    assert len(outbox.batch().reports) == 1
    outbox.settle(taken=4)
    assert len(outbox.batch().reports) == 1  # larger than a batch, and still sent


def test_progress_of_a_job_waits_once(store):
    outbox = Outbox(store)
    assert not outbox.has_progress("j")
    outbox.put(JobProgress(job="j", step="reading"))
    assert outbox.has_progress("j")
    assert not outbox.has_progress("other")


WRITER = """
import sys
from agents.station.outbox import Outbox
from agents.station.store import Store
from fleet.contracts.stations import PhoneLeft
from pathlib import Path
outbox = Outbox(Store(Path(sys.argv[1])))
for number in range(10**9):
    outbox.put(PhoneLeft(serial=str(number)))
    print(number, flush=True)
"""


def test_a_killed_agent_keeps_every_report_it_had_put(tmp_path):
    path = tmp_path / "outbox.db"
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)],
        stdout=subprocess.PIPE,
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
    ) as writer:
        told = [int(writer.stdout.readline()) for _ in range(50)]
        writer.kill()
        told += [int(line) for line in writer.stdout.readlines() if line.endswith(b"\n")]

    store = Store(path)
    kept = [int(report.body.serial) for report in Outbox(store).batch().reports]
    store.close()
    assert kept[: len(told)] == told


def test_a_batch_says_what_is_the_oldest_and_which_jobs_have_ended(store):
    outbox = Outbox(store)
    assert outbox.batch().oldest == 1
    outbox.put(left(1))
    outbox.put(JobDone(job="j1", failure="x"))

    assert (outbox.batch().oldest, outbox.batch().ended) == (1, ("j1",))
    outbox.settle(taken=2)
    assert (outbox.batch().oldest, outbox.batch().ended) == (3, ())


def test_an_outbox_put_back_from_a_copy_gives_no_number_the_server_knows(store):
    outbox = Outbox(store)
    outbox.settle(taken=41)
    outbox.put(left(1))
    assert numbers_of(outbox) == [42]
