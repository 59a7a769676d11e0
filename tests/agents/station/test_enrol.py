"""A one-time code makes a station once."""

import pytest

from agents.station.enrol import enrol
from agents.station.errors import AlreadyEnrolled, NotEnrolled
from agents.station.home import open_home
from api.client import Refused, ServerUnreachable


def test_a_code_makes_a_station_that_the_server_knows(desk, tmp_path):
    home = enrol(desk.url, desk.code("bench-7"), tmp_path / "st")
    assert open_home(home.path).station == "bench-7"


def test_a_code_is_good_for_one_station(desk, tmp_path):
    code = desk.code("bench-7")
    enrol(desk.url, code, tmp_path / "one")
    with pytest.raises(Refused):
        enrol(desk.url, code, tmp_path / "two")
    with pytest.raises(NotEnrolled):
        open_home(tmp_path / "two")


def test_a_wrong_code_leaves_no_station_and_the_right_one_still_works(desk, tmp_path):
    with pytest.raises(Refused):
        enrol(desk.url, "AAAA-BBBB-CCCC", tmp_path / "st")
    assert enrol(desk.url, desk.code("bench-7"), tmp_path / "st").station == "bench-7"


def test_a_folder_that_is_a_station_stays_that_station(desk, tmp_path):
    enrol(desk.url, desk.code("bench-7"), tmp_path / "st")
    with pytest.raises(AlreadyEnrolled):
        enrol(desk.url, desk.code("bench-8"), tmp_path / "st")


def test_a_server_that_does_not_answer_is_named(desk, tmp_path):
    desk.switch_off()
    with pytest.raises(ServerUnreachable):
        enrol(desk.url, "AAAA-BBBB-CCCC", tmp_path / "st")
