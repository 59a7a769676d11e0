"""How old the system of a phone is."""

from datetime import date
from typing import Final

from fleet.compliance.rules.rule import NOT_KNOWN, Declared, Phone, Verdict, broken, met
from fleet.contracts.facts import Skin
from fleet.contracts.findings import Rule, Severity
from fleet.contracts.words import _


def _patch_old(phone: Phone) -> Verdict:
    if phone.facts.os.skin is Skin.HARMONYOS:
        return NOT_KNOWN  # it goes on telling an old day, whatever was mended since
    told = phone.facts.os.security_patch or ""
    try:
        patched = date.fromisoformat(told)
    except ValueError:
        return NOT_KNOWN
    days, most = (phone.at.date() - patched).days, phone.terms.patch_days
    return broken(patch=told, days=days, most=most) if days > most else met(patch=told)


def _android_old(phone: Phone) -> Verdict:
    sdk, least = phone.facts.os.sdk or 0, phone.terms.least_sdk
    seen = phone.facts.os.android or str(sdk)
    return broken(android=seen, sdk=sdk, least=least) if sdk < least else met(android=seen)


RULES: Final = (
    Declared(
        id=Rule.PATCH_OLD,
        title=_("security patch too old"),
        clauses=("A9",),
        severity=Severity.MEDIUM,
        found=_("{tag} has the security patch of {patch}: {days} days old, {most} at most."),
        remedy=_("Update {tag} in its settings: System update. One without updates is replaced."),
        check=_patch_old,
        terms=("patch_days",),
        needs=("os.security_patch",),
    ),
    Declared(
        id=Rule.ANDROID_OLD,
        title=_("Android too old"),
        clauses=("A9",),
        severity=Severity.MEDIUM,
        found=_("{tag} has Android {android} (API {sdk}); the terms ask for API {least}."),
        remedy=_("Update {tag}, or replace it."),
        check=_android_old,
        terms=("least_sdk",),
        needs=("os.sdk",),
    ),
)
