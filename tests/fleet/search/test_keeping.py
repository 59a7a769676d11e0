"""Whatever changes a thing changes its terms with it: they are those that a rebuild would make."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from fleet.contracts.people import EmployeeQuery
from fleet.devices.models import Device
from fleet.people.models import Department, Employee
from fleet.people.queries import employees
from fleet.search import filling
from fleet.search.filling import begin_anew, fill, searched_kinds
from fleet.search.models import SearchFill, SearchTerm
from fleet.sims.models import Sim
from tests.conftest import DIALECTS
from tests.effort import effort
from tests.factories import Make

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)

NAMES = st.sampled_from(["王芳", "单雄信", "Li Lei", "张伟", ""])
IMEI = st.lists(st.sampled_from(["861234567890123", "867777777777777"]), max_size=2)
LIVES = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from([Device, Sim, Employee])),
        st.tuples(st.just("name"), NAMES),
        st.tuples(st.just("imei"), IMEI),
        st.tuples(st.just("tag"), st.integers(0, 99)),
        st.tuples(st.just("undo"), NAMES),
        st.tuples(st.just("delete"), st.sampled_from([Device, Sim, Employee])),
    ),
    max_size=12,
)


def terms(session: Session) -> set[tuple[object, ...]]:
    rows = session.execute(
        select(SearchTerm.kind, SearchTerm.thing_id, SearchTerm.field, SearchTerm.term)
    ).all()
    assert len(set(rows)) == len(rows), "a term stands there twice"
    return {tuple(row) for row in rows}


def live(session: Session, make: Make, step: tuple[str, object]) -> None:
    what, value = step
    if what == "add":
        {Device: make.device, Sim: make.sim, Employee: make.employee}[value]()
    elif what == "name" and (one := session.scalar(select(Employee).limit(1))):
        one.name = value
    elif what == "imei" and (one := session.scalar(select(Device).limit(1))):
        one.imei = value
    elif what == "tag" and (one := session.scalar(select(Device).limit(1))):
        one.tag = f"{one.tag.partition('/')[0]}/{value}"
    elif what == "undo":
        undone = session.begin_nested()
        make.employee(name=value)
        undone.rollback()
    elif what == "delete" and (one := session.scalar(select(value).limit(1))):
        session.delete(one)
    session.flush()


@effort(25)
@given(LIVES)
def test_any_life_leaves_the_terms_of_a_rebuild(sessions, life):
    with sessions.begin() as session:
        make = Make(session)
        for kind in (Device, Sim, Employee, Department):
            for row in session.scalars(select(kind)):
                session.delete(row)
        session.flush()
        for step in life:
            live(session, make, step)
    with sessions() as session:
        kept = terms(session)
    with sessions.begin() as session:
        session.execute(delete(SearchTerm))
    begin_anew(sessions)
    list(fill(sessions))
    with sessions() as session:
        assert terms(session) == kept


def test_a_fill_that_was_stopped_goes_on_where_it_was(sessions, monkeypatch):
    monkeypatch.setattr(filling, "AT_A_TIME", 2)
    with sessions.begin() as session:
        make = Make(session)
        made = [make.device().id for _ in range(5)]
        session.execute(delete(SearchTerm))
    for step in fill(sessions):
        if step.kind == "device":
            break  # as a process that dies: what it said is stored

    told = [(step.things, step.done) for step in fill(sessions) if step.kind == "device"]

    assert told == [(4, False), (5, True)]
    with sessions() as session:
        assert {row[1] for row in terms(session) if row[0] == "device"} == set(made)


def test_what_was_spelt_otherwise_is_filled_anew(sessions):
    list(fill(sessions))
    with sessions.begin() as session:
        tag = Make(session).device().tag
        session.execute(delete(SearchTerm))
        session.execute(update(SearchFill).values(spelling=0))

    assert {step.kind for step in fill(sessions)} == {k.__tablename__ for k in searched_kinds()}
    assert list(fill(sessions)) == []
    with sessions() as session:
        assert "tag" in {row[2] for row in terms(session)}, tag


def test_terms_of_what_is_gone_go_with_a_rebuild(sessions):
    with sessions.begin() as session:
        gone = Make(session).sim()
        session.execute(delete(Sim).where(Sim.id == gone.id))  # past every session's flush
    begin_anew(sessions)
    list(fill(sessions))

    with sessions() as session:
        assert terms(session) == set()


def test_a_list_looks_by_itself_until_the_terms_are_there(sessions):
    with sessions.begin() as session:
        make = Make(session)
        make.employee(name="王芳")
        session.execute(delete(SearchTerm))
    asked = EmployeeQuery(q="王芳"), EmployeeQuery(q="wangf")

    def found(query: EmployeeQuery) -> int:
        with sessions() as session:
            return len(employees(session, query, actor=Make(session).actor())[0])

    assert [found(query) for query in asked] == [1, 0]
    list(fill(sessions))
    assert [found(query) for query in asked] == [1, 1]
