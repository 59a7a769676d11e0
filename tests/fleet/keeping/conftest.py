import pytest

from tests.fleet.keeping.shelf import Shelf


@pytest.fixture
def shelf(session, tools, make) -> Shelf:
    return Shelf(session, tools.settings, make)
