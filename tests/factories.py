"""Valid rows, made with as few words as a test needs."""

from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar
from uuid import uuid4

from sqlalchemy.orm import Session

from fleet.access.actor import Actor, ActorKind, HeldRole
from fleet.access.models import RoleGrant, User
from fleet.access.permissions import STATION
from fleet.accounts.models import Account
from fleet.builds.models import Build
from fleet.contracts.access import Role
from fleet.contracts.accounts import AccountKind
from fleet.contracts.clock import now
from fleet.contracts.directory import ProposalKind
from fleet.contracts.facts import Identity, Os, PhoneFacts, Skin
from fleet.devices.lifecycle import State
from fleet.devices.models import Device
from fleet.directory.models import Proposal
from fleet.naming.models import Deviation, NamingRule
from fleet.people.models import Department, Employee, Partner, Post
from fleet.sims.models import Sim

Row = TypeVar("Row")

FOUNDER = "founder"  # whoever made the server: he holds the roles that let him do everything
FOUNDERS_ROLES = (Role.ADMINISTRATOR, Role.SECURITY, Role.AUDITOR, Role.OPERATOR)


def roles_of(name: Role | str) -> tuple[Role | str, ...]:
    return FOUNDERS_ROLES if name == FOUNDER else (name,)


def luhn(digits: str) -> str:
    """Return `digits` with the check digit of an IMEI or a card number behind it."""
    doubled = [int(d) * (2 - place % 2) for place, d in enumerate(reversed(digits), start=1)]
    return digits + str(-sum(n // 10 + n % 10 for n in doubled) % 10)


@dataclass
class Make:
    """Every call adds one row and sends it; whatever is not said is made up, and unique."""

    session: Session
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def actor(self, role: Role | str = FOUNDER, name: str = "Liu Yang") -> Actor:
        kind = ActorKind.STATION if role == STATION else ActorKind.USER
        roles = tuple(HeldRole(held) for held in roles_of(role))
        return Actor(id=uuid4(), name=name, roles=roles, kind=kind)

    def user(self, role: Role | str = Role.OPERATOR, **given: object) -> User:
        n = next(self.numbers)
        columns = {"username": f"user-{n}", "name": f"User {n}", "made_at": now(), **given}
        user = self._add(User(grants=[], **columns))
        for held in roles_of(role):
            self.grant(user, Role(held))
        return user

    def grant(self, user: User, role: Role, **given: object) -> RoleGrant:
        told = {"reason": "of the test", "granted_by": "workfleet", "granted_at": now(), **given}
        return self._add(RoleGrant(user=user, role=role, **told))

    def department(self, **given: object) -> Department:
        n = next(self.numbers)
        return self._add(Department(**{"code": f"D{n}", "name": f"Department {n}", **given}))

    def employee(self, **given: object) -> Employee:
        n = next(self.numbers)
        columns = {"number": f"E{n:04d}", "name": f"Employee {n}", **given}
        if "department" not in columns:
            columns["department"] = self.department()
        return self._add(Employee(**columns))

    def post(self, employee: Employee, department: Department, **given: object) -> Post:
        """Give somebody a post beside the main one."""
        return self._add(
            Post(**{"title": "", "employee": employee, "department": department} | given)
        )

    def device(self, state: State = State.IN_STOCK, **given: object) -> Device:
        n = next(self.numbers)
        columns = {"tag": f"T-{n:04d}", "serial": f"SN{n:08d}", "found_at": now(), **given}
        return self._add(Device(state=state, **columns))

    def sim(self, **given: object) -> Sim:
        n = next(self.numbers)
        columns = {"number": f"1380000{n:04d}", "iccid": luhn(f"898600{n:012d}"), **given}
        return self._add(Sim(**columns))

    def account(self, kind: AccountKind = AccountKind.WECHAT, **given: object) -> Account:
        n = next(self.numbers)
        return self._add(Account(**{"kind": kind, "handle": f"wx-{n}", **given}))

    def partner(self, **given: object) -> Partner:
        n = next(self.numbers)
        columns = {"name": f"Partner {n}", **given}
        if "department" not in columns:
            columns["department"] = self.department()
        return self._add(Partner(state_since=now().date(), **columns))

    def proposal(self, **given: object) -> Proposal:
        """Make a proposal that somebody joins."""
        n = next(self.numbers)
        said = {"name": [None, f"Joiner {n}"], "department": [None, "S"]}
        columns = {"number": f"DP-2026-{n:05d}", "employee": f"N{n:04d}", "name": f"Joiner {n}"}
        columns |= {"kind": ProposalKind.JOINER, "department": "S", "said": said}
        columns |= {"digest": f"{n:064d}", "proposed_at": now(), "proposed_by": "Liu Yang"}
        return self._add(Proposal(**{**columns, **given}))

    def deviation(self, account: Account, **given: object) -> Deviation:
        """Make a deviation of an account that is called as no rule says."""
        n = next(self.numbers)
        columns = {"number": f"ND-2026-{n:05d}", "account": account, "nickname": "x"}
        columns |= {"faults": ["nickname_other"], "opened_at": now(), "due_at": now()}
        return self._add(Deviation(**{**columns, **given}))

    def naming_rule(self, place: Department, **given: object) -> NamingRule:
        columns = {"kind": AccountKind.WECHAT, "department": place, "template": "{name}"}
        columns |= {"effective_from": now(), "set_at": now(), "set_by": "Zhao", "reason": "test"}
        columns |= {"inherits": False, "least": 1, "most": 16, "refuse": False, "due_days": 14}
        return self._add(NamingRule(**{**columns, **given}))

    def build(self, **given: object) -> Build:
        n = next(self.numbers)
        return self._add(Build(**{"name": f"maker|model|{n}", "first_seen_at": now(), **given}))

    def facts(self, device: Device | None = None, **given: object) -> PhoneFacts:
        """Return what a visit to `device`, or to a phone nobody knows, would have learned."""
        n = next(self.numbers)
        identity = Identity(
            serial=device.serial if device else f"NEW{n:08d}",
            brand=(device and device.brand) or "Xiaomi",
            model=(device and device.model) or "23127PN0CC",
            imei=tuple(device.imei) if device and device.imei else (luhn(f"86000000{n:06d}"),),
        )
        system = Os(android="15", skin=Skin.HYPEROS, skin_version="2.0", fingerprint="Xiaomi/x/15")
        return PhoneFacts(**{"identity": identity, "os": system, **given})  # type: ignore[arg-type]

    def _add(self, row: Row) -> Row:
        self.session.add(row)
        self.session.flush()
        return row
