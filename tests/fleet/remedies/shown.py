"""What phones show of an app and of their doors, and what a station makes of it."""

from typing import Any

from fleet.contracts.remedies import AppSeen, RemedyAction, RemedyOutcome, WirelessSeen
from fleet.contracts.stations import JobDone

GAME = "com.example.game"
BUILD = "Xiaomi/x/15"


def app(package: str = GAME, **given: Any) -> AppSeen:
    return AppSeen(package=package, **{"installed": True, "enabled": True, "setting": 0, **given})


def disabled(package: str = GAME, **given: Any) -> RemedyOutcome:
    told = {
        "state": "verified",
        "changed": True,
        "before": app(package),
        "after": app(package, enabled=False, setting=3),
        "undo": RemedyAction.RESTORE_APP,
        "build": BUILD,
        "digest": "b" * 64,
    }
    return RemedyOutcome(**{**told, **given})


def restored(package: str = GAME, **given: Any) -> RemedyOutcome:
    off = app(package, enabled=False, setting=3)
    return disabled(package, **{"before": off, "after": app(package), "undo": None, **given})


def closed(**given: Any) -> RemedyOutcome:
    told = {
        "state": "verified",
        "changed": True,
        "before": WirelessSeen(switch=True, port=0, port_at_start=0),
        "after": WirelessSeen(switch=False, port=0, port_at_start=0),
        "undo": RemedyAction.OPEN_WIRELESS,
        "digest": "c" * 64,
    }
    return RemedyOutcome(**{**told, **given})


def done(job: object, outcome: RemedyOutcome) -> JobDone:
    return JobDone(job=str(job), remedy=outcome)
