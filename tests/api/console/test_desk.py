"""Incidents, findings, drafts of violations, changes at stations and the sealed slip, on pages."""

import csv
import io

import pytest

from fleet.access.actor import SYSTEM
from fleet.compliance.findings import open_finding
from fleet.contracts.access import Role
from fleet.contracts.accounts import AccountKind
from fleet.contracts.clock import now
from fleet.contracts.findings import Rule
from fleet.custody.issuing import issue
from fleet.keys.sources import load_keyring
from fleet.rotation.services import plan_rotation
from fleet.vault.tools import Tools
from tests.api.console.conftest import PIN
from tests.api.console.visitor import code_of

YEAR = now().year
LOST = {"kind": "lost", "things": "WF-0001", "note": "in the train"}


@pytest.fixture
def tools(settings):
    return Tools(load_keyring(settings), settings)


@pytest.fixture
def found(people, stored, tools):
    """Have Ann's phone refuse its PIN: a finding, an incident and a draft of a violation."""
    with stored() as make:
        phone = make.session.merge(make.device(tag="WF-0002"))
        ann = make.employee(name="Cai", department=make.department(code="SHOP"))
        issue(make.session, to=ann, devices=[phone], actor=SYSTEM)
        told = {"since": None, "digest": None, "actor": SYSTEM}
        open_finding(make.session, tools, phone, Rule.PIN_REFUSED, **told)


@pytest.fixture
def reported(people) -> str:
    return people["ann"].send("/incidents/new", **LOST, sure="yes").location


def lines(answer):
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def test_what_would_follow_is_said_before_anything_happens(people, someone):
    page = people["ann"].send("/incidents/new", **LOST)

    assert "mark it lost: WF-0001" in page.text
    assert "There is nothing here" in someone(Role.OPERATOR).get("/incidents").text


def test_the_holder_reports_and_the_desk_sees_it(people, reported, someone):
    operator = someone(Role.OPERATOR)

    assert f'href="{reported}"' in operator.get("/incidents?state=open&kind=lost").text
    assert "There is nothing here" in operator.get("/incidents?kind=stolen").text
    assert "in the train" in people["wei"].get(reported).text


def test_an_incident_of_others_is_nobodys_to_see(people, reported):
    assert code_of(people["ben"].get(reported)) == "incident_not_found"
    assert reported not in people["ben"].get("/incidents").text
    assert len(lines(people["ben"].send("/incidents/export.csv"))) == 1


@pytest.mark.parametrize("name", ["incidents", "requests", "violations"])
def test_a_file_holds_nothing_of_others(found, people, reported, someone, name):
    above = lines(someone(Role.SUPERVISOR).send(f"/{name}/export.csv"))
    beside = lines(people["ben"].send(f"/{name}/export.csv"))

    assert len(above) > 1
    assert beside == above[:1]


def test_the_slip_of_another_one_is_not_there(issued, people):
    for ask in (people["ben"].get, people["ben"].send):
        assert code_of(ask(f"{issued}/slip")) == "request_not_found"


def test_nobody_reports_what_others_hold(people):
    refused = people["ben"].send("/incidents/new", **LOST, sure="yes")

    assert code_of(refused) == "device_not_found"


def test_measures_end_with_a_word_and_then_the_incident_closes(people, reported, someone):
    operator = someone(Role.OPERATOR)
    open_ones = operator.get(reported).text.count('data-state="open"') - 1
    assert code_of(operator.send(f"{reported}/close", text="all done")) == "measures_open"

    for number in range(1, 9):
        operator.send(f"{reported}/measures/{number}/done", note="by telephone")
    operator.send(f"{reported}/close", text="all done")

    assert open_ones
    assert 'data-state="closed"' in operator.get(reported).text


def test_a_measure_ends_with_no_empty_word(people, reported, someone):
    refused = someone(Role.OPERATOR).send(f"{reported}/measures/2/done", note="k")

    assert code_of(refused) == "form_not_right"
    assert refused.text.count('value="k"') == 1  # at that measure, and what is wrong beneath it
    assert 'id="note-2-wrong"' in refused.text


def test_a_note_that_is_too_short_is_kept_and_said_to_be(people, reported):
    refused = people["ann"].send(f"{reported}/notes", text=" ")

    assert code_of(refused) == "form_not_right"
    assert 'id="text-wrong"' in refused.text


def test_a_note_is_added_by_the_holder(people, reported):
    people["ann"].send(f"{reported}/notes", text="it was =HYPERLINK()")

    assert "it was =HYPERLINK()" in people["ann"].get(reported).text


def test_a_list_as_a_file_is_what_was_filtered_and_an_entry_of_the_trail(people, reported, someone):
    operator = someone(Role.OPERATOR)
    whole = lines(operator.send("/incidents/export.csv", state="open"))
    none = lines(operator.send("/incidents/export.csv", state="closed"))

    assert [row[0] for row in whole[1:]] == [reported.removeprefix("/incidents/")]
    assert whole[0] == none[0] != []
    assert len(none) == 1
    assert someone(Role.AUDITOR).get("/audit?event=list.exported").text.count("incidents") >= 2


def test_a_finding_says_what_was_seen_and_closes_by_no_click(found, someone):
    auditor = someone(Role.AUDITOR)
    listed = auditor.get("/findings?rule=pin_refused&state=open").text
    page = auditor.get(f"/findings/FD-{YEAR}-001")

    assert f"/findings/FD-{YEAR}-001" in listed
    assert "WF-0002" in page.text
    assert '<form method="post" action="/findings' not in page.text


def test_a_draft_is_seen_and_decided_above_and_by_nobody_beside(found, people, someone):
    supervisor = someone(Role.SUPERVISOR)
    address = f"/violations/VD-{YEAR}-001"
    assert code_of(people["wei"].get(address)) == "violation_not_found"
    assert address in supervisor.get("/violations?state=draft").text

    supervisor.send(f"{address}/dismiss", reason="the desk had asked for it")

    assert 'data-state="dismissed"' in supervisor.get(address).text
    assert "the desk had asked for it" in supervisor.get(address).text
    again = supervisor.send(f"{address}/keep", reason="no")
    assert code_of(again) in {"violation_decided", "form_not_right"}


@pytest.fixture
def binding(stored, tools):
    """Give the page of a binding that is planned, without a station."""
    with stored() as make:
        phone = make.device()
        make.sim(number="13800002231", device_id=phone.id)
        account = make.account(AccountKind.WECOM, handle="wang.fang", device=phone)
        planned = plan_rotation(make.session, tools, account, reason="asked", actor=SYSTEM)
        return f"/rotations/{planned.id}"


def test_a_change_is_shown_step_by_step(binding, someone):
    auditor = someone(Role.AUDITOR)
    page = auditor.get(binding).text

    assert "13800002231" in page
    assert "not declared yet" in page
    assert 'http-equiv="refresh"' in page
    assert binding in auditor.get("/rotations?live=true&kind=account_binding").text


def test_what_one_declares_another_one_witnesses(binding, someone, app, person):
    operator, other = someone(Role.OPERATOR), someone(Role.ADMINISTRATOR)

    operator.send(f"{binding}/devices/declare", note="looked at both")
    alone = operator.send(f"{binding}/devices/witness")
    other.send(f"{binding}/devices/witness")

    assert code_of(alone) == "witness_is_the_same"
    assert "Witness:" in other.get(binding).text


def test_two_people_on_pages_end_a_binding_by_hand(binding, someone):
    operator, other = someone(Role.OPERATOR), someone(Role.ADMINISTRATOR)
    for what in ("devices", "wechat", "real_name", "changed"):
        operator.send(f"{binding}/{what}/declare", note="with the phone in hand")
        other.send(f"{binding}/{what}/witness")

    assert 'data-state="declared"' in operator.get(binding).text


@pytest.fixture
def issued(people, someone) -> str:
    """Give the page of the value that Ann is to be handed since her phone was issued."""
    listed = someone(Role.OPERATOR).get("/requests?to_hand_over=true").text
    return "/requests/" + listed.split('href="/requests/')[2].split('"')[0]


def test_a_slip_is_shown_once_and_stays_on_record(issued, someone):
    operator = someone(Role.OPERATOR)
    assert PIN not in operator.get(f"{issued}/slip").text

    slip = operator.send(f"{issued}/slip")

    assert PIN in slip.text
    assert "Ann" in slip.text
    assert slip.headers["Cache-Control"] == "no-store"
    assert code_of(operator.send(f"{issued}/slip")) == "handed_over"
    assert PIN not in operator.get(issued).text
    told = someone(Role.AUDITOR).get("/audit?event=credential.disclosed").text
    assert "WF-0001" in told


def test_no_holder_prints_a_slip_himself(issued, people):
    refused = people["ann"].send(f"{issued}/slip")

    assert code_of(refused) == "slips_not_for_holders"
    assert PIN not in refused.text


def test_slips_count_among_what_is_shown_in_an_hour(issued, someone, settings):
    operator = someone(Role.OPERATOR)
    for _ in range(settings.disclosures_per_hour):
        operator.send(f"{issued}/slip")

    assert operator.send(f"{issued}/slip").status_code == 429
