"""A station's folder is private, made whole or not at all, and held by one agent."""

import os
import stat

import pytest

from agents.station import errors, home
from agents.station.keys import StationKey
from fleet.contracts.sealing import seal_to_station


@pytest.fixture
def made(tmp_path) -> home.Home:
    home.key_in_making(tmp_path / "st")
    return home.make_home(tmp_path / "st", server="http://x", station="bench-1", token="t0ken")


def test_a_made_home_opens_again_as_the_same_station(made):
    again = home.open_home(made.path)
    assert (again.station, again.server, again.token) == ("bench-1", "http://x", "t0ken")
    assert again.key.public == made.key.public


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps the user's folder private by its ACL")
def test_key_token_and_outbox_are_for_their_owner_alone(made):
    for name in ("key", "token", "station.json"):
        assert stat.S_IMODE((made.path / name).stat().st_mode) == 0o600


def test_secrets_are_not_in_the_repr(made):
    assert "t0ken" not in repr(made)


def test_an_interrupted_enrolment_is_no_station_and_keeps_its_key(tmp_path):
    key = home.key_in_making(tmp_path)
    home.write_private(tmp_path / "token", "t")

    with pytest.raises(errors.NotEnrolled):
        home.open_home(tmp_path)
    assert home.key_in_making(tmp_path).public == key.public


def test_an_enrolled_home_is_not_enrolled_over(made):
    with pytest.raises(errors.AlreadyEnrolled, match="bench-1"):
        home.refuse_enrolled(made.path)


def test_a_damaged_key_is_named(made):
    (made.path / "key").write_text("not a key")
    with pytest.raises(errors.HomeDamaged):
        home.open_home(made.path)


def test_a_second_agent_on_one_home_is_refused(made):
    with home.held(made), pytest.raises(errors.HomeInUse), home.held(made):
        pass
    with home.held(made):
        pass


def test_a_secret_opens_with_its_key_for_its_job_alone():
    key = StationKey.generate()
    text = seal_to_station(key.public, "482913", job="job-1")

    assert key.open(text, job="job-1") == "482913"
    for other, job in ((key, "job-2"), (StationKey.generate(), "job-1")):
        with pytest.raises(errors.SealNotOpened):
            other.open(text, job=job)


@pytest.mark.parametrize("text", ["", "AAAA", "no base64 !", "A" * 200])
def test_a_damaged_seal_is_refused_and_not_repeated(text):
    with pytest.raises(errors.SealNotOpened) as refusal:
        StationKey.generate().open(text, job="j")
    assert refusal.value.__cause__ is None
    assert "AAAA" not in str(refusal.value)
