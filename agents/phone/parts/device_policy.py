"""Who else may rule the phone, and after how many wrong attempts it wipes itself."""

import re
from dataclasses import dataclass

WIPE_LIMIT = re.compile(r"maximumFailedPasswordsForWipe\s*=\s*(\d{1,9})")
OWNER_BLOCK = re.compile(
    r"^[ \t]*Device Owner:[ \t]*\n(.*?)(?=^[ \t]*(?:Profile Owner|Enabled Device Admins)|\Z)",
    re.MULTILINE | re.DOTALL,
)
OWNER = re.compile(r"(?:package=|admin=ComponentInfo\{)([\w.]+)")
LISTED_OWNER = re.compile(r"User\s+\d+:\s*admin=([\w.]+)/\S*?,.*DeviceOwner")  # `dpm list-owners`
ADMIN = re.compile(r"^[ \t]*([A-Za-z][\w.]*)/[\w.$]+:[ \t]*$", re.MULTILINE)
ENCRYPTION = re.compile(r"Encryption Status:\s*([\w-]+)")
ENCRYPTED = {"per-user": True, "active": True, "inactive": False, "unsupported": False}


@dataclass(frozen=True)
class Policy:
    """`wipe_limit` is the smallest any admin set, 0 where none did."""

    device_owner: str | None
    admins: tuple[str, ...]
    wipe_limit: int | None
    encrypted: bool | None


def parse(text: str) -> Policy | None:
    if not re.search(r"Device Owner|Enabled Device Admins|Device Policy Manager|admin=", text):
        return None
    status = ENCRYPTION.search(text)
    return Policy(
        device_owner=_owner(text),
        admins=tuple(dict.fromkeys(ADMIN.findall(text.partition("Enabled Device Admins")[2]))),
        wipe_limit=_wipe_limit(text),
        encrypted=ENCRYPTED.get(status[1]) if status else None,
    )


def _owner(text: str) -> str | None:
    block = OWNER_BLOCK.search(text)
    found = OWNER.search(block[1]) if block else LISTED_OWNER.search(text)
    return found[1] if found else None


def _wipe_limit(text: str) -> int | None:
    """Say 0 only where the admins were listed: a recording cut before them proves nothing."""
    limits = [int(limit) for limit in WIPE_LIMIT.findall(text)]
    if not limits:
        return 0 if "Enabled Device Admins" in text else None
    return min((limit for limit in limits if limit), default=0)
