"""The hash that ties an entry of the trail to the one before it.

A part of the contracts, so that whoever has an export and a checkpoint can follow the chain without
the server: see `docs/security.md`.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

START: Final = "0" * 64  # what the first entry names as the one before it
# Columns that came later: entries of before have nothing in them, and were hashed without them.
LATER: Final = frozenset({"actor_kind", "actor_role", "changes"})


def hash_of(row: Mapping[str, Any]) -> str:
    """Return SHA-256 over the canonical JSON of every column but the hash itself."""
    columns = {
        name: value
        for name, value in row.items()
        if name != "hash" and not (name in LATER and value is None)
    }
    text = json.dumps(
        columns, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=canonical
    )
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def canonical(value: object) -> str:
    """Return a moment or an id as the chain, an export and a checkpoint write it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in the trail")
