"""PostgreSQL is stopped under a running server and comes back: refusals, then answers again."""

import httpx
import pytest
from sqlalchemy import text

import migrations
from api.client import Client, Refused
from fleet.contracts.access import LoginIn, Role, UserIn
from tests import postgres_server
from tests.factories import FOUNDER

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def postgres():
    """Give a PostgreSQL of this module's own, that may be stopped."""
    binaries = postgres_server.newest_binaries()
    assert binaries, "Debian's package postgresql is not installed: scripts/setup test installs it"
    with postgres_server.running(binaries) as server:
        migrations.upgrade(f"{server.url}/postgres")
        yield server


@pytest.fixture
def url(postgres) -> str:
    return f"{postgres.url}/postgres"


def test_a_database_that_went_away_and_came_back(postgres, start_server, token_of):
    server = start_server(processes=2).serving
    person = UserIn(username="ann", name="Ann", role=Role.AUDITOR)
    asked = [
        lambda known: known.whoami(),
        lambda known: known.ready(),
        lambda known: known.login(LoginIn(username="ann", password="wrong horse battery")),
        lambda known: known.add_user(person),
    ]
    with Client(server.url, token_of(FOUNDER)) as known:
        for _ in range(8):
            known.whoami()  # every process has connections that it will find cut
        postgres.stop()
        try:
            codes = [refusal_of(ask, known) for ask in asked]
            answer = httpx.get(f"{server.url}/api/ready")
        finally:
            postgres.start()

        assert codes == ["database_busy"] * len(asked)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert [known.whoami().username for _ in range(8)] == ["founder"] * 8
        assert known.add_user(person).username == "ann"


def refusal_of(ask, known) -> str:
    with pytest.raises(Refused) as refusal:
        ask(known)
    return refusal.value.code


def test_every_connection_cut_at_once_is_noticed_by_nobody(
    start_server, token_of, sessions, engine
):
    server = start_server(processes=2).serving
    with Client(server.url, token_of(Role.AUDITOR)) as known:
        for _ in range(8):
            known.whoami()
        with sessions() as session:
            gone = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            others = "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            assert session.scalar(text(f"{gone} {others}")) >= 1

        assert [known.whoami().username for _ in range(8)] == ["auditor"] * 8
