"""What stops a set from being made, or a server from being made of one."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Invalid, NotFound, Unavailable


@dataclass(eq=False)
class SetNotWritten(Unavailable):
    folder: str
    reason: str
    code = "set_not_written"
    message = _("The set could not be written to {folder}: {reason}. Nothing of it was left.")
    advice = _("Make room or name another folder with --to, then run this again.")


@dataclass(eq=False)
class ToolMissing(Unavailable):
    tool: str
    needed: int
    found: str
    code = "database_tool_missing"
    message = _("PostgreSQL {needed} needs {tool} of version {needed} or later; found: {found}.")
    advice = _("Install the package postgresql-client-{needed}, or put {tool} on the PATH.")


@dataclass(eq=False)
class ToolFailed(Unavailable):
    tool: str
    reason: str
    code = "database_tool_failed"
    message = _("{tool} failed: {reason}")
    advice = _("Mend what it says and run this again; nothing of it was left.")


@dataclass(eq=False)
class DatabaseDamaged(Conflict):
    reason: str
    code = "database_damaged"
    message = _("The database itself is damaged: {reason}. No set was made of it.")
    advice = _("Keep the sets you have; restore the newest one into another folder and compare.")


@dataclass(eq=False)
class SetNotFound(NotFound):
    path: str
    code = "set_not_found"
    message = _("There is no set in {path}.")
    advice = _("Name the folder that has the manifest.json in it.")


@dataclass(eq=False)
class SetUnknown(Invalid):
    path: str
    code = "set_unknown"
    message = _("{path} is not a manifest that this software understands.")
    advice = _("Use the version that made the set, or a later one.")


@dataclass(eq=False)
class SetDamaged(Conflict):
    name: str
    reason: str
    code = "set_damaged"
    message = _("{name} of the set is not what was stored: {reason}. Nothing was restored.")
    advice = _("Fetch the set again; if it stays so, use another one.")


@dataclass(eq=False)
class SetNotOurs(Invalid):
    key: str
    code = "set_not_ours"
    message = _("The set is signed with the key {key}, and not with the one that was named.")
    advice = _("Somebody else made it: do not restore it before you know who.")


@dataclass(eq=False)
class SetTooNew(Conflict):
    revision: str
    software: str
    code = "set_too_new"
    message = _(
        "The set is at revision {revision} ({software}), which this software does not know."
    )
    advice = _("Install the version of workfleet that made it, or a later one.")


@dataclass(eq=False)
class OtherDatabase(Invalid):
    made: str
    given: str
    code = "set_of_other_database"
    message = _("The set is of {made}; it cannot be restored into {given}.")
    advice = _("Name a database of the same kind with --database.")


@dataclass(eq=False)
class DatabaseTooOld(Invalid):
    made: int
    given: int
    code = "database_too_old"
    message = _("The set is of PostgreSQL {made}; the database that was named is {given}.")
    advice = _("Restore it into version {made} or later.")


@dataclass(eq=False)
class DatabaseNotEmpty(Conflict):
    database: str
    code = "database_not_empty"
    message = _("The database {database} is not empty; nothing was touched.")
    advice = _("Name an empty one; what a restore that was killed has left must be dropped first.")


@dataclass(eq=False)
class DatabaseAway(Unavailable):
    reason: str
    code = "database_away"
    message = _("The database does not answer: {reason}")
    advice = _("Look at its address and whether it runs; nothing was touched.")


@dataclass(eq=False)
class NotAsStored(Conflict):
    what: str
    code = "restored_not_as_stored"
    message = _("What came out of the set is not what went in ({what}); nothing of it was kept.")
    advice = _("Use another set, and keep this one for whoever looks into it.")
