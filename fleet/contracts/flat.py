"""The facts worth a line in the change log, by flat name ("os.security_patch"), and when they are.

What a visit could not ask is a gap and no change, and neither is the first answer to a question:
a gap was filled. A line is written where a fact is known, was known before, and is another one.
That there is nothing (no owner, no app of that name) is known too, where the question was answered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fleet.contracts.facts import QUICK, App, Fact, PhoneFacts

VOLATILE: Final = {f"{group}.{name}" for group, names in QUICK.items() for name in names}
GROUPS: Final = (
    *("identity", "os", "integrity", "battery", "lock", "storage", "debugging"),
    *("settings", "network"),
)
NOTHING: Final = ""  # that is known, as against what is not
# The lists, and the questions that tell all that is in each, and something of every one (of an app
# whether it is enabled): of what is there something is noted, and of a list that was read its name.
LISTS: Final[Mapping[str, tuple[str, ...]]] = {
    "apps": ("packages", "packages_disabled", "packages_third_party"),
    "users": ("users",),
    "sims": ("getprop", "isub"),
    "accounts": ("accounts",),
}
MAY_BE_EMPTY: Final = {"accounts"}  # the others always have something in them
# Facts that may be nothing, by the question they are the answer to.
ANSWER_TO: Final[Mapping[str, str]] = {
    "device_admins": "device_policy",
    "device_owner": "device_policy",
    "identity.imei": "imei",
    "debugging.installing_apps": "installing_apps",
    "debugging.shell_permissions": "shell_permissions",
    **dict.fromkeys(
        (
            *("debugging.developer_options", "debugging.key_expiry_ms", "debugging.usb"),
            *("debugging.verify_installs", "debugging.wireless", "network.private_dns"),
            *("settings.automatic_time", "settings.provisioned"),
        ),
        "settings_global",
    ),
    **dict.fromkeys(
        (
            *("settings.accessibility_services", "settings.always_on_vpn"),
            *("settings.input_method", "settings.notification_listeners"),
            "settings.setup_complete",
        ),
        "settings_secure",
    ),
    "settings.screen_timeout_ms": "settings_system",
}
APP_FIELDS: Final = (
    "version_name",
    "enabled",
    "hidden",
    "suspended",
    "signer",
    "certificate",
    "installer",
)
# What a dump of the app alone tells in full: which users have it.
DETAILS: Final = ("wechat", "wecom", "work_apps")
TRIED: Final = {"read_contacts", "read_messages", "read_calls"}  # only a try tells for sure
NO_CARD: Final = "absent"


@dataclass(frozen=True)
class Difference:
    """One line of the change log; None: there was, or is, nothing."""

    field: str
    old: str | None
    new: str | None


def brought_up(
    noted: Mapping[str, str], facts: PhoneFacts
) -> tuple[dict[str, str], list[Difference]]:
    """Return the last known values after a visit, and what the visit found to be different.

    `noted` are the last known values before it: empty before the first one.
    """
    seen = flattened(facts)
    gone = _gone(noted, seen, facts)
    things = {_thing(name) for name in noted}
    changed = {name for name in seen if _is_change(name, noted, seen, things)} | gone
    lines = [
        Difference(name, noted.get(name) or None, seen.get(name) or None)
        for name in sorted(changed)
    ]
    kept = {name: value for name, value in noted.items() if name not in gone}
    return {**kept, **seen}, lines


def flattened(facts: PhoneFacts) -> dict[str, str]:
    """Return what is known, as text; what is not known has no entry."""
    told = {**_groups(facts), **_lists(facts), **_apps(facts), **_capabilities(facts)}
    told["device_owner"], told["device_admins"] = facts.device_owner, facts.device_admins
    texts = ((name, _known(name, value, facts)) for name, value in told.items())
    read = dict.fromkeys((name for name in LISTS if _is_read(name, facts)), NOTHING)
    return {**read, **{name: text for name, text in texts if text is not None}}


def _is_change(
    name: str, noted: Mapping[str, str], seen: Mapping[str, str], things: set[str]
) -> bool:
    """Tell a change from the first answer: what is new in a list that was read before has come."""
    if name in noted:
        return noted[name] != seen[name]
    group = name.partition(".")[0]
    return name != group and group in LISTS and group in noted and _thing(name) not in things


def _gone(noted: Mapping[str, str], seen: Mapping[str, str], facts: PhoneFacts) -> set[str]:
    """Return the names of what is no longer in a list that was read anew.

    Of what is still in it, what was not told this time stays as it was.
    """
    read = {name for name in LISTS if _is_read(name, facts)}
    here = {
        *map(_thing, seen),
        *(f"apps.{app.package}" for app in facts.apps),
        *(f"sims.{sim.slot}" for sim in facts.sims),
    }
    listed = (name for name in noted if name.partition(".")[0] in read and name not in read)
    return {name for name in listed if _thing(name) not in here}


def _thing(name: str) -> str:
    """Return what in a list a fact is about: "apps.com.a" for "apps.com.a.version_name"."""
    is_of_several = name.startswith(("apps.", "sims."))
    return name.rpartition(".")[0] if is_of_several else name


def _is_read(name: str, facts: PhoneFacts) -> bool:
    """Say whether a list is whole: one cut short would pass for a shorter one."""
    told = bool(getattr(facts, name)) or name in MAY_BE_EMPTY
    return told and not any(map(facts.missing, LISTS[name]))


def _known(name: str, value: Any, facts: PhoneFacts) -> str | None:
    """Return a value as text, `NOTHING` where that is the answer, None where it is not known."""
    if name in VOLATILE:
        return None
    question = ANSWER_TO.get(name)
    is_answered = question is not None and facts.missing(question) is None
    if value is None or value == ():
        return NOTHING if is_answered else None
    if isinstance(value, tuple) and question is not None and not is_answered:
        return None  # it may have been cut short
    return _text(value)


def _groups(facts: PhoneFacts) -> dict[str, Any]:
    groups = [(name, getattr(facts, name)) for name in GROUPS]
    return {f"{name}.{field}": value for name, group in groups for field, value in _fields(group)}


def _apps(facts: PhoneFacts) -> dict[str, Any]:
    """Return the apps that people installed; those of the system change with it, by hundreds."""
    told_apart = facts.missing("packages_third_party") is None
    own = [app for app in facts.apps if app.system is False or (app.system is None and told_apart)]
    in_full = not any(map(facts.missing, DETAILS))
    return {
        f"apps.{app.package}.{field}": value
        for app in own
        for field, value in _app(app, in_full=in_full)
    }


def _app(app: App, *, in_full: bool) -> list[tuple[str, Any]]:
    users = app.users if in_full or app.states else ()
    return [*((name, getattr(app, name)) for name in APP_FIELDS), ("users", users)]


def _lists(facts: PhoneFacts) -> dict[str, Any]:
    users = {f"users.{user.id}": user.kind or "unknown" for user in facts.users}
    states = {f"sims.{sim.slot}.state": sim.state for sim in facts.sims}
    signed_in = {f"accounts.{item.type}": item.count for item in facts.accounts}
    return {**users, **_cards(facts), **states, **signed_in}


def _cards(facts: PhoneFacts) -> dict[str, Any]:
    """Return the cards; that a slot has none is known where the slot says so."""
    is_read = _is_read("sims", facts)
    none = {sim.slot for sim in facts.sims if is_read and sim.state == NO_CARD}
    return {
        f"sims.{sim.slot}.iccid": NOTHING if sim.slot in none and sim.iccid is None else sim.iccid
        for sim in facts.sims
    }


def _capabilities(facts: PhoneFacts) -> dict[str, Any]:
    told = (one for one in facts.capabilities if one.how == "tried" or one.name not in TRIED)
    return {f"capabilities.{one.name}": one.allowed for one in told}


def _fields(group: Fact) -> list[tuple[str, Any]]:
    return [(name, getattr(group, name)) for name in type(group).model_fields]


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(sorted(map(str, value)))
    return str(value).lower() if isinstance(value, bool) else str(value)
