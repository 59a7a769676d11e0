"""Cases and tasks on pages: read, done by a word, waived, asked for and cancelled."""

import html
import re
from datetime import date
from io import BytesIO

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


LEAVER = {"employee": "E1", "by": "2099-12-31"}


@pytest.fixture
def sales(stored) -> None:
    """Give 王芳 of sales with a phone and an account, 陈浩 who can follow her, and a department."""
    with stored() as make:
        sales = make.department(code="SALES")
        ann = make.employee(name="王芳", number="E1", department=sales)
        make.employee(name="陈浩", number="E2", department=sales)
        make.employee(name="周敏", number="E3", department=sales)
        make.department(code="NORTH")
        phone, account = make.device(tag="WF-0001"), make.account(handle="wx-1")
        issue(make.session, to=ann, devices=[phone], accounts=[account], actor=make.actor())


def cases(stored) -> list[tuple[str, str]]:
    with stored() as make:
        return [(one.kind.value, one.state.value) for one in make.session.query(Case)]


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("leaving", LEAVER),
        ("transfer", {**LEAVER, "to": "NORTH"}),
        ("swap", {"device": "WF-0001", "by": "2099-12-31", "reason": "a broken screen"}),
        ("joining", {"employee": "E2", "by": "2099-12-31", "phone": "y"}),
        ("reassignment", {"account": "wx-1", "to": "E2", "by": "2099-12-31", "witness": "E3"}),
    ],
)
def test_a_case_is_opened_once_its_plan_was_read(operator, stored, sales, kind, typed):
    assert f"/cases/new/{kind}" in operator.get("/cases/new").text
    assert operator.get(f"/cases/new/{kind}").status_code == 200

    plan = operator.send(f"/cases/new/{kind}", **typed)
    assert (plan.status_code, 'id="sure"' in plan.text) == (200, True)
    assert cases(stored) == []
    opened = operator.send(f"/cases/new/{kind}", **typed, sure="yes")

    assert opened.status_code == 303
    assert cases(stored) == [(kind, "open")]
    assert 'id="step-1"' in operator.get(opened.location).text


def test_what_was_typed_can_be_changed_after_the_plan(operator, stored, sales):
    plan = operator.send("/cases/new/leaving", **LEAVER, successor="E2").text
    assert 'name="successor" value="E2"' in plan

    again = operator.send("/cases/new/leaving", **LEAVER, successor="E2", change="yes").text

    assert 'value="E2"' in again
    assert cases(stored) == []


def test_a_joiner_is_handed_what_is_ticked_and_nothing_else(operator, stored, sales):
    typed = {"employee": "E2", "by": "2099-12-31", "sim": "y"}

    operator.send("/cases/new/joining", **typed, sure="yes")

    with stored() as make:
        details = make.session.query(Case).one().details
    assert details == {"phone": False, "sim": True, "accounts": []}


@pytest.mark.parametrize(
    ("kind", "typed", "code"),
    [
        ("leaving", {**LEAVER, "employee": "E99"}, "employee_not_found"),
        ("leaving", {**LEAVER, "by": "someday"}, "form_not_right"),
        ("leaving", {**LEAVER, "by": "1999-12-31"}, "day_long_past"),
        ("leaving", {**LEAVER, "successor": "E1"}, "successor_leaves_too"),
        ("transfer", {**LEAVER, "to": "SALES"}, "same_department"),
        ("swap", {"device": "WF-0001", "by": "2099-12-31"}, "form_not_right"),
        ("loss", {"incident": "IN-1999-001", "by": "2099-12-31"}, "incident_not_found"),
        ("joining", {**LEAVER, "accounts": "telegram"}, "form_not_right"),
        ("reassignment", {"account": "wx-9", "to": "E2", "by": "2099-12-31"}, "account_not_found"),
    ],
)
def test_what_is_typed_wrong_is_said_above_the_form(operator, stored, sales, kind, typed, code):
    refused = operator.send(f"/cases/new/{kind}", **typed, sure="yes")

    assert code_of(refused) == code
    assert f'action="/cases/new/{kind}"' in refused.text
    assert cases(stored) == []


@pytest.mark.parametrize(
    ("page", "form"),
    [
        ("/employees/E1", "leaving?employee=E1"),
        ("/employees/E1", "transfer?employee=E1"),
        ("/phones/WF-0001", "swap?device=WF-0001"),
        ("/accounts/wechat:wx-1", "reassignment?account=wx-1"),
    ],
)
def test_a_case_is_opened_from_where_one_looks(operator, sales, page, form):
    assert f'href="/cases/new/{form}"' in operator.get(page).text


def test_a_form_knows_who_it_was_called_for(operator, sales):
    assert 'value="E1"' in operator.get("/cases/new/leaving?employee=E1&by=someday").text


LINES = "工号,离职日期,接替人工号\nE1,2099-12-31,E2\nE3,,\nE9,2099-12-31,\n"


def test_many_leave_by_one_page_once_each_line_was_read(operator, stored, sales):
    assert "工号,离职日期" in operator.get("/cases/leavers").text
    given = {"text": LINES, "by": "2099-11-30"}
    looked = operator.send("/cases/leavers", **given).text
    assert looked.count('data-state="planned"') == 2
    assert looked.count('data-state="refused"') == 1
    assert 'id="sure"' not in looked  # all or none
    looked = operator.send("/cases/leavers", **given, each="y").text
    assert cases(stored) == []

    seen = re.search(r'name="seen" type="hidden" value="(\w{64})"', looked)[1]
    changed = {**given, "text": LINES.replace("E3", "E2"), "each": "y"}
    unread = operator.send("/cases/leavers", **changed, seen=seen, sure="yes")
    assert (unread.status_code, cases(stored)) == (200, [])
    done = operator.send("/cases/leavers", **given, each="y", seen=seen, sure="yes")

    assert "2 cases are open; 1 refused" in done.text
    assert cases(stored) == [("leaving", "open"), ("leaving", "open")]


def test_a_file_of_leavers_is_read_on_the_page(operator, stored, sales):
    file = (BytesIO(LINES.encode("gb18030")), "leavers.csv")
    looked = operator.send("/cases/leavers", file=file, by="2099-11-30").text
    assert "E9,2099-12-31," in looked  # to be corrected where it stands
    wrong = (BytesIO("工号,离职日期\nE1,someday\n".encode()), "leavers.csv")
    assert 'id="remarks"' in operator.send("/cases/leavers", file=wrong).text
    none = (BytesIO("工号\n".encode()), "leavers.csv")
    assert 'id="nobody"' in operator.send("/cases/leavers", file=none).text
    other = (BytesIO(b"name\nAnn\n"), "leavers.csv")
    assert code_of(operator.send("/cases/leavers", file=other)) == "headers_not_found"
    assert cases(stored) == []


def test_a_successor_is_changed_and_a_word_taken_back(operator, someone, stored, number):
    with stored() as make:
        make.employee(name="周敏", number="E3")
    assert operator.send(f"/cases/{number}/successor", successor="E3").status_code == 303
    assert code_of(operator.send(f"/cases/{number}/successor", successor="E99")) == (
        "employee_not_found"
    )
    assert operator.send(steps(number, CUSTOMERS, "do"), note="all of them").status_code == 303
    page = operator.get(f"/cases/{number}").text
    assert f'id="step-{CUSTOMERS}" data-state="done"' in page

    operator.send(f"/cases/{number}/reopen", step=str(CUSTOMERS), reason="not all of them")

    page = operator.get(f"/cases/{number}").text
    assert f'id="step-{CUSTOMERS}" data-state="open"' in page


def test_a_cancelled_case_is_begun_again_on_its_page(operator, stored, number):
    operator.send(f"/cases/{number}/cancel", reason="she stays")
    assert 'id="reopen"' in operator.get(f"/cases/{number}").text

    assert operator.send(f"/cases/{number}/reopen", reason="she leaves").status_code == 303

    assert cases(stored) == [("leaving", "open")]


def test_a_hand_over_leads_to_the_paper_that_all_three_sign(operator, sales):
    typed = {"account": "wx-1", "to": "E2", "by": "2099-12-31", "witness": "E3"}
    page = operator.get(operator.send("/cases/new/reassignment", **typed, sure="yes").location).text

    address = html.unescape(re.search(r'id="hand-over" href="([^"]+)"', page)[1])

    form = operator.get(address).text
    assert 'value="wx-1"' in form
    assert 'value="E3"' in form
