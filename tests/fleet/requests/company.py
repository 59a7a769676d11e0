"""A company with heads and people, for tests of who asks whom."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.access.models import User
from fleet.access.queries import actor_of_user
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind
from fleet.custody.issuing import issue
from fleet.devices.models import Device
from fleet.people.models import Department, Employee
from fleet.requests.models import ChangeRequest
from fleet.requests.services import ask, decide
from fleet.vault import services as vault
from fleet.vault.queries import pin_of
from fleet.vault.tools import Tools
from tests.factories import Make

PIN = CredentialKind.DEVICE_PIN
OLD = "402917"
SOON = timedelta(hours=2)


@dataclass
class Company:
    """Sales with its head Wei, beneath the company with its head Han; Ann of sales has a phone."""

    session: Session
    tools: Tools
    make: Make

    def __post_init__(self) -> None:
        make = self.make
        self.top = make.department(code="COMPANY", name="Company")
        self.sales = make.department(code="SALES", name="Sales", parent=self.top)
        self.ann = make.employee(name="Ann", department=self.sales)
        self.wei = self.head(self.sales, "Wei")
        self.han = self.head(self.top, "Han")
        self.liu = actor_of_user(make.user(Role.OPERATOR, name="Liu"))
        self.phone = make.device(tag="WF-0001")
        vault.adopt(
            self.session, self.tools, pin_of(self.phone), value=OLD, reason="known", actor=self.liu
        )
        issue(self.session, to=self.ann, devices=[self.phone], actor=self.liu)
        self.session.commit()

    def head(self, department: Department, name: str) -> Employee:
        """Make somebody the head of a department, with a user who may decide there."""
        head = self.make.employee(name=name, department=department)
        user = self.user(head)
        self.make.grant(user, Role.MANAGER, department_id=department.id)
        department.head = head
        self.session.flush()
        return head

    def user(self, employee: Employee) -> User:
        return self.make.user(Role.EMPLOYEE, name=employee.name, employee_id=employee.id)

    def as_(self, employee: Employee) -> Actor:
        """Return an employee as he acts now, signed in; his user is made if he has none."""
        found = self.session.query(User).filter_by(employee_id=employee.id).one_or_none()
        user = found or self.user(employee)
        self.session.refresh(user, ["grants"])
        return replace(actor_of_user(user), signed_in=True)

    def of(self, role: Role) -> Actor:
        return actor_of_user(self.make.user(role, name=f"A {role}"))

    def asked(self, by: Actor | None = None, device: Device | None = None) -> ChangeRequest:
        return ask(
            self.session,
            self.tools,
            PIN,
            (device or self.phone).tag,
            reason="somebody looked over my shoulder",
            actor=by or self.as_(self.ann),
        )

    def approved(self) -> ChangeRequest:
        request = self.asked()
        decide(self.session, request, approve=True, note="go ahead", actor=self.as_(self.wei))
        return request

    def soon(self) -> datetime:
        return now() + SOON
