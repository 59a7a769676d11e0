"""Hundreds leave at once: all or none, or each by itself, and what that asks of the stations."""

from collections import Counter
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from fleet.audit.services import recorded
from fleet.builds.models import Build
from fleet.cases.bulk import leavers
from fleet.cases.capacity import blocks, capacity
from fleet.cases.errors import LeaversRefused
from fleet.cases.models import Case
from fleet.contracts.access import Role
from fleet.contracts.builds import BuildTrust
from fleet.contracts.cases import CapacityQuery, LeaverIn, LeaversIn
from fleet.contracts.clock import now
from fleet.contracts.stations import JobKind
from fleet.custody.issuing import issue
from fleet.custody.queries import held_by
from fleet.people.models import Status
from fleet.rotation.services import plan_rotation
from fleet.stations.models import Job

BY = date(2099, 12, 31)
YESTERDAY = now().date() - timedelta(days=1)


def somebody(session, make, boss):
    ann = make.employee()
    things = {"devices": [make.device()], "sims": [make.sim()], "accounts": [make.account()]}
    issue(session, to=ann, actor=boss, **things)
    return ann


@pytest.fixture
def boss(make):
    return make.actor()


def those(*people, by=BY, **given):
    rows = [LeaverIn(line=n, employee=one, by=by) for n, one in enumerate(people, start=2)]
    return LeaversIn(leavers=rows, **given)


def test_a_plan_of_many_changes_nothing_and_counts_minutes(session, tools, make, boss):
    people = [somebody(session, make, boss) for _ in range(3)]

    plan = leavers(session, tools, those(*(p.number for p in people), plan_only=True), actor=boss)

    assert [(one.state, one.minutes) for one in plan.rows] == [("planned", 40)] * 3
    assert (plan.opened, plan.refused) == (0, 0)
    assert sum(day.minutes for day in plan.capacity) == 120
    assert {one.who for one in plan.blocks} >= {"station"}
    assert session.scalars(select(Case)).all() == []
    assert {one.status for one in people} == {Status.ACTIVE}


def test_one_that_cannot_leave_keeps_all(session, tools, make, boss):
    ann = somebody(session, make, boss)

    with pytest.raises(LeaversRefused) as refused:
        leavers(session, tools, those(ann.number, "E9999"), actor=boss)

    assert [row["code"] for row in refused.value.rows] == ["employee_not_found"]
    assert [row["line"] for row in refused.value.rows] == [3]
    assert ann.status is Status.ACTIVE


def test_each_that_can_is_opened_and_the_others_named(session, tools, make, boss):
    ann, gone = somebody(session, make, boss), make.employee(status=Status.LEFT)

    done = leavers(session, tools, those(ann.number, gone.number, each=True), actor=boss)

    assert [(one.state, one.code) for one in done.rows] == [
        ("open", None),
        ("refused", "employee_not_active"),
    ]
    assert (done.opened, done.refused) == (1, 1)


def test_a_run_that_was_stopped_goes_on(session, tools, make, boss):
    ann, ben = somebody(session, make, boss), somebody(session, make, boss)
    leavers(session, tools, those(ann.number), actor=boss)

    done = leavers(session, tools, those(ann.number, ben.number), actor=boss)

    assert [one.state for one in done.rows] == ["known", "open"]
    assert done.rows[0].number is not None


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (("A", "A"), "leaver_twice"),
        (("A",), "leaves_on_another_day"),
        (("A", "B"), "successor_leaves_too"),
    ],
)
def test_what_cannot_be_meant_is_named(session, tools, make, boss, rows, code):
    a, b = make.employee(number="A"), make.employee(number="B")
    for one in (a, b):
        issue(session, to=one, devices=[make.device()], actor=boss)
    if code == "leaves_on_another_day":
        leavers(session, tools, those("A", by=BY - timedelta(days=1)), actor=boss)
    given = those(*rows, plan_only=True)
    if code == "successor_leaves_too":
        given.leavers[0] = given.leavers[0].model_copy(update={"successor": "B"})

    plan = leavers(session, tools, given, actor=boss)

    assert code in {one.code for one in plan.rows}


def test_planning_more_takes_no_more_queries(session, tools, make, boss, count_queries):
    few = [somebody(session, make, boss).number for _ in range(2)]
    many = [*few, *(somebody(session, make, boss).number for _ in range(8))]
    sent = {}
    for name, people in (("few", few), ("many", many)):
        session.flush()
        session.expunge_all()
        with count_queries() as asked:
            leavers(session, tools, those(*people, plan_only=True), actor=boss)
        sent[name] = len(asked)

    assert sent["many"] == sent["few"]


def test_stations_have_so_many_minutes_a_day(session, tools, make, boss):
    today = now().date()
    people = [somebody(session, make, boss).number for _ in range(25)]
    leavers(session, tools, those(*people, by=today), actor=boss)

    days = capacity(session, tools.settings, CapacityQuery(), actor=boss)
    over = capacity(session, tools.settings, CapacityQuery(over=True), actor=boss)

    assert [(one.day, one.minutes, one.over) for one in days] == [(today, 25 * 40, True)]
    assert over == days
    assert (
        capacity(session, tools.settings, CapacityQuery(until=date(2000, 1, 1)), actor=boss) == []
    )


def test_it_is_said_for_whom_cases_wait(session, tools, make, boss):
    ann = somebody(session, make, boss)
    leavers(session, tools, those(ann.number, by=now().date() - timedelta(days=1)), actor=boss)

    found = {one.who: one for one in blocks(session, actor=boss)}

    assert found["station"].steps == 2
    assert found["station"].cases == [session.scalars(select(Case)).one().number]


UPDATES = 4  # versioned rows are written one by one: phone, account, what opens it, and the case


def test_opening_more_takes_a_few_statements_for_each(session, tools, make, boss, count_queries):
    leavers(session, tools, those(somebody(session, make, boss).number), actor=boss)
    few = [somebody(session, make, boss).number for _ in range(2)]
    many = [somebody(session, make, boss).number for _ in range(10)]
    sent = {}
    for name, people in (("few", few), ("many", many)):
        session.flush()
        session.expunge_all()
        with count_queries() as asked:
            leavers(session, tools, those(*people), actor=boss)
        sent[name] = len(asked)

    assert sent["many"] - sent["few"] <= UPDATES * (len(many) - len(few))


def told(session, people):
    """Return what the trail says of each of these, and of what they hold, in its order."""
    names = {name: n for n, one in enumerate(people) for name in names_of(session, one)}
    said = [[] for _ in people]
    for event in recorded(session):
        place = names.get(event.subject_name, names.get(event.details.get("employee")))
        place = names.get(event.details.get("device"), place)
        if place is not None:
            said[place].append(event.name)
    return said


def names_of(session, employee):
    return [employee.number, *(one.name for one in held_by(session, employee))]


def test_together_is_as_one_by_one(session, tools, make, boss):
    people = [somebody(session, make, boss) for _ in range(4)]
    plan_rotation(session, tools, held_by(session, people[1])[0].device, reason="due", actor=boss)
    plan_rotation(session, tools, held_by(session, people[3])[0].device, reason="due", actor=boss)
    apart, together = people[:2], people[2:]

    for one in apart:
        leavers(session, tools, those(one.number), actor=boss)
    leavers(session, tools, those(*(one.number for one in together)), actor=boss)

    said = told(session, people)
    assert [Counter(one) for one in said[:2]] == [Counter(one) for one in said[2:]]
    assert said[0].count("rotation.planned") == 2
    assert "backup.planned" in said[0]
    jobs = Counter(session.scalars(select(Job.kind)))
    assert jobs == {JobKind.ROTATE_PIN: 4, JobKind.BACKUP: 4, JobKind.GUIDE_ACCOUNT: 4}


@pytest.fixture
def kept(make):
    """The only administrator, who holds nothing and whose last day is over: he is kept."""
    ann = make.employee()
    make.user(Role.ADMINISTRATOR, employee_id=ann.id)
    return ann


def test_who_is_refused_as_the_cases_open_keeps_all(session, tools, make, boss, kept):
    people = [somebody(session, make, boss) for _ in range(4)]
    people.insert(3, kept)
    given = those(*(one.number for one in people), by=YESTERDAY)

    with pytest.raises(LeaversRefused) as refused:
        leavers(session, tools, given, actor=boss)

    assert [(row["line"], row["code"]) for row in refused.value.rows] == [(5, "last_of_its_role")]


def test_the_others_are_opened_without_who_is_refused(session, tools, make, boss, kept):
    people = [somebody(session, make, boss) for _ in range(4)]
    people.insert(3, kept)
    given = those(*(one.number for one in people), by=YESTERDAY, each=True)

    done = leavers(session, tools, given, actor=boss)

    assert [one.state for one in done.rows] == ["open", "open", "open", "refused", "open"]
    assert kept.status is Status.ACTIVE
    assert len(set(session.scalars(select(Case.number)))) == 4
    assert len([one for one in recorded(session) if one.name == "case.opened"]) == 4


def test_a_phone_whose_lock_tool_lies_keeps_nobody(session, tools, make, boss):
    ann = somebody(session, make, boss)
    phone = held_by(session, ann)[0].device
    phone.build = "OPPO/PEHM00/C.31"
    judged = Build(id=uuid4(), name=phone.build, trust=BuildTrust.UNTRUSTED, visits=1)
    judged.first_seen_at = judged.since = judged.last_visit_at = now()
    session.add(judged)

    done = leavers(session, tools, those(ann.number), actor=boss)

    assert [one.state for one in done.rows] == ["open"]
    assert set(session.scalars(select(Job.kind))) == {JobKind.BACKUP, JobKind.GUIDE_ACCOUNT}
