"""Roles as a line of a terminal says them; the words themselves are everybody's."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fleet.contracts.labels import label

if TYPE_CHECKING:
    from fleet.contracts.access import RoleOut

__all__ = ["label", "roles"]


def roles(held: "Iterable[RoleOut]") -> str:
    """Return roles as people say them: manager (D-EAST), operator."""
    return ", ".join(map(_role, held)) or "—"


def _role(one: "RoleOut") -> str:
    return f"{label(one.role)} ({one.department})" if one.department else label(one.role)
