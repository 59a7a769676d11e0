from collections.abc import Iterator
from uuid import UUID

import pytest
from apiflask import APIFlask
from flask import url_for
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from api.app import make_app
from api.doors import PROGRAMS
from api.identity import (
    OPEN_TO_ALL,
    OPEN_TO_EVERYBODY_KNOWN,
    is_scoped,
    permission_of,
    refuse_unguarded,
)
from fleet.access.permissions import ENDS_AT_A_DEPARTMENT, GRANTS
from fleet.contracts.access import Role
from fleet.settings import Settings

SAMPLES = {"IntegerConverter": 1, "UUIDConverter": UUID(int=1), "AnyConverter": "csv"}


def requests(app: APIFlask, *, pages: bool = False) -> Iterator[tuple[Rule, str, str]]:
    """Give every route with a method and an address that fits its pattern; or every page."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(PROGRAMS) is pages:
            continue
        values = {
            name: SAMPLES.get(type(converter).__name__, "x")
            for name, converter in rule._converters.items()
        }
        with app.test_request_context():
            url = url_for(rule.endpoint, **values)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method, url


def test_every_route_asks_who_is_there(app, stranger, subtests):
    for rule, method, url in requests(app):
        if rule.endpoint in OPEN_TO_ALL:
            continue
        with subtests.test(f"{method} {rule}"):
            answer = stranger.open(url, method=method, json={"no such field": 1})
            assert (answer.status_code, answer.json["code"]) == (401, "token_not_known")


@pytest.mark.parametrize("role", sorted(GRANTS.keys() - {"system"}))
def test_every_route_asks_what_the_role_may(app, client_of, role, subtests):
    client = client_of(role)
    for rule, method, url in requests(app):
        permission = permission_of(app, rule.endpoint)
        if permission is None:
            continue
        with subtests.test(f"{method} {rule}"):
            answer = client.open(url, method=method, json={"no such field": 1})
            ends = role in {*ENDS_AT_A_DEPARTMENT, Role.EMPLOYEE}
            allowed = permission in GRANTS[role] and (not ends or is_scoped(app, rule.endpoint))
            # What needs an approved opening as well is refused for the lack of that.
            refused = answer.status_code == 403 and "permission" in answer.json["details"]
            assert refused == (not allowed)
            assert allowed or answer.json["details"]["permission"] == permission


def test_open_routes_are_few_and_there(app):
    assert {rule.endpoint for rule in app.url_map.iter_rules()} >= (
        OPEN_TO_ALL | OPEN_TO_EVERYBODY_KNOWN
    )
    assert len(OPEN_TO_ALL) == 13


def test_a_route_that_forgets_to_ask_keeps_the_server_from_starting(settings: Settings):
    app = make_app(settings)
    app.add_url_rule("/forgotten", "forgotten", lambda: "everything")

    with pytest.raises(RuntimeError, match="forgotten"):
        refuse_unguarded(app)


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer wf_unknown", "Basic dTpw", "bearer\twf_", "Bearer a b"],
)
def test_nobody_is_let_in_by_a_header_that_is_not_a_token_we_gave(stranger, header):
    answer = stranger.get("/api/v1/whoami", headers={"Authorization": header})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_what_does_not_exist_looks_to_a_stranger_like_what_does(stranger, operator):
    assert stranger.get("/api/v1/nothing").status_code == 401
    assert operator.get("/api/v1/nothing").status_code == 404


def test_identity_comes_before_size(stranger: FlaskClient):
    answer = stranger.post("/api/v1/users", data=b"x" * 3_000_000)

    assert answer.status_code == 401


def test_a_station_is_known_by_its_name_and_key(station):
    me = station.whoami()

    assert (me.name, me.kind) == ("bench-9", "station")
    assert me.public_key
