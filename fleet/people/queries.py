"""Finding departments and employees."""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from fleet.contracts.people import EmployeeQuery
from fleet.contracts.wire import ListQuery
from fleet.paging import containing, page
from fleet.people.errors import DepartmentNotFound, EmployeeNotFound
from fleet.people.models import Department, Employee

EMPLOYEE_SORTS = {
    "number": Employee.number,
    "name": Employee.name,
    "joined_on": Employee.joined_on,
    "leaves_on": Employee.leaves_on,
}
DEPARTMENT_SORTS = {"code": Department.code, "name": Department.name}


def employee(session: Session, number: str) -> Employee:
    found = session.scalar(select(Employee).where(Employee.number == number))
    if found is None:
        raise EmployeeNotFound(number=number)
    return found


def department(session: Session, code: str) -> Department:
    found = session.scalar(select(Department).where(Department.code == code))
    if found is None:
        raise DepartmentNotFound(department=code)
    return found


def employees(session: Session, query: EmployeeQuery) -> tuple[list[Employee], str | None]:
    statement = select(Employee).options(joinedload(Employee.department))
    if query.department:
        statement = statement.where(Employee.department.has(code=query.department))
    if query.status:
        statement = statement.where(Employee.status == query.status)
    statement = statement.where(containing(query.q, Employee.number, Employee.name))
    return page(session, statement, query, sorts=EMPLOYEE_SORTS, default="number", key=Employee.id)


def departments(session: Session, query: ListQuery) -> tuple[list[Department], str | None]:
    above = joinedload(Department.parent), joinedload(Department.head)
    statement = select(Department).options(*above)
    statement = statement.where(containing(query.q, Department.code, Department.name))
    return page(
        session, statement, query, sorts=DEPARTMENT_SORTS, default="code", key=Department.id
    )
