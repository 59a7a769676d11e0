"""`workfleet demo`: the main job, end to end, told with the real commands."""

import os
import signal
import threading
from types import FrameType

import click

from cli.demo.stage import Stage
from cli.demo.story import finish, tell
from cli.speaking import command, option
from fleet.contracts.words import _


@command(_("The main job, end to end, on virtual phones."))
@option("--once", is_flag=True, help=_("End after the story instead of staying up."))
def demo(*, once: bool) -> None:
    over = threading.Event()
    signal.signal(signal.SIGTERM, _interrupted)
    with Stage() as stage:
        tell(stage)
        stays = not (once or os.environ.get("CI") == "true")
        finish(stage, stays=stays)
        if stays:
            _stay(over)


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    """Let a SIGTERM leave the stage as Ctrl-C does: in order, with nothing left running."""
    raise KeyboardInterrupt


def _stay(over: threading.Event) -> None:
    try:
        over.wait()
    except KeyboardInterrupt:
        click.echo()
