"""Text for spreadsheets: read as text alone, and in Chinese as what it is."""

import json
from collections.abc import Mapping
from typing import Any, Final

BOM: Final = "\ufeff"  # without it a spreadsheet in Chinese takes the file for GBK
# What a spreadsheet runs when a cell begins with it, full-width forms included.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Of an entry of the trail, in this order.
ENTRY_COLUMNS: Final = (
    *("sequence", "at", "actor_name", "actor_kind", "actor_role", "on_behalf", "event"),
    *("subject_kind", "subject_name", "details", "changes", "request_id", "source_address", "hash"),
)


def harmless(text: str) -> str:
    """Return `text` so that no spreadsheet takes it for a formula."""
    return "'" + text if text.startswith(FORMULA) else text


def entry_cells(row: Mapping[str, Any]) -> list[str]:
    """Return an exported entry as the cells of a line."""
    return [harmless(_text(row.get(name))) for name in ENTRY_COLUMNS]


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
