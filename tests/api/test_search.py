"""Search and saved views as a program asks them; nobody learns of what he could not list."""

import pytest
from sqlalchemy import select

from fleet.audit.models import AuditEntry
from fleet.contracts.access import Role
from tests.api.two_departments import settle_two, token_in, told_of
from tests.conftest import DIALECTS
from tests.factories import Make

LOST = {"name": "lost ones", "list": "devices", "query": {"state": "lost", "sort": "-tag"}}


@pytest.fixture
def two(sessions, tools):
    with sessions.begin() as session:
        return settle_two(session, Make(session), tools)


@pytest.mark.parametrize("dialect", DIALECTS, indirect=True)
@pytest.mark.parametrize("role", [Role.MANAGER, Role.EMPLOYEE])
def test_whatever_is_searched_nothing_is_told_of_others(app, sessions, two, role, subtests):
    with sessions.begin() as session:
        token = token_in(session, two["EAST"], role)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    handles = [value for value in two["WEST"].values() if isinstance(value, str)]

    for said in [*handles, "WEST", "Ann", "LV-", "IN-", "CR-", "FD-", "phone", "account"]:
        with subtests.test(said):
            answer = client.get("/api/v1/search", query_string={"q": said, "limit": 100})
            assert answer.status_code == 200
            assert told_of(two, "WEST", answer.text) == []
    own = client.get("/api/v1/search?q=EAST&limit=100")
    assert {"EAST-PHONE", "EAST-account", "EAST-1"} <= {hit["name"] for hit in own.json["items"]}


def test_the_desk_finds_one_of_every_kind_by_what_it_is_called(administrator, two, enrol):
    enrol("bench-1")
    names = [
        "device",
        "employee",
        "sim",
        "account",
        "case",
        "request",
        "incident",
        "finding",
        "violation",
    ]
    said = [two["EAST"][name] for name in names]
    found = [administrator.get(f"/api/v1/search?q={name}").json["items"][0] for name in said]
    rest = ("bench-1", "EAST-SALES", "BK-")
    found += [administrator.get(f"/api/v1/search?q={name}").json["items"][0] for name in rest]

    found_so = {hit["kind"] for hit in found}
    assert found_so >= {"device", "employee", "sim", "account", "work_case", "change_request"}
    assert found_so >= {"incident", "finding", "violation", "backup", "station", "department"}
    assert [hit["name"] for hit in found[: len(said)]] == said


@pytest.mark.parametrize("asked", ["q=", "", "q=%E2%80%94", "q=a&kind=ship", "q=a&limit=0"])
def test_a_search_that_cannot_be_is_refused_in_words(administrator, asked):
    answer = administrator.get(f"/api/v1/search?{asked}")

    assert answer.status_code == 422
    assert answer.json["message"]


def test_a_view_is_saved_shown_shared_and_removed(client_of, sessions):
    mine, other = client_of(Role.OPERATOR), client_of(Role.AUDITOR)

    saved = mine.post("/api/v1/views", json=LOST)
    assert saved.status_code == 201
    assert saved.json["command"] == "device list"
    assert other.get("/api/v1/views/lost ones").json["code"] == "view_not_found"
    assert other.get("/api/v1/views").json["items"] == []

    mine.post("/api/v1/views/lost ones/share", json={"shared": True})
    shown = other.get("/api/v1/views/operator:lost ones").json
    assert (shown["query"], shown["mine"]) == (LOST["query"], False)
    for verb, body in (("share", {"shared": False}), ("remove", {})):
        refused = other.post(f"/api/v1/views/lost ones/{verb}", json=body)
        assert (refused.status_code, refused.json["code"]) == (403, "view_of_another")

    assert mine.post("/api/v1/views/lost ones/remove").status_code == 200
    assert mine.get("/api/v1/views/lost ones").status_code == 404
    with sessions() as session:
        told = session.scalars(select(AuditEntry.event).where(AuditEntry.subject_kind == "view"))
        assert list(told) == ["view.saved", "view.shared", "view.removed"]


def test_a_name_is_ones_own_before_it_is_anothers(client_of):
    mine, other, third = map(client_of, (Role.OPERATOR, Role.AUDITOR, Role.SECURITY))
    for who, state in ((mine, "lost"), (other, "issued")):
        given = {**LOST, "query": {"state": state}, "shared": True}
        assert who.post("/api/v1/views", json=given).status_code == 201

    assert other.get("/api/v1/views/lost ones").json["query"] == {"state": "issued"}
    several = third.get("/api/v1/views/lost ones")
    assert (several.status_code, several.json["code"]) == (409, "view_of_several")
    assert third.get("/api/v1/views/operator:lost ones").json["query"] == {"state": "lost"}


def test_a_name_is_taken_until_it_is_replaced(operator):
    operator.post("/api/v1/views", json=LOST)
    again = {**LOST, "query": {"q": "wf"}}

    assert operator.post("/api/v1/views", json=again).json["code"] == "view_name_taken"
    assert operator.post("/api/v1/views", json={**again, "replace": True}).status_code == 201
    assert [one["query"] for one in operator.get("/api/v1/views").json["items"]] == [{"q": "wf"}]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"list": "ships"}, "list_unknown"),
        ({"query": {"colour": "red"}}, "view_query_wrong"),
        ({"query": {"limit": 0}}, "view_query_wrong"),
        ({"query": {"pin": "maybe"}}, "view_query_wrong"),
        ({"name": "a/b"}, "request_invalid"),
        ({"name": "a:b"}, "request_invalid"),
        ({"name": " "}, "request_invalid"),
    ],
)
def test_what_the_list_would_not_understand_is_no_view(operator, wrong, code):
    answer = operator.post("/api/v1/views", json={**LOST, **wrong})

    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert operator.get("/api/v1/views").json["items"] == []


def test_no_number_that_is_looked_for_comes_into_the_trail(operator, administrator):
    given = {"name": "his", "list": "sims", "query": {"q": "13812345678"}}
    assert operator.post("/api/v1/views", json=given).status_code == 201

    assert "13812345678" not in administrator.get("/api/v1/audit?limit=1000").text
