"""Floods are stopped at the door, and all server processes count together."""

from dataclasses import replace
from datetime import timedelta
from json import dumps

import pytest
import time_machine

from api.app import make_app
from api.limits import DISCLOSING
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.limits import services
from tests.conftest import DIALECTS

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)
BODY = {"username": "ann", "password": "wrong horse battery"}


@pytest.fixture
def strict(settings, sessions):
    """Give two server processes' applications on one database that allow three sign-ins."""
    narrow = replace(settings, logins_per_minute=3)
    return [make_app(narrow, sessions=sessions).test_client() for _ in range(2)]


def ask(client, address="192.0.2.7"):
    return client.post("/api/v1/login", json=BODY, environ_overrides={"REMOTE_ADDR": address})


def test_two_processes_count_one_flood(strict):
    one, two = strict
    answers = [ask(one), ask(two), ask(one), ask(two)]

    assert [answer.status_code for answer in answers[:3]] == [401, 401, 401]
    assert (answers[3].status_code, answers[3].json["code"]) == (429, "too_many_requests")
    assert 0 < int(answers[3].headers["Retry-After"]) <= 61


def test_another_address_is_not_stopped_by_it(strict):
    for _ in range(4):
        ask(strict[0])

    assert ask(strict[0], "192.0.2.8").status_code == 401


def test_the_flood_is_forgotten_with_its_minute(strict):
    for _ in range(4):
        ask(strict[0])

    with time_machine.travel(now() + timedelta(seconds=62), tick=True):
        assert ask(strict[0]).status_code == 401


def test_what_is_over_is_purged(sessions):
    with sessions.begin() as session:
        services.count(session, "a", seconds=60)
        services.count(session, "b", seconds=600)
    with time_machine.travel(now() + timedelta(seconds=61)), sessions.begin() as session:
        assert services.purge(session) == 1
        assert services.count(session, "b", seconds=600) == 2


def test_one_person_looks_at_so_many_values_an_hour(settings, sessions, token_of, stored):
    with stored() as make:
        make.device(tag="WF-1")
    narrow = make_app(replace(settings, disclosures_per_hour=2), sessions=sessions).test_client()
    known = {"Authorization": f"Bearer {token_of(Role.OPERATOR)}"}
    body = {"kind": "device_pin", "reason": "to look at it"}

    answers = [
        narrow.post("/api/v1/devices/WF-1/disclose", json=body, headers=known) for _ in range(3)
    ]

    assert [answer.status_code for answer in answers[:2]] == [404, 404]
    assert answers[2].status_code == 429


def test_every_door_that_shows_a_value_is_counted(app):
    """A value is called so in the answers that hold one."""
    document = app.test_client().get("/api/openapi.json").json
    schemas = document["components"]["schemas"]
    with_value = {name for name, one in schemas.items() if "value" in one.get("properties", {})}
    showing = {
        operation["operationId"]
        for path in document["paths"].values()
        for operation in path.values()
        if any(f'/{name}"' in dumps(operation["responses"]) for name in with_value)
    }

    counted = {f"post_{endpoint.replace('.', '_')}" for endpoint in DISCLOSING}
    assert len(showing) >= 6
    assert showing <= counted


@pytest.mark.parametrize(
    ("trusted", "sent", "seen"),
    [
        ((), "198.51.100.1", "192.0.2.7"),
        (("192.0.2.0/24",), "198.51.100.1", "198.51.100.1"),
        (("192.0.2.0/24",), "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        (("192.0.2.0/24",), "198.51.100.1, 192.0.2.9", "198.51.100.1"),
        (("192.0.2.0/24",), "nonsense", "192.0.2.7"),
        (("10.0.0.0/8",), "198.51.100.1", "192.0.2.7"),
    ],
)
def test_only_a_trusted_proxy_names_who_asked_it(settings, sessions, trusted, sent, seen):
    from flask import request

    app = make_app(replace(settings, trusted_proxies=trusted), sessions=sessions)
    heard = []
    app.before_request(lambda: heard.append(request.remote_addr))

    app.test_client().get(
        "/api/ready",
        headers={"X-Forwarded-For": sent},
        environ_overrides={"REMOTE_ADDR": "192.0.2.7"},
    )

    assert heard == [seen]


def test_every_answer_closes_what_a_browser_could_do_with_it(stranger, subtests):
    for url in ("/api/ready", "/api/v1/devices", "/nothing"):
        with subtests.test(url):
            headers = stranger.get(url).headers
            assert "default-src 'none'" in headers["Content-Security-Policy"]
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["X-Frame-Options"] == "DENY"
            assert "Strict-Transport-Security" not in headers


def test_over_tls_a_browser_is_told_to_stay_there(stranger):
    answer = stranger.get("/api/ready", base_url="https://localhost")

    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
