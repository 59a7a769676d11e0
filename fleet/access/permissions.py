"""Who may do what: a permission is "<resource>:<action>", a role is a set of them."""

from collections.abc import Mapping
from typing import Final

from fleet.contracts.access import Role
from fleet.contracts.permissions import Permission

STATION: Final = "station"  # the role of an enrolled station
SYSTEM: Final = "system"  # the role of what the software does by itself

_OF_STATIONS = frozenset(
    {Permission.APKS_FETCH, Permission.BACKUPS_STORE, Permission.STATIONS_SYNC}
)
_OF_PEOPLE = frozenset(Permission) - _OF_STATIONS
# Who is said to have broken a rule is told to few: those above him, supervisors and auditors.
_OF_CONDUCT = frozenset({Permission.VIOLATIONS_DECIDE, Permission.VIOLATIONS_READ})
_READING = frozenset(item for item in Permission if item.endswith(":read")) - _OF_CONDUCT

# Three people can keep an eye on one another: who runs the system cannot read the passwords nor
# the trail, who keeps the keys cannot let anybody in, who audits changes nothing.
_OF_SECURITY = frozenset(
    {
        Permission.APKS_TRUST,  # it decides whose software comes onto phones
        Permission.APPLICATIONS_DECIDE,
        Permission.AUDIT_PRUNE,
        Permission.BACKUPS_OPEN,
        Permission.BACKUPS_PRESERVE,  # who lifts it is not who deletes
        Permission.BUILDS_RESET,
        Permission.DISCLOSURES_APPROVE,
        Permission.ESCROW_RESEAL,
        Permission.ESCROW_WRITE,  # it decides who can read everybody's backups
        Permission.FINDINGS_WAIVE,  # who may let be what others would have to mend
        Permission.GRANTS_WRITE,
        Permission.PLANS_WRITE,  # it decides what is taken of people's phones
        Permission.PLAYBOOKS_WRITE,  # it decides where stations type passwords
        Permission.POLICY_WRITE,
        Permission.REQUESTS_DECIDE,
    }
)
# The second person of what security asks for: he cannot ask for it, nor read anything by it.
_OF_THE_SECOND = frozenset(
    {
        Permission.ESCROW_CONFIRM,
        Permission.ESCROW_READ,  # it names the places where the identities lie
        Permission.OPENINGS_APPROVE,
        Permission.OPENINGS_READ,
    }
)
_OF_AUDIT = frozenset({Permission.AUDIT_CHECKPOINT, Permission.AUDIT_READ})
_OF_THE_SYSTEM = frozenset(
    {
        Permission.BACKUPS_DELETE,
        Permission.CASES_WAIVE,
        Permission.BIN_PURGE,
        Permission.CUSTODY_WAIVE,
        Permission.DIRECTORY_FORCE,  # who may let a file say that a crowd has left
        Permission.SCHEDULE_READ,
        Permission.SESSIONS_READ,
        Permission.SESSIONS_REVOKE,
        Permission.STATIONS_REVOKE,
        Permission.TOKENS_WRITE,
        Permission.USERS_READ,
        Permission.USERS_WRITE,
    }
)
_OF_HOLDINGS = frozenset(
    {
        Permission.ACCOUNTS_READ,
        Permission.CUSTODY_READ,
        Permission.DEVICES_READ,
        Permission.PEOPLE_READ,
        Permission.SIMS_READ,
    }
)
# A holder asks for what he holds or needs himself, and decides where a head has named him his
# delegate. He is told who opens the backups of what he holds.
_OF_HOLDERS = frozenset(
    {
        Permission.CASES_DO,  # the steps that are for him
        Permission.APPLICATIONS_ASK,
        Permission.APPLICATIONS_DECIDE,
        Permission.APPLICATIONS_READ,
        Permission.KITS_READ,
        Permission.OPENINGS_READ,
        Permission.PAPERS_READ,  # those that he signs
        Permission.PAPERS_SIGN,
        Permission.REQUESTS_APPOINT,
        Permission.REQUESTS_ASK,
        Permission.REQUESTS_DECIDE,
        Permission.REQUESTS_HAND_OVER,
        Permission.REQUESTS_READ,
    }
)
_OF_HEADS = frozenset(
    {
        Permission.CASES_DO,
        Permission.APPLICATIONS_DECIDE,
        Permission.APPLICATIONS_READ,
        Permission.CASES_READ,
        Permission.FINDINGS_READ,  # what is found of his department's phones is his to mend
        Permission.PAPERS_READ,
        Permission.PAPERS_SIGN,
        Permission.KITS_READ,
        Permission.REQUESTS_DECIDE,
        Permission.REQUESTS_READ,
    }
)
_SHOWING = frozenset({Permission.CREDENTIALS_DISCLOSE, Permission.REQUESTS_HAND_OVER})
# An operator does the daily work; who is let in, who may go past a gate and who opens a person's
# data is for others to decide.
_OF_OPERATORS = (
    _OF_PEOPLE
    - _OF_SECURITY
    - _OF_THE_SECOND
    - _OF_AUDIT
    - _OF_THE_SYSTEM
    - _OF_CONDUCT
    - {Permission.GRANTS_READ}
)
_OF_INCIDENTS = frozenset({Permission.INCIDENTS_READ, Permission.INCIDENTS_REPORT})

GRANTS: Final[Mapping[str, frozenset[Permission]]] = {
    Role.ADMINISTRATOR: (
        _OF_OPERATORS - _SHOWING | _OF_THE_SYSTEM | _OF_THE_SECOND | {Permission.GRANTS_READ}
    ),
    Role.SECURITY: (
        _READING - {Permission.AUDIT_READ}
        | _OF_SECURITY
        | _OF_THE_SECOND
        | {
            Permission.APKS_WRITE,  # a file that is to be trusted is sent along
            Permission.PAPERS_SIGN,
        }
    ),
    Role.AUDITOR: (_READING | _OF_AUDIT | {Permission.STOCKTAKES_SIGN, Permission.VIOLATIONS_READ}),
    Role.OPERATOR: _OF_OPERATORS,
    Role.MANAGER: _OF_HOLDINGS | _OF_HEADS | _OF_INCIDENTS | _OF_CONDUCT,
    Role.SUPERVISOR: _OF_HOLDINGS | _OF_HEADS | _OF_INCIDENTS | _OF_CONDUCT,
    Role.EMPLOYEE: _OF_HOLDINGS | _OF_HOLDERS | _OF_INCIDENTS | {Permission.VIOLATIONS_READ},
    STATION: _OF_STATIONS,
    SYSTEM: frozenset(Permission),
}

# What nobody holds two of where the three administrators are kept apart.
SEPARATED: Final = frozenset({Role.ADMINISTRATOR, Role.SECURITY, Role.AUDITOR})
# A manager's role is nothing without a department; a supervisor's may end at one.
ENDS_AT_A_DEPARTMENT: Final = frozenset({Role.MANAGER})
MAY_END_AT_A_DEPARTMENT: Final = frozenset({Role.MANAGER, Role.SUPERVISOR})
