"""Findings of the rules: opened once, kept up, closed by what is seen, waived for a time."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from fleet.access.errors import NotAllowed
from fleet.audit.models import AuditEntry
from fleet.compliance import waiving
from fleet.compliance.errors import (
    FindingClosedAlready,
    FindingNotWaived,
    PinCannotBeWaived,
    WaiverTooLong,
)
from fleet.compliance.findings import end_waivers, open_finding
from fleet.compliance.judging import count_signers, judge_by_itself, judge_some, note_visits
from fleet.compliance.models import Finding, Standing, UsualSigner
from fleet.compliance.queries import findings as listed
from fleet.compliance.queries import shown
from fleet.conduct.models import Violation
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.facts import Lock
from fleet.contracts.findings import FindingQuery, FindingState, Rule, Severity, WaiverIn
from fleet.contracts.work_apps import WECHAT
from fleet.custody.issuing import issue
from fleet.devices.lifecycle import Move, State
from fleet.devices.noting import Visited
from fleet.incidents.models import Incident
from fleet.people.models import Status
from fleet.settings import Settings
from tests.fleet.compliance.seen import WELL, facts, work_app

NO_LOCK = Lock(secure=False)
WIRELESS = WELL["debugging"].model_copy(update={"wireless": True})
PIN_RULES = {Rule.PIN_NOT_HELD}  # nobody put a PIN of these phones into the vault


@pytest.fixture
def head(make):
    return make.employee()


@pytest.fixture
def ann(make, head):
    return make.employee(department=make.department(head=head))


@pytest.fixture
def phone(session, make, ann):
    """Give a phone that is issued to ann."""
    device = make.device()
    issue(session, to=ann, devices=[device], actor=make.actor())
    return device


@pytest.fixture
def visit(session, tools, phone):
    def seen(device=phone, **told):
        found = facts(sims=(), **told)
        device.facts, device.facts_digest = found.model_dump(mode="json"), f"{len(told):064d}"
        device.present, device.last_seen_at = True, now()
        note_visits(session, tools, [Visited(device, found, now())])
        session.commit()

    return seen


def findings(session, rule=None):
    every = select(Finding).where(Finding.rule.not_in(PIN_RULES)).order_by(Finding.number)
    return [one for one in session.scalars(every) if rule in (None, one.rule)]


def trail(session, of):
    rows = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence))
    return [row.event for row in rows if row.subject_id == of.id]


def waiver(days=10):
    return WaiverIn(until=now() + timedelta(days=days), reason="at the bench until then")


def test_what_a_visit_sees_is_found_once_with_its_owner_and_day(session, visit, phone, head):
    visit(debugging=WIRELESS)
    visit(debugging=WIRELESS)

    [finding] = findings(session)
    assert (finding.rule, finding.severity) == (Rule.WIRELESS_DEBUGGING, Severity.HIGH)
    assert (finding.owner, finding.device) == (head, phone)
    assert finding.due_at - finding.opened_at == timedelta(days=3)
    assert trail(session, finding) == ["finding.opened"]


def test_it_closes_by_itself_with_what_was_seen_then(session, visit, phone):
    visit(debugging=WIRELESS)
    visit()

    [finding] = findings(session)
    assert (finding.closed_because, finding.closed_digest) == ("seen_well", phone.facts_digest)
    assert trail(session, finding) == ["finding.opened", "finding.closed"]


def test_a_visit_that_could_not_ask_leaves_it_open(session, visit):
    visit(lock=NO_LOCK)
    visit(lock=Lock())

    [finding] = findings(session)
    assert (finding.rule, finding.closed_at) == (Rule.LOCK_NOT_SET, None)


def test_what_breaks_again_is_a_new_finding(session, visit):
    visit(debugging=WIRELESS)
    visit()
    visit(debugging=WIRELESS)

    assert [one.closed_at is None for one in findings(session)] == [False, True]


def test_nothing_but_the_pin_is_an_incident_or_a_violation(session, visit):
    visit(debugging=WIRELESS, lock=NO_LOCK)

    assert len(findings(session)) == 2
    assert session.scalar(select(func.count()).select_from(Incident)) == 0
    assert session.scalar(select(func.count()).select_from(Violation)) == 0


def test_a_finding_goes_over_to_the_new_head(session, visit, make, ann):
    visit(debugging=WIRELESS)
    ann.department.head = make.employee()
    visit(debugging=WIRELESS)

    [finding] = findings(session)
    assert finding.owner == ann.department.head
    assert trail(session, finding) == ["finding.opened", "finding.regraded"]


def test_what_only_time_and_the_registers_change_is_found_without_a_visit(
    session, visit, phone, ann
):
    visit()
    ann.status = Status.LEFT
    phone.last_seen_at = now() - timedelta(days=30)
    _age(session, phone)

    assert judge_some(session) == 1
    assert {one.rule for one in findings(session)} == {Rule.HOLDER_LEFT, Rule.PHONE_SILENT}


def test_a_phone_judged_today_is_left_alone(session, visit):
    visit()

    assert judge_some(session) == 0


def test_a_phone_never_seen_is_judged_by_the_registers(session, phone):
    assert judge_some(session) == 1
    assert session.scalars(select(Standing)).one().device_id == phone.id


def test_a_phone_out_of_use_has_no_finding_any_more(session, visit, phone):
    visit(debugging=WIRELESS)
    phone.move(Move.LOSE)

    assert judge_some(session) == 1
    assert judge_some(session) == 0
    assert [one.closed_because for one in findings(session)] == ["no_rule_now"]


def test_many_phones_take_no_more_questions_than_few(session, make, count_queries, ann):
    def asked(phones):
        devices = [make.device() for _ in range(phones)]
        issue(session, to=make.employee(), devices=devices[:1], actor=make.actor())
        for device in devices:
            told = facts(debugging=WIRELESS, sims=())
            device.facts = told.model_dump(mode="json")
        session.flush()
        with count_queries() as sent:
            assert judge_some(session) == phones
        return len(sent)

    few = asked(2)
    assert asked(40) == few <= 26


def test_the_usual_signer_is_that_of_most_phones(session, make, visit, phone):
    for signer in ("ab12cd34", "ab12cd34", "ab12cd34", "0badcafe"):
        visit(make.device(), apps=(work_app(certificate=signer),))
    count_signers(session)

    [usual] = session.scalars(select(UsualSigner))
    assert (usual.package, usual.signer, usual.phones) == (WECHAT, "ab12cd34", 3)
    visit(apps=(work_app(certificate="0badcafe"),))
    assert [one.severity for one in findings(session, Rule.WECHAT_RESIGNED)] == [Severity.CRITICAL]


@pytest.mark.parametrize("signers", [["aa11", "aa11"], ["aa11", "aa11", "bb22", "bb22"]])
def test_where_nothing_is_usual_nothing_is_foreign(session, make, visit, signers):
    for signer in signers:
        visit(make.device(), apps=(work_app(certificate=signer),))
    count_signers(session)

    assert list(session.scalars(select(UsualSigner))) == []


@pytest.fixture
def open_one(session, visit):
    visit(debugging=WIRELESS)
    return findings(session)[0]


def test_a_waived_finding_does_not_count_and_says_why(session, make, open_one):
    waiving.waive(session, open_one.number, waiver(), actor=make.actor(Role.SECURITY))
    session.commit()

    one = shown(session, open_one)
    assert (one.state, one.overdue, one.waived_by) == (FindingState.WAIVED, False, "Liu Yang")
    assert one.waived_because == "at the bench until then"
    assert trail(session, open_one) == ["finding.opened", "finding.waived"]


def test_a_waiver_that_runs_out_reopens_it(session, make, open_one):
    waiving.waive(session, open_one.number, waiver(), actor=make.actor())
    open_one.waived_until = now() - timedelta(seconds=1)

    assert end_waivers(session) == 1
    session.commit()

    assert shown(session, open_one).state is FindingState.OPEN
    assert open_one.due_at > now() + timedelta(days=2)
    assert trail(session, open_one)[-1] == "finding.reopened"


def test_a_waived_finding_closes_when_all_is_well(session, make, visit, open_one):
    waiving.waive(session, open_one.number, waiver(), actor=make.actor())
    visit()

    assert shown(session, open_one).state is FindingState.CLOSED
    assert end_waivers(session) == 0


def test_a_waiver_can_be_taken_back(session, make, open_one):
    actor = make.actor()
    waiving.waive(session, open_one.number, waiver(), actor=actor)
    waiving.unwaive(session, open_one.number, reason="it is out again", actor=actor)

    assert shown(session, open_one).state is FindingState.OPEN
    with pytest.raises(FindingNotWaived):
        waiving.unwaive(session, open_one.number, reason="once more", actor=actor)


@pytest.mark.parametrize("days", [-1, 400])
def test_a_waiver_ends_within_a_year(session, make, open_one, days):
    with pytest.raises(WaiverTooLong):
        waiving.waive(session, open_one.number, waiver(days), actor=make.actor())


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMINISTRATOR, Role.AUDITOR, Role.MANAGER])
def test_who_works_with_phones_may_not_waive(session, make, open_one, role):
    with pytest.raises(NotAllowed):
        waiving.waive(session, open_one.number, waiver(), actor=make.actor(role))


def test_what_is_closed_is_not_waived(session, make, visit, open_one):
    visit()

    with pytest.raises(FindingClosedAlready):
        waiving.waive(session, open_one.number, waiver(), actor=make.actor())


def test_a_changed_pin_is_not_waived(session, tools, make, phone):
    told = {"since": None, "digest": None, "actor": make.actor()}
    finding = open_finding(session, tools, phone, Rule.PIN_REFUSED, **told)

    with pytest.raises(PinCannotBeWaived):
        waiving.waive(session, finding.number, waiver(), actor=make.actor())


def test_a_finding_of_the_pin_is_not_judged_by_a_visit(session, tools, make, phone, visit):
    told = {"since": None, "digest": None, "actor": make.actor()}
    finding = open_finding(session, tools, phone, Rule.LOCK_REMOVED, **told)

    visit()

    assert finding.closed_at is None


FILTERS = {
    "severity": ({"severity": "high"}, {"severity": "low"}),
    "state": ({"state": "open"}, {"state": "waived"}),
    "department": ({"department": "EAST"}, {"department": "WEST"}),
    "overdue": ({"overdue": True, "state": "open"}, {"overdue": True, "state": "closed"}),
}


@pytest.mark.parametrize(("fits", "fits_not"), FILTERS.values(), ids=FILTERS.keys())
def test_a_list_can_be_narrowed(session, make, ann, visit, fits, fits_not):
    ann.department.code = "EAST"
    visit(debugging=WIRELESS)
    findings(session)[0].due_at = now() - timedelta(days=1)

    def found(given):
        query = FindingQuery.model_validate({**given, "rule": "wireless_debugging"})
        return len(listed(session, query, actor=make.actor())[0])

    assert (found(fits), found(fits_not)) == (1, 0)


def _age(session, phone):
    standing = session.scalars(select(Standing).where(Standing.device_id == phone.id)).one()
    standing.judged_at = now() - timedelta(days=2)
    session.commit()


def test_a_phone_in_stock_is_asked_less(session, make, visit):
    spare = make.device(state=State.IN_STOCK)
    visit(spare, debugging=WIRELESS, lock=NO_LOCK, apps=())

    assert {one.rule for one in findings(session)} == {Rule.WIRELESS_DEBUGGING}


def test_every_phone_gets_its_turn_batch_by_batch(session, sessions, make, monkeypatch):
    monkeypatch.setattr("fleet.compliance.judging.A_BATCH", 2)
    for _time in range(5):
        make.device()
    session.commit()

    assert judge_by_itself(sessions, Settings(home=Path())) == 5
    assert session.scalar(select(func.count()).select_from(Standing)) == 5


def test_a_sentence_with_a_blank_that_was_not_kept_is_still_said(session, visit):
    visit(clock_offset_seconds=7200.0)
    [finding] = findings(session)
    finding.seen = {}

    assert "is — seconds off" in shown(session, finding).sentence
