"""Whether the phone is the maker's own: boot loader, verified boot, encryption, build."""

from collections.abc import Iterator

from agents.phone.parts.getprop import Props
from agents.phone.parts.text import yes_or_no
from fleet.contracts.facts import Integrity

LOCKED = {"1", "locked", "lock", "true", "green", "yellow"}
UNLOCKED = {"0", "unlocked", "unlock", "false", "orange"}
# Whether the owner allows unlocking (sys.oem_unlock_allowed) is another question than this one.
WITNESSES = (
    "ro.boot.flash.locked",
    "ro.boot.vbmeta.device_state",
    "ro.secureboot.lockstate",
    "ro.boot.verifiedbootstate",
    "vendor.boot.vbmeta.device_state",
    "vendor.boot.verifiedbootstate",
)
COLOURS = {"green", "yellow", "orange", "red"}
ENCRYPTED = {"encrypted": True, "unencrypted": False, "unsupported": False}


def integrity_of(props: Props) -> Integrity:
    colour = (
        props.first("ro.boot.verifiedbootstate", "vendor.boot.verifiedbootstate") or ""
    ).lower()
    return Integrity(
        bootloader_locked=bootloader_locked(props),
        verified_boot=colour if colour in COLOURS else None,
        build_type=_lower(props.get("ro.build.type")),
        build_tags=props.get("ro.build.tags"),
        debuggable=yes_or_no(props.get("ro.debuggable")),
        encrypted=ENCRYPTED.get((props.get("ro.crypto.state") or "").lower()),
        encryption=_lower(props.get("ro.crypto.type")),
        selinux=_lower(props.get("ro.boot.selinux")),
    )


def bootloader_locked(props: Props) -> bool | None:
    """Say what all witnesses that speak agree on; a contradiction is not known."""
    verdicts = {verdict for _key, _said, verdict in _testimony(props)}
    return verdicts.pop() if len(verdicts) == 1 else None


def contradiction(props: Props) -> str | None:
    """Repeat what was said about the boot loader where the witnesses disagree."""
    testimony = list(_testimony(props))
    if len({verdict for _key, _said, verdict in testimony}) < 2:
        return None
    return ", ".join(f"{key}={said}" for key, said, _verdict in testimony)


def _testimony(props: Props) -> Iterator[tuple[str, str, bool]]:
    for key in WITNESSES:
        said = (props.get(key) or "").lower()
        if said in LOCKED | UNLOCKED:
            yield key, said, said in LOCKED


def _lower(text: str | None) -> str | None:
    return text.lower() if text else None
