"""Leaving cases on the wire."""

from datetime import date

from fleet.contracts.accounts import AccountOut
from fleet.contracts.devices import DeviceOut
from fleet.contracts.proof import Level
from fleet.contracts.sims import SimOut
from fleet.contracts.wire import EmployeeRef, Given, ListQuery, Moment, Short, Shown


class LeavingIn(Given):
    employee: Short
    by: date
    successor: Short | None = None
    plan_only: bool = False


class StepOut(Shown):
    """One step of a leaving case; whether it is done is read from the proofs, never ticked."""

    number: int
    what: str
    who: str
    due_on: date
    done: bool
    level: Level
    needs: str = ""


class HeldOut(Shown):
    """Everything a person holds."""

    employee: EmployeeRef
    devices: list[DeviceOut]
    sims: list[SimOut]
    accounts: list[AccountOut]


class LeavingOut(Shown):
    number: str | None  # LV-2026-001; None for a plan that was not started
    held: HeldOut
    by: date
    successor: EmployeeRef | None
    state: str  # planned, open, closed
    opened_at: Moment | None
    steps: list[StepOut]


class LeavingQuery(ListQuery):
    employee: str | None = None
    state: str | None = None
