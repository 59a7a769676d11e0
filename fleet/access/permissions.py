"""Who may do what: a permission is "<resource>:<action>", a role is a set of them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from fleet.contracts.access import Role


class Permission(StrEnum):
    """Everything that can be asked, in alphabetical order."""

    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_WRITE = "accounts:write"
    AUDIT_CHECKPOINT = "audit:checkpoint"
    AUDIT_PRUNE = "audit:prune"
    AUDIT_READ = "audit:read"
    BACKUPS_OPEN = "backups:open"
    BACKUPS_PLAN = "backups:plan"
    BACKUPS_READ = "backups:read"
    BACKUPS_STORE = "backups:store"
    CASES_OPEN = "cases:open"
    CASES_READ = "cases:read"
    CREDENTIALS_ADOPT = "credentials:adopt"
    CREDENTIALS_DISCLOSE = "credentials:disclose"
    CREDENTIALS_READ = "credentials:read"
    CUSTODY_ACCEPT = "custody:accept"
    CUSTODY_DECLARE = "custody:declare"
    CUSTODY_ISSUE = "custody:issue"
    CUSTODY_READ = "custody:read"
    CUSTODY_REASSIGN = "custody:reassign"
    CUSTODY_RETURN = "custody:return"
    CUSTODY_WAIVE = "custody:waive"
    DEVICES_PROBE = "devices:probe"
    DEVICES_READ = "devices:read"
    DEVICES_WRITE = "devices:write"
    DISCLOSURES_APPROVE = "disclosures:approve"
    DISCLOSURES_READ = "disclosures:read"
    GRANTS_READ = "grants:read"
    GRANTS_WRITE = "grants:write"
    JOBS_CANCEL = "jobs:cancel"
    JOBS_READ = "jobs:read"
    PEOPLE_READ = "people:read"
    PEOPLE_WRITE = "people:write"
    ROTATIONS_CONFIRM = "rotations:confirm"
    ROTATIONS_PLAN = "rotations:plan"
    ROTATIONS_READ = "rotations:read"
    SCHEDULE_READ = "schedule:read"
    SESSIONS_READ = "sessions:read"
    SESSIONS_REVOKE = "sessions:revoke"
    SIMS_READ = "sims:read"
    SIMS_WRITE = "sims:write"
    STATIONS_INVITE = "stations:invite"
    STATIONS_READ = "stations:read"
    STATIONS_REVOKE = "stations:revoke"
    STATIONS_SYNC = "stations:sync"
    TOKENS_WRITE = "tokens:write"
    USERS_READ = "users:read"
    USERS_WRITE = "users:write"


STATION: Final = "station"  # the role of an enrolled station
SYSTEM: Final = "system"  # the role of what the software does by itself

_OF_STATIONS = frozenset({Permission.STATIONS_SYNC, Permission.BACKUPS_STORE})
_OF_PEOPLE = frozenset(Permission) - _OF_STATIONS
_READING = frozenset(item for item in Permission if item.endswith(":read"))
# An operator does the daily work; who is let in, who may go past a gate and who opens a person's
# data is for an administrator to decide.
_NOT_OF_OPERATORS = frozenset(
    {
        Permission.AUDIT_READ,
        Permission.BACKUPS_OPEN,
        Permission.CUSTODY_WAIVE,
        Permission.STATIONS_REVOKE,
        Permission.USERS_READ,
        Permission.USERS_WRITE,
    }
)

GRANTS: Final[Mapping[str, frozenset[Permission]]] = {
    Role.ADMINISTRATOR: _OF_PEOPLE,
    Role.OPERATOR: _OF_PEOPLE - _NOT_OF_OPERATORS,
    Role.AUDITOR: _READING,
    STATION: _OF_STATIONS,
    SYSTEM: frozenset(Permission),
}
