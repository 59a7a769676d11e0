"""People apply, decide, sign and are handed things on pages, and see their loans."""

from datetime import timedelta

import pytest

from fleet.access.actor import SYSTEM
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.custody import Thing
from fleet.contracts.facts import App, Lock, Os, PhoneFacts
from fleet.contracts.proof import Level
from fleet.contracts.work_apps import WECHAT
from fleet.custody.issuing import issue
from fleet.keys.sources import load_keyring
from fleet.people.queries import employee
from fleet.vault.queries import pin_of
from fleet.vault.services import adopt
from fleet.vault.tools import Tools
from tests.api.console.visitor import code_of

ASKED = {"phone": "y", "reason": "the old one is slow"}


@pytest.fixture
def stock(people, stored, settings):
    """Put a phone into stock that a station has found to be well."""
    tools = Tools(load_keyring(settings), settings)
    with stored() as make:
        phone = make.device(tag="WF-0009")
        facts = PhoneFacts(
            os=Os(sdk=35, security_patch="2026-10-01"),
            lock=Lock(secure=True, credential_type="pin"),
            apps=(App(package=WECHAT, version_name="8.0.54", users=(0,), enabled=True),),
            probed_at=now(),
        )
        phone.facts, phone.last_seen_at = facts.model_dump(mode="json"), now()
        known = {"value": "402917", "reason": "test", "actor": SYSTEM}
        adopt(make.session, tools, pin_of(phone), **known).level = Level.PROVEN


@pytest.fixture
def applied(people) -> str:
    return people["ann"].send("/applications/new", **ASKED).location


def digest_on(page: str) -> str:
    return page.partition('name="digest" value="')[2].partition('"')[0]


def test_from_the_application_to_the_phone_in_her_hands(people, stock, applied, someone):
    ann, wei, desk = people["ann"], people["wei"], someone(Role.OPERATOR)
    assert 'id="approve"' not in ann.get(applied).text
    assert "Applications waiting for you: 1" in wei.get("/").text
    wei.send(f"{applied}/approve", note="go ahead")
    assert 'id="reserve"' not in ann.get(applied).text

    desk.send(f"{applied}/reserve")
    desk.send(f"{applied}/prepare")
    page = ann.get(applied).text
    assert 'data-ready="true"' in page
    assert "WF-0009" in page
    assert "lost, stolen" in page
    ann.send(f"{applied}/sign", digest=digest_on(page))
    desk.send(f"{applied}/issue", condition="new")

    assert 'data-state="issued"' in ann.get(applied).text


def test_both_sign_the_issue_form_on_pages(people, stock, applied, someone):
    ann, desk = people["ann"], someone(Role.OPERATOR)
    people["wei"].send(f"{applied}/approve", note="go ahead")
    desk.send(f"{applied}/reserve")
    assert 'id="make-form"' in desk.get(applied).text
    assert 'id="make-form"' not in ann.get(applied).text

    made = desk.send(f"{applied}/form", condition="good", condition_note="a scratch").location
    number = made.rpartition("/")[2]
    assert f'href="/sign/{number}"' in ann.get(applied).text
    assert 'id="agreement"' not in ann.get(applied).text
    page = ann.get(f"/sign/{number}").text
    assert "a scratch" in page
    digest = digest_on(page) or page.partition('type="hidden" value="')[2].partition('"')[0]
    early = desk.send(f"/sign/{number}", role="handler", digest=digest)
    assert code_of(early) == "holder_signs_first"
    ann.send(f"/sign/{number}", role="holder", digest=digest)
    assert 'data-state="signed"' in ann.get(applied).text
    done = desk.send(f"/sign/{number}", role="handler", digest=digest)

    assert "WF-0009: now with Ann" in desk.get(done.location).text
    assert 'data-state="issued"' in ann.get(applied).text


def test_a_form_of_nothing_that_is_reserved_is_refused_on_the_page(people, applied, someone):
    answer = someone(Role.OPERATOR).send(f"{applied}/form")

    assert code_of(answer) == "nothing_reserved"


def test_a_head_refuses_with_a_reason_and_others_see_nothing(people, applied):
    assert code_of(people["ben"].get(applied)) == "application_not_found"
    assert code_of(people["wei"].send(f"{applied}/refuse", note="x")) == "form_not_right"
    people["wei"].send(f"{applied}/refuse", note="not this year")

    assert "not this year" in people["ann"].get(applied).text
    assert code_of(people["ann"].send(f"{applied}/withdraw", note="never mind")) == (
        "application_move_not_allowed"
    )


def test_nobody_approves_his_own(people, applied):
    assert code_of(people["ann"].send(f"{applied}/approve", note="for me")) == "applicant_decides"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({"phone": ""}, "form_not_right"),
        ({"reason": "x"}, "form_not_right"),
        ({"until": "2020-01-01"}, "lent_until_the_past"),
        ({"real_name": "Anna"}, "real_name_wrong"),
        ({"account": "nonsense"}, "form_not_right"),
    ],
)
def test_what_cannot_be_applied_for_is_refused_with_what_was_typed(people, typed, code):
    answer = people["ann"].send("/applications/new", **{**ASKED, **typed})

    assert code_of(answer) == code
    assert f'value="{ {**ASKED, **typed}["reason"] }"' in answer.text


def test_the_desk_applies_for_somebody_and_takes_it_back(people, someone):
    desk = someone(Role.OPERATOR)
    assert 'name="holder"' in desk.get("/applications/new").text
    assert 'name="holder"' not in people["ben"].get("/applications/new").text
    nobody = desk.send("/applications/new", **ASKED)
    assert code_of(nobody) == "nobody_to_apply_for"


def test_an_old_text_is_not_signed(people, stock, applied, someone):
    people["wei"].send(f"{applied}/approve", note="go ahead")
    someone(Role.OPERATOR).send(f"{applied}/reserve")

    assert code_of(people["ann"].send(f"{applied}/sign", digest="0" * 64)) == "agreement_moved_on"
    paper = someone(Role.OPERATOR).get(applied).text
    someone(Role.OPERATOR).send(f"{applied}/sign", digest=digest_on(paper))
    assert "on paper" in people["ann"].get(applied).text


def test_nothing_fits_is_said_on_the_page(people, applied, someone):
    people["wei"].send(f"{applied}/approve", note="go ahead")

    assert code_of(someone(Role.OPERATOR).send(f"{applied}/reserve")) == "none_fits"


def test_lists_end_where_the_reach_does_and_are_exported(people, applied, someone):
    assert f'href="{applied}"' in people["wei"].get("/applications?mine=true").text
    assert applied not in people["ben"].get("/applications").text
    assert applied.rpartition("/")[2] in people["ann"].send("/applications/export.csv").text


def test_a_loan_is_seen_by_its_holder_and_made_longer_by_the_desk(people, stored, someone):
    until = (now() + timedelta(days=2)).astimezone().date()
    later = until + timedelta(days=9)
    with stored() as make:
        phone, ann = make.device(tag="LENT"), employee(make.session, number_of(make, "Ann"))
        [held] = issue(make.session, to=ann, devices=[phone], until=until, actor=SYSTEM).holdings
        assert held.thing is Thing.DEVICE
        address = f"/loans/{held.id}"
    desk = someone(Role.OPERATOR)

    assert "Loans due within 3 days, or overdue: 1" in desk.get("/").text
    assert address in people["ann"].get("/loans").text
    assert address not in people["ben"].get("/loans").text
    assert code_of(people["ben"].get(address)) == "loan_not_found"
    assert 'id="extend"' not in people["ann"].get(address).text
    assert code_of(desk.send(f"{address}/extend", until="", reason="fair")) == "form_not_right"
    desk.send(f"{address}/extend", until=later.isoformat(), reason="fair")
    assert later.isoformat() in people["ann"].get(address).text
    assert "LENT" in people["ann"].send("/loans/export.csv").text


def number_of(make, name):
    from sqlalchemy import select

    from fleet.people.models import Employee

    return make.session.scalars(select(Employee.number).where(Employee.name == name)).one()
