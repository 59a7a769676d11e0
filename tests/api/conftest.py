"""A server in the test's own process: real routes over a real database file."""

import base64
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pyrage
import pytest
from apiflask import APIFlask
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from api.app import make_app
from api.client import Client
from api.serve import Serving
from fleet.access.actor import SYSTEM
from fleet.access.granting import grant_role
from fleet.access.permissions import ENDS_AT_A_DEPARTMENT, STATION
from fleet.access.services import make_user
from fleet.access.tokens import make_station_token, make_token
from fleet.contracts.access import Role
from fleet.contracts.backups import BackupIn
from fleet.contracts.clock import now
from fleet.contracts.stations import EnrolIn, EnrolmentCodeIn, PhoneSeen, Report, SyncIn
from fleet.database import make_sessions
from fleet.keys.keyring import Keyring
from fleet.settings import Settings, load
from tests.api.bench import Bench
from tests.api.running import Running, spawn, wait_until_ready
from tests.factories import FOUNDER, Make, roles_of
from tests.ports import free_port

ClientOf = Callable[[str], FlaskClient]


@pytest.fixture
def dialect(request: pytest.FixtureRequest) -> str:
    """Name the database: SQLite, or what a module asks for with its `pytestmark`."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def settings(tmp_path: Path, url: str) -> Settings:
    """Make a server's folder, as `workfleet server init` does, over the test's own database."""
    for folder in ("data", "keys", "storage"):
        (tmp_path / folder).mkdir()
    Keyring.create(Settings(home=tmp_path).key_path)
    recipient = pyrage.x25519.Identity.generate().to_public()
    lines = f'database_url = "{url}"', f'recipients = ["{recipient}"]'
    (tmp_path / "settings.toml").write_text("\n".join(lines))
    return load(tmp_path)


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    return make_sessions(engine)


@pytest.fixture
def stored(sessions: sessionmaker[Session]) -> Callable[[], AbstractContextManager[Make]]:
    """Give a block in which rows are made, and stored when it ends."""
    numbers = count(1)

    @contextmanager
    def block() -> Iterator[Make]:
        with sessions.begin() as session:
            yield Make(session, numbers)

    return block


@pytest.fixture
def app(settings: Settings, sessions: sessionmaker[Session]) -> APIFlask:
    return make_app(settings, sessions=sessions)


@pytest.fixture
def stranger(app: APIFlask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def token_of(sessions: sessionmaker[Session]) -> Callable[[str], str]:
    """Give the token of somebody with a role, made on the first call for it."""
    made: dict[str, str] = {}

    def token(role: str) -> str:
        if role not in made:
            with sessions.begin() as session:
                made[role] = _token(session, role)
        return made[role]

    return token


def _token(session: Session, role: str) -> str:
    if role == STATION:
        return make_station_token(session, station_id=uuid4(), name="bench-1")
    holder = Make(session).employee().id if role == Role.EMPLOYEE else None
    user = make_user(session, username=role, name=f"A {role}", employee_id=holder, actor=SYSTEM)
    for held in roles_of(role):
        place = Make(session).department().id if held in ENDS_AT_A_DEPARTMENT else None
        grant_role(
            session, user, Role(held), reason="of the test", department_id=place, actor=SYSTEM
        )
    return make_token(session, user=user, label="test", actor=SYSTEM)[0]


@pytest.fixture
def client_of(app: APIFlask, token_of: Callable[[str], str]) -> ClientOf:
    def client(role: str) -> FlaskClient:
        known = app.test_client()
        known.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token_of(role)}"
        return known

    return client


@pytest.fixture
def administrator(client_of: ClientOf) -> FlaskClient:
    return client_of(FOUNDER)


@pytest.fixture
def operator(client_of: ClientOf) -> FlaskClient:
    return client_of(Role.OPERATOR)


@pytest.fixture
def auditor(client_of: ClientOf) -> FlaskClient:
    return client_of(Role.AUDITOR)


@pytest.fixture
def client(app: APIFlask, token_of: Callable[[str], str]) -> Callable[[str], Client]:
    """Give the typed client of somebody with a role, without a network in between."""

    def known(role: str) -> Client:
        return Client(
            "http://server", token_of(role), language="en", transport=httpx.WSGITransport(app=app)
        )

    return known


@pytest.fixture
def start_server(settings: Settings) -> Iterator[Callable[..., Running]]:
    """Start real servers over the folder of the test; all of them have ended when it ends."""
    started: list[Running] = []

    def start(**options: Any) -> Running:
        log = settings.home / f"server-{len(started)}.log"
        serving = Serving(**{"home": settings.home, "port": free_port(), **options})
        started.append(Running(serving, spawn(serving, log), log))
        wait_until_ready(started[-1])
        return started[-1]

    yield start
    for running in started:
        if running.process.poll() is None:
            running.kill()


@pytest.fixture
def enrol(app: APIFlask, client: Callable[[str], Client]) -> Callable[[str], Client]:
    """Enrol a station and give its client."""

    def station(name: str) -> Client:
        administrator = client(FOUNDER)
        code = administrator.invite_station(EnrolmentCodeIn(station=name)).code
        given = EnrolIn(code=code, public_key=public_key(), software="test 1")
        transport = httpx.WSGITransport(app=app)
        token = administrator.enrol(given).token
        return Client("http://server", token, language="en", transport=transport)

    return station


@pytest.fixture
def station(enrol: Callable[[str], Client]) -> Client:
    return enrol("bench-9")


@pytest.fixture
def bench(
    station: Client,
    client: Callable[[str], Client],
    stored: Callable[[], AbstractContextManager[Make]],
) -> Bench:
    """Give a station with one phone that it has been asked to back up."""
    with stored() as make:
        phone = make.device(tag="WF-0001")
        seen = PhoneSeen(facts=make.facts(phone), transport="usb:1", digest="0" * 64)
    here = SyncIn(present=[phone.serial])
    report = Report(sequence=1, at=now(), body=seen)
    station.sync(here.model_copy(update={"reports": [report]}))
    backup = client(Role.OPERATOR).back_up("WF-0001", BackupIn(reason="monthly"))
    [lease] = station.sync(here).leases
    return Bench(station, client(Role.OPERATOR), backup, lease, phone.serial)


def public_key() -> str:
    key = X25519PrivateKey.generate().public_key()
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
