"""Who could read an account on a day, and whether its password was known: in one query."""

from dataclasses import replace
from datetime import date

import pytest
import time_machine

from fleet.access.actor import HeldRole
from fleet.contracts.access import Role
from fleet.contracts.proof import Level
from fleet.custody.issuing import issue
from fleet.custody.services import take_back_account
from fleet.reports.errors import DayToCome
from fleet.reports.readers import account_on
from fleet.vault import services as vault
from fleet.vault.queries import password_of
from fleet.vault.rules import rules_of


@pytest.fixture
def boss(make):
    return make.actor()


@pytest.fixture
def told(session, tools, make, boss):
    """Give an account: with 王芳 in February, shown to IT on the 3rd of March, then with 陈浩."""
    ann, ben = make.employee(name="王芳"), make.employee(name="陈浩")
    account = make.account(handle="wx-sales-07")
    subject = password_of(account)
    with time_machine.travel("2026-02-01 09:00:00+08:00", tick=True):
        issue(session, to=ann, accounts=[account], actor=boss)
    with time_machine.travel("2026-02-02 09:00:00+08:00", tick=True):
        credential = vault.adopt(
            session, tools, subject, value="Aa1!aaaaaaaaaa", reason="known", actor=boss
        )
    with time_machine.travel("2026-03-03 09:00:00+08:00", tick=True):
        vault.disclose(session, tools, credential, reason="to look", actor=boss)
        session.commit()
    with time_machine.travel("2026-04-01 09:00:00+08:00", tick=True):
        take_back_account(session, account, actor=boss)
        rules = rules_of(session, tools.settings, credential)
        version = vault.draw(session, tools, credential, rules, reason="return", actor=boss)
        vault.promote(session, tools, version, Level.OBSERVED, actor=boss)
    with time_machine.travel("2026-04-02 09:00:00+08:00", tick=True):
        issue(session, to=ben, accounts=[account], actor=boss)
        session.commit()
    return account


def test_it_is_said_who_could_read_it_on_a_day(session, told, boss):
    on = account_on(session, told, on=date(2026, 3, 3), actor=boss)

    assert [one.name for one in on.holders] == ["王芳"]
    assert [(one.name, one.how) for one in on.readers] == [("王芳", "holder"), (boss.name, "shown")]
    assert len(on.known) == 1


def test_before_it_was_known_nobody_had_been_shown_it(session, told, boss):
    on = account_on(session, told, on=date(2026, 2, 1), actor=boss)

    assert ([one.name for one in on.readers], on.known) == (["王芳"], [])


def test_after_the_change_only_the_new_holder_could(session, told, boss):
    on = account_on(session, told, on=date(2026, 4, 3), actor=boss)

    assert [one.name for one in on.readers] == ["陈浩"]
    assert [one.level for one in on.known] == [Level.OBSERVED]


def test_all_days_are_told_in_one_query(session, told, boss, count_queries):
    session.expire_all()
    _ = told.handle, told.id
    with count_queries() as sent:
        whole = account_on(session, told, actor=boss)

    assert len(sent) == 1
    assert [one.name for one in whole.holders] == ["王芳", "陈浩"]
    assert [one.until is None for one in whole.known] == [False, True]


def test_who_sees_a_part_is_not_told_of_the_others(session, make, told, boss):
    elsewhere = replace(boss, roles=(HeldRole(Role.MANAGER, make.department().id),))

    on = account_on(session, told, actor=elsewhere)

    assert (on.holders, on.readers) == ([], [])


def test_of_a_day_to_come_nothing_is_said(session, told, boss):
    with pytest.raises(DayToCome), time_machine.travel("2026-05-01 12:00:00+08:00"):
        account_on(session, told, on=date(2026, 5, 3), actor=boss)


def test_the_reason_of_a_second_account_stands_with_its_holder(session, make, boss):
    ann = make.employee()
    first, second = make.account(handle="wx-a"), make.account(handle="wx-b")
    issue(session, to=ann, accounts=[first], actor=boss)
    issue(session, to=ann, accounts=[second], exception="two shops", actor=boss)

    assert [one.exception for one in account_on(session, first, actor=boss).readers] == [None]
    assert [one.exception for one in account_on(session, second, actor=boss).readers] == [
        "two shops"
    ]
