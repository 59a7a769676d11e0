"""`workfleet backup watch --station`: the backups of several phones, side by side."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import Final

import click

from cli.bars import Bars
from cli.context import App
from cli.exits import INTERRUPTED
from cli.lists import LARGEST_PAGE
from fleet.contracts.backups import BackupOut, BackupQuery
from fleet.contracts.stations import JobKind, JobOut, JobQuery, JobState
from fleet.contracts.words import _, say

LOOK_SECONDS: Final = 1.0
Tell = Callable[[App, BackupOut], int]


def watch_station(app: App, station: str, tell: Tell) -> int:
    """Show every backup at a station until none is under way there; return the worst exit code."""
    watch = Watch(app, station, tell)
    try:
        watch.until_none_is_left()
    except KeyboardInterrupt:
        click.echo(say("They go on at the station."), err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None
    if not watch.seen:
        app.say(_("No backup is under way at {station}."), station=station)
    return watch.exit_code


@dataclass
class Watch:
    """The jobs of a station, and the phones of those seen so far."""

    app: App
    station: str
    tell: Tell
    seen: dict[str, str] = field(default_factory=dict)  # job -> tag
    exit_code: int = 0

    def until_none_is_left(self) -> None:
        pause = Event()
        with Bars(self.app) as bars:
            while jobs := self._jobs():
                self._show(bars, jobs)
                pause.wait(LOOK_SECONDS)
            self._told(bars.keep(set()))

    def _show(self, bars: Bars, jobs: list[JobOut]) -> None:
        if not self.seen and self.app.for_people and not sys.stderr.isatty():
            sentence = say("{count} backups are under way.", count=len(jobs))
            click.echo(sentence, err=True)
        for job in jobs:
            self.seen[job.id] = job.device
            bars.show(job)
        self._told(bars.keep({job.id for job in jobs}))

    def _jobs(self) -> list[JobOut]:
        asked = JobQuery(
            station=self.station, kind=JobKind.BACKUP, state=JobState.LEASED, limit=LARGEST_PAGE
        )
        return self.app.client.jobs(asked).items

    def _told(self, ended: set[str]) -> None:
        for job in ended:
            newest = BackupQuery(device=self.seen[job], sort="-planned_at", limit=1)
            for one in self.app.client.backups(newest).items:
                self.app.answer(one)
                self.exit_code = max(self.exit_code, self.tell(self.app, one))
