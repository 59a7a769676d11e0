"""The machine: room, open files, and who runs."""

import resource
from pathlib import Path
from typing import NamedTuple

import pytest

from agents.station.alone import alone_at
from agents.station.backup.room import GIB
from agents.station.doctor import State, machine
from agents.station.home import held, key_in_making, make_home


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.mark.parametrize(
    ("free", "state"),
    [
        (GIB - 1, State.BROKEN),
        (GIB, State.ATTENTION),
        (5 * GIB - 1, State.ATTENTION),
        (5 * GIB, State.OK),
    ],
)
def test_room_is_judged_by_what_backups_need(place, monkeypatch, free, state):
    monkeypatch.setattr("shutil.disk_usage", lambda _path: Usage(100 * GIB, 0, free))

    (check,) = machine.disk(place)

    assert check.state is state


@pytest.mark.parametrize(
    ("soft", "state"), [(64, State.BROKEN), (512, State.ATTENTION), (1024, State.OK)]
)
def test_open_files_are_judged_by_32_phones(place, monkeypatch, soft, state):
    monkeypatch.setattr(resource, "getrlimit", lambda _what: (soft, 4096))

    (check,) = machine.files(place)

    assert check.state is state


@pytest.fixture
def home(place):
    key_in_making(place.home)
    return make_home(place.home, server="http://x", station="bench-1", token="t")


def test_no_agent_is_no_fault_but_told(place, home):
    (check,) = machine.agent(place)

    assert check.state is State.ATTENTION
    assert "agent run" in check.advice


def test_the_agent_of_this_folder_is_told(place, home):
    with held(home), alone_at(place.servers[0].address, home.path):
        (check,) = machine.agent(place)

    assert check.state is State.OK
    assert str(home.path) in check.sentence


def test_an_agent_of_another_folder_at_the_same_adb_server_is_told(place, home):
    with alone_at(place.servers[0].address, Path("/srv/other")):
        _none, check = machine.agent(place)

    assert check.state is State.ATTENTION
    assert "/srv/other" in check.sentence


def test_looking_keeps_no_agent_from_starting(place, home):
    machine.is_held(home.path)

    with held(home):
        assert machine.is_held(home.path)
    assert not machine.is_held(home.path)
