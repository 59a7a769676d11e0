"""Who gets to which page, and that what changes something came from a page of ours."""

import re
from pathlib import Path

import pytest

import api.console
from api.doors import PROGRAMS
from api.identity import OPEN_TO_ALL, OPEN_TO_EVERYBODY_KNOWN, is_scoped, permission_of
from fleet.access.permissions import ENDS_AT_A_DEPARTMENT, GRANTS
from fleet.contracts.access import Role
from fleet.contracts.permissions import Permission
from tests.api.console.visitor import Visitor, code_of
from tests.api.test_identity import requests


def test_every_page_asks_a_stranger_to_sign_in(app, subtests):
    for rule, method, url in requests(app, pages=True):
        if rule.endpoint in OPEN_TO_ALL:
            continue
        with subtests.test(f"{method} {rule}"):
            answer = app.test_client().open(url, method=method)
            assert (answer.status_code, answer.location.split("?")[0]) == (303, "/login")


def test_an_address_that_leads_nowhere_looks_to_a_stranger_like_any_other(visitor, founder):
    assert visitor.get("/nothing").location == "/login?next=/nothing"
    nothing = founder.get("/nothing")
    assert (nothing.status_code, code_of(nothing)) == (404, "no_such_route")


@pytest.mark.parametrize("role", list(Role))
def test_every_page_asks_what_the_role_may(app, someone, role, subtests):
    visitor = someone(role)
    mark = visitor.mark("/me")
    for rule, method, url in requests(app, pages=True):
        permission = permission_of(app, rule.endpoint)
        if permission is None:
            continue
        ends = role in {*ENDS_AT_A_DEPARTMENT, Role.EMPLOYEE}
        allowed = permission in GRANTS[role] and (not ends or is_scoped(app, rule.endpoint))
        with subtests.test(f"{method} {rule}"):
            answer = visitor.client.open(url, method=method, data={"csrf_token": mark})
            assert (code_of(answer) == "not_allowed") is not allowed
            assert (answer.status_code == 403) is not allowed


def test_what_asks_no_permission_is_named(app):
    named = OPEN_TO_ALL | OPEN_TO_EVERYBODY_KNOWN
    rules = [rule for rule in app.url_map.iter_rules() if not rule.rule.startswith(PROGRAMS)]
    silent = {rule.endpoint for rule in rules if permission_of(app, rule.endpoint) is None}

    assert silent == {name for name in named if name.startswith(("console.", "bootstrap."))}


def test_nothing_is_changed_by_a_form_without_our_mark(app, founder, someone, subtests):
    above = {Permission.VIOLATIONS_DECIDE: someone(Role.SUPERVISOR)}  # no founder decides these
    for rule, method, url in requests(app, pages=True):
        if method == "GET":
            continue
        with subtests.test(str(rule)):
            who = above.get(permission_of(app, rule.endpoint), founder)
            answer = who.client.post(url, data={"reason": "because"})
            assert (answer.status_code, code_of(answer)) == (403, "not_our_form")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_nothing_is_changed_from_another_site_whatever_it_sends(founder, site):
    typed = {"csrf_token": founder.mark("/me")}
    answer = founder.client.post("/logout", data=typed, headers={"Sec-Fetch-Site": site})

    assert code_of(answer) == "not_our_form"
    assert founder.get("/me").status_code == 200


def test_the_mark_of_one_session_is_worth_nothing_in_another(someone):
    one, other = someone(Role.OPERATOR), someone(Role.OPERATOR)
    answer = one.client.post("/logout", data={"csrf_token": other.mark("/me")})

    assert code_of(answer) == "not_our_form"


def test_the_mark_of_before_the_sign_in_is_worth_nothing_after_it(visitor, person):
    person(Role.OPERATOR)
    before = visitor.mark("/login")
    visitor.sign_in(Role.OPERATOR)

    answer = visitor.client.post("/logout", data={"csrf_token": before})
    assert code_of(answer) == "not_our_form"


def test_nobody_is_signed_in_by_a_form_of_somebody_else(app, visitor, person):
    """An attacker's own mark, sent by a victim's browser, signs nobody in as the attacker."""
    person(Role.OPERATOR)
    attackers = Visitor(app.test_client()).mark("/login")
    typed = {"username": "operator", "password": "correct horse battery", "csrf_token": attackers}

    assert code_of(visitor.client.post("/login", data=typed)) == "not_our_form"


def test_a_program_gets_nothing_for_the_cookie_of_a_person(founder):
    assert founder.get("/me").status_code == 200
    answer = founder.get("/api/v1/whoami")

    assert (answer.status_code, answer.json["code"]) == (401, "token_not_known")


def test_a_person_gets_nothing_for_the_bearer_of_a_program(administrator):
    assert administrator.get("/api/v1/whoami").status_code == 200

    assert administrator.get("/me").location == "/login?next=/me"


def test_the_api_sets_no_cookie(stranger, administrator):
    for answer in (administrator.get("/api/v1/whoami"), stranger.post("/api/v1/login", json={})):
        assert "Set-Cookie" not in answer.headers


def test_a_link_in_a_mail_is_asked_once_more_by_a_page_of_ours(founder):
    """From elsewhere no SameSite=Strict cookie comes along; from our own page it does."""
    founder.client.delete_cookie("workfleet")
    answer = founder.get("/users?q=a", **{"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 200
    assert 'http-equiv="refresh" content="0; url=/users?q=a"' in answer.text


@pytest.mark.parametrize("path", ["//evil.example/x", "/\\evil.example", "//evil.example"])
def test_no_address_leads_to_another_site(visitor, path):
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}):
        answer = visitor.client.get(path, headers=headers, base_url="http://localhost")
        if answer.status_code == 308:
            assert answer.location.startswith("http://localhost/")
            continue
        assert "evil" not in answer.headers.get("Location", "").replace("next=/%5Cevil", "")
        assert "url=//" not in answer.text


def test_pages_are_framed_by_nobody_kept_by_nobody_and_run_nothing(founder, visitor):
    for answer in (founder.get("/users"), visitor.get("/login"), founder.get("/nothing")):
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self';")
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Cache-Control"] == "no-store"


def test_styles_are_ours_and_may_be_kept(visitor):
    page = visitor.get("/login")
    styles = [part.split('"')[0] for part in page.text.split('rel="stylesheet" href="')[1:]]

    assert styles == ["/bootstrap/static/css/bootstrap.min.css", "/console/static/console.css"]
    for address in styles:
        with visitor.get(address) as answer:
            assert (answer.status_code, answer.mimetype) == (200, "text/css")
            assert answer.headers["Cache-Control"] == "public, max-age=86400"


# The one page with a script of ours, which its policy names: `test_papers.py` looks at it.
WITH_A_SCRIPT = {"sign.html"}


def test_no_page_has_a_script_or_a_style_in_it():
    templates = sorted((Path(api.console.__file__).parent / "templates").glob("*.html"))
    inline = re.compile(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:")

    assert len(templates) > 20
    found = {path.name for path in templates if inline.search(path.read_text("utf-8"))}
    assert found == WITH_A_SCRIPT


@pytest.mark.parametrize("path", ["/login", "/login/code", "/", "/nothing"])
def test_another_site_can_put_no_cookie_in_the_place_of_ours(visitor, path):
    """A browser that was not allowed to send its cookie would take a new one for it."""
    answer = visitor.get(path, **{"Sec-Fetch-Site": "cross-site"})

    assert 'http-equiv="refresh"' in answer.text
    assert "Set-Cookie" not in answer.headers
    assert "<form" not in answer.text


def test_not_even_by_a_form(visitor):
    answer = visitor.client.post("/login", headers={"Sec-Fetch-Site": "cross-site"})

    assert code_of(answer) == "not_our_form"
    assert "Set-Cookie" not in answer.headers
