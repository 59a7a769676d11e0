"""Remedies by the API: planned, listed, shown in what rules say of a phone, taken back."""

import pytest

from fleet.compliance.judging import note_visits
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.findings import FindingQuery, Rule
from fleet.contracts.proof import Level
from fleet.contracts.remedies import RemedyAction
from fleet.contracts.remedying import RemedyIn, RemedyPlanIn, RemedyQuery, RemedyState
from fleet.contracts.stations import JobDone, PhoneSeen, Report, SyncIn
from fleet.custody.issuing import issue
from fleet.devices.noting import Visited
from tests.api.bench import refused
from tests.conftest import DIALECTS
from tests.fleet.compliance.seen import WELL, facts
from tests.fleet.remedies.shown import closed

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)

WIRELESS = WELL["debugging"].model_copy(update={"wireless": True})


@pytest.fixture
def operator(client):
    return client(Role.OPERATOR)


@pytest.fixture
def number(app, stored, station):
    """Give the finding of a phone at the station, which can be commanded without a cable."""
    with stored() as make:
        phone = make.device(tag="WF-0001")
        issue(make.session, to=make.employee(), devices=[phone], actor=make.actor())
        seen = facts(sims=(), debugging=WIRELESS)
        phone.facts, phone.facts_digest = seen.model_dump(mode="json"), "a" * 64
        phone.last_seen_at = now()
        note_visits(make.session, app.extensions["workfleet"].tools, [Visited(phone, seen, now())])
        visit = PhoneSeen(
            facts=make.facts(phone, debugging=WIRELESS), transport="usb:1", digest="0" * 64
        )
    station.sync(SyncIn(reports=[Report(sequence=1, at=now(), body=visit)], present=[phone.serial]))
    return phone.serial


@pytest.fixture
def finding(number, operator):
    query = FindingQuery(rule=Rule.WIRELESS_DEBUGGING)
    [found] = operator.findings(query).items
    return found


def carried_out(station, serial: str, outcome) -> None:
    [lease] = station.sync(SyncIn(present=[serial])).leases
    body = JobDone(job=lease.job, remedy=outcome)
    sequence = 2 if lease.attempt == 1 and outcome.undo else 3
    report = Report(sequence=sequence, at=now(), body=body)
    assert not station.sync(SyncIn(present=[serial], reports=[report], free=0)).rejected


def test_a_finding_names_what_a_station_can_do(finding):
    assert finding.actions == [RemedyAction.CLOSE_WIRELESS]


def test_what_was_done_is_listed_shown_and_named_where_the_rule_is_explained(
    finding, number, operator, station
):
    asked = RemedyPlanIn(findings=[finding.number])
    assert operator.plan_remedies(asked.model_copy(update={"dry_run": True})).planned == 1
    assert operator.remedies().items == []

    [line] = operator.plan_remedies(asked).lines
    carried_out(station, number, closed())

    done = operator.remedy(line.remedy or "")
    assert (done.state, done.level, done.finding) == (
        RemedyState.DONE,
        Level.VERIFIED,
        finding.number,
    )
    query = RemedyQuery(state=RemedyState.DONE, device="WF-0001", rule=Rule.WIRELESS_DEBUGGING)
    assert operator.remedies(query).items == [done]
    assert operator.remedies(RemedyQuery(action=RemedyAction.UPDATE_APP)).items == []
    said = {one.rule: one for one in operator.phone_compliance("WF-0001").rules}
    rule = said[Rule.WIRELESS_DEBUGGING]
    assert [(one.number, one.digest) for one in rule.done] == [(done.number, "c" * 64)]


def test_it_is_taken_back(finding, number, operator, station):
    [line] = operator.plan_remedies(RemedyPlanIn(findings=[finding.number])).lines
    carried_out(station, number, closed())

    back = operator.undo_remedy(line.remedy or "", RemedyIn(reason="a mistake"))

    assert (back.action, back.undo_of) == (RemedyAction.OPEN_WIRELESS, line.remedy)
    assert operator.remedy(line.remedy or "").undone_by == back.number
    assert operator.cancel_remedy(back.number).state is RemedyState.CANCELLED


def test_what_cannot_be_is_refused_by_name(finding, operator):
    operator.plan_remedies(RemedyPlanIn(findings=[finding.number]))

    again = RemedyPlanIn(findings=[finding.number])
    assert refused(operator.plan_remedies, again).code == "remedy_under_way"
    assert refused(operator.remedy, "RM-9").code == "remedy_not_found"
    assert refused(operator.undo_remedy, "RM-9").code == "remedy_not_found"
    assert refused(operator.cancel_remedy, "RM-9").code == "remedy_not_found"


@pytest.mark.parametrize("role", [Role.SECURITY, Role.AUDITOR])
def test_who_reads_does_not_plan(finding, client, role):
    asked = RemedyPlanIn(findings=[finding.number])

    assert refused(client(role).plan_remedies, asked).code == "not_allowed"
    assert client(role).remedies().items == []
