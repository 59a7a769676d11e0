"""Terms by department: what is filled up from above, when it is in force, and what it changes."""

from datetime import timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from fleet.access.errors import NotAllowed
from fleet.audit.models import AuditEntry
from fleet.compliance.documents import foreseen, in_force, set_policy, versions
from fleet.compliance.errors import TermsInThePast
from fleet.compliance.judging import judge_some, note_visits
from fleet.compliance.models import CompliancePolicy, Finding, Standing
from fleet.compliance.terms import STANDARD, filled_up, policies
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.compliance import (
    CompliancePolicyIn,
    CompliancePolicyQuery,
    ComplianceTermsQuery,
    Terms,
)
from fleet.contracts.findings import Rule, Severity
from fleet.custody.issuing import issue
from fleet.devices.noting import Visited
from tests.fleet.compliance.seen import OTHER, WELL, facts


@pytest.fixture
def company(make):
    """Give a department with one beneath it."""
    sales = make.department(code="SALES")
    return {"SALES": sales, "EAST": make.department(code="EAST", parent=sales)}


@pytest.fixture
def setting(session, make):
    def set_(document, department=None, **given):
        told = {"department": department, "reason": "agreed on Monday", "document": document}
        return set_policy(session, CompliancePolicyIn(**told, **given), actor=make.actor())

    return set_


@pytest.fixture
def visited(session, tools, make, company):
    """Give a function that visits a new phone of a department."""

    def visit(department, **told):
        device = make.device()
        holder = make.employee(department=company[department])
        issue(session, to=holder, devices=[device], actor=make.actor())
        seen = facts(sims=(), **told)
        device.facts, device.facts_digest = seen.model_dump(mode="json"), "0" * 64
        device.last_seen_at, device.present = now(), True
        note_visits(session, tools, [Visited(device, seen, now())])
        session.commit()
        return device

    return visit


def terms(session, make, department=None, at=None):
    query = ComplianceTermsQuery(department=department, at=at)
    return in_force(session, query, actor=make.actor()).terms


def open_of(session, rule):
    every = select(Finding).where(Finding.rule == rule, Finding.closed_at.is_(None))
    return list(session.scalars(every))


def test_where_nobody_has_set_any_the_products_own_hold(session, make):
    assert terms(session, make) == STANDARD


def test_a_department_says_what_differs_and_has_the_rest_from_above(
    session, make, setting, company
):
    assert company
    setting({"patch_days": 90, "least_versions": {"a.b": "2"}})
    setting({"silent_days": 3, "least_versions": {"c.d": "4"}}, "SALES")

    east = terms(session, make, "EAST")

    assert (east.patch_days, east.silent_days) == (90, 3)
    assert east.least_versions == {"a.b": "2", "c.d": "4"}
    assert terms(session, make).silent_days == STANDARD.silent_days


def test_tables_are_filled_up_and_lists_taken_whole():
    above = {"rules": {"patch_old": {"severity": "high"}}, "forbidden": ["a.b"]}
    own = {"rules": {"patch_old": {"on": False}}, "forbidden": ["c.d"], "due_days": {"low": 60}}

    found = filled_up([above, own])

    assert found.rules[Rule.PATCH_OLD].model_dump() == {"on": False, "severity": Severity.HIGH}
    assert found.forbidden == ["c.d"]
    assert found.due_days == {**STANDARD.due_days, Severity.LOW: 60}
    assert not found.is_on(Rule.DEVELOPER_OPTIONS)


def test_terms_hold_from_their_day_on(session, make, setting):
    tomorrow = now() + timedelta(days=1)
    setting({"patch_days": 30}, effective_from=tomorrow)

    assert terms(session, make).patch_days == STANDARD.patch_days
    assert terms(session, make, at=tomorrow).patch_days == 30


def test_a_later_version_takes_the_place_of_the_one_before(session, make, setting):
    setting({"patch_days": 30})
    setting({"silent_days": 2})

    assert (terms(session, make).patch_days, terms(session, make).silent_days) == (180, 2)
    rows, _mark = versions(session, CompliancePolicyQuery(), actor=make.actor())
    every, _mark = versions(session, CompliancePolicyQuery(history=True), actor=make.actor())
    assert (len(rows), len(every)) == (1, 2)


def test_terms_do_not_begin_in_the_past(setting):
    with pytest.raises(TermsInThePast):
        setting({"patch_days": 30}, effective_from=now() - timedelta(days=1))


WRONG = [
    {"patch_day": 30},
    {"patch_days": 0},
    {"rules": {"no_such_rule": {"on": False}}},
    {"signers": {"a.b": ["not hexadecimal"]}},
    {"forbidden": ["no package"]},
]


@pytest.mark.parametrize("document", WRONG)
def test_a_document_that_is_none_is_refused(document):
    with pytest.raises(ValidationError):
        CompliancePolicyIn(reason="agreed", document=document)


def test_a_document_keeps_only_what_it_says():
    assert Terms.model_validate({"patch_days": 180}).given == {"patch_days": 180}


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMINISTRATOR, Role.AUDITOR])
def test_few_may_set_terms(session, make, role):
    given = CompliancePolicyIn(reason="agreed", document={})
    with pytest.raises(NotAllowed):
        set_policy(session, given, actor=make.actor(role))


def test_a_dry_run_says_what_opens_and_closes_where(session, make, visited):
    east, sales = visited("EAST"), visited("SALES")
    wireless = WELL["debugging"].model_copy(update={"wireless": True})
    loose = visited("EAST", debugging=wireless)
    document = {"forbidden": [OTHER.package], "rules": {"wireless_debugging": {"on": False}}}
    given = CompliancePolicyIn(department="EAST", reason="agreed", document=document)

    _version, effect = foreseen(session, given, actor=make.actor())

    found = {one.rule: (one.opening, one.closing) for one in effect.rules}
    assert found == {
        Rule.APP_FORBIDDEN: ([east.tag, loose.tag], []),
        Rule.WIRELESS_DEBUGGING: ([], [loose.tag]),
    }
    assert (effect.phones, sales.tag in found[Rule.APP_FORBIDDEN][0]) == (2, False)
    assert open_of(session, Rule.APP_FORBIDDEN) == []
    assert list(session.scalars(select(CompliancePolicy))) == []


def test_what_it_said_comes_true_when_the_phones_are_judged_anew(session, make, setting, visited):
    phone = visited("EAST")
    _version, effect = setting({"forbidden": [OTHER.package]}, "EAST")
    session.commit()

    judge_some(session)

    [foreseen_one] = effect.rules
    assert [one.device.tag for one in open_of(session, Rule.APP_FORBIDDEN)] == [phone.tag]
    assert foreseen_one.opening == [phone.tag]
    setting({}, "EAST")
    judge_some(session)
    assert open_of(session, Rule.APP_FORBIDDEN) == []


def test_another_severity_is_another_day_due(session, setting, visited):
    visited("EAST", debugging=WELL["debugging"].model_copy(update={"wireless": True}))
    [finding] = open_of(session, Rule.WIRELESS_DEBUGGING)

    setting({"rules": {"wireless_debugging": {"severity": "low"}}, "due_days": {"low": 90}})
    judge_some(session)

    assert finding.severity is Severity.LOW
    assert finding.due_at - finding.opened_at == timedelta(days=90)


def test_terms_to_come_are_judged_by_on_their_day(session, setting, visited, monkeypatch):
    visited("EAST")
    later = now() + timedelta(hours=2)
    setting({"forbidden": [OTHER.package]}, effective_from=later)
    assert judge_some(session) == 0

    monkeypatch.setattr("fleet.compliance.judging.now", lambda: later + timedelta(minutes=1))

    assert judge_some(session) == 1
    assert len(open_of(session, Rule.APP_FORBIDDEN)) == 1


def test_the_trail_tells_the_document_and_its_effect(session, setting, visited):
    visited("EAST")
    setting({"forbidden": [OTHER.package]}, "EAST")
    session.commit()

    told = select(AuditEntry).where(AuditEntry.event == "compliance_policy.set")
    row = session.scalars(told).one()
    assert row.details["opens"] == 1
    assert row.changes["compliance_policy.content"] == [None, {"forbidden": [OTHER.package]}]


def test_a_dry_run_reads_a_batch_in_a_fixed_number_of_questions(
    session, make, visited, count_queries
):
    given = CompliancePolicyIn(reason="agreed", document={"forbidden": [OTHER.package]})

    def asked():
        session.expire_all()
        with count_queries() as sent:
            foreseen(session, given, actor=make.actor())
        return len(sent)

    visited("EAST")
    few = asked()
    for _time in range(4):
        visited("EAST")
    assert asked() == few


def test_where_a_phone_belongs_is_noted(session, visited, company):
    phone = visited("EAST")

    standing = session.scalars(select(Standing).where(Standing.device_id == phone.id)).one()
    assert standing.department_id == company["EAST"].id
    assert policies(session).head(company["EAST"].id) is None
