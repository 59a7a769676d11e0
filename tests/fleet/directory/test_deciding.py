"""A proposal is decided once; what is agreed to is done by the verb of its room."""

import threading
from datetime import date

import pytest
from sqlalchemy import select

from fleet.access.errors import NotAllowed
from fleet.audit.services import recorded
from fleet.cases.models import Case
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.directory import AcceptIn, DismissIn, ProposalKind, ProposalQuery
from fleet.database import make_sessions
from fleet.directory.errors import (
    NothingNamed,
    ProposalDecided,
    ProposalNotFound,
    ProposalOutdated,
)
from fleet.directory.models import Proposal
from fleet.directory.queries import proposal, proposals
from fleet.directory.services import accept, accept_several, dismiss, dismiss_several
from fleet.people.models import Employee, Post, Status
from fleet.people.queries import employee
from tests.conftest import DIALECTS
from tests.factories import Make


@pytest.fixture
def operator(make):
    return make.actor(Role.OPERATOR)


@pytest.fixture
def only(session):
    return lambda: session.scalars(select(Proposal).where(Proposal.state == "proposed")).one()


def test_a_joiner_is_entered(counter, settle, session, tools, operator, only):
    [row] = settle(1)
    counter.hand_in(row, ["E9", "林晓", "销售部", "经理", "2026-12-01"])

    accept(session, tools, only(), by=None, actor=operator)

    joined = employee(session, "E9")
    assert (joined.name, joined.department.code, joined.position) == ("林晓", "S", "经理")
    assert joined.joined_on == date(2026, 12, 1)
    assert counter.hand_in(row, ["E9", "林晓", "销售部", "经理", "2026-12-01"]).proposed == {}
    assert recorded(session)[-2].name == "proposal.agreed"


def test_a_mover_has_another_main_post_and_the_former_is_kept(
    counter, settle, session, tools, operator, only, make
):
    [row] = settle(1)
    make.department(code="T", name="技术部")
    counter.hand_in([row[0], row[1], "T", "工程师"])

    accept(session, tools, only(), by=None, actor=operator)

    moved = employee(session, row[0])
    assert (moved.department.code, moved.position) == ("T", "工程师")
    [former] = session.scalars(select(Post))
    assert (former.department.code, former.main) == ("S", True)


def test_a_changed_name_is_corrected(counter, settle, session, tools, operator, only):
    [row] = settle(1)
    counter.hand_in([row[0], "王芳", "S"])

    accept(session, tools, only(), by=None, actor=operator)

    assert employee(session, row[0]).name == "王芳"


def test_a_leavers_case_is_opened_with_the_day_of_the_list(
    counter, settle, session, tools, operator, only
):
    [row] = settle(1)
    counter.hand_in([*row, "", "", "2099-01-31"])

    accept(session, tools, only(), by=None, actor=operator)

    case = session.scalars(select(Case)).one()
    assert (case.employee.number, case.by) == (row[0], date(2099, 1, 31))


def test_who_comes_back_is_active_again(counter, settle, session, tools, operator, only):
    [row] = settle(1)
    employee(session, row[0]).status = Status.LEFT
    counter.hand_in([row[0], "新名", "S", "顾问"])

    accept(session, tools, only(), by=None, actor=operator)

    back = employee(session, row[0])
    assert (back.status, back.name, back.position) == (Status.ACTIVE, "新名", "顾问")


def test_what_was_changed_by_hand_since_is_not_written_over(
    counter, settle, session, tools, operator, only
):
    [row] = settle(1)
    counter.hand_in([row[0], "王芳", "S"])
    employee(session, row[0]).name = "王放"
    session.flush()

    with pytest.raises(ProposalOutdated) as refusal:
        accept(session, tools, only(), by=None, actor=operator)

    assert refusal.value.known == "王放"


def test_what_is_decided_is_not_decided_again(counter, settle, session, tools, operator, only):
    [row] = settle(1)
    counter.hand_in(row, ["E9", "林晓", "S"])
    one = only()
    dismiss(session, one, reason="a trainee", actor=operator)

    with pytest.raises(ProposalDecided) as refusal:
        accept(session, tools, one, by=None, actor=operator)

    assert refusal.value.by == operator.name


def test_all_of_a_kind_are_decided_and_one_that_is_refused_waits(
    counter, settle, session, tools, operator, make
):
    [row] = settle(1)
    counter.hand_in(row, *([f"N{n}", f"新{n}", "S"] for n in range(3)))
    make.employee(number="N1")  # entered by hand meanwhile

    given = AcceptIn(kind=ProposalKind.JOINER, every=True)
    looked = accept_several(
        session, tools, given.model_copy(update={"dry_run": True}), actor=operator
    )
    done = accept_several(session, tools, given, actor=operator)

    assert [one.done for one in done.decisions] == [True, False, True]
    assert looked.decisions == done.decisions
    assert done.decisions[1].code == "employee_number_taken"
    assert counter.waiting() == [("joiner", "N1")]


def test_more_than_one_request_takes_are_decided_page_by_page(
    counter, settle, session, tools, operator
):
    [row] = settle(1)
    counter.hand_in(row, *([f"N{n}", f"新{n}", "S"] for n in range(150)))
    given, parts = DismissIn(kind=ProposalKind.JOINER, every=True, reason="trainees"), []

    while given is not None:
        part = dismiss_several(session, given, actor=operator)
        parts.append(len(part.decisions))
        given = given.model_copy(update={"after": part.next}) if part.next else None

    assert (parts, counter.waiting()) == ([100, 50], [])


def test_what_is_named_has_to_be_there(session, tools, operator):
    with pytest.raises(NothingNamed):
        accept_several(session, tools, AcceptIn(every=True), actor=operator)
    with pytest.raises(NothingNamed):
        accept_several(session, tools, AcceptIn(), actor=operator)
    with pytest.raises(ProposalNotFound):
        accept_several(session, tools, AcceptIn(numbers=["DP-1"]), actor=operator)
    with pytest.raises(ProposalNotFound):
        proposal(session, "DP-1", actor=operator)


def test_who_leads_a_department_learns_nothing_of_who_may_leave(session, make):
    for role in (Role.MANAGER, Role.SUPERVISOR, Role.EMPLOYEE):
        with pytest.raises(NotAllowed):
            proposals(session, ProposalQuery(), actor=make.actor(role))


def test_lists_show_what_waits_or_what_is_asked_for(counter, settle, session, operator, only):
    [row] = settle(1)
    counter.hand_in(row, ["E9", "林晓", "S"])
    dismiss(session, only(), reason="a trainee", actor=operator)
    counter.hand_in(row, ["E9", "林晓", "S"], ["E8", "赵敏", "S"])

    def numbers(**given):
        rows, _mark = proposals(session, ProposalQuery(**given), actor=operator)
        return [one.employee for one in rows]

    assert numbers() == ["E8"]
    assert numbers(history=True) == ["E9", "E8"]
    assert numbers(state="dismissed") == ["E9"]
    assert numbers(q="赵") == ["E8"]
    assert numbers(kind="leaver") == numbers(department="T") == []


@pytest.mark.parametrize("dialect", DIALECTS, indirect=True)
def test_of_two_who_accept_at_once_one_is_told_who_was_first(engine, tools):
    sessions = make_sessions(engine)
    with sessions.begin() as session:
        make = Make(session)
        make.department(code="S")
        said = {"name": [None, "林晓"], "department": [None, "S"]}
        waits = Proposal(
            number="DP-1",
            kind=ProposalKind.JOINER,
            employee="E9",
            name="林晓",
            department="S",
            said=said,
            digest="0" * 64,
            proposed_at=now(),
            proposed_by="test",
        )
        session.add(waits)
    start, ended = threading.Barrier(2), []

    def decide(name):
        with sessions() as session:
            actor = Make(session).actor(Role.OPERATOR, name)
            start.wait()
            try:
                accept(session, tools, proposal(session, "DP-1", actor=actor), by=None, actor=actor)
                session.commit()
                ended.append("agreed")
            except ProposalDecided as refusal:
                ended.append(refusal.by)

    both = [threading.Thread(target=decide, args=(name,)) for name in ("A", "B")]
    for one in both:
        one.start()
    for one in both:
        one.join()

    with sessions() as session:
        assert len(session.scalars(select(Employee).where(Employee.number == "E9")).all()) == 1
        first = session.scalars(select(Proposal)).one().decided_by
    assert sorted(ended) == sorted(["agreed", first])
