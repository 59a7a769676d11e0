"""Departments in numbers, a phone in words, days in counts, clauses with what meets them."""

from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from uuid import uuid4

import pytest

from fleet.access.actor import Actor, HeldRole
from fleet.access.errors import NotAllowed
from fleet.compliance.clauses import CLAUSES, coverage
from fleet.compliance.judging import note_visits
from fleet.compliance.models import Finding
from fleet.compliance.queries import findings
from fleet.compliance.rules.catalogue import CATALOGUE
from fleet.compliance.standings import on_phone, rules, status, trend
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.compliance import ComplianceQuery, Met, Ruling, TrendQuery
from fleet.contracts.findings import FindingQuery, Rule, Severity
from fleet.custody.issuing import issue
from fleet.devices.errors import DeviceNotFound
from fleet.devices.noting import Visited
from fleet.people.errors import DepartmentNotFound
from fleet.vault.queries import pin_of
from fleet.vault.services import credential_for
from tests.fleet.compliance.seen import WELL, facts

WIRELESS = {"debugging": WELL["debugging"].model_copy(update={"wireless": True})}
BY_HAND = {"settings": WELL["settings"].model_copy(update={"automatic_time": False})}
ALL: ComplianceQuery = ComplianceQuery()


@pytest.fixture
def actor(make):
    return make.actor()


@pytest.fixture
def visited(session, tools, make):
    def visit(department=None, **told):
        device = make.device()
        if department is not None:
            holder = make.employee(department=department)
            issue(session, to=holder, devices=[device], actor=make.actor())
            credential_for(session, pin_of(device)).level = "proven"
        seen = facts(sims=(), accounts=(), **told)
        device.facts, device.facts_digest = seen.model_dump(mode="json"), "0" * 64
        device.last_seen_at, device.present = now(), True
        note_visits(session, tools, [Visited(device, seen, now())])
        return device

    return visit


def test_departments_are_counted_the_worst_first(session, make, actor, visited):
    east, west = make.department(code="EAST"), make.department(code="WEST")
    for told in ({}, WIRELESS, BY_HAND):
        visited(east, **told)
    visited(west)
    visited()

    found = status(session, ALL, actor=actor)

    [first, *others] = found.departments
    assert (first.department, first.phones, first.score) == ("EAST", 3, 66)
    assert (first.findings[Severity.HIGH], first.findings[Severity.LOW]) == (1, 1)
    assert {one.department: one.score for one in others} == {"WEST": 100, None: 100}
    assert (found.company.phones, found.company.score) == (5, 80)


def test_what_is_waived_is_told_apart_and_costs_no_score(session, make, actor, visited):
    visited(make.department(), **WIRELESS)
    [finding] = session.query(Finding)
    finding.due_at = now() - timedelta(days=1)
    assert status(session, ALL, actor=actor).company.overdue == 1

    finding.waived_until, finding.waived_by = now() + timedelta(days=1), "Liu Yang"
    finding.waived_because = "at the bench"

    company = status(session, ALL, actor=actor).company
    assert (company.overdue, company.waived, company.score) == (0, 1, 100)


def test_one_department_can_be_asked_for(session, make, actor, visited):
    visited(make.department(code="EAST"))
    visited(make.department(code="WEST"))

    found = status(session, ComplianceQuery(department="EAST"), actor=actor)

    assert [one.department for one in found.departments] == ["EAST"]
    with pytest.raises(DepartmentNotFound):
        status(session, ComplianceQuery(department="NORTH"), actor=actor)


def test_more_phones_take_no_more_questions(session, make, actor, visited, count_queries):
    def asked():
        with count_queries() as sent:
            status(session, ALL, actor=actor)
        return len(sent)

    visited(make.department(), **WIRELESS)
    session.flush()
    few = asked()
    for _time in range(4):
        visited(make.department(), **WIRELESS)
    session.flush()
    assert asked() == few


def test_a_phone_is_explained_rule_by_rule(session, make, actor, visited):
    phone = visited(make.department(code="EAST"), **WIRELESS)

    found = on_phone(session, phone, actor=actor)
    said = {one.rule: one for one in found.rules}

    assert (found.department, found.digest) == ("EAST", "0" * 64)
    assert said.keys() == set(Rule)
    wireless = said[Rule.WIRELESS_DEBUGGING]
    assert (wireless.outcome, wireless.finding is not None) == (Ruling.BROKEN, True)
    assert phone.tag in (wireless.sentence or "")
    assert said[Rule.PATCH_OLD].terms == {"patch_days": 180}
    assert said[Rule.SIM_UNREGISTERED].missing == ["sims"]
    assert said[Rule.PIN_REFUSED].outcome is Ruling.MET
    assert said[Rule.DEVELOPER_OPTIONS].outcome is Ruling.OFF


def test_a_phone_that_no_station_has_seen_is_explained_too(session, make, actor):
    found = on_phone(session, make.device(), actor=actor)

    assert {one.outcome for one in found.rules} == {Ruling.NOT_KNOWN, Ruling.OFF}


def test_rules_are_shown_as_they_hold(session, actor):
    found = {one.rule: one for one in rules(session, ALL, actor=actor).rules}

    assert found.keys() == set(Rule)
    assert (found[Rule.DEVELOPER_OPTIONS].on, found[Rule.ROOTED].on) == (False, True)
    assert found[Rule.ROOTED].severity is Severity.CRITICAL


def test_days_are_counted_and_what_was_open_before_stays_so(session, make, actor, visited):
    for _time in range(3):
        visited(make.department(), **WIRELESS)
    first, second, _third = session.query(Finding)
    first.opened_at = now() - timedelta(days=40)
    second.opened_at, second.closed_at = now() - timedelta(days=2), now() - timedelta(days=1)
    session.flush()

    days = trend(session, TrendQuery(days=3), actor=actor).days

    assert [(one.opened, one.closed, one.open) for one in days] == [(1, 0, 2), (0, 1, 1), (1, 0, 2)]


@pytest.mark.parametrize("verb", [status, rules, trend])
def test_a_holder_sees_none_of_it(session, make, verb):
    with pytest.raises(NotAllowed):
        verb(session, TrendQuery() if verb is trend else ALL, actor=make.actor(Role.EMPLOYEE))


def test_every_clause_is_named_once_with_what_is_there(actor):
    numbered = [(letter, count) for letter, count in (("A", 15), ("G", 16), ("C", 13))]
    ids = [f"{letter}{n}" for letter, count in numbered for n in range(1, count + 1)]

    assert [one.id for one in CLAUSES] == ids
    for one in CLAUSES:
        for name in one.where:
            import_module(name)
    done = {one.clause for one in coverage(actor=actor).clauses if one.where}
    claimed = {
        one.id for one in CLAUSES if one.met in {Met.ENFORCED, Met.EVIDENCED, Met.REGISTERED}
    }
    assert claimed == done


def test_rules_name_clauses_that_there_are():
    known = {one.id for one in CLAUSES}

    assert {clause for rule in CATALOGUE.values() for clause in rule.clauses} <= known
    assert [rule.id for rule in CATALOGUE.values() if not rule.clauses] == []


@pytest.fixture
def head(make):
    """Give a function that makes a head of a department: his role ends there."""

    def of(department):
        held = HeldRole(Role.MANAGER, department.id)
        return Actor(uuid4(), "a head", (held,))

    return of


def test_a_head_sees_his_own_departments_phones_and_no_others(session, make, visited, head):
    east, west = make.department(code="EAST"), make.department(code="WEST")
    own, other = visited(east, **WIRELESS), visited(west, **WIRELESS)
    session.flush()
    actor = head(east)

    found, _mark = findings(session, FindingQuery(), actor=actor)
    assert {one.device for one in found} == {own}
    company = status(session, ALL, actor=actor)
    assert [one.department for one in company.departments] == ["EAST"]
    assert trend(session, TrendQuery(days=1), actor=actor).days[0].opened == len(found)
    assert on_phone(session, own, actor=actor).device == own.tag
    with pytest.raises(DeviceNotFound):
        on_phone(session, other, actor=actor)
    for verb, query in ((status, ComplianceQuery), (trend, TrendQuery)):
        assert verb(session, query(department="EAST"), actor=actor)
        with pytest.raises(DepartmentNotFound):
            verb(session, query(department="WEST"), actor=actor)


def test_a_head_does_not_see_what_was_found_while_others_had_the_phone(
    session, make, visited, head
):
    east, before = make.department(), make.employee()
    visited(east, **WIRELESS)
    session.flush()
    [finding] = session.query(Finding)
    finding.closed_at, finding.closed_because = now(), "seen_well"
    session.flush()

    def seen(actor):
        return findings(session, FindingQuery(), actor=actor)[0]

    assert seen(head(east)) == []
    finding.owner = before
    session.flush()
    assert seen(replace(head(east), employee_id=before.id)) == [finding]
