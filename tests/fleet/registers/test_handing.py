"""Things are handed out by a spreadsheet: every row or none, and never twice."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fleet.access.errors import NotAllowed
from fleet.applications.reserving import reserve
from fleet.applications.services import make as apply_for
from fleet.contracts.access import Role
from fleet.contracts.accounts import AccountKind
from fleet.contracts.applications import (
    ApplicationIn,
    ApplicationPolicyIn,
    ReserveIn,
    SimWish,
    Term,
    Wants,
)
from fleet.contracts.clock import now
from fleet.contracts.registers import Kind
from fleet.custody.issuing import issue
from fleet.custody.models import Holding
from fleet.custody.queries import held_by
from fleet.people.models import Status
from fleet.registers.errors import RowsRefused
from tests.fleet.registers.conftest import Counter, xlsx

PAIRS = ["工号", "领用人", "资产编号", "手机号", "微信号", "已知首次注册人", "借用至"]


@pytest.fixture
def ann(make):
    return make.employee(number="E1", name="王芳")


@pytest.fixture
def ben(make):
    return make.employee(number="E2", name="李雷")


@pytest.fixture
def stock(make):
    make.device(tag="WF-1"), make.device(tag="WF-2")
    make.sim(number="13800138000")
    make.account(handle="wx-1")


def names(session, employee):
    return {one.name for one in held_by(session, employee)}


def test_everybody_is_given_what_stands_in_his_row(take, session, stock, ann, ben):
    until = (now() + timedelta(days=9)).astimezone().date()
    rows = [
        PAIRS,
        ["E1", "王芳", "WF-1", "13800138000", "wx-1"],
        ["E2", "", "WF-2", *[""] * 3, until],
    ]

    done = take(Kind.HOLDINGS, rows)

    assert (done.rows, done.added, done.refused) == (2, 2, 0)
    assert names(session, ann) == {"WF-1", "13800138000", "wx-1"}
    [lent] = held_by(session, ben)
    assert (lent.name, lent.due_on) == ("WF-2", until)


def test_the_same_file_again_hands_out_nothing(take, session, stock, ann):
    rows = [PAIRS, ["E1", "王芳", "WF-1", "13800138000"]]
    take(Kind.HOLDINGS, rows)

    again = take(Kind.HOLDINGS, rows)

    assert (again.added, again.unchanged) == (0, 1)
    assert len(session.scalars(select(Holding)).all()) == 2


def test_what_he_has_already_is_left_and_the_rest_is_added(take, session, stock, ann):
    take(Kind.HOLDINGS, [PAIRS, ["E1", "", "WF-1"]])

    done = take(Kind.HOLDINGS, [PAIRS, ["E1", "", "WF-1", "13800138000"]])

    assert done.added == 1
    assert names(session, ann) == {"WF-1", "13800138000"}


def refused(look, *row):
    [remark] = look(Kind.HOLDINGS, [PAIRS, row]).remarks
    return remark.column, remark.message


def test_each_row_that_cannot_be_is_named_with_its_column(look, session, make, stock, ann, ben):
    issue(session, to=ben, devices=[make.device(tag="OUT")], actor=make.actor())
    make.account(handle="wx-2", registrant="赵敏")
    make.employee(number="E3", name="赵云", status=Status.LEFT)
    past = now().date() - timedelta(days=1)

    assert refused(look, "E9", "", "WF-1")[0] == "工号"
    assert refused(look, "E1", "李雷", "WF-1")[0] == "领用人"
    assert refused(look, "E1", "", "NONE")[0] == "资产编号"
    assert "李雷 (E2)" in refused(look, "E1", "", "OUT")[1]
    assert refused(look, "E3", "", "WF-1")[0] == "工号"
    assert refused(look, "E1", "", "", "13900139000")[0] == "手机号"
    assert refused(look, "E1", "", "", "", "wx-2")[0] == "已知首次注册人"
    assert refused(look, "E1", "", "WF-1", "", "", "", past)[0] == "借用至"
    assert look(Kind.HOLDINGS, [PAIRS, ["E1", "", "", "", "wx-2", "是"]]).added == 1


def test_a_thing_stands_in_one_row_and_a_person_gets_one_account_of_a_kind(
    look, make, stock, ann, ben
):
    make.account(handle="wx-2")
    make.account(AccountKind.WECOM, handle="wx-2")
    twice = look(Kind.HOLDINGS, [PAIRS, ["E1", "", "WF-1"], ["E2", "", "WF-1"]])
    both = [PAIRS, ["E1", "", "", "", "wx-1"], ["E1", "", "", "", "wx-2"]]

    assert (twice.added, twice.refused) == (1, 1)
    assert look(Kind.HOLDINGS, both).refused == 1
    kinds = [[*PAIRS, "账号类型"], [*both[1], "", "", ""], [*both[2], "", "", "企业微信"]]
    assert look(Kind.HOLDINGS, kinds).refused == 0


def test_what_is_reserved_is_refused_with_its_application(look, session, make, stock, ann, ben):
    desk, security = make.actor(), make.actor(Role.SECURITY)
    from fleet.applications.policies import set_policy

    nobody = ApplicationPolicyIn(term=Term.PERMANENT, reason="test", approvers=[])
    set_policy(session, nobody, actor=security)
    given = ApplicationIn(holder="E2", reason="needs one", wants=Wants(sim=SimWish()))
    application = apply_for(session, given, actor=desk)
    reserve(session, application, ReserveIn(), actor=desk)

    assert application.number in refused(look, "E1", "", "", "13800138000")[1]


def test_one_wrong_row_keeps_all_of_them_out(take, session, stock, ann):
    with pytest.raises(RowsRefused):
        take(Kind.HOLDINGS, [PAIRS, ["E1", "", "WF-1"], ["E1", "", "NONE"]])

    assert names(session, ann) == set()


def test_only_who_may_issue_hands_out_by_a_file(session, settings, make, stock, ann):
    auditor = Counter(session, settings, make.actor(Role.AUDITOR))

    with pytest.raises(NotAllowed):
        auditor.look(Kind.HOLDINGS, xlsx([PAIRS, ["E1", "", "WF-1"]]))


def test_a_longer_file_is_looked_at_in_no_more_questions(look, make, count_queries):
    def pairs(count):
        people = [make.employee() for _ in range(count)]
        return [PAIRS, *([one.number, "", make.device().tag] for one in people)]

    few, many = pairs(2), pairs(40)
    with count_queries() as first:
        look(Kind.HOLDINGS, few)
    with count_queries() as second:
        look(Kind.HOLDINGS, many)

    assert len(second) == len(first)
