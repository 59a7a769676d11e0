from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from api.client import Refused, every
from fleet.audit.models import AuditEntry
from fleet.contracts.access import Role
from fleet.contracts.clock import today
from fleet.contracts.people import (
    DepartmentCorrectIn,
    DepartmentIn,
    DepartmentQuery,
    EmployeeCorrectIn,
    EmployeeIn,
    EmployeeQuery,
)
from fleet.contracts.wire import ListQuery
from tests.conftest import DIALECTS

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)


@pytest.fixture
def operator(client):
    return client(Role.OPERATOR)


def test_a_department_is_registered_and_listed(operator):
    operator.add_department(DepartmentIn(code="S", name="Sales"))
    operator.add_department(DepartmentIn(code="SE", name="Sales/East", parent="S"))

    assert [(d.code, d.parent) for d in operator.departments().items] == [("S", None), ("SE", "S")]


def test_a_department_below_one_that_is_not_there_is_refused(operator):
    with pytest.raises(Refused) as refusal:
        operator.add_department(DepartmentIn(code="SE", name="Sales/East", parent="S"))

    assert (refusal.value.status, refusal.value.code) == (404, "department_not_found")


def test_an_employee_is_registered_listed_and_shown(operator):
    operator.add_department(DepartmentIn(code="S", name="Sales"))
    given = EmployeeIn(number="E1037", name="王芳", department="S", joined_on=date(2024, 3, 1))

    added = operator.add_employee(given)

    assert operator.employee("E1037") == added
    assert operator.employees().items == [added]
    assert (added.name, added.status, added.joined_on) == ("王芳", "active", date(2024, 3, 1))


def test_a_number_is_given_once(operator):
    operator.add_department(DepartmentIn(code="S", name="Sales"))
    person = EmployeeIn(number="E1", name="Ann", department="S")
    operator.add_employee(person)

    with pytest.raises(Refused) as refusal:
        operator.add_employee(person)

    assert (refusal.value.kind, refusal.value.code) == ("conflict", "employee_number_taken")


def test_who_has_any_post_in_a_department_is_found_there(operator, stored):
    with stored() as make:
        here, there = make.department(code="S"), make.department(code="T")
        first = make.employee(number="E1", department=here)
        for number, until in (("E2", None), ("E3", today()), ("E4", today() - timedelta(days=1))):
            make.post(make.employee(number=number, department=there), here, until=until)
        make.post(first, there, title="adviser")

    def found(code):
        return [one.number for one in operator.employees(EmployeeQuery(department=code)).items]

    assert found("S") == ["E1", "E2", "E3"]
    assert found("T") == ["E1", "E2", "E3", "E4"]
    assert found("NONE") == []
    (post,) = operator.employee("E1").posts
    assert (post.department, post.title, post.main) == ("T", "adviser", False)


def test_departments_are_listed_right_beneath_one(operator):
    operator.add_department(DepartmentIn(code="S", name="Sales"))
    operator.add_department(DepartmentIn(code="SE", name="Sales/East", parent="S"))
    operator.add_department(DepartmentIn(code="SEA", name="Sales/East/A", parent="SE"))

    assert [one.code for one in operator.departments(DepartmentQuery(parent="S")).items] == ["SE"]
    assert operator.department("SE").parent == "S"


def test_a_correction_is_looked_at_and_nothing_of_it_is_kept(operator, sessions):
    operator.add_department(DepartmentIn(code="S", name="Sales"))
    operator.add_department(DepartmentIn(code="T", name="Tech", parent="S"))
    person = operator.add_employee(
        EmployeeIn(number="E1", name="Ann", department="S", position="clerk")
    )
    with sessions() as session:
        entries = session.scalar(select(func.count(AuditEntry.id)))

    moved = EmployeeCorrectIn(department="T", clear=["position"])
    looked = operator.correct_employee("E1", moved, dry_run=True)
    place = operator.correct_department("T", DepartmentCorrectIn(clear=["parent"]), dry_run=True)

    assert (looked.department, looked.position, place.parent) == ("T", None, None)
    assert operator.employee("E1") == person
    assert operator.department("T").parent == "S"
    assert len(operator.posts("E1").posts) == 1
    with sessions() as session:
        assert session.scalar(select(func.count(AuditEntry.id))) == entries
    assert operator.correct_employee("E1", moved).position is None
    assert operator.correct_department("T", DepartmentCorrectIn(clear=["parent"])).parent is None


def test_a_look_refuses_what_the_correction_would(operator):
    operator.add_department(DepartmentIn(code="S", name="Sales"))

    with pytest.raises(Refused) as refusal:
        operator.correct_department("S", DepartmentCorrectIn(parent="S"), dry_run=True)

    assert refusal.value.code == "departments_in_circle"


def test_nobody_is_found_by_a_number_that_nobody_has(operator):
    with pytest.raises(Refused) as refusal:
        operator.employee("E9999")

    assert refusal.value.kind == "not_found"


def test_pages_stay_whole_while_people_are_added(operator, stored):
    with stored() as make:
        for number in range(0, 40, 2):
            make.employee(number=f"E{number:04d}")
    seen = []

    for place, person in enumerate(every(operator.employees, EmployeeQuery(limit=6))):
        seen.append(person.number)
        if place == 8:  # one lands on the page already read, one on a page to come
            with stored() as make:
                make.employee(number="E0001")
                make.employee(number="E0031")

    assert seen == sorted([*(f"E{n:04d}" for n in range(0, 40, 2)), "E0031"])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (EmployeeQuery(sort="shoe_size"), "sort_unknown"),
        (EmployeeQuery(after="nonsense"), "page_mark_unreadable"),
        (ListQuery.model_construct(limit=1001), "request_invalid"),
        (ListQuery.model_construct(limit=0), "request_invalid"),
    ],
)
def test_a_list_that_cannot_be_is_refused(operator, query, code):
    with pytest.raises(Refused) as refusal:
        operator.employees(query)

    assert (refusal.value.status, refusal.value.code) == (422, code)


def test_an_unknown_filter_is_refused(client_of):
    answer = client_of(Role.OPERATOR).get("/api/v1/employees?stats=active")

    assert answer.status_code == 422
    assert list(answer.json["details"]["fields"]) == ["stats"]
