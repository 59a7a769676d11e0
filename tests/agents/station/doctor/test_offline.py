"""Whether a station could back its phones up without the server, as its doctor tells."""

from contextlib import closing
from datetime import timedelta

import pytest

from agents.station.backup.room import GIB
from agents.station.doctor import State, offline
from agents.station.home import key_in_making, make_home
from agents.station.kits import Kits
from agents.station.store import Store
from fleet.contracts.backups import BackupTask
from fleet.contracts.clock import now
from fleet.contracts.offline import Kit


@pytest.fixture
def home(place):
    key_in_making(place.home)
    return make_home(place.home, server="https://fleet.test", station="bench-1", token="t0ken")


def given(home, *sizes, hours=1):
    task = BackupTask(
        backup="", roots=[], excludes=[], recipients=[], pack_bytes=1, sealed_names="sealed"
    )
    kits = [
        Kit(
            id="k", serial=f"SN{at}", device=f"WF-{at}", issued_at=now(), due_at=None, bytes=size,
            until=now() + timedelta(hours=hours), task=task, ticket="t",
        )
        for at, size in enumerate(sizes)
    ]  # fmt: skip
    with closing(Store(home.outbox)) as store:
        Kits(store).take(kits, [], now())


def looked(home):
    (check,) = offline.offline(home)
    return check


def test_a_station_that_has_seen_no_phone_is_well(home):
    assert looked(home).state is State.OK


def test_a_station_with_kits_and_room_is_well(home):
    given(home, 1, 2)

    assert (looked(home).state, "2 of 2" in looked(home).sentence) == (State.OK, True)
    assert not home.backups.exists()


@pytest.mark.parametrize(("sizes", "hours"), [((1, 2**60), 1), ((1, None), 1), ((1, 2), -1)])
def test_what_could_not_be_backed_up_is_told(home, sizes, hours):
    given(home, *sizes, hours=hours)

    assert looked(home).state is State.ATTENTION


def test_what_is_promised_to_others_is_no_room(home, monkeypatch):
    given(home, GIB)
    monkeypatch.setattr(offline, "free_for", lambda *_: GIB - 1)

    assert looked(home).state is State.ATTENTION
