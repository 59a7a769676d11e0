"""`workfleet rotation run`: change what is due at once, and watch it at the bench."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from typing import TYPE_CHECKING, Any, Final

import click

from cli.context import DRY_RUN, App
from cli.exits import INTERRUPTED
from cli.labels import label
from cli.lists import LARGEST_PAGE, stream
from cli.output import Column
from cli.rotate import tell
from cli.rotation_plans import (
    ONLY_DEPARTMENT,
    ONLY_KIND,
    ONLY_STATION,
    all_parts,
    given_of,
    tell_plan,
)
from cli.speaking import command, option
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.rotation import PlanIn, PlanOut, RotationOut, RotationQuery
from fleet.contracts.words import _, say

if TYPE_CHECKING:
    from rich.progress import Progress

LOOK_SECONDS: Final = 1.0

COLUMNS = (
    Column(_("Subject"), lambda one: one.subject),
    Column(_("What"), lambda one: label(one.kind)),
    Column(_("State"), lambda one: label(one.state)),
    Column(_("Ended"), lambda one: one.ended_at),
    Column(_("Station"), lambda one: one.station, spare=True),
    Column(_("Why it ended so"), lambda one: one.sentence, spare=True, long=True),
    Column("Id", lambda one: one.id),
)


@command(_("Change what is due, at once and also in quiet hours, and watch it."), name="run")
@option("--due", is_flag=True, required=True, help=_("What is due; nothing else can be run."))
@ONLY_KIND
@ONLY_DEPARTMENT
@ONLY_STATION
@option(
    "--wait/--no-wait",
    default=None,
    help=_("Watch until every phone has answered; at a terminal that is so anyway."),
)
@option("--even-untrusted", is_flag=True, help=_("Although the build's lock tool lies."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@click.pass_context
def run(ctx: click.Context, /, *, due: bool, wait: bool | None, **words: Any) -> None:
    app: App = ctx.obj
    del due  # the one thing that can be run, and said aloud
    planned = all_parts(app, PlanIn(at_once=True, **given_of(words)), None)
    watched = wait if wait is not None else app.for_people and sys.stdout.isatty()
    if planned.dry_run or not watched:
        _show(app, planned)
        app.answer(planned)
        return
    with _left_to_stations():
        _show(app, planned)
        ctx.exit(_watch(app, planned, _under_way(app, planned, words)))


def _show(app: App, planned: PlanOut) -> None:
    if app.for_people:
        tell_plan(app, planned)


@contextmanager
def _left_to_stations() -> Iterator[None]:
    """Say at Ctrl-C that what was planned goes on without whoever watches."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo(say(_("It goes on at the stations; run it again to follow.")), err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None


def _under_way(app: App, planned: PlanOut, words: dict[str, Any]) -> list[RotationOut]:
    """Return what to watch: what was planned now, and what an earlier run left at the stations."""
    asked = RotationQuery(
        live=True, station=words["station"], kind=words["kind"], limit=LARGEST_PAGE
    )
    live = list(stream(app.client.rotations, asked))
    if words["department"] is None:
        return live
    begun = set(planned.begun)
    return [one for one in live if one.id in begun]


def _watch(app: App, planned: PlanOut, live: list[RotationOut]) -> int:
    pins = [one for one in live if one.kind == CredentialKind.DEVICE_PIN]
    watch = Watch(app, since=planned.at, left={one.id for one in pins})
    watch.until_all_ended()
    watch.tell_numbers(by_hand=len(live) - len(pins))
    return watch.exit_code


@dataclass
class Watch:
    """The changes that are still under way, told one by one as they end."""

    app: App
    since: datetime  # whatever ended before is known
    left: set[str]
    ended: list[RotationOut] = field(default_factory=list)
    exit_code: int = 0

    def until_all_ended(self) -> None:
        pause = Event()
        with self._progress() as progress:
            task = progress.add_task("", total=len(self.left))
            while self.left:
                for one in self._newly_ended():
                    self._take(one)
                    progress.update(task, completed=len(self.ended))
                if self.left:
                    pause.wait(LOOK_SECONDS)

    def _newly_ended(self) -> Iterator[RotationOut]:
        asked = RotationQuery(ended_from=self.since, sort="ended_at", limit=LARGEST_PAGE)
        for one in stream(self.app.client.rotations, asked):
            self.since = one.ended_at or self.since
            if one.id in self.left:
                yield one

    def _take(self, one: RotationOut) -> None:
        self.left.discard(one.id)
        self.ended.append(one)
        self.exit_code = max(self.exit_code, tell(self.app, one))

    def tell_numbers(self, *, by_hand: int) -> None:
        if not self.app.for_people:
            self.app.table(self.ended, COLUMNS, empty="")
            return
        states = Counter(label(one.state) for one in self.ended)
        if states:
            self.app.line(" · ".join(f"{state} {count}" for state, count in states.most_common()))
        if by_hand:
            waiting = _("{count} passwords wait for a person: workfleet rotation list --live true")
            self.app.say(waiting, count=by_hand)

    def _progress(self) -> "Progress":
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

        return Progress(
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty() or not self.app.for_people,
            # What is told goes where it is read: above the bar, or into the file behind a pipe.
            redirect_stdout=sys.stdout.isatty(),
            transient=True,
        )
