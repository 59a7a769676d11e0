"""`workfleet agent run --once`: a single pass, and the exit code that tells what came of it."""

from collections.abc import Sequence
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from cli.exits import INTERRUPTED, NOT_SO, OK, OUR_MISTAKE, UNAVAILABLE

if TYPE_CHECKING:
    from agents.station.loop import Say
    from agents.station.once import Account


def single_pass(
    home: Path,
    *,
    stop: Event,
    say: "Say",
    within: float,
    adb_port: int | None,
    adb: Sequence[str] = (),
) -> int:
    from agents.station.once import run_once

    return code_of(run_once(home, stop=stop, say=say, within=within, adb_port=adb_port, adb=adb))


def code_of(account: "Account") -> int:
    """Return the exit code: what may be well by itself next time comes before what is not well."""
    if account.failed:
        return OUR_MISTAKE
    if not account.is_whole and not account.is_late:
        return INTERRUPTED
    if account.is_late or account.is_away or account.silent:
        return UNAVAILABLE
    return NOT_SO if account.unreadable or account.badly else OK
