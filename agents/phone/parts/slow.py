"""The questions that cost a phone seconds: asked a few times a day, or after it was started anew.

They are a script of their own, so that the one of every visit stays short.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agents.phone.parts import capabilities, network, packages, signing, sizes, usage
from agents.phone.parts.app_questions import PACKAGE_SECTION, first_package
from agents.phone.parts.part import Part
from agents.phone.parts.usage import Use
from fleet.contracts.facts import App
from fleet.contracts.work_apps import WECHAT, WECOM, WORK_APPS

TOLD_AT_EVERY_VISIT = (WECHAT, WECOM)
DUMP = re.compile(r"^(?=Packages:)", re.MULTILINE)
TROUBLE = "enial|TIMEOUT|t find s"  # what a refused or missing service says is let through


def slow_parts(apps: Sequence[str] = WORK_APPS) -> tuple[Part[Any], ...]:
    """Return the slow questions, in the order they are asked, about these work apps."""
    return (
        _work_apps(apps),
        _usage(apps),
        DISK_STATS,
        CAPABILITIES,
        CERTIFICATES,
        _signers(apps),
    )


def _work_apps(apps: Sequence[str]) -> Part[tuple[App, ...]]:
    others = [app for app in apps if app not in TOLD_AT_EVERY_VISIT]
    return Part(
        "work_apps",
        f"for a in {' '.join(others)};do t dumpsys package $a|{PACKAGE_SECTION};done",
        _dumps,
        file=r"\w*work_apps\w*",
        look="|".join(map(first_package, others)),
        asked=r"dumpsys\s+package\s+(?:" + "|".join(map(_pattern, others)) + ")",
        seconds=20,
        kilobytes=256,
        every=12,
    )


def _dumps(text: str) -> tuple[App, ...] | None:
    """Read one dump after the other: what each says of hidden packages ends with it."""
    found: tuple[App, ...] = ()
    for dump in DUMP.split(text):
        found = packages.merged(found, packages.parse(dump) or ())
    return found or None


def _usage(apps: Sequence[str]) -> Part[Mapping[str, Use]]:
    """Ask for the totals alone: what an app was used for, and when, stays on the phone."""
    names = "|".join(map(_pattern, apps))
    return Part(
        "usage",
        f"t dumpsys usagestats|grep -E '^ *(user=|In-mem|package=({names}) total)|{TROUBLE}'",
        usage.parse,
        file=r"\w*usage_?stats?\w*|usage",
        look=r"In-memory (?:daily|weekly) stats",
        asked=r"dumpsys\s+usagestats",
        seconds=20,
        kilobytes=64,
        every=12,
    )


def _signers(apps: Sequence[str]) -> Part[Mapping[str, str]]:
    return Part(
        "signers",
        f"for a in {' '.join(apps)};do {signing.ASK};done",
        signing.parse,
        file=r"(?:apk_)?signers?|signatures?",
        look=r"^apk=[\w.]+$",
        asked=r"apksigner",
        seconds=30,
        kilobytes=512,
        every=24,
    )


def _pattern(package: str) -> str:
    return package.replace(".", r"\.")


DISK_STATS = Part(
    "disk_stats",
    f"t dumpsys diskstats|grep -E '^ *(Data-Free|Package Names|[ACD][A-Za-z ]*Sizes):|{TROUBLE}'",
    sizes.parse,
    file=r"\w*disk_?stats?\w*",
    look=r"^\s*Package Names: ?\[|^\s*Data-Free:",
    asked=r"dumpsys\s+diskstats",
    seconds=15,
    kilobytes=96,
    every=24,
)
WORK_APPS_DETAILS = _work_apps(WORK_APPS)
USAGE = _usage(WORK_APPS)
CAPABILITIES = Part(
    "capabilities",
    capabilities.TRY,
    capabilities.tried,
    file=r"capabilit(?:y|ies)",
    look=r"^tried=(?:com\.android\.contacts/contacts|sms|call_log/calls)$",
    asked=r"content\s+query\s.*--where\s+0\s*$",
    seconds=20,
    kilobytes=16,
    every=24,
)
CERTIFICATES = Part(
    "certificates",
    "ls /data/misc/user/0/cacerts-added",
    network.certificates,
    file=r"\w*ca_?certs?(?:_added)?|certificates",
    look=r"^(?:ls: )?(?:/data/misc/user/\d+/cacerts-added|[0-9a-f]{8}\.\d$)",
    asked=r"cacerts-added",
    seconds=5,
    kilobytes=16,
    every=24,
)
SIGNERS = _signers(WORK_APPS)
SLOW: tuple[Part[Any], ...] = (
    WORK_APPS_DETAILS,
    USAGE,
    DISK_STATS,
    CAPABILITIES,
    CERTIFICATES,
    SIGNERS,
)
