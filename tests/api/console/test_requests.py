"""A change is asked for, decided, appointed and handed over on pages."""

from datetime import timedelta

import pytest

from fleet.contracts.access import Role
from fleet.contracts.clock import now
from tests.api.console.conftest import PIN
from tests.api.console.visitor import code_of

ASKED = {"kind": "device_pin", "subject": "WF-0001", "reason": "somebody looked on"}


@pytest.fixture
def request_page(people) -> str:
    return people["ann"].send("/requests/new", **ASKED).location


def test_the_head_approves_what_waits_for_him(people, request_page):
    assert 'id="approve"' not in people["ann"].get(request_page).text
    assert f'href="{request_page}"' in people["wei"].get("/requests?mine=true").text
    assert "Approvals waiting for you: 1" in people["wei"].get("/").text

    assert people["wei"].send(f"{request_page}/approve", note="go ahead").location == request_page

    assert 'data-state="approved"' in people["ann"].get(request_page).text
    again = people["wei"].send(f"{request_page}/refuse", note="no more")
    assert code_of(again) == "request_move_not_allowed"


def test_a_refusal_needs_a_reason(people, request_page):
    assert code_of(people["wei"].send(f"{request_page}/refuse", note="x")) == "form_not_right"
    people["wei"].send(f"{request_page}/refuse", note="not needed")

    page = people["ann"].get(request_page).text
    assert 'data-state="refused"' in page
    assert "not needed" in page


def test_nobody_decides_about_his_own_and_others_see_nothing(people, request_page):
    own = people["ann"].send(f"{request_page}/approve", note="for me")
    foreign = people["ben"].send(f"{request_page}/approve", note="for her")

    assert [code_of(own), code_of(foreign)] == ["holder_decides", "request_not_found"]
    assert people["ben"].get(request_page).status_code == 404


def test_the_holder_proposes_and_it_settles(people, request_page, someone):
    people["wei"].send(f"{request_page}/approve", note="go ahead")
    tomorrow = f"{(now() + timedelta(days=1)).astimezone():%Y-%m-%dT%H:%M}"
    people["ann"].send(f"{request_page}/appoint", station="bench-1", at=tomorrow)
    assert "(proposed)" in people["ann"].get(request_page).text

    someone(Role.OPERATOR).send(f"{request_page}/appoint")

    assert 'data-state="appointed"' in people["ann"].get(request_page).text


def test_an_appointment_that_cannot_be_is_said_on_the_page(people, request_page, someone):
    people["wei"].send(f"{request_page}/approve", note="go ahead")
    operator = someone(Role.OPERATOR)

    gone = operator.send(f"{request_page}/appoint", station="bench-1", at="2020-01-01T10:00")
    nowhere = operator.send(f"{request_page}/appoint", station="bench-9", at="2020-01-01T10:00")

    assert [code_of(gone), code_of(nowhere)] == ["appointment_not_possible", "station_not_found"]


def test_a_request_is_taken_back(people, request_page):
    people["ann"].send(f"{request_page}/withdraw", note="found it")

    assert 'data-state="withdrawn"' in people["ann"].get(request_page).text


def test_the_holder_sees_the_value_once(people, someone):
    ann = people["ann"]
    address = f"/requests/CR-{now().year}-001"
    assert 'id="view"' not in someone(Role.OPERATOR).get(address).text

    shown = ann.send(f"{address}/hand-over")
    again = ann.send(f"{address}/hand-over")

    assert f'id="value">{PIN}<' in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert code_of(again) == "handed_over"
    assert PIN not in again.text + ann.get(address).text


def test_nobody_but_the_holder_is_shown_it_nor_by_a_link(people, someone):
    address = f"/requests/CR-{now().year}-001/hand-over"

    assert code_of(someone(Role.OPERATOR).send(address)) == "not_the_holder"
    assert code_of(people["wei"].send(address)) == "not_the_holder"
    assert people["ann"].get(address).status_code == 405


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({"subject": "WF-9999"}, "device_not_found"),
        ({"subject": ""}, "form_not_right"),
        ({"reason": "x"}, "form_not_right"),
        ({"kind": "account_password"}, "account_not_found"),
        ({"kind": "nonsense"}, "form_not_right"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_was_typed(people, typed, code):
    answer = people["ann"].send("/requests/new", **{**ASKED, **typed})

    assert code_of(answer) == code
    assert f'value="{ {**ASKED, **typed}["reason"] }"' in answer.text


def test_a_second_one_names_the_first(people, request_page):
    answer = people["ann"].send("/requests/new", **ASKED)

    assert code_of(answer) == "request_open"
    assert request_page.rpartition("/")[2] in answer.text


@pytest.mark.parametrize("query", ["state=open", "sort=colour", "after=x", "day=9999-12-31"])
def test_a_list_that_cannot_be_is_a_refusal_and_no_accident(people, query):
    assert people["ann"].get(f"/requests?{query}").status_code == 422


def test_a_form_without_its_mark_does_nothing(people, request_page):
    answer = people["wei"].client.post(f"{request_page}/approve", data={"note": "go ahead"})

    assert answer.status_code == 403
    assert 'data-state="requested"' in people["ann"].get(request_page).text
