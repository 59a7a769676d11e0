"""The server as a station reaches it, a real one: away, of another release, at another time."""

from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version

import pytest

from agents.station.doctor import State, examine, exchange
from agents.station.home import Home
from agents.station.keys import StationKey
from fleet.contracts import clock
from fleet.stations.models import Station, StationState


def at(seconds):
    """Return a clock that goes wrong by so much."""
    return lambda: clock.now() + timedelta(seconds=seconds)


def test_a_server_that_knows_the_station_is_well(desk, enrolled):
    (check,) = exchange.server(enrolled)

    assert check.state is State.OK
    assert "bench-1" in check.sentence
    assert version("workfleet") in check.sentence


def test_looking_changes_nothing_at_the_server(desk, enrolled):
    list(exchange.server(enrolled))

    with desk.looking() as session:
        assert session.query(Station).one().last_seen_at is None


def test_a_server_that_is_away_is_told(desk, enrolled, place):
    desk.switch_off()

    checks = {check.part: check for check in examine(replace(place, home=enrolled.path))}

    assert checks["server"].state is checks["clock"].state is State.BROKEN
    assert enrolled.token not in str(checks)


def test_a_station_that_was_revoked_is_told(desk, enrolled):
    with desk.acting() as session:
        session.query(Station).one().state = StationState.REVOKED

    (check,) = exchange.server(replace(enrolled, token="wf_s_nobody"))

    assert check.state is State.BROKEN
    assert "does not know this station" in check.sentence


def test_a_key_that_is_not_the_one_of_the_station_is_told(desk, enrolled):
    other: Home = replace(enrolled, key=StationKey.generate())

    check, *_rest = exchange.server(other)

    assert check.state is State.BROKEN
    assert "another key" in check.sentence


def test_another_release_is_told(desk, enrolled, monkeypatch):
    monkeypatch.setattr("agents.station.doctor.exchange.version", lambda _name: "0.0.9")

    check, _well = exchange.server(enrolled)

    assert check.state is State.ATTENTION
    assert "0.0.9" in check.sentence


@pytest.mark.parametrize(
    ("seconds", "state", "words"),
    [
        (0, State.OK, "differ by less"),
        (25, State.OK, "differ by less"),
        (-40, State.ATTENTION, "behind"),
        (290, State.ATTENTION, "ahead of"),
        (310, State.BROKEN, "ahead of"),
        (-86400, State.BROKEN, "behind"),
    ],
)
def test_a_clock_is_held_against_the_servers(desk, enrolled, seconds, state, words):
    (check,) = exchange.clock(enrolled, at(seconds))

    assert check.state is state
    assert words in check.sentence
