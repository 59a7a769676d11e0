"""`content query`: providers that a phone has, and how it refuses."""

from itertools import pairwise
from typing import Final

from agents.handset.framework.reply import Reply, err, out
from agents.handset.framework.state import PhoneState

EMPTY: Final = (
    *("content://com.android.contacts", "content://sms", "content://call_log"),
    *("content://media", "content://downloads"),
)
REFUSED: Final = "content://telephony"


def content(state: PhoneState, words: list[str]) -> Reply:
    uri = _after("--uri", words)
    if words[:1] != ["query"]:
        return err("[ERROR] Unsupported operation: " + " ".join(words[:1]), 0)
    if uri in state.providers:
        rows = state.providers[uri]
        fitting = [] if rows and _after("--where", words) == "0" else rows
        return _provided(uri, fitting, _after("--projection", words))
    if uri.startswith("content://settings/"):
        return _settings(state, uri.removeprefix("content://settings/"))
    if uri.startswith(EMPTY):
        return out("No result found.")
    if uri.startswith(REFUSED):
        return _failed(uri, "java.lang.SecurityException: No permission to query " + uri)
    return _failed(uri, "java.lang.IllegalStateException: Could not find provider: " + _name(uri))


def _after(option: str, words: list[str]) -> str:
    return next((after for name, after in pairwise(words) if name == option), "")


def _provided(uri: str, rows: list[dict[str, str]] | None, projection: str) -> Reply:
    """Print what is asked for in its order; nothing of it is escaped, as on a real phone."""
    if rows is None:
        return _failed(uri, "java.lang.SecurityException: Permission Denial: reading " + uri)
    columns = projection.split(":")
    printed = (
        f"Row: {number} " + ", ".join(f"{name}={row.get(name, 'NULL')}" for name in columns)
        for number, row in enumerate(rows)
    )
    return out("\n".join(printed) or "No result found.")


def _settings(state: PhoneState, namespace: str) -> Reply:
    table = state.settings.get(namespace, {})
    rows = (
        f"Row: {number} _id={number + 1}, name={key}, value={value}"
        for number, (key, value) in enumerate(sorted(table.items()))
    )
    return out("\n".join(rows) or "No result found.")


def _name(uri: str) -> str:
    return uri.removeprefix("content://").split("/", 1)[0]


def _failed(uri: str, reason: str) -> Reply:
    # AOSP prints the failure on standard error and ends with 0.
    return err(f"Error while accessing provider:{_name(uri)}\n{reason}", 0)
