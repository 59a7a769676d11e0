"""The Android users: the owner, and the clones and second spaces nobody wrote down."""

import re

from agents.phone.parts.text import said
from fleet.contracts.facts import User, UserKind

LINE = re.compile(r"UserInfo\{(\d{1,6}):(.{0,80}?):([0-9a-fA-F]{1,8})\}[ \t]*(running)?")
# The numbers makers give to their app clones.
CLONES = {*range(95, 100), 128, 888, *range(950, 960), 999}
CLONE_NAMES = re.compile(
    r"multi-?app|xspace|dual|clone|parallel|twin|double ?app|分身|双开|克隆|平行", re.IGNORECASE
)
GUEST, MANAGED = 0x4, 0x20  # android.content.pm.UserInfo


def parse(text: str) -> tuple[User, ...] | None:
    """Read `pm list users`; names may have been spoilt by a console, numbers not.

    `dumpsys user` names the same users without saying in this place which of them run.
    """
    told = "serialNo=" not in text
    found = {
        int(user): User(
            id=int(user),
            name=said(name),
            kind=_kind(int(user), name, int(flags, 16)),
            running=bool(running) if told else None,
        )
        for user, name, flags, running in LINE.findall(text)
    }
    return tuple(found[user] for user in sorted(found)) or None


def _kind(user: int, name: str, flags: int) -> UserKind:
    if user == 0:
        return "owner"
    if user in CLONES or CLONE_NAMES.search(name):
        return "clone"
    if flags & MANAGED:
        return "work"
    return "guest" if flags & GUEST else "second"
