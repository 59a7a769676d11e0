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
    uri = next((after for name, after in pairwise(words) if name == "--uri"), "")
    if words[:1] != ["query"]:
        return err("[ERROR] Unsupported operation: " + " ".join(words[:1]), 0)
    if uri.startswith("content://settings/"):
        return _settings(state, uri.removeprefix("content://settings/"))
    if uri.startswith(EMPTY):
        return out("No result found.")
    if uri.startswith(REFUSED):
        return _failed(uri, "java.lang.SecurityException: No permission to query " + uri)
    return _failed(uri, "java.lang.IllegalStateException: Could not find provider: " + _name(uri))


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
