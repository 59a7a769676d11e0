"""Whether the system of a phone is the maker's own, whole and encrypted."""

from typing import Final

from fleet.compliance.rules.rule import MET, NOT_KNOWN, Declared, Phone, Verdict, broken
from fleet.contracts.findings import Rule, Severity
from fleet.contracts.words import _

OWN_BUILDS: Final = {"userdebug", "eng"}
UNTRUE: Final = {"yellow", "red"}  # signed by a key that is not the maker's, or by none
RESET: Final = _(
    "Take {tag} out of use, back it up, and have its maker's system put on it anew. What is "
    "typed on such a phone may be read by others."
)


def _bootloader_unlocked(phone: Phone) -> Verdict:
    return MET if phone.facts.integrity.bootloader_locked else broken()


def _boot_not_verified(phone: Phone) -> Verdict:
    colour = phone.facts.integrity.verified_boot or ""
    return broken(colour=colour) if colour in UNTRUE else MET


def _rooted(phone: Phone) -> Verdict:
    seen = phone.facts.integrity
    signs = {
        "su": seen.su,
        seen.build_tags or "": seen.build_tags and "test-keys" in seen.build_tags,
        seen.build_type or "": seen.build_type and seen.build_type in OWN_BUILDS,
        "ro.debuggable": seen.debuggable,
    }
    shown = [name for name, is_so in signs.items() if is_so]
    if shown:
        return broken(signs=", ".join(shown))
    return NOT_KNOWN if seen.su is None and seen.build_tags is None else MET


def _selinux_off(phone: Phone) -> Verdict:
    state = phone.facts.integrity.selinux or ""
    return MET if state == "enforcing" else broken(state=state)


def _not_encrypted(phone: Phone) -> Verdict:
    return MET if phone.facts.integrity.encrypted else broken()


def _container(phone: Phone) -> Verdict:
    if phone.facts.probed_at is None:
        return NOT_KNOWN
    return broken() if phone.facts.os.container else MET


RULES: Final = (
    Declared(
        id=Rule.BOOTLOADER_UNLOCKED,
        title=_("bootloader unlocked"),
        clauses=("A9", "C11"),
        severity=Severity.CRITICAL,
        found=_("The bootloader of {tag} is unlocked: any system can be put on it."),
        remedy=RESET,
        check=_bootloader_unlocked,
        needs=("integrity.bootloader_locked",),
    ),
    Declared(
        id=Rule.BOOT_NOT_VERIFIED,
        title=_("system not its maker's"),
        clauses=("A9", "C11"),
        severity=Severity.CRITICAL,
        found=_("{tag} started a system that its maker has not signed ({colour})."),
        remedy=RESET,
        check=_boot_not_verified,
        needs=("integrity.verified_boot",),
    ),
    Declared(
        id=Rule.ROOTED,
        title=_("rooted"),
        clauses=("A9", "C11"),
        severity=Severity.CRITICAL,
        found=_("{tag} lets apps become the administrator of its system ({signs})."),
        remedy=RESET,
        check=_rooted,
    ),
    Declared(
        id=Rule.SELINUX_OFF,
        title=_("SELinux not enforcing"),
        clauses=("A9", "C11"),
        severity=Severity.HIGH,
        found=_("SELinux of {tag} keeps nobody out ({state})."),
        remedy=RESET,
        check=_selinux_off,
        needs=("integrity.selinux",),
    ),
    Declared(
        id=Rule.NOT_ENCRYPTED,
        title=_("not encrypted"),
        clauses=("A9", "C11"),
        severity=Severity.HIGH,
        found=_("The data of {tag} is not encrypted: whoever finds it can read it."),
        remedy=_("Encrypt it in the settings: Security. An old phone that cannot is replaced."),
        check=_not_encrypted,
        needs=("integrity.encrypted",),
    ),
    Declared(
        id=Rule.CONTAINER,
        title=_("the phone itself does not answer"),
        clauses=("C6",),
        severity=Severity.MEDIUM,
        found=_("An Android inside HarmonyOS answers for {tag}: what it says is not the phone's."),
        remedy=_("Nothing of it can be shown by a station. Inspect it by hand, or replace it."),
        check=_container,
        by_ledger=True,
    ),
)
