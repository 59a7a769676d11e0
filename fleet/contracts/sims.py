"""SIM cards on the wire."""

from fleet.contracts.wire import EmployeeRef, Given, Handle, ListQuery, Short, Shown


class SimIn(Given):
    number: Handle
    iccid: Handle
    carrier: Short | None = None
    registered_owner: Short | None = None
    plan: Short | None = None


class SimOut(Shown):
    number: str
    iccid: str
    carrier: str | None
    registered_owner: str | None
    plan: str | None
    state: str
    holder: EmployeeRef | None
    device: str | None  # tag of the phone it was last seen in


class SimQuery(ListQuery):
    state: str | None = None
    holder: str | None = None
