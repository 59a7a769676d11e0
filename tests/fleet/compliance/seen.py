"""Phones as rules see them: all is well with one, and a test says what is not."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from fleet.compliance.ledger import Holder, Ledger
from fleet.compliance.rules.rule import Phone
from fleet.compliance.terms import filled_up
from fleet.contracts.accounts import AccountKind
from fleet.contracts.clock import now
from fleet.contracts.facts import (
    AccountCount,
    App,
    Battery,
    Debugging,
    Gap,
    Integrity,
    Lock,
    Os,
    PhoneFacts,
    Settings,
    Sim,
    Storage,
    User,
)
from fleet.contracts.proof import Level
from fleet.contracts.work_apps import WECHAT, WECOM
from fleet.devices.lifecycle import State

AT: Final = now()
CARD: Final = "89860012345678901234"
OTHER_CARD: Final = "89860099999999999999"
SIGNER: Final = "ab12cd34" * 8
KEYBOARD: Final = App(package="com.maker.keyboard", system=True, users=(0,))
OTHER: Final = App(package="org.example.other", version_name="2.1", system=False, users=(0,))


def days_ago(days: float) -> datetime:
    return AT - timedelta(days=days)


def work_app(package: str = WECHAT, **given: Any) -> App:
    told = {
        "version_name": "8.0.54",
        "enabled": True,
        "system": False,
        "users": (0,),
        "certificate": SIGNER,
    }
    return App(package=package, **{**told, **given})


APPS: Final = (work_app(), work_app(WECOM), KEYBOARD, OTHER)

WELL: Final[dict[str, Any]] = {
    "os": Os(android="15", sdk=35, security_patch=f"{days_ago(30):%Y-%m-%d}"),
    "integrity": Integrity(
        bootloader_locked=True,
        verified_boot="green",
        build_type="user",
        build_tags="release-keys",
        debuggable=False,
        encrypted=True,
        selinux="enforcing",
        su=False,
    ),
    "battery": Battery(health="good", temperature=31.0),
    "lock": Lock(secure=True, credential_type="pin"),
    "storage": Storage(total_bytes=1000, free_bytes=500),
    "debugging": Debugging(
        developer_options=True,
        wireless=False,
        unknown_sources=False,
        verify_installs=True,
        trusted_hosts=1,
    ),
    "settings": Settings(
        input_method="com.maker.keyboard/.Keys", automatic_time=True, screen_timeout_ms=60_000
    ),
    "apps": APPS,
    "users": (User(id=0, kind="owner"),),
    "sims": (Sim(slot=0, state="loaded", iccid=CARD),),
    "probed_at": AT,
    "clock_offset_seconds": 1.5,
}


def facts(**given: Any) -> PhoneFacts:
    return PhoneFacts(**{**WELL, **given})


SLOW: Final = ("work_apps", "usage", "disk_stats", "capabilities", "certificates", "signers")


def at_once(seen: PhoneFacts) -> PhoneFacts:
    """Give the facts that a station tells before the slow questions are answered."""
    slow = {"version_name": None, "states": (), "certificate": None}
    told = [
        app.model_copy(update={"certificate": None} if app.package in {WECHAT, WECOM} else slow)
        for app in seen.apps
    ]
    gaps = tuple(Gap(part=part, reason="later", awaited=True) for part in SLOW)
    return seen.model_copy(update={"apps": tuple(told), "gaps": gaps})


def holder(**given: Any) -> Holder:
    told = {"has_left": False, "issued_at": days_ago(300), "cards": frozenset({CARD}), **given}
    return Holder(number="E0001", department_id=UUID(int=1), **told)


def ledger(**given: Any) -> Ledger:
    told = {
        "state": State.ISSUED,
        "found_at": days_ago(400),
        "present": True,
        "last_seen_at": AT,
        "holder": holder(),
        "registered": frozenset({CARD, OTHER_CARD}),
        "accounts": {AccountKind.WECHAT: 1, AccountKind.WECOM: 1},
        "pin_level": Level.PROVEN,
        "pin_due_at": AT + timedelta(days=30),
        "backed_up_at": days_ago(3),
        "signers": {WECHAT: SIGNER, WECOM: SIGNER},
        **given,
    }
    return Ledger(**told)


def phone(seen: PhoneFacts | None = None, known: Ledger | None = None, **terms: Any) -> Phone:
    demanded = filled_up([{"rules": {"developer_options": {"on": True}}}, terms])
    return Phone(seen or facts(), known or ledger(), demanded, AT)


def signed_in(*counts: int, package: str = WECHAT) -> tuple[AccountCount, ...]:
    return tuple(AccountCount(type=f"{package}.account", count=count) for count in counts)
