"""People, their registers, what a list proposes and names of accounts, on pages."""

import io
import re
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.directory import ProposalKind
from fleet.contracts.registers import Kind
from fleet.directory.models import Proposal
from fleet.naming.models import Deviation
from fleet.people.models import Employee, Status
from fleet.registers.models import WaitingSheet
from fleet.registers.waiting import WAITS, forget
from tests.api.console.visitor import code_of
from tests.conftest import ON_SQLITE
from tests.fleet.registers.conftest import xlsx

pytestmark = ON_SQLITE
YESTERDAY = (now().date() - timedelta(days=1)).isoformat()
ROWS = [["工号", "姓名", "部门"], ["E1", "王芳", "S"]]


@pytest.fixture
def sales(stored):
    with stored() as make:
        make.department(code="S", name="销售部")


@pytest.fixture
def operator(someone, sales):
    return someone(Role.OPERATOR)


def sent(visitor, kind, content, name="people.xlsx"):
    file = (io.BytesIO(content), name)
    return visitor.send(f"/registers/{kind}/import", file=file)


def plan_of(page):
    return re.search(r'name="plan" value="([0-9a-f]{64})"', page.text)[1]


def test_a_file_is_looked_at_and_then_taken_in(operator, sessions):
    looked = sent(operator, "employees", xlsx(ROWS))
    report = operator.get(looked.location)
    with sessions() as session:
        assert session.scalars(select(Employee.number)).all() == []

    assert 'id="added">1<' in report.text
    done = operator.send(f"{looked.location}/take", plan=plan_of(report))

    assert (done.status_code, done.location) == (303, "/registers")
    with sessions() as session:
        assert session.scalars(select(Employee.number)).all() == ["E1"]
        assert session.scalars(select(WaitingSheet.id)).all() == []
    assert "王芳" in operator.get("/employees").text
    assert "S" in operator.get("/employees/E1").text


def test_wrong_rows_are_named_and_nothing_can_be_taken_in(operator):
    looked = sent(operator, "employees", xlsx([ROWS[0], ["E1", "王芳", "nowhere"]]))

    report = operator.get(looked.location)

    assert "nowhere" in report.text
    assert 'id="sure"' not in report.text
    refused = operator.send(f"{looked.location}/take")
    assert (refused.status_code, code_of(refused)) == (422, "rows_refused")


def test_a_register_that_moved_on_is_refused_and_looked_at_anew(operator, stored, sessions):
    looked = sent(operator, "employees", xlsx(ROWS))
    plan = plan_of(operator.get(looked.location))
    with stored() as make:
        place = make.session.scalars(select(Employee.department_id)).first()
        assert place is None
        make.employee(number="E1", name="王方")

    again = operator.send(f"{looked.location}/take", plan=plan)

    assert (again.status_code, code_of(again)) == (409, "register_moved_on")
    assert 'id="changed">1<' in again.text
    with sessions() as session:
        assert session.scalars(select(Employee.name)).all() == ["王方"]


@pytest.mark.parametrize(
    ("content", "code"),
    [(xlsx([["工号", "密码"], ["E1", "x"]]), "password_column"), (b"\0\1", "sheet_unreadable")],
)
def test_what_cannot_be_read_is_refused_at_once(operator, content, code):
    assert code_of(sent(operator, "employees", content)) == code


def test_a_file_has_to_be_chosen(operator):
    assert code_of(operator.send("/registers/employees/import")) == "sheet_unreadable"


def test_a_file_is_seen_by_who_sent_it_alone_and_not_for_long(operator, someone, sessions):
    looked = sent(operator, "employees", xlsx(ROWS)).location

    assert code_of(someone(Role.ADMINISTRATOR).get(looked)) == "sheet_gone"
    assert code_of(operator.get(looked.replace("employees", "departments"))) == "sheet_gone"
    with sessions.begin() as session:
        session.scalars(select(WaitingSheet)).one().sent_at = now() - WAITS
    assert code_of(operator.get(looked)) == "sheet_gone"
    with sessions.begin() as session:
        assert forget(session, at_most=10) == 1


def test_a_larger_file_than_other_forms_have_comes_through(operator):
    rows = [ROWS[0], *([f"E{n}", f"人{n}" + "长" * 100, "S"] for n in range(60_000))]
    content = "\r\n".join(",".join(row) for row in rows).encode()
    assert len(content) > 2 * 1024 * 1024

    told = {"csrf_token": operator.mark("/me").encode(), 'file"; filename="people.csv': content}
    parts = [
        b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), said)
        for name, said in told.items()
    ]
    body = b"".join([*parts, b"--x--\r\n"])
    form = "multipart/form-data; boundary=x"
    answer = operator.client.post("/registers/employees/import", data=body, content_type=form)

    assert answer.status_code == 303


def test_templates_and_exports_are_handed_out(operator, someone):
    for kind in Kind:
        template = operator.get(f"/registers/{kind}/template")
        assert load_workbook(io.BytesIO(template.data)).active.max_column > 2
        exported = operator.send(f"/registers/{kind}/export", form="csv")
        assert exported.status_code == 200
        assert f"{kind}.csv" in exported.headers["Content-Disposition"]
    assert 'type="file"' not in someone(Role.AUDITOR).get("/registers").text


def test_lists_show_people_departments_and_partners(operator, stored):
    with stored() as make:
        make.employee(number="E7", name="赵敏")
        make.partner(name="某某科技")

    assert "赵敏" in operator.get("/employees?q=E7").text
    assert "销售部" in operator.get("/departments").text
    assert "某某科技" in operator.get("/partners").text
    assert "赵敏" in operator.send("/employees/export.csv").text


@pytest.fixture
def number(stored, sales):
    with stored() as make:
        return make.proposal(employee="E9", name="林晓").number


def test_a_proposal_is_accepted(operator, number, sessions):
    assert "林晓" in operator.get("/proposals").text
    assert operator.send(f"/proposals/{number}/accept").status_code == 303

    assert 'data-state="agreed"' in operator.get(f"/proposals/{number}").text
    with sessions() as session:
        assert session.scalars(select(Employee.number)).all() == ["E9"]
    again = operator.send(f"/proposals/{number}/accept")
    assert code_of(again) == "proposal_decided"


def test_a_proposal_is_dismissed_with_a_reason(operator, number, sessions):
    assert operator.send(f"/proposals/{number}/dismiss").status_code == 422
    assert operator.send(f"/proposals/{number}/dismiss", reason="a slip").status_code == 303

    with sessions() as session:
        assert session.scalars(select(Proposal)).one().reason == "a slip"


@pytest.fixture
def crowd(stored):
    """Have a list propose that four of six people leave, and that one joins."""
    with stored() as make:
        place = make.department(code="S2")
        people = [make.employee(number=f"L{n}", department=place) for n in range(6)]
        leavers = [
            make.proposal(kind=ProposalKind.LEAVER, employee=one.number, name=one.name, said={})
            for one in people[:4]
        ]
        joiner = make.proposal(employee="E8", name="韩梅")
        return [one.number for one in leavers], joiner.number


def test_several_proposals_are_looked_at_and_then_decided(operator, number, crowd, sessions):
    leavers, joiner = crowd
    ticked = [number, joiner]
    listed = operator.get("/proposals").text
    assert listed.count('name="numbers"') == 6

    looked = operator.send("/proposals/decide", act="accept", numbers=ticked)
    assert looked.text.count('data-done="yes"') == 2
    assert 'id="guard"' not in looked.text
    with sessions() as session:
        assert not session.scalars(select(Employee).where(Employee.number == "E8")).all()
    done = operator.send("/proposals/decide", act="accept", numbers=ticked, sure="yes")

    assert (done.status_code, done.location) == (303, "/proposals")
    with sessions() as session:
        assert session.scalars(select(Employee).where(Employee.number == "E8")).one()
    again = operator.send("/proposals/decide", act="accept", numbers=[number, leavers[0]])
    assert again.text.count('data-done="no"') == 1
    assert "韩梅" not in operator.get("/proposals").text


def test_a_crowd_that_would_leave_is_shown_before_it_does(operator, crowd, sessions):
    assert 'id="accept-every"' not in operator.get("/proposals").text
    assert 'id="accept-every"' in operator.get("/proposals?kind=leaver").text
    every = {"kind": "leaver", "every": "y", "act": "accept"}

    looked = operator.send("/proposals/decide", **every)
    assert 'data-leavers="4" data-most="3"' in looked.text
    assert "alert-danger" in looked.text
    operator.send("/proposals/decide", **every, by=YESTERDAY, sure="yes")

    with sessions() as session:
        gone = select(Employee.status).where(Employee.number.in_([f"L{n}" for n in range(4)]))
        assert set(session.scalars(gone)) == {Status.LEFT}  # they hold nothing, and it is over
    assert "There is nothing here" in operator.get("/proposals?kind=leaver").text


def test_several_are_dismissed_for_one_reason(operator, crowd, sessions):
    every = {"kind": "leaver", "every": "y", "act": "dismiss"}
    assert 'id="guard"' not in operator.send("/proposals/decide", **every).text
    silent = operator.send("/proposals/decide", **every, sure="yes")
    assert code_of(silent) == "form_not_right"
    assert 'id="reason-wrong"' in silent.text

    operator.send("/proposals/decide", **every, sure="yes", reason="the list was cut short")

    with sessions() as session:
        reasons = session.scalars(select(Proposal.reason).where(Proposal.kind == "leaver")).all()
    assert reasons == ["the list was cut short"] * 4


def test_nothing_is_decided_where_nothing_is_ticked(operator, crowd):
    for told in ({"act": "accept"}, {"numbers": crowd[0]}, {"act": "accept", "numbers": "DP-0"}):
        assert operator.send("/proposals/decide", **told, sure="yes").status_code in {404, 422}


def test_a_nickname_is_agreed_on_and_noted(operator, stored, sessions):
    with stored() as make:
        place = make.department()
        account = make.account(handle="wx-1", nickname="x", department=place)
        make.naming_rule(place, template="desk{seq}")
        found = make.deviation(account, proposed="desk01").number

    assert "wx-1" in operator.get("/deviations").text
    page = f"/deviations/{found}"
    assert code_of(operator.send(f"{page}/done")) == "nickname_not_agreed"
    assert code_of(operator.send(f"{page}/accept", nickname="y")) == "nickname_deviates"
    operator.send(f"{page}/accept")
    assert 'id="wanted">desk01<' in operator.get(page).text
    operator.send(f"{page}/done")

    assert 'data-state="closed"' in operator.get(page).text
    with sessions() as session:
        assert session.scalars(select(Deviation)).one().level == "declared"
