"""Whoever's role ends at a department, or at himself, learns nothing of the others."""

import pytest

from api.identity import is_scoped
from fleet.contracts.access import Role
from tests.api.two_departments import settle_two, token_in, told_of
from tests.conftest import DIALECTS
from tests.factories import Make

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)

ROUTES = {
    "accounts": "/accounts/{account}",
    "account_history": "/accounts/{account}/history",
    "devices": "/devices/{device}",
    "changes": "/devices/{device}/changes",
    "compliance": "/devices/{device}/compliance",
    "device_history": "/devices/{device}/history",
    "gate": "/devices/{device}/gate",
    "wiping": "/devices/{device}/wipe",
    "certificate": "/certificates/{certificate}",
    "waiver": "/waivers/{waiver}",
    "departments": "/departments/{code}",
    "employees": "/employees/{employee}",
    "partners": "/partners/{partner}",
    "posts": "/employees/{employee}/posts",
    "deviations": "/naming/deviations/{deviation}",
    "findings": "/findings/{finding}",
    "sims": "/sims/{sim}",
    "cases": "/cases/{case}",
    "case_history": "/cases/{case}/history",
    "account_readers": "/accounts/{account}/readers",
    "application": "/applications/{application}",
    "agreement": "/applications/{application}/agreement",
    "preparation": "/applications/{application}/preparation",
    "loans": "/loans/{loan}",
    "incidents": "/incidents/{incident}",
    "openings": "/openings/{opening}",
    "papers": "/papers/{paper}",
    "photo": "/photos/{photo}",
    "requests": "/requests/{request}",
    "violations": "/violations/{violation}",
}
LISTS = (
    "accessories",
    "accounts",
    "certificates",
    "waivers",
    "applications",
    "delegations",
    "devices",
    "departments",
    "employees",
    "findings",
    "incidents",
    "sims",
    "cases",
    "case-blocks",
    "naming/deviations",
    "loans",
    "openings",
    "partners",
    "photos",
    "papers",
    "requests",
    "violations",
)
CLOSED = {
    (Role.EMPLOYEE, "findings"),
    (Role.EMPLOYEE, "case-blocks"),
    (Role.EMPLOYEE, "cases"),
    (Role.MANAGER, "openings"),
}
# Empty forms, and one's own numbers.
EXPORTS = ("accounts", "departments", "employees", "holdings", "partners", "phones", "sims")
WITHOUT_NAMES = {
    "/accessory-words",
    *(f"/exports/{name}" for name in EXPORTS),
    "/case-capacity",
    "/compliance/status",
    "/compliance/trend",
    "/applications/new",
    "/applications/today",
    "/incidents/new",
    "/naming/check",
    "/kits",
    "/kits/<>",
    "/requests/new",
    "/requests/today",
}
# Pages that no route is like: test_desk.py and test_backups.py of the console walk them, and
# test_papers.py the scans, test_photos.py (here and there) the photographs.
PAGES = {
    "/accessories/export.csv",
    "/accounts/export.csv",
    "/phone-changes",
    "/phone-changes/export.csv",
    "/phones",
    "/phones/<>",
    "/phones/export.csv",
    "/sims/export.csv",
    "/cases/export.csv",
    "/applications/export.csv",
    "/certificates/export.csv",
    "/loans/export.csv",
    "/findings/export.csv",
    "/incidents/export.csv",
    "/openings/export.csv",
    "/phones/<>/gate",
    "/departments/export.csv",
    "/deviations",
    "/deviations/<>",
    "/deviations/export.csv",
    "/employees/export.csv",
    "/partners/export.csv",
    "/registers",
    "/registers/<>/template",
    *(f"/registers/{name}/export" for name in EXPORTS),
    "/papers/<>/print",
    "/papers/<>/scans/<int:scan>",
    "/photos/<>/content",
    "/photos/<>/picture",
    "/photos/export.csv",
    "/papers/export.csv",
    "/sign/<>",
    "/requests/<>/slip",
    "/requests/export.csv",
    "/returns",
    "/returns/export.csv",
    "/violations/export.csv",
    "/waivers/export.csv",
}
VERBS = {
    "/applications/{application}/approve": {"note": "go ahead"},
    "/applications/{application}/refuse": {"note": "go away"},
    "/applications/{application}/withdraw": {"note": "go away"},
    "/applications/{application}/sign": {"digest": "0" * 64},
    "/incidents/{incident}/notes": {"text": "a word"},
    "/papers/{paper}/sign": {"role": "holder", "digest": "0" * 64},
    "/requests": {"kind": "device_pin", "subject": "{device}", "reason": "known"},
    "/requests/{request}/approve": {"note": "go ahead"},
    "/requests/{request}/refuse": {"note": "go away"},
    "/requests/{request}/withdraw": {"note": "go away"},
    "/requests/{request}/appoint": {},
    "/requests/{request}/hand-over": {},
    "/cases/{case}/steps/1/do": {"note": "a word"},
    "/cases/{case}/steps/1/waive": {"reason": "a word"},
    "/delegations/{delegation}/end": {},
    "/violations/{violation}/dismiss": {"reason": "a word"},
    "/violations/{violation}/keep": {"reason": "a word"},
}


@pytest.fixture
def two(sessions, tools):
    with sessions.begin() as session:
        return settle_two(session, Make(session), tools)


@pytest.fixture
def known(app, sessions, two):
    """Give a client of the east's manager, or of the person there."""

    def client(role):
        with sessions.begin() as session:
            token = token_in(session, two["EAST"], role)
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return client

    return client


@pytest.mark.parametrize("role", [Role.MANAGER, Role.EMPLOYEE])
def test_lists_end_where_the_role_does(known, two, role, subtests):
    client = known(role)
    for name in LISTS:
        with subtests.test(name):
            answer = client.get(f"/api/v1/{name}")
            assert told_of(two, "WEST", answer.text) == []
            if (role, name) not in CLOSED:
                assert told_of(two, "EAST", answer.text) != []


@pytest.mark.parametrize("role", [Role.MANAGER, Role.EMPLOYEE])
def test_spreadsheets_end_where_the_role_does(known, two, role, subtests):
    client = known(role)
    for name in EXPORTS:
        with subtests.test(name):
            answer = client.get(f"/api/v1/exports/{name}?form=csv")
            assert answer.status_code == 200
            assert told_of(two, "WEST", answer.text) == []
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


@pytest.mark.parametrize("role", [Role.MANAGER, Role.EMPLOYEE])
def test_what_is_foreign_cannot_be_acted_on_and_looks_like_nothing(known, two, role, subtests):
    client = known(role)
    for route, body in VERBS.items():
        with subtests.test(route):
            foreign = posted(client, route, body, two["WEST"])
            unknown = posted(client, route, body, dict.fromkeys(two["WEST"], "NONE"))
            assert foreign.status_code == unknown.status_code in {403, 404}
            assert foreign.json["code"] == unknown.json["code"]


def posted(client, route, body, names):
    filled = {name: value.format(**names) for name, value in body.items()}
    return client.post("/api/v1" + route.format(**names), json=filled)


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
    routes = (*ROUTES.values(), *(route for route in VERBS if "{" in route))
    named = (route.replace("/steps/1/", "/steps/<int:step>/") for route in routes)
    single = {route.partition("{")[0] + "<>" + route.partition("}")[2] for route in named}
    lists = {f"/{name}" for name in LISTS}

    assert {plain(rule) for rule in scoped} == single | lists | WITHOUT_NAMES | PAGES


def plain(rule: str) -> str:
    first, opened, rest = rule.partition("<")
    return first + "<>" + rest.partition(">")[2] if opened else rule
