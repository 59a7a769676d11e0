"""Rules for names by department and day; what deviates is due, and closes by what is on record."""

import threading
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from fleet.access.errors import NotAllowed
from fleet.accounts.services import add_account, correct_account
from fleet.audit.services import recorded
from fleet.contracts.access import Role
from fleet.contracts.accounts import AccountKind
from fleet.contracts.clock import now
from fleet.contracts.naming import (
    DeviationQuery,
    DeviationState,
    Fault,
    NamingCheckQuery,
    NamingRuleIn,
    NamingRuleQuery,
    NamingShowQuery,
)
from fleet.contracts.proof import Level
from fleet.contracts.registers import Kind
from fleet.custody.issuing import issue
from fleet.database import make_sessions
from fleet.naming.errors import (
    DeviationClosed,
    DeviationNotFound,
    NameLengthsUnclear,
    NamingInThePast,
    NicknameDeviates,
    NicknameNotAgreed,
    NicknameTaken,
    NoNamingRule,
    NothingProposed,
    NothingToInherit,
    TemplateUnclear,
)
from fleet.naming.judging import judge, judge_by_itself
from fleet.naming.models import Deviation
from fleet.naming.queries import (
    check,
    deviation,
    deviations,
    names,
    rule_in_force,
    rules,
)
from fleet.naming.services import agree, foreseen, note_set, set_rule
from fleet.registers.errors import RowsRefused
from fleet.settings import Settings
from tests.conftest import DIALECTS
from tests.factories import Make
from tests.fleet.registers.conftest import Counter, xlsx


@pytest.fixture
def security(make):
    return make.actor(Role.SECURITY)


@pytest.fixture
def operator(make):
    return make.actor(Role.OPERATOR)


@pytest.fixture
def set_(session, security):
    def set_(template="{dept}-{name}", **given):
        said = {"kind": AccountKind.WECHAT, "template": template, "reason": "test", **given}
        return set_rule(session, NamingRuleIn(**said), actor=security)

    return set_


@pytest.fixture
def fang(make):
    return make.employee(name="王芳", department=make.department(code="S", name="销售部"))


@pytest.fixture
def hers(session, make, fang, operator):
    """Give an account that 王芳 holds, called as nobody has asked."""
    account = make.account(handle="wx-1", nickname="小王")
    issue(session, to=fang, accounts=[account], registrant_seen=True, actor=operator)
    return account


def judged(session, operator, *accounts):
    judge(session, [one.id for one in accounts], names(session), actor=operator)
    rows = session.scalars(select(Deviation).where(Deviation.closed_at.is_(None)))
    return {one.account.handle: one for one in rows}


def test_what_is_named_otherwise_is_due_and_has_a_proposal(session, set_, hers, operator):
    rule, accounts, deviating = set_(due_days=10)

    [found] = judged(session, operator, hers).values()

    assert (rule.template, accounts, deviating) == ("{dept}-{name}", 1, 1)
    assert (found.nickname, found.faults) == ("小王", [Fault.OTHER])
    assert found.proposed == "销售部-王芳"
    assert found.due_at - found.opened_at == timedelta(days=10)
    assert judged(session, operator, hers) == {"wx-1": found}


def test_what_the_register_says_well_closes_and_is_declared(session, set_, hers, operator):
    set_()
    [found] = judged(session, operator, hers).values()

    correct_account(session, hers, {"nickname": "销售部-王芳"}, actor=operator)

    assert (found.closed_because, found.level) == ("named_well", Level.DECLARED)
    assert recorded(session)[-1].name == "naming_deviation.closed"


def test_a_nickname_is_agreed_on_set_and_seen(session, set_, hers, operator):
    set_()
    [found] = judged(session, operator, hers).values()
    with pytest.raises(NicknameNotAgreed):
        note_set(session, found, picture=None, actor=operator)

    agree(session, found, None, actor=operator)
    assert (found.state, found.wanted) == (DeviationState.AGREED, "销售部-王芳")
    assert judged(session, operator, hers) == {"wx-1": found}  # agreed on is not set
    note_set(session, found, picture="a" * 64, actor=operator)

    assert (found.state, found.level, found.digest) == (
        DeviationState.CLOSED,
        Level.OBSERVED,
        "a" * 64,
    )
    assert hers.nickname == "销售部-王芳"
    assert judged(session, operator, hers) == {}
    with pytest.raises(DeviationClosed):
        agree(session, found, None, actor=operator)


def test_what_somebody_says_is_declared(session, set_, hers, operator):
    set_()
    [found] = judged(session, operator, hers).values()
    agree(session, found, "销售部-王芳3", actor=operator)

    note_set(session, found, picture=None, actor=operator)

    assert (found.level, hers.nickname) == (Level.DECLARED, "销售部-王芳3")


def test_no_two_accounts_are_called_alike(session, make, set_, hers, fang, operator):
    set_()
    make.account(nickname="销售部-王芳")
    other = make.account(handle="wx-2", nickname="大王")
    namesake = make.employee(name="王芳", department=fang.department)
    issue(session, to=namesake, accounts=[other], registrant_seen=True, actor=operator)
    found = judged(session, operator, hers, other)

    assert found["wx-1"].proposed == "销售部-王芳2"
    agree(session, found["wx-1"], None, actor=operator)
    with pytest.raises(NicknameTaken):
        agree(session, found["wx-2"], "销售部-王芳2", actor=operator)
    agree(session, found["wx-2"], None, actor=operator)

    assert found["wx-2"].wanted == "销售部-王芳3"


def test_what_does_not_fit_is_not_agreed_on(session, set_, hers, operator):
    set_(most=4)
    [found] = judged(session, operator, hers).values()

    with pytest.raises(NothingProposed):
        agree(session, found, None, actor=operator)
    with pytest.raises(NicknameDeviates):
        agree(session, found, "王芳", actor=operator)


def test_the_nearest_department_says_it_and_may_leave_it_to_those_above(
    session, make, set_, hers, fang, operator, security
):
    set_("{name}")
    set_("客服{seq}", department="S")
    assert rule_in_force(
        session, NamingShowQuery(department="S"), actor=security
    ).template.startswith("客服")

    assert judged(session, operator, hers)["wx-1"].proposed == "客服01"
    set_(None, department="S", inherits=True)

    assert judged(session, operator, hers)["wx-1"].proposed == "王芳"
    rows, _mark = rules(session, NamingRuleQuery(history=True), actor=security)
    assert len(rows) == 3


def test_a_rule_begins_on_its_day(session, set_, hers, operator):
    set_(effective_from=now() + timedelta(days=3))
    assert judged(session, operator, hers) == {}

    with time_machine.travel(now() + timedelta(days=4)):
        assert list(judged(session, operator, hers)) == ["wx-1"]


def test_where_a_rule_is_given_up_nothing_deviates(session, make, set_, hers, fang, operator):
    set_("客服{seq}", department="S")
    [found] = judged(session, operator, hers).values()

    fang.department = make.department()
    session.flush()

    assert judged(session, operator, hers) == {}
    assert (found.closed_because, found.level) == ("no_rule_now", None)


def test_a_dry_run_counts_and_stores_nothing(session, security, hers):
    given = NamingRuleIn(kind=AccountKind.WECHAT, template="{name}", reason="test")

    version, accounts, deviating = foreseen(session, given, actor=security)

    assert (version.template, accounts, deviating) == ("{name}", 1, 1)
    with pytest.raises(NoNamingRule):
        rule_in_force(session, NamingShowQuery(), actor=security)


def test_what_cannot_be_a_rule_is_refused(session, set_, make):
    make.department(code="S")
    for refusal, given in (
        (TemplateUnclear, {"template": "{dept}"}),
        (TemplateUnclear, {"template": "{company}-{name}"}),
        (NameLengthsUnclear, {"least": 9, "most": 3}),
        (NamingInThePast, {"effective_from": now() - timedelta(days=1)}),
        (NothingToInherit, {"inherits": True}),
    ):
        with pytest.raises(refusal):
            set_(**{"template": "{name}", **given})


def test_a_rule_that_warns_tells_at_issue_and_one_that_refuses_keeps_it_back(
    session, make, set_, fang, operator
):
    set_()
    warned, refused = make.account(nickname="小王"), make.account(nickname="小王", handle="wx-9")

    done = issue(session, to=fang, accounts=[warned], registrant_seen=True, actor=operator)
    set_(refuse=True)
    other = make.employee(department=fang.department)

    assert "销售部-王芳" in done.warnings[-1]
    with pytest.raises(NicknameDeviates), session.begin_nested():
        issue(session, to=other, accounts=[refused], registrant_seen=True, actor=operator)


def test_a_rule_that_refuses_keeps_an_account_out_of_the_register(session, make, set_, operator):
    make.department(code="S", name="销售部")
    set_("{dept}-{seq}", refuse=True)
    place = make.department(name="客服部")

    with pytest.raises(NicknameDeviates):
        add_account(session, handle="a", nickname="小王", department=place, actor=operator)
    added = add_account(session, handle="b", nickname="客服部-01", department=place, actor=operator)

    assert added.nickname == "客服部-01"


@pytest.fixture
def counter(session, tmp_path, operator):
    (tmp_path / "data").mkdir(exist_ok=True)
    return Counter(session, Settings(home=tmp_path), operator)


def test_imports_tell_or_refuse_what_deviates(session, make, set_, counter):
    make.department(code="S", name="销售部")
    set_("{dept}-{seq}")
    file = xlsx([["微信号", "昵称", "部门"], ["a", "小王", "S"], ["b", "销售部-01", "S"]])

    [remark] = counter.look(Kind.ACCOUNTS, file).remarks
    counter.take(Kind.ACCOUNTS, file)

    assert (remark.line, remark.column, remark.refused) == (2, "昵称", False)
    [found] = session.scalars(select(Deviation))
    assert (found.nickname, found.proposed) == ("小王", "销售部-02")
    set_("{dept}-{seq}", refuse=True)
    assert counter.look(Kind.ACCOUNTS, file).refused == 0  # as it is in the register already
    with pytest.raises(RowsRefused):
        counter.take(Kind.ACCOUNTS, xlsx([["微信号", "昵称", "部门"], ["c", "小李", "S"]]))


def test_an_account_is_checked_as_it_is_and_as_it_might_be(session, set_, hers, operator):
    assert check(session, NamingCheckQuery(account="wx-1"), actor=operator).template is None
    set_()

    def faults(nickname=None):
        query = NamingCheckQuery(account="wx-1", nickname=nickname)
        return check(session, query, actor=operator).faults

    assert (faults(), faults("销售部-王芳")) == ([Fault.OTHER], [])


def test_deviations_are_listed_by_state_and_due_day(session, set_, hers, operator):
    set_(due_days=1)
    [found] = judged(session, operator, hers).values()

    def numbers(**given):
        rows, _mark = deviations(session, DeviationQuery(**given), actor=operator)
        return [one.number for one in rows]

    assert numbers() == numbers(q="wx-1") == numbers(state="open") == [found.number]
    assert numbers(overdue=True) == numbers(state="agreed") == numbers(state="closed") == []
    with time_machine.travel(now() + timedelta(days=2)):
        assert numbers(overdue=True) == [found.number]
    with pytest.raises(DeviationNotFound):
        deviation(session, "ND-1", actor=operator)


def test_rules_are_set_by_who_keeps_policies(session, operator):
    given = NamingRuleIn(kind=AccountKind.WECHAT, template="{name}", reason="test")

    with pytest.raises(NotAllowed):
        set_rule(session, given, actor=operator)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_every_account_is_looked_at_by_itself_in_few_questions(engine, tools):
    sessions = make_sessions(engine)
    with sessions.begin() as session:
        make = Make(session)
        said = NamingRuleIn(kind=AccountKind.WECHAT, template="客服{seq}", reason="test")
        set_rule(session, said, actor=make.actor(Role.SECURITY))
        for number in range(1200):
            make.account(nickname=f"客服{number:02d}" if number % 300 else "小王")

    assert judge_by_itself(sessions, tools.settings) == 1200
    assert judge_by_itself(sessions, tools.settings) == 1200
    with sessions() as session:
        assert len(session.scalars(select(Deviation)).all()) == 4


@pytest.mark.parametrize("dialect", DIALECTS, indirect=True)
def test_of_two_who_want_one_nickname_at_once_one_is_told(engine):
    sessions = make_sessions(engine)
    with sessions.begin() as session:
        make = Make(session)
        said = NamingRuleIn(kind=AccountKind.WECHAT, template="客服{seq}", reason="test")
        set_rule(session, said, actor=make.actor(Role.SECURITY))
        accounts = [make.account(nickname="小王") for _ in range(2)]
        judge(session, [a.id for a in accounts], names(session), actor=make.actor())
        numbers = list(session.scalars(select(Deviation.number)))
    start, ended = threading.Barrier(2), []

    def decide(number):
        with sessions() as session:
            actor = Make(session).actor(Role.OPERATOR)
            start.wait()
            try:
                agree(session, deviation(session, number, actor=actor), "客服07", actor=actor)
                session.commit()
                ended.append("agreed")
            except NicknameTaken:
                ended.append("taken")

    both = [threading.Thread(target=decide, args=(number,)) for number in numbers]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert sorted(ended) == ["agreed", "taken"]
