"""Moments as they are typed: by this machine's clock."""

from datetime import datetime
from typing import Any

import click


def moment(_ctx: click.Context, _param: click.Parameter, value: datetime | None) -> Any:
    """Take a moment as it is on this machine's clock."""
    return value.astimezone() if value else None
