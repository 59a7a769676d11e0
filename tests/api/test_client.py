import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from api.client import (
    AnswerUnreadable,
    Client,
    Refused,
    ServerAddressWrong,
    ServerUnreachable,
    every,
)
from api.client.transport import address, body_of
from fleet.contracts.access import LoginIn, Role, UserIn
from fleet.contracts.wire import ListQuery, Page
from fleet.errors import Unavailable
from tests.factories import FOUNDER


def client_over(answer: Callable[[httpx.Request], httpx.Response]) -> Client:
    return Client("http://server", "wf_token", transport=httpx.MockTransport(answer))


def test_a_refusal_carries_everything_that_the_server_said(client):
    with pytest.raises(Refused) as refusal:
        client(Role.OPERATOR).users()

    assert refusal.value.kind == "forbidden"
    assert refusal.value.code == "not_allowed"
    assert refusal.value.status == 403
    assert refusal.value.details == {"permission": "users:read", "role": "operator"}
    assert str(refusal.value).startswith("The role operator may not do this: it needs users:read.")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid"),
        (401, "unauthorized"),
        (403, "forbidden"),
        (404, "not_found"),
        (405, "invalid"),
        (409, "conflict"),
        (413, "invalid"),
        (422, "invalid"),
        (500, "refused"),
        (503, "unavailable"),
    ],
)
def test_the_kind_of_a_refusal_follows_its_status(status, kind):
    problem = {"code": "some_code", "message": "No.", "advice": "", "details": {}}
    client = client_over(lambda _request: httpx.Response(status, json=problem))

    with pytest.raises(Refused) as refusal:
        client.whoami()

    assert (refusal.value.kind, refusal.value.code) == (kind, "some_code")


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut"),
        httpx.ReadError(""),
    ],
)
def test_a_server_that_does_not_answer_is_unreachable(trouble):
    def fail(_request: httpx.Request) -> httpx.Response:
        raise trouble

    with pytest.raises(ServerUnreachable, match="http://server") as refusal:
        client_over(fail).whoami()

    assert isinstance(refusal.value, Unavailable)


def test_a_gateway_in_between_that_gives_up_is_a_server_out_of_reach():
    client = client_over(lambda _request: httpx.Response(502, text="<html>Bad gateway</html>"))

    with pytest.raises(ServerUnreachable):
        client.whoami()


@pytest.mark.parametrize(
    "answer", [httpx.Response(200, text="<html>"), httpx.Response(404, text="<html>")]
)
def test_an_answer_of_something_else_is_said_to_be_that(answer):
    with pytest.raises(AnswerUnreadable):
        client_over(lambda _request: answer).whoami()


@pytest.mark.parametrize("url", ["", "server", "ftp://server", "http://", "http://[", "://x"])
def test_an_address_that_is_none_is_refused_at_once(url):
    with pytest.raises(ServerAddressWrong):
        Client(url)


def test_language_and_token_travel_in_headers():
    seen: list[httpx.Headers] = []

    def note(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(200, json={"username": "a", "name": "A", "role": "auditor"})

    transport = httpx.MockTransport(note)
    Client("http://server", "wf_token", language="zh_CN", transport=transport).whoami()

    assert seen[0]["Accept-Language"] == "zh-CN"
    assert seen[0]["Authorization"] == "Bearer wf_token"


def test_a_secret_is_in_the_body_that_needs_it_and_in_no_text_about_it():
    body = LoginIn(username="ann", password=SecretStr("hunter2-hunter2"))

    assert b'"hunter2-hunter2"' in body_of(body)
    assert "hunter2" not in repr(body)


def test_a_handle_stays_one_part_of_an_address():
    assert address("accounts", "a/../b?c#d 张") == "/api/v1/accounts/a%2F..%2Fb%3Fc%23d%20%E5%BC%A0"


def test_every_goes_through_all_pages():
    pages = {
        None: Page[int](items=[1, 2], next="b"),
        "b": Page[int](items=[3], next="c"),
        "c": Page[int](items=[]),
    }

    assert list(every(lambda query: pages[query.after], ListQuery())) == [1, 2, 3]


def test_log_in_and_go_on_with_the_token(client, app):
    person = UserIn(
        username="ann", name="Ann", role=Role.AUDITOR, password=SecretStr("correct horse battery")
    )
    client(FOUNDER).add_user(person)
    stranger = Client("http://server", transport=httpx.WSGITransport(app=app))
    token = stranger.login(LoginIn(username="ann", password=person.password or SecretStr("")))

    known = Client("http://server", token.token, transport=httpx.WSGITransport(app=app))

    assert known.whoami().username == "ann"
    assert [one.role for one in token.roles] == [Role.AUDITOR]
    assert token.expires_at is not None


def test_a_wrong_password_and_an_unknown_name_are_refused_alike(client, app):
    person = UserIn(
        username="ann", name="Ann", role=Role.AUDITOR, password=SecretStr("correct horse battery")
    )
    client(FOUNDER).add_user(person)
    stranger = Client("http://server", transport=httpx.WSGITransport(app=app))

    for username in ("ann", "nobody"):
        with pytest.raises(Refused, match="do not belong together") as refusal:
            stranger.login(LoginIn(username=username, password=SecretStr("wrong wrong wrong")))
        assert refusal.value.code == "login_refused"


def test_the_client_loads_nothing_of_the_server():
    seen = subprocess.run(
        [sys.executable, "-c", "import sys, api.client; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    ).stdout.split()

    assert not {"flask", "apiflask", "sqlalchemy", "granian", "fleet.database"} & set(seen)
