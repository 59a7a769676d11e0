"""Signing in on a page: the same verbs, delays and limits as a program meets."""

from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
import time_machine
from sqlalchemy import select

from api.app import make_app
from fleet.access import second_factor
from fleet.access.actor import SYSTEM
from fleet.access.models import User
from fleet.access.policy import change_policy
from fleet.access.services import set_password
from fleet.contracts.access import AccessPolicyIn, Role
from fleet.contracts.clock import now
from fleet.keys.sources import load_keyring
from tests.api.console.visitor import Visitor, code_of

OPERATOR = Role.OPERATOR


@pytest.fixture
def ann(person):
    return person(OPERATOR, "ann")


@pytest.fixture
def secret(ann, sessions, settings):
    """Set Ann's second factor up and give its secret."""
    keyring = load_keyring(settings)
    with sessions.begin() as session:
        user = session.scalars(select(User).where(User.username == ann)).one()
        begun = second_factor.begin(session, keyring, user).secret
        earlier = pyotp.TOTP(begun).at(now() - timedelta(seconds=30))
        second_factor.confirm(session, keyring, user, earlier, actor=SYSTEM)
    return begun


def test_who_knows_his_password_goes_on_to_where_he_wanted(visitor, ann):
    answer = visitor.sign_in(ann, next="/me?x=1")

    assert (answer.status_code, answer.location) == (303, "/me?x=1")
    assert "Person ann" in visitor.get("/me").text


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "evil", ""],
)
def test_signing_in_leads_to_no_other_site(visitor, ann, elsewhere):
    assert visitor.sign_in(ann, next=elsewhere).location == "/"


def test_a_wrong_password_is_said_as_it_is(visitor, ann):
    answer = visitor.sign_in(ann, "wrong horse battery")

    assert (answer.status_code, code_of(answer)) == (401, "login_refused")
    assert "do not belong together" in answer.text
    assert "wrong horse" not in answer.text
    assert 'value="ann"' in answer.text


def test_an_empty_form_says_at_the_field_what_is_missing(visitor):
    answer = visitor.sign_in("", "")

    assert (answer.status_code, code_of(answer)) == (422, "form_not_right")
    assert 'id="username-wrong">This is needed.' in answer.text
    assert 'aria-describedby="username-wrong"' in answer.text


def test_guesses_are_slowed_down_whatever_door_they_come_to(visitor, stranger, ann):
    for _ in range(4):
        visitor.sign_in(ann, "wrong horse battery")
    stranger.post("/api/v1/login", json={"username": ann, "password": "wrong horse battery"})

    assert code_of(visitor.sign_in(ann)) == "locked_out"


def test_a_flood_is_stopped_whatever_door_it_comes_to(settings, sessions):
    app = make_app(replace(settings, logins_per_minute=3), sessions=sessions)
    visitor = Visitor(app.test_client())
    for _ in range(2):
        visitor.sign_in("nobody")
    visitor.client.post("/api/v1/login", json={"username": "nobody", "password": "x"})
    answer = visitor.sign_in("nobody")

    assert (answer.status_code, code_of(answer)) == (429, "too_many_requests")
    assert int(answer.headers["Retry-After"]) > 0


def test_the_password_alone_is_half_the_way(visitor, ann, secret):
    assert visitor.sign_in(ann, next="/me").location == "/login/code"
    assert visitor.get("/me").location == "/login?next=/me"

    answer = visitor.send("/login/code", on="/login/code", code=pyotp.TOTP(secret).at(now()))
    assert answer.location == "/me"
    assert visitor.get("/me").status_code == 200


def test_a_wrong_code_is_said_and_counted(visitor, ann, secret):
    visitor.sign_in(ann)
    for _ in range(4):
        answer = visitor.send("/login/code", on="/login/code", code="000000")
        assert (answer.status_code, code_of(answer)) == (401, "code_wrong")
        assert "000000" not in answer.text

    visitor.send("/login/code", on="/login/code", code="000000")
    assert code_of(visitor.send("/login/code", on="/login/code", code="1")) == "locked_out"


def test_a_recovery_code_lets_in_once(visitor, app, ann, secret, sessions):
    with sessions.begin() as session:
        user = session.scalars(select(User).where(User.username == ann)).one()
        code, *_others = second_factor.new_recovery_codes(session, user, actor=SYSTEM)
    other = Visitor(app.test_client())
    for each in (visitor, other):
        each.sign_in(ann)

    assert visitor.send("/login/code", on="/login/code", code=code.lower()).location == "/"
    assert code_of(other.send("/login/code", on="/login/code", code=code)) == "code_wrong"


def test_a_code_that_comes_too_late_begins_anew(visitor, ann, secret):
    visitor.sign_in(ann)
    mark = visitor.mark("/login/code")
    with time_machine.travel(now() + timedelta(minutes=6)):
        typed = {"csrf_token": mark, "code": pyotp.TOTP(secret).at(now())}
        answer = visitor.client.post("/login/code", data=typed)

    assert code_of(answer) == "code_too_late"


def test_half_the_way_is_worth_nothing_after_another_password(visitor, ann, secret, sessions):
    visitor.sign_in(ann)
    with sessions.begin() as session:
        user = session.scalars(select(User).where(User.username == ann)).one()
        set_password(session, user, password="a fresh horse battery", actor=SYSTEM)

    code = pyotp.TOTP(secret).at(now())
    answer = visitor.send("/login/code", on="/login/code", code=code)
    assert (answer.status_code, code_of(answer)) == (401, "login_refused")


def test_signing_out_ends_the_session_and_not_only_the_cookie(visitor, ann):
    visitor.sign_in(ann)
    kept = visitor.cookie
    assert visitor.send("/logout").location == "/login"

    visitor.client.set_cookie("workfleet", kept)
    assert visitor.get("/me").location == "/login?next=/me&ended=yes"


@pytest.mark.parametrize("later", [timedelta(minutes=61), timedelta(hours=13)])
def test_a_session_ends_by_itself(visitor, ann, later):
    visitor.sign_in(ann)
    with time_machine.travel(now() + later):
        answer = visitor.get("/")

    assert answer.location.startswith("/login")


def test_a_session_that_ended_says_so(visitor, ann, sessions):
    visitor.sign_in(ann)
    with sessions.begin() as session:
        session.scalars(select(User).where(User.username == ann)).one().active = False

    assert visitor.get("/me").location == "/login?next=/me&ended=yes"
    assert "Your session has ended" in visitor.get("/login?ended=yes").text


def test_a_password_that_another_chose_is_changed_before_anything_else(visitor, ann, sessions):
    with sessions.begin() as session:
        user = session.scalars(select(User).where(User.username == ann)).one()
        set_password(session, user, password="chosen by another", actor=SYSTEM)

    assert visitor.sign_in(ann, "chosen by another").location == "/first"
    for page in ("/", "/me", "/disclosures", "/me/tokens", "/users"):
        assert visitor.get(page).location == "/first"
    assert visitor.get("/first").location == "/me/password"
    typed = {"present": "chosen by another", "password": "one of my own, long"}
    answer = visitor.send("/me/password", on="/me/password", again=typed["password"], **typed)
    assert answer.location == "/me"
    assert visitor.get("/").status_code == 200


def test_a_second_factor_that_is_demanded_is_set_up_before_anything_else(visitor, ann, sessions):
    with sessions.begin() as session:
        change_policy(session, AccessPolicyIn(second_factor="everybody"), actor=SYSTEM)

    visitor.sign_in(ann)
    assert visitor.get("/disclosures").location == "/first"
    assert visitor.get("/first").location == "/me/second-factor"
    begun = visitor.send("/me/second-factor", on="/me/second-factor").text
    secret = begun.split('id="secret">')[1].split("<")[0]
    typed = {"code": pyotp.TOTP(secret).at(now())}
    codes = visitor.send("/me/second-factor/confirm", on="/me/second-factor", **typed)
    assert codes.text.count("<li>") == 10
    assert visitor.get("/disclosures").status_code == 200


def test_who_has_nothing_to_do_first_any_more_goes_on(visitor, ann, sessions):
    with sessions.begin() as session:
        change_policy(session, AccessPolicyIn(second_factor="everybody"), actor=SYSTEM)
    visitor.sign_in(ann)
    with sessions.begin() as session:
        change_policy(session, AccessPolicyIn(second_factor="optional"), actor=SYSTEM)

    assert visitor.get("/first").status_code == 200
    assert visitor.send("/first", on="/first").location == "/"
    assert visitor.get("/").status_code == 200


def test_the_language_follows_the_browser_until_somebody_chooses(visitor):
    assert '<html lang="zh-CN">' in visitor.get("/login", **{"Accept-Language": "zh-CN"}).text

    answer = visitor.send("/language", on="/login", language="zh_CN", next="/login?next=/me")
    assert answer.location == "/login?next=/me"
    assert '<html lang="zh-CN">' in visitor.get("/login", **{"Accept-Language": "en"}).text
    assert visitor.get("/api/v1/whoami", **{"Accept-Language": "en"}).json["message"].isascii()


def test_a_language_that_we_do_not_have_changes_nothing(visitor):
    answer = visitor.send("/language", on="/login", language="fr", next="//evil.example")

    assert answer.location == "/"
    assert "language" not in answer.headers.get("Set-Cookie", "")
