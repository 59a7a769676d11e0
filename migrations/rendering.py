"""How revisions are compared with the models and written: plain SQLAlchemy types only."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Enum

from fleet.database import UtcDateTime


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Return the plain type that one of our own is stored as, so that revisions import nothing."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False


OPTIONS: Final[Mapping[str, Any]] = {
    "compare_type": True,
    "render_as_batch": True,
    "render_item": render_item,
}
