"""The cookie: how it is set, who can read it, and what it survives."""

from dataclasses import replace

import pytest

from api.app import make_app
from fleet.contracts.access import Role
from fleet.keys import files
from fleet.keys.keyring import Keyring
from tests.api.console.visitor import PASSWORD, Visitor, code_of


def attributes(answer) -> tuple[str, set[str]]:
    """Return the name of the cookie that is set, and how."""
    [line] = [line for line in answer.headers.getlist("Set-Cookie") if "workfleet" in line]
    first, *others = line.split("; ")
    return first.split("=")[0], set(others)


def test_over_tls_only_this_host_ever_sees_it(app):
    answer = app.test_client().get("/login", base_url="https://fleet.example")

    assert attributes(answer) == (
        "__Host-workfleet",
        {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"},
    )


def test_on_this_machine_alone_it_does_without_tls(visitor):
    name, how = attributes(visitor.get("/login"))

    assert (name, how) == ("workfleet", {"HttpOnly", "Path=/", "SameSite=Strict"})


@pytest.mark.parametrize("host", ["fleet.example", "192.0.2.7", "127.0.0.1.example"])
def test_nobody_types_a_password_where_others_listen(visitor, person, host):
    person(Role.OPERATOR)
    visitor.client.environ_base["HTTP_HOST"] = host
    answer = visitor.client.get("/login", base_url=f"http://{host}")
    mark = answer.text.split('name="csrf_token" value="')[1].split('"')[0]
    typed = {"username": "operator", "password": PASSWORD, "csrf_token": mark}
    refused = visitor.client.post("/login", data=typed, base_url=f"http://{host}")

    assert (refused.status_code, code_of(refused)) == (403, "plain_http")


def test_a_proxy_that_is_trusted_speaks_tls_for_the_server(settings, sessions):
    behind = replace(settings, trusted_proxies=("127.0.0.0/8",))
    client = make_app(behind, sessions=sessions).test_client()
    answer = client.get("/login", headers={"X-Forwarded-Proto": "https"})

    assert attributes(answer)[0] == "__Host-workfleet"


def test_every_server_on_one_database_knows_it(founder, settings, sessions):
    other = Visitor(make_app(settings, sessions=sessions).test_client())
    other.client.set_cookie("workfleet", founder.cookie)

    assert other.get("/me").status_code == 200


def test_it_survives_that_a_key_is_added_and_not_that_its_own_is_gone(founder, settings):
    Keyring.add_key(settings.key_path)
    assert founder.get("/me").status_code == 200
    assert founder.send("/me/sessions/end-others").status_code == 303

    before = founder.cookie
    newest = files.read_keys(settings.key_path)[-1]
    files.replace_keys(settings.key_path, [newest])
    founder.client.set_cookie("workfleet", before)
    assert founder.get("/me").status_code == 200, "it was signed anew with the new key"


def test_one_that_was_signed_by_a_key_that_is_gone_is_nobodys(founder, settings):
    Keyring.add_key(settings.key_path)
    files.replace_keys(settings.key_path, [files.read_keys(settings.key_path)[-1]])

    assert founder.get("/me").location == "/login?next=/me"


def test_one_that_somebody_changed_is_nobodys(founder):
    head, dot, rest = founder.cookie.partition(".")
    founder.client.set_cookie("workfleet", f"{head[:-2]}AA{dot}{rest}")

    assert founder.get("/me").location == "/login?next=/me"


def test_signing_in_begins_with_another_one(visitor, person):
    person(Role.OPERATOR)
    visitor.get("/login")
    planted = visitor.cookie
    visitor.sign_in(Role.OPERATOR)
    assert visitor.get("/me").status_code == 200

    visitor.client.set_cookie("workfleet", planted)
    assert visitor.get("/me").location == "/login?next=/me"
