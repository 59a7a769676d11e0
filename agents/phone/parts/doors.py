"""What a computer, or an app that reads the screen, may do to the phone."""

import re

GRANTED = re.compile(r"([\w.]+\.permission\.\w+): granted=true")
ADB_KEY = re.compile(r"QAAAA[A-Za-z0-9+/]{40,}={0,2}")  # how every key adb makes begins
SERVICES = re.compile(r"[Ee]nabled services:\s*\{(.{0,3000}?)\}\s*(?:\n|$)", re.DOTALL)
COMPONENT = re.compile(r"[A-Za-z][\w.]*/[\w.$]+")


def permissions(text: str) -> tuple[str, ...] | None:
    """List what com.android.shell holds; vendor monitors may still refuse it at run time."""
    return tuple(sorted(set(GRANTED.findall(text)))) or None


def trusted_hosts(text: str) -> int | None:
    """Count the different adb keys in `dumpsys adb`; the key store repeats them."""
    if "debugging_manager" not in text and "user_keys" not in text:
        return None
    return len({key.rstrip("=") for key in ADB_KEY.findall(text.partition("keystore=")[0])})


def accessibility(text: str) -> tuple[str, ...] | None:
    """List the enabled services of `dumpsys accessibility`."""
    blocks = SERVICES.findall(text)
    if not blocks:
        return None
    return tuple(dict.fromkeys(found for block in blocks for found in COMPONENT.findall(block)))
