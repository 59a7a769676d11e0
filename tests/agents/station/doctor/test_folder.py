"""The station's folder: what is wrong with it is told, and looking leaves no trace."""

import os
from dataclasses import replace

import pytest

from agents.station.doctor import State, examine, folder
from agents.station.errors import HomeOfAnother, NotEnrolled, StoreDamaged
from agents.station.home import held, key_in_making, make_home
from agents.station.outbox import Outbox
from agents.station.store import Store
from fleet.contracts.stations import PhoneLeft, Rejected


@pytest.fixture
def home(place):
    key_in_making(place.home)
    return make_home(place.home, server="https://fleet.test", station="bench-1", token="t0ken")


@pytest.fixture
def outbox(home):
    """Give the memory of an agent that has ended, with a report in it."""
    store = Store(home.outbox)
    Outbox(store).put(PhoneLeft(serial="S1"))
    yield Outbox(store)
    store.close()


def everything(path):
    return {one: (one.stat().st_mtime_ns, one.read_bytes()) for one in path.rglob("*")}


def test_an_enrolled_station_is_well(place, home):
    (check,) = folder.folder(place)

    assert check.state is State.OK
    assert "bench-1" in check.sentence


def test_what_is_no_station_is_told_once(place):
    with pytest.raises(NotEnrolled):
        list(folder.folder(place))

    parts = [check.part for check in examine(place)]
    assert parts.count("folder") == 1
    assert "clock" not in parts


@pytest.mark.parametrize("name", ["key", "token", "station.json"])
def test_what_others_could_read_is_told(place, home, name):
    (home.path / name).chmod(0o644)

    states = {check.advice: check.state for check in folder.folder(place)}

    assert states[f"chmod 600 {home.path / name}"] is State.BROKEN


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives a folder away")
def test_a_folder_of_another_user_is_told(place, home):
    os.chown(home.path, 65534, 65534)

    (check,) = folder.folder(place)

    assert check.state is State.ATTENTION
    assert "sudo -Hu nobody" in check.advice


def test_a_folder_that_may_not_be_read_is_refused_by_name(monkeypatch, home):
    from agents.station import home as homes

    def closed(_path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.is_file", closed)
    with pytest.raises(HomeOfAnother):
        homes.open_home(home.path)


def test_no_secret_is_shown(place, home):
    shown = str(list(examine(place)))

    assert "t0ken" not in shown
    assert (home.path / "key").read_text() not in shown


def test_reports_that_wait_are_counted_without_a_trace(home, outbox):
    outbox._store.close()
    before = everything(home.path)

    (check,) = folder.reports(home)

    assert (check.state, check.sentence) == (State.OK, "1 reports wait for the server.")
    assert everything(home.path) == before


def test_reports_of_an_agent_that_runs_are_counted(home, outbox):
    with held(home):
        (check,) = folder.reports(home)

    assert check.sentence == "1 reports wait for the server."


def test_reports_set_aside_are_told_with_their_codes(home, outbox):
    outbox.batch()
    refusal = Rejected(sequence=1, code="report_not_understood", message="?")
    outbox.settle(taken=0, rejected=[refusal])

    _none, check = folder.reports(home)

    assert check.state is State.ATTENTION
    assert "report_not_understood" in check.sentence


def test_a_damaged_memory_is_told(home, outbox):
    outbox._store.close()
    home.outbox.write_bytes(b"SQLite format 3\0" + bytes(5000))

    with pytest.raises(StoreDamaged):
        list(folder.reports(home))


def test_everything_is_looked_at_even_when_nothing_is_there(place, tmp_path):
    checks = list(examine(replace(place, adb=tmp_path / "gone")))

    assert {"adb", "folder", "disk", "agent"} <= {check.part for check in checks}
    assert all(check.sentence for check in checks)
