"""What the bin has to know of each register."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.accounts import queries as accounts
from fleet.accounts.models import Account
from fleet.compliance.models import AppSigner
from fleet.contracts.bin import RecordKind
from fleet.database import Base, still_there
from fleet.devices import queries as devices
from fleet.devices.models import Device, DeviceFacts, DeviceImei
from fleet.people import queries as people
from fleet.people.models import Department, Employee, Post
from fleet.sims import queries as sims
from fleet.sims.models import Sim


@dataclass(frozen=True)
class Kept:
    """A register: how a record is found and called, and what goes along with it.

    `keys` are the columns that no two records share; `derived` are tables of what was worked out
    or seen of the record itself, which follow it. `resting` are states that give way to another.
    """

    model: type[Base]
    find: Callable[[Session, str], Any]
    name: str
    also: str
    keys: tuple[tuple[str, ...], ...]
    retire: str
    derived: frozenset[str] = frozenset()
    state: str | None = "state"
    resting: frozenset[str] = field(default_factory=lambda: frozenset({"in_stock"}))

    def locked(self, session: Session, row: Base) -> Any:
        """Return the record as it is now, held until the commit."""
        fresh = select(self.model).where(self.model.id == row.id).with_for_update()
        return still_there(session.scalar(fresh.execution_options(populate_existing=True)))

    def called(self, row: Base) -> str:
        return str(getattr(row, self.name))


KINDS: Final[Mapping[RecordKind, Kept]] = {
    RecordKind.DEVICE: Kept(
        Device,
        devices.device,
        "tag",
        "serial",
        (("tag",), ("serial",)),
        "workfleet device retire",
        frozenset(one.__tablename__ for one in (DeviceFacts, DeviceImei, AppSigner))
        | {"device_change", "phone_standing"},
        resting=frozenset({"in_stock", "retired"}),
    ),
    RecordKind.SIM: Kept(
        Sim,
        sims.sim,
        "number",
        "iccid",
        (("number",), ("iccid",)),
        "workfleet sim cancel",
        resting=frozenset({"in_stock", "cancelled"}),
    ),
    RecordKind.ACCOUNT: Kept(
        Account,
        accounts.account,
        "handle",
        "nickname",
        (("kind", "handle"),),
        "workfleet account deregister",
        resting=frozenset({"in_stock", "deregistered"}),
    ),
    RecordKind.EMPLOYEE: Kept(
        Employee,
        people.employee,
        "number",
        "name",
        (("number",),),
        "workfleet offboard",
        frozenset({Post.__tablename__}),
        state="status",
        resting=frozenset({"active", "left"}),
    ),
    RecordKind.DEPARTMENT: Kept(
        Department, people.department, "code", "name", (("code",),), "—", state=None
    ),
}

# These are as things stand now, and can be put right; the others are history.
PRESENT: Final = frozenset(
    {"account", "app_user", "department", "device", "employee", "partner", "sim"}
)
