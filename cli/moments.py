"""Moments as they are typed: by this machine's clock."""

from datetime import datetime
from typing import Any

import click


def moment(_ctx: click.Context, _param: click.Parameter, value: datetime | None) -> Any:
    """Take a moment as it is on this machine's clock."""
    return value.astimezone() if value else None


def hours(text: str | None) -> tuple[str | None, str | None]:
    """Take 22:00-06:30 apart; whether these are hours is for the message to say."""
    if text is None:
        return None, None
    begins, _dash, ends = text.partition("-")
    return begins.strip(), ends.strip()
