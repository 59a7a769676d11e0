"""The hash that ties an entry of the trail to the one before it."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

START = "0" * 64  # what the first entry names as the one before it


def hash_of(row: Mapping[str, Any]) -> str:
    """Return SHA-256 over the canonical JSON of every column but the hash itself."""
    columns = {name: value for name, value in row.items() if name != "hash"}
    text = json.dumps(
        columns, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_canonical
    )
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _canonical(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in the trail")
