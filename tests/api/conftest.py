"""A server in the test's own process: real routes over a real database file."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from api.app import make_app
from fleet.access.actor import SYSTEM
from fleet.access.permissions import STATION
from fleet.access.services import make_station_token, make_token, make_user
from fleet.contracts.access import Role
from fleet.database import Base, make_engine, make_sessions
from fleet.settings import Settings

ClientOf = Callable[[str], FlaskClient]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "data").mkdir()
    return Settings(home=tmp_path)


@pytest.fixture
def sessions(settings: Settings) -> Iterator[sessionmaker[Session]]:
    engine = make_engine(settings.database)
    Base.metadata.create_all(engine)
    yield make_sessions(engine)
    engine.dispose()


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
    user = make_user(session, username=role, name=f"A {role}", role=Role(role), actor=SYSTEM)
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
    return client_of(Role.ADMINISTRATOR)


@pytest.fixture
def operator(client_of: ClientOf) -> FlaskClient:
    return client_of(Role.OPERATOR)


@pytest.fixture
def auditor(client_of: ClientOf) -> FlaskClient:
    return client_of(Role.AUDITOR)
