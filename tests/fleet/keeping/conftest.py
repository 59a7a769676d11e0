import pytest
from sqlalchemy.orm import Session, sessionmaker

from fleet.database import make_sessions
from tests.fleet.keeping.shelf import Shelf


@pytest.fixture
def sessions(engine) -> sessionmaker[Session]:
    """Give sessions whose commits are real: what is deleted here is done by several of them."""
    return make_sessions(engine)


@pytest.fixture
def shelf(session, tools, make) -> Shelf:
    return Shelf(session, tools.settings, make)
