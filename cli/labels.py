"""The words that stand for states, levels and kinds on a screen."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from fleet.contracts.words import _, translated

if TYPE_CHECKING:
    from fleet.contracts.access import RoleOut

LABELS: Final = {
    "in_stock": _("in stock"),
    "issued": _("issued"),
    "returning": _("returning"),
    "accepted": _("accepted"),
    "in_repair": _("in repair"),
    "lost": _("lost"),
    "retired": _("retired"),
    "suspended": _("suspended"),
    "cancelled": _("cancelled"),
    "frozen": _("frozen"),
    "deregistered": _("deregistered"),
    "active": _("active"),
    "leaving": _("leaving"),
    "left": _("left"),
    "none": _("none"),
    "declared": _("declared"),
    "observed": _("observed"),
    "verified": _("verified"),
    "proven": _("proven"),
    "planned": _("planned"),
    "running": _("running"),
    "unproven": _("UNPROVEN"),
    "refused": _("refused"),
    "in_doubt": _("IN DOUBT"),
    "complete": _("complete"),
    "incomplete": _("INCOMPLETE"),
    "failed": _("FAILED"),
    "waiting": _("waiting"),
    "leased": _("under way"),
    "done": _("done"),
    "open": _("open"),
    "closed": _("closed"),
    "enrolled": _("enrolled"),
    "revoked": _("revoked"),
    "wechat": _("WeChat"),
    "wecom": _("WeCom"),
    "official": _("official account"),
    "device_pin": _("PIN"),
    "account_password": _("password"),
    "rotate_pin": _("rotate the PIN"),
    "guide_account": _("guide a password change"),
    "backup": _("back up"),
    "wipe": _("wipe"),
    "probe": _("look at it again"),
    "requested": _("requested"),
    "approved": _("approved"),
    "denied": _("denied"),
    "viewed": _("viewed"),
    "withdrawn": _("withdrawn"),
    "expired": _("expired"),
    "device": _("phone"),
    "sim": _("SIM"),
    "account": _("account"),
    "administrator": _("administrator"),
    "security": _("security"),
    "operator": _("operator"),
    "manager": _("manager"),
    "supervisor": _("supervisor"),
    "employee": _("employee"),
    "auditor": _("auditor"),
}


def label(value: str) -> str:
    """Return the word for `value`; one that we do not know stands for itself."""
    return translated(LABELS[value]) if value in LABELS else value.replace("_", " ")


def roles(held: "Iterable[RoleOut]") -> str:
    """Return roles as people say them: manager (D-EAST), operator."""
    return ", ".join(map(_role, held)) or "—"


def _role(one: "RoleOut") -> str:
    return f"{label(one.role)} ({one.department})" if one.department else label(one.role)
