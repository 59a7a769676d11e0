"""Saved views: a list and what is asked of it, under a name; one's own, or shared."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, NamedTuple

from pydantic import StringConstraints

from fleet.contracts.access import UserQuery
from fleet.contracts.accounts import AccountQuery
from fleet.contracts.apk_files import ApkQuery
from fleet.contracts.applications import ApplicationQuery
from fleet.contracts.backups import BackupQuery
from fleet.contracts.cases import CaseQuery
from fleet.contracts.credentials import CredentialQuery, DisclosureQuery
from fleet.contracts.devices import DeviceQuery
from fleet.contracts.escrow import EscrowQuery
from fleet.contracts.findings import FindingQuery
from fleet.contracts.incidents import IncidentQuery
from fleet.contracts.openings import OpeningQuery
from fleet.contracts.papers import PaperQuery
from fleet.contracts.people import DepartmentQuery, EmployeeQuery, PartnerQuery
from fleet.contracts.remedying import RemedyQuery
from fleet.contracts.requests import RequestQuery
from fleet.contracts.rotation import DueQuery, RotationQuery
from fleet.contracts.sims import SimQuery
from fleet.contracts.stations import JobQuery, StationQuery
from fleet.contracts.stocktakes import StocktakeQuery
from fleet.contracts.violations import ViolationQuery
from fleet.contracts.wire import Given, ListQuery, Moment, Plain, Shown


class ListOf(NamedTuple):
    """A list that views are of: what may be asked of it, and the command that shows it."""

    query: type[ListQuery]
    command: str


# By the name that the list has in the API.
LISTS: Final[Mapping[str, ListOf]] = {
    "accounts": ListOf(AccountQuery, "account list"),
    "applications": ListOf(ApplicationQuery, "application list"),
    "apks": ListOf(ApkQuery, "apk list"),
    "backups": ListOf(BackupQuery, "backup list"),
    "cases": ListOf(CaseQuery, "case list"),
    "credentials": ListOf(CredentialQuery, "credential list"),
    "departments": ListOf(DepartmentQuery, "department list"),
    "devices": ListOf(DeviceQuery, "device list"),
    "disclosure-requests": ListOf(DisclosureQuery, "credential requests"),
    "employees": ListOf(EmployeeQuery, "employee list"),
    "escrow-keys": ListOf(EscrowQuery, "escrow list"),
    "findings": ListOf(FindingQuery, "finding list"),
    "incidents": ListOf(IncidentQuery, "incident list"),
    "jobs": ListOf(JobQuery, "job list"),
    "openings": ListOf(OpeningQuery, "opening list"),
    "papers": ListOf(PaperQuery, "paper list"),
    "partners": ListOf(PartnerQuery, "partner list"),
    "remedies": ListOf(RemedyQuery, "remedy list"),
    "requests": ListOf(RequestQuery, "request list"),
    "rotations": ListOf(RotationQuery, "rotation list"),
    "rotations/due": ListOf(DueQuery, "rotation due"),
    "sims": ListOf(SimQuery, "sim list"),
    "stations": ListOf(StationQuery, "station list"),
    "stocktakes": ListOf(StocktakeQuery, "stocktake list"),
    "users": ListOf(UserQuery, "user list"),
    "violations": ListOf(ViolationQuery, "violation list"),
}
NOT_OF_A_VIEW: Final = {"after"}  # where a page begins belongs to no view

# Said after `view`, and in an address; a colon stands between an owner and his view.
ViewName = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=60, pattern=r"^[^/:]*[^/:.][^/:]*$"
    ),
    Plain,
]


class ViewIn(Given):
    """`query` is what the list itself understands; `replace` one's own view of that name."""

    name: ViewName
    list: str
    query: dict[str, Any] = {}
    shared: bool = False
    replace: bool = False


class ViewOut(Shown):
    name: str
    list: str
    command: str
    query: dict[str, Any]
    owner: str  # user name
    mine: bool
    shared: bool
    saved_at: Moment


class ViewQuery(ListQuery):
    list: str | None = None
    mine: bool = False


class ShareIn(Given):
    shared: bool
