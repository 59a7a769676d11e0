"""What a list of people says that the register does not is proposed, once, and changes nobody."""

from datetime import date

import pytest
from sqlalchemy import event, func, select

from fleet.access.errors import NotAllowed
from fleet.audit.services import recorded
from fleet.contracts.access import Role
from fleet.contracts.directory import ProposalKind, ProposalState
from fleet.directory.errors import TooManyLeavers
from fleet.directory.models import Proposal
from fleet.directory.services import dismiss
from fleet.people.models import Employee, Status
from fleet.registers.errors import HeadersNotFound, RowsRefused
from tests.conftest import ON_SQLITE
from tests.fleet.directory.conftest import Counter
from tests.memory import MEBIBYTE, growing


def test_a_list_that_says_what_the_register_says_proposes_nothing(counter, settle):
    rows = settle(3)

    done = counter.hand_in(*rows)

    assert (done.rows, done.proposed, counter.waiting()) == (3, {}, [])


def test_joiners_movers_and_leavers_are_proposed_and_nobody_is_changed(
    counter, settle, make, session
):
    rows = settle(3)
    make.department(code="T", name="技术部")
    rows[1][2] = "技术部"

    done = counter.hand_in(rows[0], rows[1], ["E9", "林晓", "T", "工程师", "2026-12-01"])

    assert done.proposed == {"joiner": 1, "mover": 1, "leaver": 1}
    assert counter.waiting() == [
        ("mover", "E00001"),
        ("joiner", "E9"),
        ("leaver", "E00002"),
    ]
    assert session.scalar(select(func.count(Employee.id))) == 3
    people = session.scalars(select(Employee)).all()
    assert {(one.status, one.department.code) for one in people} == {(Status.ACTIVE, "S")}
    [joiner] = session.scalars(select(Proposal).where(Proposal.kind == ProposalKind.JOINER))
    assert joiner.said["joined_on"] == [None, "2026-12-01"]


def test_the_same_list_twice_proposes_nothing_twice(counter, settle):
    rows = settle(2)
    counter.hand_in(rows[0], ["E9", "林晓", "S"])

    again = counter.hand_in(rows[0], ["E9", "林晓", "S"])

    assert (again.proposed, again.known, again.withdrawn) == ({}, 2, 0)
    assert len(counter.waiting()) == 2


def test_what_a_later_list_does_not_say_any_more_is_withdrawn(counter, settle, session):
    rows = settle(2)
    counter.hand_in(rows[0], ["E9", "林晓", "S"])

    again = counter.hand_in(*rows)

    assert (again.withdrawn, counter.waiting()) == (2, [])
    states = session.scalars(select(Proposal.state)).all()
    assert states == [ProposalState.WITHDRAWN] * 2
    assert [one.name for one in recorded(session)[-3:]] == [
        "proposal.withdrawn",
        "proposal.withdrawn",
        "directory.synced",
    ]


def test_what_a_later_list_says_otherwise_takes_its_place(counter, settle, session):
    [row] = settle(1)
    counter.hand_in(row, ["E9", "林晓", "S"])

    again = counter.hand_in(row, ["E9", "林小", "S"])

    assert (again.proposed, again.withdrawn) == ({"joiner": 1}, 1)
    [waits] = session.scalars(select(Proposal).where(Proposal.state == "proposed"))
    assert waits.name == "林小"


def test_what_was_dismissed_is_proposed_again_only_after_a_list_without_it(
    counter, settle, session, make
):
    [row] = settle(1)
    counter.hand_in(row, ["E9", "林晓", "S"])
    [one] = session.scalars(select(Proposal))
    dismiss(session, one, reason="a trainee", actor=make.actor(Role.OPERATOR))

    same = counter.hand_in(row, ["E9", "林晓", "S"])
    counter.hand_in(row)
    after = counter.hand_in(row, ["E9", "林晓", "S"])

    assert (same.proposed, same.dismissed) == ({}, 1)
    assert after.proposed == {"joiner": 1}


def test_a_last_day_in_the_list_is_proposed_with_the_day(counter, settle, session):
    [row] = settle(1)

    counter.hand_in([*row, "", "", date(2099, 1, 31)])

    [one] = session.scalars(select(Proposal))
    assert (one.kind, one.said) == (ProposalKind.LEAVER, {"leaves_on": [None, "2099-01-31"]})


def test_who_left_long_ago_and_is_still_in_the_list_is_nobody_new(counter, settle):
    [row] = settle(1)

    done = counter.hand_in(row, ["E8", "赵敏", "S", "", "", "2020-01-31"])

    assert done.proposed == {}


def test_who_leaves_already_is_not_said_to_leave_again(counter, settle, session):
    rows = settle(2)
    gone = session.scalars(select(Employee).where(Employee.number == "E00001")).one()
    gone.status, gone.leaves_on = Status.LEAVING, date(2099, 1, 1)

    assert counter.hand_in(rows[0]).proposed == {}


def test_who_had_left_and_is_in_the_list_comes_back(counter, settle, session):
    rows = settle(2)
    session.scalars(select(Employee).where(Employee.number == "E00001")).one().status = Status.LEFT

    assert counter.hand_in(*rows).proposed == {"returner": 1}


def test_a_crowd_does_not_leave_by_one_list(counter, settle, session):
    rows = settle(100)

    with pytest.raises(TooManyLeavers) as refusal:
        counter.hand_in(*rows[:90])

    assert (refusal.value.leavers, refusal.value.people, refusal.value.most) == (10, 100, 5)
    assert counter.waiting() == []
    assert counter.look(*rows[:90]).leavers > counter.look(*rows[:90]).most_leavers


def test_leavers_of_several_lists_are_counted_together(counter, settle):
    rows = settle(100)
    counter.hand_in(*rows[:96])

    with pytest.raises(TooManyLeavers):
        counter.hand_in(*rows[:94])


def test_an_administrator_lets_a_crowd_leave_and_an_operator_does_not(
    counter, settle, session, settings, make
):
    rows = settle(100)
    with pytest.raises(NotAllowed):
        counter.hand_in(*rows[:90], allow=10)

    other = Counter(session, settings, make.actor(Role.ADMINISTRATOR))
    with pytest.raises(TooManyLeavers):
        other.hand_in(*rows[:90], allow=9)

    assert other.hand_in(*rows[:90], allow=10).proposed == {"leaver": 10}


def test_in_a_small_company_a_few_may_leave(counter, settle):
    rows = settle(5)

    assert counter.hand_in(*rows[:2]).proposed == {"leaver": 3}


def test_one_wrong_row_keeps_the_list_out_and_makes_nobody_a_leaver(counter, settle):
    rows = settle(2)

    with pytest.raises(RowsRefused) as refusal:
        counter.hand_in(rows[0], [rows[1][0], "人1", "nowhere"])

    assert refusal.value.remarks[0]["line"] == 3
    assert counter.waiting() == []
    assert counter.look(rows[0], [rows[1][0], "人1", "nowhere"]).refused == 1


@pytest.mark.parametrize("wrong", [["E00000", "人0", "S"], ["", "人9", "S"], ["E9", "", "S"]])
def test_a_row_that_is_there_twice_or_says_too_little_is_refused(counter, settle, wrong):
    [row] = settle(1)

    assert counter.look(row, wrong).refused == 1


def test_a_dry_run_stores_nothing_and_counts_the_same(counter, settle, session):
    rows = settle(3)
    counter.hand_in(rows[0], rows[1], ["E9", "林晓", "S"])

    looked = counter.look(rows[0], ["E8", "赵敏", "S"])
    events = len(recorded(session))
    done = counter.hand_in(rows[0], ["E8", "赵敏", "S"])

    assert events == 3  # of the first list
    told = {"dry_run", "done", "digest"}
    assert looked.model_dump(exclude=told) == done.model_dump(exclude=told)


def test_a_list_without_numbers_is_none(counter, settle):
    settle(1)
    counter.headers = ["姓名", "部门"]

    with pytest.raises(RowsRefused):
        counter.hand_in(["王芳", "S"])
    counter.headers = ["血型"]
    with pytest.raises(HeadersNotFound):
        counter.hand_in(["A"])


def test_columns_that_are_not_read_are_named(counter, settle):
    [row] = settle(1)
    counter.headers = ["工号", "姓名", "部门", "状态", "兼任岗位", "血型"]

    looked = counter.look([*row, "在职", "", "A"])

    assert (looked.not_kept, looked.unknown) == (["兼任岗位", "状态"], ["血型"])


@ON_SQLITE
def test_ten_thousand_people_take_few_questions_and_little_memory(counter, settle, session):
    rows = settle(10_000)
    rows[-1][1] = "另一个"
    sent = []

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    event.listen(session.get_bind(), "before_cursor_execute", note)
    with growing() as grown:
        done = counter.hand_in(*rows[1:], ["E9", "林晓", "S"])
    event.remove(session.get_bind(), "before_cursor_execute", note)

    assert done.proposed == {"joiner": 1, "leaver": 1, "changed_entry": 1}
    assert len(sent) < 4 * 10_000 / 500
    assert grown.most < 48 * MEBIBYTE
