"""Whoever's role ends at a department, or at himself, learns nothing of the others."""

from datetime import date

import pytest

from api.identity import is_scoped
from fleet.access.actor import SYSTEM
from fleet.access.granting import grant_role
from fleet.access.services import make_user
from fleet.access.tokens import make_token
from fleet.cases.services import open_leaving
from fleet.contracts.access import Role
from fleet.custody.issuing import issue
from tests.conftest import DIALECTS
from tests.factories import Make

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)

ROUTES = {
    "accounts": "/accounts/{account}",
    "account_history": "/accounts/{account}/history",
    "devices": "/devices/{device}",
    "changes": "/devices/{device}/changes",
    "device_history": "/devices/{device}/history",
    "gate": "/devices/{device}/gate",
    "employees": "/employees/{employee}",
    "sims": "/sims/{sim}",
    "cases": "/leaving-cases/{case}",
}
LISTS = ("accounts", "devices", "departments", "employees", "sims", "leaving-cases")


@pytest.fixture
def two(sessions, tools):
    """Give two departments with a person each, who holds everything and leaves."""
    with sessions.begin() as session:
        make = Make(session)
        company = make.department(code="COMPANY", name="Company")
        return {name: settled(session, make, tools, company, name) for name in ("EAST", "WEST")}


def settled(session, make, tools, company, name):
    beneath = make.department(
        code=f"{name}-SALES", parent=make.department(code=name, parent=company)
    )
    person = make.employee(number=f"{name}-1", name=f"Ann of {name}", department=beneath)
    device = make.device(tag=f"{name}-PHONE", serial=f"{name}SERIAL")
    sim, account = make.sim(), make.account(handle=f"{name}-account", department=beneath)
    issue(
        session,
        to=person,
        devices=[device],
        sims=[sim],
        accounts=[account],
        registrant_seen=True,
        actor=SYSTEM,
    )
    case = open_leaving(session, tools, person, by=date(2099, 1, 1), successor=None, actor=SYSTEM)
    return {
        "person": person.id,
        "department": beneath.parent_id,
        "employee": person.number,
        "device": device.tag,
        "sim": sim.number,
        "iccid": sim.iccid,
        "account": account.handle,
        "case": case.number,
        "name": person.name,
        "code": beneath.code,
    }


@pytest.fixture
def known(app, sessions, two):
    """Give a client of the east's manager, or of the person there."""

    def client(role):
        with sessions.begin() as session:
            east = two["EAST"]
            held = east["person"] if role is Role.EMPLOYEE else None
            user = make_user(session, username=role, name=role, employee_id=held, actor=SYSTEM)
            place = east["department"] if role is Role.MANAGER else None
            grant_role(session, user, role, reason="test", department_id=place, actor=SYSTEM)
            token, _ = make_token(session, user=user, label="test", actor=SYSTEM)
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return client

    return client


def told_of(two, place, body):
    return [value for value in map(str, list(two[place].values())[2:]) if value in body]


@pytest.mark.parametrize("role", [Role.MANAGER, Role.EMPLOYEE])
def test_lists_end_where_the_role_does(known, two, role, subtests):
    client = known(role)
    for name in LISTS:
        with subtests.test(name):
            answer = client.get(f"/api/v1/{name}")
            assert told_of(two, "WEST", answer.text) == []
            if role is Role.MANAGER or name != "leaving-cases":
                assert told_of(two, "EAST", answer.text) != []


@pytest.mark.parametrize("role", [Role.MANAGER, Role.EMPLOYEE])
def test_what_is_foreign_looks_like_what_does_not_exist(known, two, role, subtests):
    client = known(role)
    for name, route in ROUTES.items():
        with subtests.test(name):
            foreign = client.get("/api/v1" + route.format(**two["WEST"]))
            unknown = client.get("/api/v1" + route.format(**dict.fromkeys(two["WEST"], "NONE")))
            assert foreign.status_code == unknown.status_code in {403, 404}
            assert foreign.json["code"] == unknown.json["code"]
            own = client.get("/api/v1" + route.format(**two["EAST"]))
            assert own.status_code == (403 if unknown.status_code == 403 else 200)
            assert told_of(two, "WEST", own.text) == []


def test_a_card_is_no_way_around_its_number(known, two):
    client = known(Role.MANAGER)

    assert client.get(f"/api/v1/sims/{two['WEST']['iccid']}").status_code == 404
    assert client.get(f"/api/v1/sims/{two['EAST']['iccid']}").status_code == 200


def test_every_route_that_keeps_to_a_reach_is_walked_here(app):
    scoped = {
        rule.rule.removeprefix("/api/v1")
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "openapi.spec" and is_scoped(app, rule.endpoint)
    }
    single = {route.partition("{")[0] + "<>" + route.partition("}")[2] for route in ROUTES.values()}
    lists = {f"/{name}" for name in LISTS}

    assert {plain(rule) for rule in scoped} == single | lists


def plain(rule: str) -> str:
    first, opened, rest = rule.partition("<")
    return first + "<>" + rest.partition(">")[2] if opened else rule
