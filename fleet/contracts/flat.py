"""The facts worth a line in the change log, by flat name ("os.security_patch")."""

from typing import Any, Final

from fleet.contracts.facts import QUICK, Fact, PhoneFacts

VOLATILE: Final = {f"{group}.{name}" for group, names in QUICK.items() for name in names}
GROUPS: Final = ("identity", "os", "integrity", "battery", "lock", "storage", "debugging")
LISTS: Final = {"apps": "packages", "users": "users", "sims": "isub", "accounts": "accounts"}
APP_FIELDS: Final = (
    "version_name",
    "enabled",
    "hidden",
    "suspended",
    "signer",
    "certificate",
    "installer",
    "users",
)


def flattened(facts: PhoneFacts) -> dict[str, str]:
    """Return what is known, as text; what is not known has no entry."""
    flat = {**_groups(facts), **_apps(facts), **_lists(facts)}
    flat |= {f"capabilities.{one.name}": one.allowed for one in facts.capabilities}
    flat["device_owner"] = facts.device_owner
    flat["device_admins"] = facts.device_admins or None
    known = {name: _text(value) for name, value in flat.items() if value is not None}
    return {name: value for name, value in known.items() if name not in VOLATILE}


def vanished(old: dict[str, str], now: dict[str, str], facts: PhoneFacts) -> set[str]:
    """Return the names of `old` whose list was read anew and no longer has them.

    An empty list may be a question without an answer, and one cut short a shorter list: nothing is
    taken as gone for either. Of an app that is there, what was not told this time stays as it was.
    """
    read = [
        name for name, part in LISTS.items() if getattr(facts, name) and not facts.missing(part)
    ]
    here = {f"apps.{app.package}" for app in facts.apps}
    listed = {name for name in old if name.partition(".")[0] in read and name not in now}
    return {name for name in listed if name.rpartition(".")[0] not in here}


def _groups(facts: PhoneFacts) -> dict[str, Any]:
    groups = [(name, getattr(facts, name)) for name in (*GROUPS, "settings", "network")]
    return {f"{name}.{field}": value for name, group in groups for field, value in _fields(group)}


def _apps(facts: PhoneFacts) -> dict[str, Any]:
    """Return the apps that people installed; those of the system change with it, by hundreds."""
    own = [app for app in facts.apps if not app.system]
    return {
        f"apps.{app.package}.{field}": getattr(app, field) for app in own for field in APP_FIELDS
    }


def _lists(facts: PhoneFacts) -> dict[str, Any]:
    users = {f"users.{user.id}": user.kind or "unknown" for user in facts.users}
    cards = {f"sims.{sim.slot}.iccid": sim.iccid for sim in facts.sims}
    states = {f"sims.{sim.slot}.state": sim.state for sim in facts.sims}
    signed_in = {f"accounts.{item.type}": item.count for item in facts.accounts}
    return {**users, **cards, **states, **signed_in}


def _fields(group: Fact) -> list[tuple[str, Any]]:
    return [(name, getattr(group, name)) for name in type(group).model_fields]


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(sorted(map(str, value)))
    return str(value).lower() if isinstance(value, bool) else str(value)
