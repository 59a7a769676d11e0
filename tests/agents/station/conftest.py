"""A real server and real agents: what a station says goes through HTTP into a real database."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import TypeVar
from uuid import uuid4

import pyrage
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.serving import BaseWSGIServer, make_server

import fleet.wiring  # noqa: F401 — fills the table of jobs
from agents.station import loop
from agents.station.enrol import enrol
from agents.station.home import Home
from api.app import make_app
from fleet.access.actor import Actor, ActorKind
from fleet.audit.queries import verify_trail
from fleet.contracts.access import Role
from fleet.database import make_engine, make_sessions, reading
from fleet.devices.models import Device
from fleet.settings import Settings, load
from fleet.stations.services import invite
from fleet.vault.keyring import Keyring
from fleet.vault.tools import Tools
from tests.factories import Make

CLERK = Actor(id=uuid4(), name="Liu Yang", role=Role.ADMINISTRATOR, kind=ActorKind.USER)
SECONDS = 60.0

T = TypeVar("T")


def until(found: Callable[[], T], seconds: float = SECONDS) -> T:
    """Wait until `found` gives something true, and return it."""
    end = monotonic() + seconds
    while not (value := found()):
        assert monotonic() < end, f"not within {seconds} s"
        sleep(0.02)
    return value


@dataclass
class Desk:
    """The server of a test: its folder, its database, and the switch on its front."""

    settings: Settings
    identity: pyrage.x25519.Identity
    _http: BaseWSGIServer | None = None
    port: int = 0

    def __post_init__(self) -> None:
        self.engine = make_engine(self.settings.database)
        self.sessions = make_sessions(self.engine)
        self.tools = Tools(Keyring.load(self.settings.key_path), self.settings)
        self.app = make_app(self.settings, sessions=self.sessions)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def switch_on(self) -> None:
        self._http = make_server("127.0.0.1", self.port, self.app, threaded=True)
        self.port = self._http.server_port
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}).start()

    def switch_off(self) -> None:
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._http = None

    @contextmanager
    def acting(self) -> Iterator[Session]:
        with self.sessions.begin() as session:
            yield session

    @contextmanager
    def looking(self) -> Iterator[Session]:
        with self.sessions() as session:
            yield reading(session)

    def code(self, name: str) -> str:
        with self.acting() as session:
            return invite(session, name, minutes=5, actor=CLERK).code

    def device(self, serial: str) -> Device | None:
        with self.looking() as session:
            return session.scalar(select(Device).where(Device.serial == serial))

    def trail_is_whole(self) -> bool:
        with self.looking() as session:
            return verify_trail(session).whole


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
    desk.switch_off()
    desk.engine.dispose()


@dataclass
class Running:
    """An agent in a thread of the test, and what it said."""

    home: Home
    adb_port: int
    stop: threading.Event = field(default_factory=threading.Event)
    said: list[str] = field(default_factory=list)
    code: int | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        self.code = loop.run(
            self.home.path, stop=self.stop, say=self.said.append, adb_port=self.adb_port
        )

    def end(self) -> None:
        self.stop.set()
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()


@pytest.fixture
def enrolled(desk: Desk, tmp_path: Path) -> Home:
    return enrol(desk.url, desk.code("bench-1"), tmp_path / "station")


@pytest.fixture
def agent(enrolled: Home, adb_server) -> Iterator[Running]:
    """Give a running agent that sees the phones of this worker."""
    running = Running(enrolled, adb_server.port)
    running.start()
    yield running
    running.end()
