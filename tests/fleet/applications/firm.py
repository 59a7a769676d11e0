"""A company with a desk, stock, heads and people, for tests of who is given what."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.access.models import User
from fleet.access.queries import actor_of_user
from fleet.accounts.models import Account
from fleet.accounts.opening import key_of
from fleet.applications.handing import agreement_of, issue_application, sign
from fleet.applications.models import Application
from fleet.applications.policies import set_policy
from fleet.applications.reserving import reserve
from fleet.applications.services import decide, make
from fleet.contracts.access import Role
from fleet.contracts.applications import (
    ApplicationIn,
    ApplicationPolicyIn,
    IssueApplicationIn,
    PhoneWish,
    ReserveIn,
    SignIn,
    SimWish,
    Term,
    Wants,
)
from fleet.contracts.clock import now
from fleet.contracts.facts import App, Battery, Lock, Os, PhoneFacts
from fleet.contracts.proof import Level
from fleet.contracts.work_apps import WECHAT
from fleet.custody.issuing import Handing
from fleet.devices.models import Device
from fleet.people.models import Department, Employee
from fleet.vault import services as vault
from fleet.vault.queries import pin_of
from fleet.vault.tools import Tools
from tests.factories import Make

ALL = Wants.model_validate({"phone": {}, "sim": {}, "account": "wechat"})
A_PHONE = Wants(phone=PhoneWish())
A_SIM = Wants(sim=SimWish())


@dataclass
class Firm:
    """Ann works in sales under Wei, Han heads the company, Hua its HR; Liu is at the desk."""

    session: Session
    tools: Tools
    make: Make

    def __post_init__(self) -> None:
        make = self.make
        self.top = make.department(code="COMPANY", name="Company")
        self.sales = make.department(code="SALES", name="Sales", parent=self.top)
        self.hr = make.department(code="HR", name="People", parent=self.top)
        self.ann = make.employee(name="Ann", number="E1", department=self.sales)
        self.han = self.head(self.top, "Han")
        self.wei = self.head(self.sales, "Wei")
        self.hua = self.head(self.hr, "Hua")
        self.liu = actor_of_user(make.user(Role.OPERATOR, name="Liu"))
        self.session.commit()

    def head(self, department: Department, name: str) -> Employee:
        head = self.make.employee(name=name, department=department)
        self.make.grant(self.user(head), Role.MANAGER, department_id=department.id)
        department.head = head
        self.session.flush()
        return head

    def user(self, employee: Employee) -> User:
        return self.make.user(Role.EMPLOYEE, name=employee.name, employee_id=employee.id)

    def as_(self, employee: Employee) -> Actor:
        found = self.session.query(User).filter_by(employee_id=employee.id).one_or_none()
        user = found or self.user(employee)
        self.session.refresh(user, ["grants"])
        return replace(actor_of_user(user), signed_in=True)

    def of(self, role: Role) -> Actor:
        return actor_of_user(self.make.user(role, name=f"A {role}"))

    def asks(self, *approvers: str, term: Term = Term.PERMANENT, **given: Any) -> None:
        """Have these approve one after the other, from now on."""
        policy = ApplicationPolicyIn(term=term, reason="test", approvers=list(approvers), **given)
        set_policy(self.session, policy, actor=self.of(Role.SECURITY))

    def applied(
        self, wants: Wants = A_PHONE, *, by: Actor | None = None, **given: Any
    ) -> Application:
        told = {"reason": "starts in sales", "holder": self.ann.number, "wants": wants, **given}
        return make(self.session, ApplicationIn(**told), actor=by or self.liu)

    def approve(self, one: Application, who: Employee) -> None:
        decide(self.session, one, approve=True, note="go ahead", actor=self.as_(who))

    def approved(self, wants: Wants = A_PHONE, **given: Any) -> Application:
        one = self.applied(wants, **given)
        self.approve(one, self.wei)
        return one

    def phone(self, **given: Any) -> Device:
        """Put a phone into stock as a good one is: seen today, empty, its PIN proven."""
        told = {
            "patch": "2026-10-01",
            "percent": 95,
            "accounts": (),
            "seen": now(),
            "pin": Level.PROVEN,
            "version": "8.0.54",
            **given,
        }
        row = {name: value for name, value in told.items() if name in {"tag", "brand", "model"}}
        phone = self.make.device(**row)
        apps = (App(package=WECHAT, version_name=told["version"], users=(0,), enabled=True),)
        facts = PhoneFacts(
            os=Os(android="15", sdk=35, security_patch=told["patch"]),
            battery=Battery(capacity_percent=told["percent"], health="good"),
            lock=Lock(secure=True, credential_type="pin", wipe_limit=0),
            accounts=told["accounts"],
            apps=apps if told["version"] else (App(package="android", users=(0,)),),
            probed_at=now(),
        )
        phone.facts, phone.last_seen_at = facts.model_dump(mode="json"), told["seen"]
        if told["pin"]:
            known = vault.adopt(
                self.session,
                self.tools,
                pin_of(phone),
                value="402917",
                reason="test",
                actor=self.liu,
            )
            known.level = told["pin"]
        self.session.flush()
        return phone

    def account(self, *, rotated: bool = True, **given: Any) -> Account:
        account = self.make.account(**given)
        if rotated:
            known = vault.adopt(
                self.session,
                self.tools,
                key_of(account),
                value="Ab3-known-word",
                reason="test",
                actor=self.liu,
            )
            known.level, known.due_at = Level.OBSERVED, None
            self.session.flush()
        return account

    def reserved(self, wants: Wants = A_PHONE, **given: Any) -> Application:
        one = self.approved(wants, **given)
        return reserve(self.session, one, ReserveIn(), actor=self.liu)

    def sign(self, one: Application, by: Actor | None = None, **given: Any) -> Application:
        digest = agreement_of(self.session, one).digest
        by = by or self.as_(self.ann)
        return sign(self.session, one, SignIn(digest=digest, **given), actor=by)

    def issue(self, one: Application, **given: Any) -> Handing:
        given = {"registrant_seen": True, **given}
        terms = IssueApplicationIn(**given)
        return issue_application(self.session, one, terms, actor=self.liu)[1]

    def in_days(self, days: int) -> Any:
        return (now() + timedelta(days=days)).astimezone().date()


def names(one: Application) -> list[str]:
    return [each.name for each in one.set_aside]
