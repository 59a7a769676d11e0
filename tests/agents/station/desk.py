"""A real server, and agents beside it: what a station says goes through HTTP into a database."""

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import TypeVar
from uuid import uuid4

import pyrage
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.serving import BaseWSGIServer, make_server

import fleet.wiring  # noqa: F401 — fills the table of jobs
from agents.handset.adb_server import AdbServer
from agents.handset.ports import bound_listener
from agents.station import loop
from agents.station.home import Home
from api.app import make_app
from fleet.access.actor import Actor, HeldRole
from fleet.audit.queries import verify_trail
from fleet.backups.models import Backup
from fleet.backups.services import plan_backup
from fleet.contracts.credentials import VersionState
from fleet.database import make_engine, make_sessions, reading
from fleet.devices.models import Device
from fleet.keys.keyring import Keyring
from fleet.rotation.models import Rotation
from fleet.rotation.services import plan_rotation
from fleet.settings import Settings
from fleet.stations.services import invite
from fleet.vault.queries import active_value, known_credential, opened, pin_of
from fleet.vault.services import adopt
from fleet.vault.tools import Tools
from tests.factories import FOUNDERS_ROLES

CLERK = Actor(uuid4(), "Liu Yang", tuple(HeldRole(role) for role in FOUNDERS_ROLES))
SECONDS = 90.0
ROOT = Path(__file__).parents[3]

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
    port: int = 0  # given where another process listens on it
    _http: BaseWSGIServer | None = None

    def __post_init__(self) -> None:
        self.engine = make_engine(self.settings.database)
        self.sessions = make_sessions(self.engine)
        self.tools = Tools(Keyring.load(self.settings.key_path), self.settings)
        self.app = make_app(self.settings, sessions=self.sessions)
        if not self.port:
            self._listener = bound_listener()  # so that its port is kept while it is switched off
            self.port = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def switch_on(self) -> None:
        self._listener.listen()
        given = {"threaded": True, "fd": self._listener.fileno()}
        self._http = make_server("127.0.0.1", self.port, self.app, **given)
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}).start()

    def switch_off(self) -> None:
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._listener.shutdown(socket.SHUT_RDWR)
            self._http = None

    def close(self) -> None:
        self.switch_off()
        self._listener.close()
        self.engine.dispose()

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


@dataclass
class Running:
    """An agent in a thread of the test, and what it said."""

    home: Home
    adb: AdbServer
    stop: threading.Event = field(default_factory=threading.Event)
    said: list[str] = field(default_factory=list)
    code: int | None = None
    adbs: tuple[str, ...] = ()  # follow these servers instead of `adb`

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        port = None if self.adbs else self.adb.port
        self.code = loop.run(
            self.home.path, stop=self.stop, say=self.said.append, adb_port=port, adb=self.adbs
        )

    def end(self) -> None:
        self.stop.set()
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()


AGENT = """
import sys, threading
from pathlib import Path
from agents.station import loop
loop.run(Path(sys.argv[1]), stop=threading.Event(), say=print, adb_port=int(sys.argv[2]))
"""


@dataclass
class Killable:
    """An agent in a process of its own, which can be killed at any instant."""

    home: Home
    adb: AdbServer
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", AGENT, str(self.home.path), str(self.adb.port)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """Kill it; nothing of it runs any more when this returns."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def present(desk, phone):
    device = desk.device(phone.serial)
    return device if device is not None and device.present else None


def rotation_due(desk, phone):
    """Hand the phone's PIN to the vault and plan its change; return the rotation's id."""
    with desk.acting() as session:
        device = session.merge(desk.device(phone.serial))
        if phone.profile.pin:
            adopt(
                session,
                desk.tools,
                pin_of(device),
                value=phone.profile.pin,
                reason="known",
                actor=CLERK,
            )
        return plan_rotation(session, desk.tools, device, reason="asked", actor=CLERK).id


def ended(desk, rotation):
    with desk.looking() as session:
        found = session.get(Rotation, rotation)
        return found if found.ended_at else None


def value_in_vault(desk, phone):
    with desk.looking() as session:
        device = session.merge(desk.device(phone.serial), load=False)
        return active_value(session, desk.tools.keyring, pin_of(device))


def level_in_vault(desk, phone):
    with desk.looking() as session:
        device = session.merge(desk.device(phone.serial), load=False)
        return known_credential(session, pin_of(device)).level


def all_in_vault(desk, phone):
    """Return every value that the vault would try on the phone."""
    with desk.looking() as session:
        device = session.merge(desk.device(phone.serial), load=False)
        credential = known_credential(session, pin_of(device))
        live = {VersionState.ACTIVE, VersionState.PENDING, VersionState.DOUBTFUL}
        return {
            opened(desk.tools.keyring, version)
            for version in credential.versions
            if version.state in live
        }


def backup_asked(desk, phone):
    with desk.acting() as session:
        device = session.merge(desk.device(phone.serial))
        return plan_backup(session, desk.tools, device, reason="asked", actor=CLERK).id


def backup_ended(desk, backup):
    with desk.looking() as session:
        found = session.get(Backup, backup)
        return found if found.ended_at else None


def packs_stored(desk, backup):
    """Return the digests of the packs that the server has, by their numbers."""
    with desk.looking() as session:
        return {pack.number: pack.digest for pack in session.get(Backup, backup).packs}
