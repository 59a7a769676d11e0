"""The company's list of its people on pages: looked at, guarded, and made into proposals."""

import io

import pytest
from sqlalchemy import select

from fleet.contracts.access import Role
from fleet.directory.models import Proposal
from fleet.people.models import Employee
from fleet.registers.models import WaitingSheet
from tests.api.console.visitor import code_of
from tests.conftest import ON_SQLITE

pytestmark = ON_SQLITE
HEAD = "工号,姓名,部门"
JOINS = f"{HEAD}\nE1,王芳,S\nE2,李雷,S\nE3,赵敏,S\nE4,林晓,S\nE5,陈浩,S\nE9,韩梅,S\n"


@pytest.fixture
def people(stored):
    """Have five people in sales."""
    with stored() as make:
        sales = make.department(code="S", name="销售部")
        for n, name in enumerate(("王芳", "李雷", "赵敏", "林晓", "陈浩"), start=1):
            make.employee(number=f"E{n}", name=name, department=sales)


@pytest.fixture
def operator(someone, people):
    return someone(Role.OPERATOR)


def sent(visitor, text):
    return visitor.send("/directory/lists", file=(io.BytesIO(text.encode()), "people.csv"))


def proposed(sessions):
    with sessions() as session:
        return session.scalars(select(Proposal.employee).order_by(Proposal.employee)).all()


def test_a_list_is_looked_at_and_then_proposes(operator, sessions):
    assert 'href="/directory"' in operator.get("/proposals").text
    assert 'type="file"' in operator.get("/directory").text
    looked = sent(operator, JOINS).location
    report = operator.get(looked).text

    assert 'data-kind="joiner">1<' in report
    assert 'id="guard"' not in report
    assert proposed(sessions) == []
    done = operator.send(f"{looked}/propose")

    assert (done.status_code, done.location) == (303, "/proposals")
    assert proposed(sessions) == ["E9"]
    assert "韩梅" in operator.get("/proposals").text
    with sessions() as session:
        assert session.scalars(select(WaitingSheet)).all() == []
        assert len(session.scalars(select(Employee)).all()) == 5
    again = operator.get(sent(operator, JOINS).location).text
    assert 'id="sure"' not in again  # it says nothing that is not proposed already


def test_a_crowd_does_not_leave_by_a_file_of_whoever_may_not_say_so(operator, sessions):
    looked = sent(operator, f"{HEAD}\nE1,王芳,S\n").location
    report = operator.get(looked).text

    assert 'data-leavers="4" data-most="3"' in report
    assert "4 of 5 would leave" in report
    assert 'id="sure"' not in report
    assert code_of(operator.send(f"{looked}/propose")) == "too_many_leavers"
    forced = operator.send(f"{looked}/propose", allow_leavers="4")
    assert (forced.status_code, code_of(forced)) == (403, "not_allowed")
    assert proposed(sessions) == []


def test_an_administrator_says_how_many_may_leave(someone, people, sessions):
    administrator = someone(Role.ADMINISTRATOR)
    looked = sent(administrator, f"{HEAD}\nE1,王芳,S\n").location
    assert 'name="allow_leavers"' in administrator.get(looked).text

    few = administrator.send(f"{looked}/propose", allow_leavers="3")
    assert code_of(few) == "too_many_leavers"
    assert 'data-kind="leaver">4<' in few.text
    wrong = administrator.send(f"{looked}/propose", allow_leavers="many")
    assert code_of(wrong) == "form_not_right"
    assert administrator.send(f"{looked}/propose", allow_leavers="4").status_code == 303

    assert proposed(sessions) == ["E2", "E3", "E4", "E5"]


def test_wrong_rows_are_named_and_nothing_is_proposed(operator, sessions):
    looked = sent(operator, f"{JOINS}E10,无名,nowhere\n").location
    report = operator.get(looked).text

    assert "nowhere" in report
    assert 'id="sure"' not in report
    assert code_of(operator.send(f"{looked}/propose")) == "rows_refused"
    assert proposed(sessions) == []


def test_a_list_is_no_register_and_is_seen_by_who_sent_it_alone(operator, someone):
    looked = sent(operator, JOINS).location
    key = looked.rpartition("/")[2]

    assert code_of(operator.get(f"/registers/employees/sheets/{key}")) == "sheet_gone"
    assert code_of(someone(Role.ADMINISTRATOR).get(looked)) == "sheet_gone"
    assert someone(Role.AUDITOR).get("/directory").status_code == 403
    assert 'href="/directory"' not in someone(Role.AUDITOR).get("/proposals").text


def test_what_is_no_list_is_refused_at_once(operator):
    assert code_of(operator.send("/directory/lists")) == "sheet_unreadable"
    assert code_of(sent(operator, "\0\1")) == "sheet_unreadable"
