"""A station's folder after a bad night: what is torn is mended or refused, never guessed."""

import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agents.station.errors import HomeDamaged, NotEnrolled, StoreDamaged
from agents.station.home import key_in_making, make_home, open_home
from agents.station.outbox import Outbox
from agents.station.store import Store
from fleet.contracts.stations import PhoneLeft
from tests.effort import effort

FILES = ("outbox.db", "outbox.db-wal")


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """Give the folder of an outbox as a killed process leaves it: its log not yet written back."""
    folder = tmp_path_factory.mktemp("killed")
    store = Store(folder / "live.db")
    for number in range(20):
        Outbox(store).put(PhoneLeft(serial=f"S{number}"))
    for name in FILES:
        shutil.copyfile(folder / name.replace("outbox", "live"), folder / name)
    store.close()
    return folder


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("place")


def heard(place) -> list[str]:
    store = Store(place / "outbox.db")
    try:
        return [report.body.serial for report in Outbox(store).batch().reports]
    finally:
        store.close()


def put_down(killed, place):
    for file in place.glob("outbox.db*"):
        file.unlink()
    for name in FILES:
        shutil.copyfile(killed / name, place / name)


@effort(60)
@given(data=some.data())
def test_a_log_torn_anywhere_gives_the_reports_before_it(killed, place, data):
    put_down(killed, place)
    log = place / "outbox.db-wal"
    raw = log.read_bytes()
    cut = data.draw(some.integers(0, len(raw)))
    log.write_bytes(raw[:cut] + bytes(data.draw(some.integers(0, 5000))))

    told = heard(place)
    assert told == [f"S{number}" for number in range(len(told))]


def test_a_log_that_is_whole_gives_every_report(killed, place):
    put_down(killed, place)

    assert len(heard(place)) == 20


@effort(60)
@given(raw=some.binary(min_size=1, max_size=200))
def test_a_file_that_is_no_database_is_refused_by_name(place, raw):
    for file in place.glob("outbox.db*"):
        file.unlink()
    (place / "outbox.db").write_bytes(raw.ljust(600, b"x"))

    with pytest.raises(StoreDamaged):
        heard(place)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    key_in_making(folder)
    make_home(folder, server="https://server", station="front", token="t")
    return folder


@effort(150)
@given(name=some.sampled_from(["station.json", "key", "token"]), raw=some.binary(max_size=60))
def test_a_home_with_anything_in_a_file_opens_or_is_refused(home, name, raw):
    kept = (home / name).read_bytes()
    (home / name).write_bytes(raw)
    try:
        assert open_home(home).station == "front"
        assert name == "token"
    except (HomeDamaged, NotEnrolled) as refusal:
        assert str(refusal)
    finally:
        (home / name).write_bytes(kept)


def test_a_key_that_an_enrolment_left_half_is_refused_by_name(tmp_path):
    (tmp_path / "key").write_text("half a k")

    with pytest.raises(HomeDamaged):
        key_in_making(tmp_path)
