import pytest

from tests.fleet.applications.firm import Firm


@pytest.fixture
def firm(session, tools, make) -> Firm:
    return Firm(session, tools, make)
