"""Fixtures: a real server that listens, and agents that work for it."""

from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest

from agents.station.backup.flow import Flow
from agents.station.backup.room import Room
from agents.station.enrol import enrol
from agents.station.home import Home
from fleet.keys.keyring import Keyring
from fleet.settings import Settings, load
from tests.agents.station.desk import Desk, Killable, Running


@pytest.fixture
def desk(tmp_path: Path, sqlite_template: Path) -> Iterator[Desk]:
    """Give a server that listens on a port of 127.0.0.1."""
    home, identity = tmp_path / "server", pyrage.x25519.Identity.generate()
    for folder in ("data", "keys", "storage"):
        (home / folder).mkdir(parents=True)
    Keyring.create(Settings(home=home).key_path)
    (home / "settings.toml").write_text(
        f'recipients = ["{identity.to_public()}"]\npack_bytes = 4000000\n'
    )
    (home / "data" / "workfleet.db").write_bytes(sqlite_template.read_bytes())
    desk = Desk(load(home), identity)
    desk.switch_on()
    yield desk
    desk.close()


@pytest.fixture
def enrolled(desk: Desk, tmp_path: Path) -> Home:
    return enrol(desk.url, desk.code("bench-1"), tmp_path / "station")


@pytest.fixture
def agent(enrolled: Home, adb_server) -> Iterator[Running]:
    """Give a running agent that sees the phones of this worker."""
    running = Running(enrolled, adb_server)
    running.start()
    yield running
    running.end()


@pytest.fixture
def killable(enrolled: Home, adb_server) -> Iterator[Killable]:
    """Give an agent in its own process, not started yet."""
    killable = Killable(enrolled, adb_server)
    yield killable
    killable.kill()


@pytest.fixture
def with_room(monkeypatch):
    """Let agents that start from now on have a disk of their own measure."""

    def give(**measures):
        monkeypatch.setattr(Flow, "at", lambda folder: Flow(Room(folder, **measures)))

    return give
