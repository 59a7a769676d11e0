"""Departments and employees, and who may be handed something."""

from datetime import date

import pytest

from fleet.access.errors import NotAllowed
from fleet.audit.services import recorded
from fleet.contracts.access import Role
from fleet.contracts.people import DepartmentQuery, EmployeeQuery
from fleet.people.errors import (
    DepartmentCodeTaken,
    DepartmentNotFound,
    EmployeeNotActive,
    EmployeeNotFound,
    EmployeeNumberTaken,
)
from fleet.people.models import Status
from fleet.people.queries import department, departments, employee, employees
from fleet.people.services import add_department, add_employee, require_active, start_leaving


def test_a_department_stands_below_another_and_has_a_head(session, make):
    sales = add_department(session, code="S", name="Sales", actor=make.actor())
    head = add_employee(session, number="E1", name="Ann", department=sales, actor=make.actor())

    east = add_department(
        session, code="SE", name="East", parent=sales, head=head, actor=make.actor()
    )
    session.expire_all()

    assert (east.parent.code, east.head.number) == ("S", "E1")
    assert department(session, "SE") is east


def test_codes_and_numbers_are_given_once(session, make):
    ann = make.employee()

    with pytest.raises(DepartmentCodeTaken):
        add_department(session, code=ann.department.code, name="Again", actor=make.actor())
    with pytest.raises(EmployeeNumberTaken):
        add_employee(
            session, number=ann.number, name="B", department=ann.department, actor=make.actor()
        )


def test_what_is_not_there_is_not_found(session):
    with pytest.raises(EmployeeNotFound):
        employee(session, "E9")
    with pytest.raises(DepartmentNotFound):
        department(session, "X")


def test_who_gives_notice_is_handed_nothing_more(session, make):
    ann = make.employee()

    start_leaving(session, [(ann, date(2099, 1, 1))], actor=make.actor())

    assert (ann.status, ann.leaves_on) == (Status.LEAVING, date(2099, 1, 1))
    assert recorded(session)[0].details == {"leaves_on": "2099-01-01"}
    with pytest.raises(EmployeeNotActive):
        require_active(ann)


def test_an_auditor_registers_nobody(session, make):
    with pytest.raises(NotAllowed):
        add_department(session, code="S", name="Sales", actor=make.actor(Role.AUDITOR))


def test_employees_are_listed_by_department_and_status(session, make):
    ann, gone = make.employee(name="王芳"), make.employee(status=Status.LEFT)

    by_name, _ = employees(session, EmployeeQuery(q="王"), actor=make.actor())
    by_department, _ = employees(
        session, EmployeeQuery(department=ann.department.code), actor=make.actor()
    )
    by_status, _ = employees(session, EmployeeQuery(status="left"), actor=make.actor())

    assert (by_name, by_department, by_status) == ([ann], [ann], [gone])


def test_departments_are_listed_without_a_question_for_each(session, make, count_queries):
    for _ in range(3):
        make.department(parent=make.department(), head=make.employee())
    session.flush()
    session.expunge_all()

    with count_queries() as sent:
        rows, _ = departments(session, DepartmentQuery(), actor=make.actor())
        assert len([row.parent for row in rows if row.head]) == 3

    assert len(sent) == 1
