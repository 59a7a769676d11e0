"""The recycle bin on the wire: what was deleted, what became part of another record."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from fleet.contracts.wire import Day, Given, ListQuery, Moment, Reason, Short, Shown
from fleet.contracts.words import _, translated


class RecordKind(StrEnum):
    DEVICE = "device"
    SIM = "sim"
    ACCOUNT = "account"
    EMPLOYEE = "employee"
    DEPARTMENT = "department"


class WentBy(StrEnum):
    DELETED = "deleted"
    MERGED = "merged"


class DeleteIn(Given):
    """`name` is the handle that people say: tag, number, handle, employee number, code."""

    kind: RecordKind
    name: Short
    reason: Reason
    dry_run: bool = False


class MergeIn(Given):
    """`name` becomes part of `into`: two records of one thing."""

    kind: RecordKind
    name: Short
    into: Short
    reason: Reason
    dry_run: bool = False


class RestoreIn(Given):
    reason: Reason
    dry_run: bool = False


class PurgeIn(Given):
    reason: Reason
    dry_run: bool = False


class BinEntryOut(Shown):
    """`moved` says how many records of which kind belong to `into` since the merge."""

    number: str | None  # BIN-0001; None: a dry run
    kind: RecordKind
    name: str
    also: str | None  # the serial number, the card's number, the name
    why: WentBy
    into: str | None
    moved: dict[str, int]
    filled: list[str]  # fields of `into` that were empty, and are as they were in `name`
    reason: str
    by: str
    at: Moment
    until: Day  # so long it can be restored


class BinQuery(ListQuery):
    kind: RecordKind | None = None
    why: WentBy | None = None


RECORDS: Final[Mapping[RecordKind, str]] = {
    RecordKind.DEVICE: _("phone"),
    RecordKind.SIM: _("SIM"),
    RecordKind.ACCOUNT: _("account"),
    RecordKind.EMPLOYEE: _("employee"),
    RecordKind.DEPARTMENT: _("department"),
}
# What refers to a record, in people's words.
TABLES: Final[Mapping[str, str]] = {
    "account": _("accounts"),
    "app_user": _("users"),
    "application": _("applications"),
    "application_policy": _("rules for applications"),
    "backup": _("backups"),
    "backup_names": _("keys of backups"),
    "begun_backup": _("backups begun without the server"),
    "build_visit": _("tries of its lock"),
    "case_ladder": _("ladders of cases"),
    "case_step": _("steps of cases"),
    "certificate": _("certificates"),
    "change_request": _("change requests"),
    "chat_attestation": _("attestations of chats"),
    "compliance_policy": _("compliance terms"),
    "credential": _("credentials"),
    "declaration": _("declarations"),
    "delegation": _("delegations"),
    "department": _("departments"),
    "device": _("phones it answers for"),
    "device_change": _("changes seen"),
    "employee": _("employees"),
    "finding": _("findings"),
    "holding": _("holdings"),
    "incident": _("incidents"),
    "incident_thing": _("incidents"),
    "job": _("jobs of stations"),
    "leaving_case": _("leaving cases"),
    "measure": _("measures of incidents"),
    "naming_deviation": _("deviations from naming rules"),
    "naming_rule": _("naming rules"),
    "paper_party": _("papers"),
    "partner": _("partners"),
    "password_policy": _("password policies"),
    "phone_standing": _("standings of phones"),
    "photo": _("photographs"),
    "pin_check": _("checks of its PIN"),
    "post": _("posts"),
    "preservation": _("preservations"),
    "remedy": _("remedies"),
    "reservation": _("reservations"),
    "retention_policy": _("retention policies"),
    "role_grant": _("roles"),
    "signature": _("signatures"),
    "sim": _("SIMs"),
    "stocktake_item": _("stock-takes"),
    "violation": _("violations"),
    "waiver": _("waivers"),
    "wipe": _("wipes"),
    "work_case": _("cases"),
}


def in_words(counts: Mapping[str, int]) -> list[str]:
    """Return what refers to a record as people say it."""
    return [f"{translated(TABLES.get(name, name))}: {n}" for name, n in sorted(counts.items())]
