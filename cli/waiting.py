"""Waiting for a station: what it does now, how far it is, and leaving it alone on Ctrl-C."""

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Final, TypeVar

import click

from cli.bars import Bars, described, progress
from cli.context import App
from cli.exits import INTERRUPTED
from fleet.contracts.stations import JobKind, JobOut, JobQuery, JobState
from fleet.contracts.words import say

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

Thing = TypeVar("Thing")
LOOK_SECONDS: Final = 0.5
OVER: Final = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})


@dataclass(frozen=True)
class Waiting:
    """What is waited for: the job at the station that shows how far it is."""

    app: App
    device: str
    kind: JobKind
    goes_on: str  # the sentence said when the person stops waiting

    def until(self, look: Callable[[], Thing], over: Callable[[Thing], bool]) -> Thing:
        """Return what `look` sees once it is `over`; Ctrl-C leaves the job running."""
        try:
            self._announce()
            if self.kind == JobKind.BACKUP:
                with Bars(self.app) as bars:
                    return self._wait(look, over, bars.show)
            with self._progress() as shown:
                task = shown.add_task("", total=None)
                return self._wait(look, over, lambda job: self._show(shown, task, job))
        except KeyboardInterrupt:
            click.echo(self.goes_on, err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None

    def _announce(self) -> None:
        """Say in a log what a person at a terminal sees as a bar."""
        if self.app.for_people and not sys.stderr.isatty():
            sentence = say("{tag}: waiting; Ctrl-C leaves the job running.", tag=self.device)
            click.echo(sentence, err=True)

    def _wait(
        self,
        look: Callable[[], Thing],
        over: Callable[[Thing], bool],
        show: Callable[[JobOut], None],
    ) -> Thing:
        pause = Event()
        while not over(seen := look()):
            with suppress(IndexError):
                show(self._job())
            pause.wait(LOOK_SECONDS)
        return seen

    def _job(self) -> JobOut:
        """Return the newest job of this kind for the phone; IndexError when there is none."""
        query = JobQuery(device=self.device, kind=self.kind, sort="-created_at", limit=1)
        return self.app.client.jobs(query).items[0]

    def _show(self, shown: "Progress", task: "TaskID", job: JobOut) -> None:
        shown.update(task, description=described(job), completed=job.done or 0, total=job.total)

    def _progress(self) -> "Progress":
        from rich.progress import TimeElapsedColumn

        return progress(self.app, TimeElapsedColumn())
