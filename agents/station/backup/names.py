"""Which names of a phone can be files here: never outside the target, never under another name."""

import os

# What Windows takes for a device, whatever stands behind the first dot.
DEVICES = {"con", "prn", "aux", "nul"} | {f"{p}{n}" for p in ("com", "lpt") for n in range(1, 10)}
FORBIDDEN = frozenset('<>:"|?*\\')

ESCAPES = "escapes"  # absolute, or with `..`
IMPOSSIBLE = "name_impossible"  # this system cannot hold a file of that name


def problem(path: bytes, *, windows: bool = os.name == "nt") -> str | None:
    """Return why `path`, relative to the target, cannot be restored, or None when it can."""
    parts = path.split(b"/")
    if not path or b"" in parts or b"." in parts or b".." in parts or b"\0" in path:
        return ESCAPES
    if windows and any(_impossible_on_windows(part) for part in parts):
        return IMPOSSIBLE
    return None


def _impossible_on_windows(part: bytes) -> bool:
    try:
        name = part.decode()
    except UnicodeDecodeError:
        return True
    odd = FORBIDDEN.intersection(name) or any(ord(char) < 32 for char in name)
    return bool(odd) or name[-1] in " ." or name.split(".")[0].strip().lower() in DEVICES
