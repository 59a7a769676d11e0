import pytest

from fleet.access.actor import Actor
from fleet.contracts.access import Role
from tests.factories import Make
from tests.fleet.stations.desk import Desk, Post


@pytest.fixture
def desk(session, tools, make) -> Desk:
    return Desk(session, tools, make)


@pytest.fixture
def post(desk: Desk) -> Post:
    """Give a station that is enrolled."""
    return desk.post()


@pytest.fixture
def asker(make: Make) -> Actor:
    """Give who asks for what two people decide."""
    return make.actor(Role.SECURITY, "Liu Yang")


@pytest.fixture
def second(make: Make) -> Actor:
    """Give who decides on it, and asks for nothing."""
    return make.actor(Role.ADMINISTRATOR, "Qian Wei")
