from datetime import date

import pytest

from api.client import Refused, every
from fleet.contracts.access import Role
from fleet.contracts.people import DepartmentIn, EmployeeIn, EmployeeQuery
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
