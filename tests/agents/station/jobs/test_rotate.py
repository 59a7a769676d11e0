"""What a rotation reports when the phone, or the station's own disk, fails at a step."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from agents.phone.errors import PhoneUnreachable
from agents.phone.lock_visit import Step
from agents.phone.lockscreen import left_alone
from agents.station.errors import StationDiskFull
from agents.station.jobs import rotate
from agents.station.jobs.work import Work
from agents.station.journal import Entry
from agents.station.keys import StationKey
from fleet.contracts.builds import BuildTrust
from fleet.contracts.clock import now
from fleet.contracts.rotation import RotationState, RotationStep
from fleet.contracts.sealing import seal_to_station
from fleet.contracts.stations import Lease, RotatePinTask

KEY = StationKey.generate()
NEW, OLD = "739164", "258036"


def work(tmp_path, *, settle=False, touched=False, **told) -> Work:
    task = RotatePinTask(
        **told,
        rotation="r",
        sealed_new=seal_to_station(KEY.public, NEW, job="j"),
        sealed_old=seal_to_station(KEY.public, OLD, job="j"),
        settle=settle,
    )
    until = now() + timedelta(minutes=2)
    lease = Lease(job="j", device="WF-1", serial="S", attempt=1, until=until, task=task)
    return Work(
        entry=Entry(lease, begun=False, touched=touched),
        phone=None,
        build="x",
        key=KEY,
        server=None,
        backups=tmp_path,
        remember=lambda steps, *, touches: None,
        tell=lambda *_: None,
        stop=threading.Event(),
        find=lambda: None,
        reconnect=lambda: None,
    )


def failing_at(step, error, monkeypatch):
    """Let a visit come as far as `step` and end with `error`."""

    def visit(_phone, *, progress, **_values):
        for one in Step:
            progress(one)
            if one is step:
                raise error

    monkeypatch.setattr(rotate.lockscreen, "rotate_pin", visit)
    monkeypatch.setattr(rotate.lockscreen, "settle", visit)


GONE = PhoneUnreachable("S", "cut off")
FULL = StationDiskFull(path="/")
UNKNOWN = ValueError(NEW)


@pytest.mark.parametrize("error", [GONE, FULL, UNKNOWN])
@pytest.mark.parametrize("step", [Step.LOOK, Step.CHECK_OLD])
def test_before_the_pin_is_sent_nothing_has_happened(tmp_path, monkeypatch, step, error):
    failing_at(step, error, monkeypatch)
    done = rotate.run(work(tmp_path), work(tmp_path).lease.task)
    assert done.again
    assert done.pin is None
    assert NEW not in done.model_dump_json()


@pytest.mark.parametrize("error", [GONE, FULL, UNKNOWN])
@pytest.mark.parametrize("step", [Step.SET, Step.CHECK_NEW, Step.CONTROL])
def test_once_the_pin_may_be_set_whatever_happens_is_in_doubt(tmp_path, monkeypatch, step, error):
    failing_at(step, error, monkeypatch)
    done = rotate.run(work(tmp_path), work(tmp_path).lease.task)
    assert done.pin.state is RotationState.IN_DOUBT
    assert "set" in [one.name for one in done.pin.steps]
    assert NEW not in done.model_dump_json()


@pytest.mark.parametrize("why", ["settle", "touched"])
def test_a_phone_in_doubt_is_only_tried_again_where_no_value_was_tried(tmp_path, monkeypatch, why):
    given = work(tmp_path, **{why: True})
    failing_at(Step.LOOK, GONE, monkeypatch)
    assert rotate.run(given, given.lease.task).again

    failing_at(Step.CHECK_OLD, GONE, monkeypatch)
    assert rotate.run(given, given.lease.task).pin.state is RotationState.IN_DOUBT


LIES = {"build": "x", "trust": BuildTrust.UNTRUSTED}


def seen_by_engine(monkeypatch) -> list:
    """Note what the engine is told of the build, and end the visit there."""
    told = []

    def visit(_phone, *, trust, **_values):
        told.append(trust)
        return left_alone("denied")

    monkeypatch.setattr(rotate.lockscreen, "rotate_pin", visit)
    return told


def test_a_build_that_lies_is_left_alone_without_one_question(tmp_path, monkeypatch):
    told, given = seen_by_engine(monkeypatch), work(tmp_path, **LIES)

    done = rotate.run(given, given.lease.task)

    assert (done.pin.state, done.pin.reason) == (RotationState.REFUSED, "untrusted_build")
    assert (told, done.pin.steps) == ([], [])


def test_a_person_may_have_it_tried_all_the_same(tmp_path, monkeypatch):
    told, given = seen_by_engine(monkeypatch), work(tmp_path, **LIES, even_untrusted=True)

    rotate.run(given, given.lease.task)

    assert told == [BuildTrust.UNTRUSTED]


@pytest.mark.parametrize("trust", list(BuildTrust))
def test_what_is_known_of_another_build_is_nothing(tmp_path, monkeypatch, trust):
    told, given = (
        seen_by_engine(monkeypatch),
        work(tmp_path, build="before the update", trust=trust),
    )

    rotate.run(given, given.lease.task)

    assert told == [BuildTrust.UNKNOWN]


def cut_off(*names):
    return [RotationStep(name=name, at=now(), verdict="begun") for name in names]


def answered(*names):
    return [RotationStep(name=name, at=now(), verdict="accepted") for name in names]


@pytest.mark.parametrize(
    ("before", "spent"),
    [
        ([], 0),
        (cut_off("look"), 0),
        (cut_off("look", "check_old"), 1),
        (cut_off("look", "check_old", "set"), 0),
        (cut_off("look", "check_old", "set", "check_new"), 1),
        (cut_off("look", "check_new", "check_old_again"), 2),
        (cut_off("look", "check_new", "look", "check_new"), 2),
        (cut_off("look", "check_new", "look", "check_new", "control", "witness"), 0),
        (answered("look", "check_new", "check_old_again") + cut_off("look", "check_old"), 1),
    ],
)
def test_what_visits_that_were_cut_off_may_have_cost_is_known_from_their_steps(before, spent):
    assert rotate.Recorder(None, before).spent == spent


def test_a_start_after_crashes_tells_the_next_visit_what_they_may_have_cost(tmp_path, monkeypatch):
    given = work(tmp_path, settle=True)
    steps = cut_off("look", "check_new", "look", "check_new")
    again = replace(given, entry=replace(given.entry, steps=tuple(steps)))
    heard = []

    def visit(_phone, *, spent, **_values):
        heard.append(spent)
        raise GONE

    monkeypatch.setattr(rotate.lockscreen, "settle", visit)
    rotate.run(again, again.lease.task)
    assert heard == [2]
