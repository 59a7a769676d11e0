"""Cases and tasks on pages: read, done by a word, waived, asked for and cancelled."""

from datetime import date

import pytest

from fleet.cases.models import Case
from fleet.cases.opening import open_leaving
from fleet.contracts.access import Role
from fleet.contracts.accounts import AccountKind
from fleet.custody.issuing import issue
from fleet.keys.sources import load_keyring
from fleet.vault.tools import Tools
from tests.api.console.visitor import code_of

CUSTOMERS, BACKUP = 2, 3


@pytest.fixture
def number(stored, settings, someone) -> str:
    """Give the leaving of somebody with a phone and a WeCom account, whom 陈浩 follows."""
    with stored() as make:
        ann = make.employee(name="王芳")
        ben = make.employee(name="陈浩", number="E2")
        phone, account = make.device(tag="WF-0001"), make.account(AccountKind.WECOM)
        boss = make.actor()
        issue(make.session, to=ann, devices=[phone], accounts=[account], actor=boss)
        tools = Tools(load_keyring(settings), settings)
        case = open_leaving(
            make.session, tools, ann, by=date(2099, 12, 31), successor=ben, actor=boss
        )
        make.user(Role.EMPLOYEE, employee_id=ben.id)
        return case.number


@pytest.fixture
def operator(someone):
    return someone(Role.OPERATOR)


def steps(number: str, step: int, verb: str) -> str:
    return f"/cases/{number}/steps/{step}/{verb}"


def test_a_case_is_listed_and_shown_with_its_steps(operator, number):
    assert number in operator.get("/cases?kind=leaving&state=open").text

    shown = operator.get(f"/cases/{number}").text

    assert f'id="step-{BACKUP}" data-state="open"' in shown
    assert "never the leaving certificate" in shown
    assert "WF-0001" in shown


def test_who_has_a_user_says_it_himself(operator, number):
    refused = operator.send(steps(number, CUSTOMERS, "do"), note="all of them")

    assert code_of(refused) == "step_of_another"
    assert 'value="all of them"' in refused.text


def test_a_step_that_shows_itself_is_not_ticked(operator, number):
    page = operator.get(f"/cases/{number}").text
    assert steps(number, BACKUP, "do") in page

    refused = operator.send(steps(number, BACKUP, "do"), note="it is there")

    assert code_of(refused) == "step_is_proven"


def test_a_waiver_is_asked_for_on_one_page_and_given_on_another(operator, someone, number):
    waive = steps(number, BACKUP, "waive")
    assert code_of(operator.send(waive, note="burnt phone")) == "not_allowed"
    assert operator.send(waive, note="burnt phone", ask="true").status_code == 303

    administrator = someone(Role.ADMINISTRATOR)
    assert "burnt phone" in administrator.get("/tasks?kind=waiver").text
    assert administrator.send(waive, note="seen by me").status_code == 303

    assert f'id="step-{BACKUP}" data-state="waived"' in operator.get(f"/cases/{number}").text


def test_cancelling_says_first_what_it_takes_back(operator, stored, number):
    asked = operator.get(f"/cases/{number}/cancel").text
    assert "WF-0001" in asked

    assert operator.send(f"/cases/{number}/cancel", reason="he stays").status_code == 303

    with stored() as make:
        assert make.session.query(Case).one().state.value == "cancelled"
    assert code_of(operator.send(f"/cases/{number}/cancel", reason="again")) == (
        "case_move_not_allowed"
    )


def test_what_waits_for_one_is_on_a_page_of_its_own(operator, number):
    tasks = operator.get("/tasks").text

    assert f'data-of="{number}"' in tasks
    assert "workfleet accept WF-0001" in tasks
    assert "Steps that wait for you" in operator.get("/").text


def test_cases_are_written_to_a_file(operator, number):
    assert number in operator.send("/cases/export.csv", state="open").text
