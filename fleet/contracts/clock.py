"""The one clock: aware, in UTC; and minutes of the day, which people write as "06:30"."""

from datetime import UTC, date, datetime, time


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 — this is the function everybody else is sent to


def today() -> date:
    """Return the day, by this machine's clock: in China it is tomorrow long before it is in UTC."""
    return now().astimezone().date()


def day_of(moment: datetime) -> date:
    """Return the day on which something was, by this machine's clock."""
    return moment.astimezone().date()


def end_of(day: date) -> datetime:
    """Return the last second of a day, by this machine's clock: on a list it is still that day."""
    return datetime.combine(day, time(23, 59, 59)).astimezone()


def clock(minutes: int | None) -> str | None:
    """Return "06:30" for 390."""
    return None if minutes is None else f"{minutes // 60:02d}:{minutes % 60:02d}"


def minutes(clock: str | None) -> int | None:
    """Return 390 for "06:30"."""
    if clock is None:
        return None
    hour, _colon, minute = clock.partition(":")
    return int(hour) * 60 + int(minute)


def minute_of(moment: datetime) -> int:
    """Return the minute of the day, by this machine's clock on the wall."""
    local = moment.astimezone()
    return local.hour * 60 + local.minute


def within(minute: int, begins: int, ends: int) -> bool:
    """Tell whether a minute of the day is in hours that may go over midnight."""
    if begins <= ends:
        return begins <= minute < ends
    return minute >= begins or minute < ends
