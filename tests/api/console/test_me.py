"""My access: what somebody does about his own password, codes, sessions and tokens."""

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from fleet.access.models import Token
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from tests.api.console.visitor import PASSWORD, Visitor, code_of

NEW = "another horse battery"


@pytest.fixture
def me(someone) -> Visitor:
    return someone(Role.OPERATOR)


def secret_in(answer) -> str:
    return answer.text.split('id="secret">')[1].split("<")[0]


def codes_in(answer) -> list[str]:
    return [part.split("<")[0] for part in answer.text.split("<li>")[1:]]


def test_a_changed_password_lets_in_and_ends_the_other_sessions(me, someone, app):
    other = someone(Role.OPERATOR)
    typed = {"present": PASSWORD, "password": NEW, "again": NEW}
    assert me.send("/me/password", **typed).location == "/me"

    assert "The password is changed" in me.get("/me").text
    assert other.get("/me").location.startswith("/login")
    assert Visitor(app.test_client()).sign_in(Role.OPERATOR, NEW).status_code == 303


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({"present": "not the present one", "password": NEW, "again": NEW}, "password_wrong"),
        ({"present": PASSWORD, "password": "short", "again": "short"}, "password_too_short"),
        ({"present": PASSWORD, "password": NEW, "again": NEW + "x"}, "form_not_right"),
        ({"present": PASSWORD, "password": PASSWORD, "again": PASSWORD}, "password_used_before"),
    ],
)
def test_a_password_that_cannot_be_taken_is_refused_and_not_repeated(app, me, typed, code):
    answer = me.send("/me/password", **typed)

    assert code_of(answer) == code
    assert answer.status_code >= 400
    assert NEW not in answer.text
    assert Visitor(app.test_client()).sign_in(Role.OPERATOR).status_code == 303


def test_a_second_factor_is_set_up_by_picture_or_text(me):
    begun = me.send("/me/second-factor")
    wrong = me.send("/me/second-factor/confirm", code="000000")
    right = me.send("/me/second-factor/confirm", code=pyotp.TOTP(secret_in(begun)).at(now()))

    assert "<svg" in begun.text
    assert code_of(wrong) == "code_wrong"
    assert len(codes_in(right)) == 10
    assert "10 recovery codes are left" in me.get("/me").text


def test_codes_are_made_anew_and_the_factor_is_removed_only_with_a_code(me):
    begun = me.send("/me/second-factor")
    earlier = pyotp.TOTP(secret_in(begun)).at(now() - timedelta(seconds=30))
    first = codes_in(me.send("/me/second-factor/confirm", code=earlier))

    assert code_of(me.send("/me/recovery-codes", code="000000")) == "code_wrong"
    second = codes_in(me.send("/me/recovery-codes", code=first[0]))
    assert code_of(me.send("/me/second-factor/remove", code=first[1])) == "code_wrong"
    assert me.send("/me/second-factor/remove", code=second[0]).location == "/me"
    assert "not set up" in me.get("/me").text


def test_one_of_my_sessions_is_ended_from_another(me, someone):
    other = someone(Role.OPERATOR)
    page = me.get("/me").text
    [address] = [
        part.split('"')[0]
        for part in page.split('action="')[1:]
        if part.startswith("/me/sessions/") and "others" not in part.split('"')[0]
    ]
    assert me.send(address).location == "/me"

    assert other.get("/me").location == "/login?next=/me&ended=yes"
    assert me.get("/me").status_code == 200


def test_all_my_other_sessions_are_ended_at_once(me, someone):
    others = [someone(Role.OPERATOR), someone(Role.OPERATOR)]
    me.send("/me/sessions/end-others")

    assert "2 other sessions have ended" in me.get("/me").text
    assert [other.get("/me").status_code for other in others] == [303, 303]


def test_the_session_of_somebody_else_is_not_mine_to_end(me, founder, sessions):
    with sessions() as session:
        theirs = session.scalars(
            select(Token).where(Token.idle_seconds.is_not(None)).order_by(Token.made_at.desc())
        ).first()
    answer = me.send(f"/me/sessions/{theirs.id}/end")

    assert code_of(answer) == "not_allowed"
    assert founder.get("/me").status_code == 200


def test_a_token_is_shown_once_and_does_no_more_than_was_ticked(me, stranger):
    made = me.send("/me/tokens", label="a report", only=["devices:read"])
    token = made.text.split('id="token">')[1].split("<")[0]
    stranger.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"

    assert stranger.get("/api/v1/devices").status_code == 200
    assert stranger.get("/api/v1/sims").status_code == 403
    listed = me.get("/me/tokens").text
    assert ("a report" in listed, token in listed) == (True, False)


def test_a_token_ends_with_its_day_or_by_a_click(me, stranger):
    day = (now() + timedelta(days=3)).date()
    made = me.send("/me/tokens", label="a report", until=day.isoformat())
    token = made.text.split('id="token">')[1].split("<")[0]
    stranger.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    address = me.get("/me/tokens").text.split('action="/me/tokens/')[1].split('"')[0]
    assert (day + timedelta(days=1)).isoformat() in made.text

    assert stranger.get("/api/v1/whoami").status_code == 200
    assert me.send(f"/me/tokens/{address}").location == "/me/tokens"
    assert stranger.get("/api/v1/whoami").status_code == 401


def test_a_token_that_cannot_be_is_refused_with_what_was_typed(me):
    day = (now() + timedelta(days=900)).date().isoformat()
    answer = me.send("/me/tokens", label="for ever", until=day)

    assert code_of(answer) == "token_lasts_too_long"
    assert 'value="for ever"' in answer.text
