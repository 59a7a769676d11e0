"""People of every role who can sign in to the console."""

from collections.abc import Callable

import pytest
from apiflask import APIFlask
from sqlalchemy.orm import Session, sessionmaker

from fleet.access.actor import SYSTEM
from fleet.access.granting import grant_role
from fleet.access.permissions import ENDS_AT_A_DEPARTMENT
from fleet.access.services import make_user
from fleet.contracts.access import Role
from tests.api.console.visitor import PASSWORD, Visitor
from tests.factories import FOUNDER, Make, roles_of

Someone = Callable[[str], Visitor]


@pytest.fixture
def person(sessions: sessionmaker[Session]) -> Callable[..., str]:
    """Make a user with a password who holds a role, and give the user name."""

    def made(role: str, username: str | None = None) -> str:
        with sessions.begin() as session:
            name = username or role
            user = make_user(
                session, username=name, name=f"Person {name}", password=PASSWORD, actor=SYSTEM
            )
            if role == Role.EMPLOYEE:
                user.employee_id = Make(session).employee().id
            for held in roles_of(role):
                place = Make(session).department().id if held in ENDS_AT_A_DEPARTMENT else None
                grant_role(
                    session, user, Role(held), reason="test", department_id=place, actor=SYSTEM
                )
        return name

    return made


@pytest.fixture
def visitor(app: APIFlask) -> Visitor:
    return Visitor(app.test_client())


@pytest.fixture
def someone(app: APIFlask, person: Callable[..., str]) -> Someone:
    """Give a person with a role who is signed in."""
    made: set[str] = set()

    def signed_in(role: str) -> Visitor:
        if role not in made:
            person(role)
            made.add(role)
        visitor = Visitor(app.test_client())
        assert visitor.sign_in(role).status_code == 303
        return visitor

    return signed_in


@pytest.fixture
def founder(someone: Someone) -> Visitor:
    return someone(FOUNDER)
