"""Values: asked for on a page, approved by another person, and seen once."""

import pytest

from fleet.access.actor import SYSTEM
from fleet.access.policy import change_policy
from fleet.contracts.access import AccessPolicyIn, Role
from fleet.keys.sources import load_keyring
from fleet.vault.queries import password_of, pin_of
from fleet.vault.services import adopt
from fleet.vault.tools import Tools
from tests.api.console.visitor import Visitor, code_of

PIN, PASSWORD = "735192", "Blue-Kettle-19!"
ASKED = {"kind": "device_pin", "subject": "WF-0001", "reason": "the screen is broken"}


@pytest.fixture(autouse=True)
def known(settings, sessions, stored):
    """Have the vault know a phone's PIN and an account's password."""
    tools = Tools(load_keyring(settings), settings)
    with stored() as make:
        phone, account = make.device(tag="WF-0001"), make.account(handle="wx-1")
        given = {"reason": "known", "actor": SYSTEM}
        adopt(make.session, tools, pin_of(phone), value=PIN, **given)
        adopt(make.session, tools, password_of(account), value=PASSWORD, **given)


@pytest.fixture
def by_two(sessions):
    with sessions.begin() as session:
        change_policy(session, AccessPolicyIn(disclosure_needs_approval=True), actor=SYSTEM)


@pytest.fixture
def operator(someone) -> Visitor:
    return someone(Role.OPERATOR)


@pytest.fixture
def security(someone) -> Visitor:
    return someone(Role.SECURITY)


@pytest.fixture
def request_page(by_two, operator) -> str:
    return operator.send("/disclosures/new", **ASKED).location


def test_two_people_see_to_it_that_a_value_is_seen_once(operator, security, request_page):
    assert security.send(f"{request_page}/approve", note="go ahead").location == request_page
    shown = operator.send(f"{request_page}/view")
    again = operator.send(f"{request_page}/view")

    assert f'id="value">{PIN}<' in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert code_of(again) == "disclosure_moved"
    assert PIN not in again.text + operator.get(request_page).text


def test_before_it_is_approved_nobody_sees_it(operator, security, request_page):
    answers = [operator.send(f"{request_page}/view"), security.send(f"{request_page}/view")]

    assert [code_of(answer) for answer in answers] == ["disclosure_undecided", "not_allowed"]
    assert not any(PIN in answer.text for answer in answers)


def test_a_value_is_never_shown_by_a_link(operator, security, request_page):
    security.send(f"{request_page}/approve", note="go ahead")
    answer = operator.get(f"{request_page}/view")

    assert (answer.status_code, code_of(answer)) == (405, "method_not_allowed")


def test_nobody_decides_on_his_own_request(by_two, founder):
    page = founder.send("/disclosures/new", **ASKED).location
    answer = founder.send(f"{page}/approve", note="go ahead")

    assert code_of(answer) == "approved_by_oneself"
    assert 'id="approve"' not in founder.get(page).text


def test_a_denied_one_says_by_whom_and_why(operator, security, request_page):
    assert code_of(security.send(f"{request_page}/deny", note="x")) == "form_not_right"
    security.send(f"{request_page}/deny", note="no case for it")

    page = operator.get(request_page).text
    assert 'data-state="denied"' in page
    assert "Person security" in page
    assert "no case for it" in page
    assert 'id="view"' not in page


def test_a_request_is_taken_back_by_who_asked(operator, request_page):
    assert operator.send(f"{request_page}/withdraw").location == request_page
    assert 'data-state="withdrawn"' in operator.get(request_page).text


def test_where_nobody_has_to_approve_it_is_shown_at_once(operator):
    typed = {"kind": "account_password", "subject": "wx-1", "reason": "hand-over", "ticket": "LV-1"}

    assert f'id="value">{PASSWORD}<' in operator.send("/disclosures/new", **typed).text


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({"subject": "WF-9999"}, "device_not_found"),
        ({"subject": ""}, "device_not_found"),
        ({"reason": "x"}, "form_not_right"),
        ({"kind": "account_password"}, "account_not_found"),
        ({"kind": "nonsense"}, "form_not_right"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_was_typed(operator, typed, code):
    answer = operator.send("/disclosures/new", **{**ASKED, **typed})

    assert code_of(answer) == code
    assert f'value="{ {**ASKED, **typed}["reason"] }"' in answer.text


def test_requests_are_found_by_state_and_by_who_asked(operator, security, request_page):
    for query, found in [
        ("", True),
        ("state=requested&q=wf-0001", True),
        ("mine=true", True),
        ("state=denied", False),
        ("q=nothing", False),
    ]:
        assert (request_page in operator.get(f"/disclosures?{query}").text) is found
    assert request_page not in security.get("/disclosures?mine=true").text


@pytest.mark.parametrize("query", ["state=open", "sort=colour", "after=x", "limit=0"])
def test_a_list_that_cannot_be_is_a_refusal_and_no_accident(operator, query):
    assert operator.get(f"/disclosures?{query}").status_code == 422


def test_a_request_that_is_not_there_is_not_found(operator):
    assert operator.get("/disclosures/nothing").status_code == 404


def test_too_many_values_are_stopped_whatever_door_they_are_asked_at(settings, sessions, person):
    from dataclasses import replace

    from api.app import make_app

    person(Role.OPERATOR)
    app = make_app(replace(settings, disclosures_per_hour=2), sessions=sessions)
    visitor = Visitor(app.test_client())
    visitor.sign_in(Role.OPERATOR)

    codes = [visitor.send("/disclosures/new", **ASKED).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
