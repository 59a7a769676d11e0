import pytest

from tests.fleet.requests.company import Company


@pytest.fixture
def company(session, tools, make) -> Company:
    return Company(session, tools, make)
