"""`settings get|put|delete|list|reset`."""

from typing import Final

from agents.handset.framework.reply import Reply, err, out
from agents.handset.framework.state import PhoneState

NAMESPACES: Final = ("system", "secure", "global")

DENIED: Final = """\

Exception occurred while executing '{verb}':
java.lang.SecurityException: Permission denial: writing to settings requires:\
android.permission.WRITE_SECURE_SETTINGS
\tat com.android.providers.settings.SettingsProvider.enforceWritePermission(SettingsProvider.java)
"""


def settings(state: PhoneState, words: list[str]) -> Reply:
    words = _without_user(words)
    if len(words) < 2 or words[1] not in NAMESPACES:
        return err("usage: settings [--user <USER_ID> | current] get|put|delete|list NAMESPACE …")
    verb, namespace, *rest = words
    table = state.settings[namespace]
    match (verb, rest):
        case ("get", [key]):
            return out(table.get(key, "null"))
        case ("list", []):
            return out("\n".join(f"{key}={value}" for key, value in sorted(table.items())))
        case ("put", [key, value, *_]):
            return _write(state, verb, table, key, value)
        case ("delete", [key]):
            return _write(state, verb, table, key, None)
        case _:
            return err(f"Invalid command: {verb}")


def _without_user(words: list[str]) -> list[str]:
    """Drop `--user N`, wherever it stands: every namespace here is the first user's."""
    kept = list(words)
    if "--user" in kept:
        at = kept.index("--user")
        del kept[at : at + 2]
    return kept


def _write(
    state: PhoneState, verb: str, table: dict[str, str], key: str, value: str | None
) -> Reply:
    if not state.habits.secure_settings:
        return err(DENIED.format(verb=verb))
    known = key in table
    if value is not None:
        table[key] = value
        return Reply()
    table.pop(key, None)
    return out(f"Deleted {int(known)} rows")
