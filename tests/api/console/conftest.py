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
from fleet.custody.issuing import issue
from fleet.keys.sources import load_keyring
from fleet.vault.queries import pin_of
from fleet.vault.services import adopt
from fleet.vault.tools import Tools
from tests.api.console.visitor import PASSWORD, Visitor
from tests.factories import FOUNDER, Make, roles_of

Someone = Callable[[str], Visitor]
PIN = "735192"  # of the phone that Ann holds


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


@pytest.fixture
def people(app, sessions, settings, stored, enrol):
    """Give Ann of sales with a phone and its SIM, Wei who heads sales, and Ben of elsewhere."""
    tools = Tools(load_keyring(settings), settings)
    with stored() as make:
        sales = make.department(code="SALES")
        ann, wei = (make.employee(name=name, department=sales) for name in ("Ann", "Wei"))
        ben = make.employee(name="Ben")
        sales.head = wei
        phone = make.device(tag="WF-0001")
        adopt(make.session, tools, pin_of(phone), value=PIN, reason="known", actor=SYSTEM)
        sim = make.sim(device_id=phone.id)
        issue(make.session, to=ann, devices=[phone], sims=[sim], actor=SYSTEM)
        for one in (ann, wei, ben):
            let_in(make.session, one)
    enrol("bench-1")
    return {name: signed_in(app, name) for name in ("ann", "wei", "ben")}


def let_in(session, employee):
    name = employee.name.lower()
    user = make_user(
        session,
        username=name,
        name=employee.name,
        password=PASSWORD,
        employee_id=employee.id,
        actor=SYSTEM,
    )
    grant_role(session, user, Role.EMPLOYEE, reason="test", actor=SYSTEM)
    if name == "wei":
        place = employee.department_id
        given = {"reason": "test", "department_id": place, "actor": SYSTEM}
        grant_role(session, user, Role.MANAGER, **given)


def signed_in(app, name):
    visitor = Visitor(app.test_client())
    assert visitor.sign_in(name).status_code == 303
    return visitor
