"""When the apps of work were last used on a phone, as far as the phone tells it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fleet.contracts.facts import App, PhoneFacts
from fleet.contracts.work_apps import WORK_APPS

# A phone's clock and ours agree no better; what it says to be later than the visit is no moment.
SLACK: Final = timedelta(minutes=2)
USAGE: Final = "usage"  # the question, which is not asked at every visit


@dataclass(frozen=True)
class LastUse:
    """`at` is None where the phone does not tell; `told_at` is the visit that it was told at."""

    at: datetime | None
    app: str | None
    told_at: datetime | None


def last_use(facts: PhoneFacts) -> LastUse:
    """Return the newest use of an app of work, by our clock."""
    told = {app.package: _moment(app, facts) for app in facts.apps if app.package in WORK_APPS}
    known = {name: at for name, at in told.items() if at is not None}
    told_at = facts.told_at(USAGE)
    if not known:
        return LastUse(None, None, told_at)
    newest = max(known, key=lambda name: known[name])
    return LastUse(known[newest], newest, told_at)


def _moment(app: App, facts: PhoneFacts) -> datetime | None:
    """Put a phone's local time on our clock; None where its zone or the time is not understood."""
    try:
        local = datetime.fromisoformat(app.last_used or "")
        zone = ZoneInfo(facts.settings.timezone or "")
    except (ValueError, ZoneInfoNotFoundError, OSError):
        return None
    off = timedelta(seconds=facts.clock_offset_seconds or 0)
    at = local.replace(tzinfo=zone) - off
    impossible = facts.probed_at is None or at > facts.probed_at + SLACK
    return None if impossible else at
