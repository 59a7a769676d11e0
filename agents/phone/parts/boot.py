"""The phone's clock, uptime and tools, and which user the shell is."""

import re
from dataclasses import dataclass

from agents.phone.parts.text import number

BOOT_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


@dataclass(frozen=True)
class Boot:
    """`epoch` is the phone's clock in seconds since 1970."""

    epoch: float | None
    uptime: float | None
    boot_id: str | None
    tools: str | None
    selinux: str | None
    su: bool | None


def parse(text: str) -> Boot | None:
    """Read the lines `name=value` that the visit's own questions print."""
    said = dict(re.findall(r"^[ \t]*(\w+)=(.*)$", text, re.MULTILINE))
    if not said.keys() & {"epoch", "uptime", "boot_id", "id"}:
        return None
    tools, boot_id = said.get("toybox", ""), BOOT_ID.search(said.get("boot_id", ""))
    mode = said.get("selinux", "").strip().lower()
    return Boot(
        epoch=number(said.get("epoch")),
        uptime=number((said.get("uptime", "").split() or [""])[0]),
        boot_id=boot_id[0] if boot_id else None,
        tools=found[0] if (found := re.search(r"\d+\.\d+\.\d+[\w.\-]*", tools)) else None,
        selinux=mode if mode in {"enforcing", "permissive", "disabled"} else None,
        su="/" in said["su"] if "su" in said else None,
    )
