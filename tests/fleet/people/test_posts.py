"""Several posts at once and in time: one is the main one, and none is forgotten."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from fleet.access.errors import NotAllowed
from fleet.audit.services import recorded
from fleet.contracts.access import Role
from fleet.contracts.clock import today
from fleet.people.errors import (
    DepartmentsInCircle,
    EmployeeHasNotLeft,
    EmployeeNotActive,
    PostEndsBeforeItBegins,
    PostHeldAlready,
    PostNotFound,
)
from fleet.people.models import Post, Status
from fleet.people.posts import add_post, end_post, make_main, set_posts, shown_posts
from fleet.people.services import (
    correct_department,
    correct_employee,
    finish_leaving,
    rejoin,
)

SPRING, SUMMER = date(2026, 3, 1), date(2026, 6, 1)


@pytest.fixture
def actor(make):
    return make.actor(Role.OPERATOR)


@pytest.fixture
def places(make):
    return [make.department(code=code) for code in ("S", "T")]


@pytest.fixture
def ann(make, places):
    return make.employee(
        number="E1", name="Ann", department=places[0], position="clerk", joined_on=SPRING
    )


def told(session, person):
    return [
        (one.department, one.title, one.main, one.since, one.until)
        for one in shown_posts(session, person).posts
    ]


def test_another_department_is_another_main_post_and_the_former_stays_known(
    session, ann, places, actor
):
    correct_employee(session, ann, {"department": places[1]}, since=SUMMER, actor=actor)
    session.flush()

    assert told(session, ann) == [
        ("T", "clerk", True, SUMMER, None),
        ("S", "clerk", True, SPRING, SUMMER - timedelta(days=1)),
    ]
    assert recorded(session)[-1].name == "employee.moved"


def test_a_slip_of_the_same_day_leaves_no_post_behind(session, ann, places, actor):
    correct_employee(session, ann, {"department": places[1]}, since=SUMMER, actor=actor)
    correct_employee(session, ann, {"position": "head clerk"}, since=SUMMER, actor=actor)
    session.flush()

    assert len(told(session, ann)) == 2
    assert told(session, ann)[0] == ("T", "head clerk", True, SUMMER, None)


def test_what_is_as_it_was_moves_nobody(session, ann, places, actor):
    same = {"department": places[0], "position": "clerk"}

    correct_employee(session, ann, same, actor=actor)

    assert recorded(session) == []


def test_posts_beside_the_main_one_begin_and_end(session, ann, places, actor):
    add_post(session, ann, department=places[1], title="adviser", since=SPRING, actor=actor)
    with pytest.raises(PostHeldAlready):
        add_post(session, ann, department=places[1], title="adviser", actor=actor)

    end_post(session, ann, department="T", title=None, until=SUMMER, actor=actor)

    assert told(session, ann)[1:] == [("T", "adviser", False, SPRING, SUMMER)]
    with pytest.raises(PostNotFound):
        end_post(session, ann, department="T", title=None, actor=actor)


def test_a_post_does_not_end_before_it_begins(session, ann, places, actor):
    days = {"since": SUMMER, "until": SPRING}
    with pytest.raises(PostEndsBeforeItBegins):
        add_post(session, ann, department=places[1], title=None, **days, actor=actor)
    add_post(session, ann, department=places[1], title=None, since=SUMMER, actor=actor)

    with pytest.raises(PostEndsBeforeItBegins):
        end_post(session, ann, department="T", title=None, until=SPRING, actor=actor)


def test_the_database_keeps_a_post_from_standing_twice(session, ann, places):
    session.add_all(
        Post(employee=ann, department=places[1], title="x", since=SPRING) for _ in range(2)
    )

    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.parametrize("keep", [True, False])
def test_a_post_beside_becomes_the_main_one(session, ann, places, actor, keep):
    add_post(session, ann, department=places[1], title="adviser", since=SPRING, actor=actor)

    make_main(session, ann, department="T", title=None, since=SUMMER, keep=keep, actor=actor)

    now_held = [one for one in told(session, ann) if one[4] is None]
    assert now_held[0] == ("T", "adviser", True, SUMMER, None)
    assert now_held[1:] == ([("S", "clerk", False, SUMMER, None)] if keep else [])
    assert ("S", "clerk", True, SPRING, SUMMER - timedelta(days=1)) in told(session, ann)


def test_posts_are_set_to_what_a_register_says(session, ann, places, actor):
    add_post(session, ann, department=places[1], title="adviser", since=SPRING, actor=actor)

    set_posts(session, ann, [(places[1], "coach"), (places[0], "")], actor=actor)

    ends = {(one[0], one[1]): one[4] for one in told(session, ann)[1:]}
    assert ends == {("T", "adviser"): today(), ("T", "coach"): None, ("S", None): None}


def test_who_leaves_gets_no_post_and_keeps_none(session, ann, places, actor):
    add_post(session, ann, department=places[1], title="adviser", since=SPRING, actor=actor)
    ann.status, ann.leaves_on = Status.LEAVING, SUMMER
    with pytest.raises(EmployeeNotActive):
        add_post(session, ann, department=places[1], title="coach", actor=actor)

    finish_leaving(session, ann, actor=actor)

    assert [one.until for one in session.scalars(select(Post))] == [SUMMER]


def test_who_had_left_comes_back_to_a_post(session, ann, places, actor):
    with pytest.raises(EmployeeHasNotLeft):
        rejoin(session, ann, department=places[1], position=None, joined_on=None, actor=actor)
    ann.status, ann.leaves_on = Status.LEFT, SPRING

    rejoin(session, ann, department=places[1], position="clerk", joined_on=SUMMER, actor=actor)

    assert (ann.status, ann.leaves_on, ann.department.code) == (Status.ACTIVE, None, "T")
    assert told(session, ann)[0] == ("T", "clerk", True, SUMMER, None)


def test_somebody_answers_for_a_department_first(session, places, ann, actor, make):
    correct_department(session, places[0], {"responsible": ann}, actor=actor)
    session.flush()

    assert places[0].responsible is ann
    gone = make.employee(status=Status.LEFT)
    with pytest.raises(EmployeeNotActive):
        correct_department(session, places[0], {"responsible": gone}, actor=actor)


def test_a_department_is_not_put_beneath_itself(session, make, actor):
    above = make.department(code="A")
    beneath = make.department(code="B", parent=above)

    with pytest.raises(DepartmentsInCircle):
        correct_department(session, above, {"parent": beneath}, actor=actor)
    with pytest.raises(DepartmentsInCircle):
        correct_department(session, above, {"parent": above}, actor=actor)


def test_posts_are_given_by_who_may_write_the_register(session, ann, places, make):
    with pytest.raises(NotAllowed):
        add_post(session, ann, department=places[1], title=None, actor=make.actor(Role.AUDITOR))
