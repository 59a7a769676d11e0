"""Doing a restore: what is asked for, where it goes, how far it is, and what came of it."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.amounts import amount
from cli.context import App
from cli.exits import NOT_SO
from cli.private import written_whole
from cli.restore_sources import Chosen
from cli.restoring import Wishes
from fleet.contracts.restores import Place, RestoreIn
from fleet.contracts.words import _, say

if TYPE_CHECKING:
    from rich.progress import Progress

    from agents.station.backup.reading_index import Asked, Wanted
    from agents.station.backup.restoring.report import Line, Report
    from agents.station.backup.restoring.targets import Target
    from agents.station.backup.restoring.work import Restoring


def bring_back(app: App, one: Chosen, wishes: Wishes) -> int:
    """Restore what is asked for, tell it, and return the exit code."""
    from agents.station.backup.opening import read_identities
    from agents.station.backup.reading_index import opened
    from agents.station.backup.restoring.work import Restoring

    identities = read_identities(wishes.identity)
    with ExitStack() as stack:
        with one.origin.index() as chunks:
            opening = opened(chunks, identities, wishes.identity, one.origin.digest)
            wanted = stack.enter_context(opening)
        asked = _ask(app, wanted, wishes.only)
        if wishes.dry_run:
            return _would(app, one, asked, wishes)
        target = stack.enter_context(_target(app, one, wanted, asked, wishes))
        work = Restoring(one.origin, identities, wishes.identity, wanted, target)
        if wishes.report is not None:
            work.tell = stack.enter_context(_written(wishes.report))
        with _progress(app) as progress:
            work.bar = _Bar(progress)
            report = work.run()
        return _end(app, one, wishes, work, report)


def _ask(app: App, wanted: "Wanted", only: tuple[str, ...]) -> "Asked":
    """Ask for what fits the patterns; one that fits nothing is named, all of them are refused."""
    from agents.station.backup.errors import NothingFits
    from agents.station.backup.restoring.patterns import Patterns

    if not only:
        return wanted.asked()
    patterns = Patterns(only)
    wanted.choose(patterns.fits)
    if len(patterns.unmet) == len(set(only)):
        raise NothingFits(patterns=only)
    for text in only:
        if text in patterns.unmet:
            app.warn(_("Nothing fits {pattern}."), pattern=text)
    return wanted.asked()


def _would(app: App, one: Chosen, asked: "Asked", wishes: Wishes) -> int:
    if not app.for_people:
        shown = {"backup": one.name, **asdict(asked)}
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    app.say(
        _("{files} files of {name} ({size}) from {packs} packs would go to {place}."),
        files=asked.files,
        name=one.name,
        size=amount(asked.size),
        packs=len(asked.packs),
        place=wishes.phone or wishes.to,
    )
    return 0


@contextmanager
def _target(
    app: App, one: Chosen, wanted: "Wanted", asked: "Asked", wishes: Wishes
) -> "Iterator[Target]":
    from agents.station.backup.restoring.folder import FolderTarget, refuse_too_small
    from cli.restore_phone import phone_target

    if wishes.to is None:
        with phone_target(app, one, asked, wishes) as phone:
            yield phone
        return
    refuse_too_small(wishes.to, asked, _largest(one, wanted, asked))
    with closing(FolderTarget.of(wishes.to, wanted)) as target:
        if target.begun:
            app.say(_("A restore was begun in {to}: what is there is compared."), to=wishes.to)
        yield target


def _largest(one: Chosen, wanted: "Wanted", asked: "Asked") -> int:
    from agents.station.backup.opening import PackDamaged

    largest = 0
    for number in asked.packs:
        try:
            pack = one.origin.pack(number, wanted.head.packs[number - 1])
        except PackDamaged:
            continue  # named when it is its turn
        largest = max(largest, pack.size or 0)
    return largest


@contextmanager
def _written(report: Path) -> "Iterator[Callable[[Line], None]]":
    """Give what writes a line for each file, for nobody else to read: the names are in it."""
    with written_whole(report) as file:
        yield lambda line: print(json.dumps(asdict(line), ensure_ascii=False), file=file)


def _end(app: App, one: Chosen, wishes: Wishes, work: "Restoring", report: "Report") -> int:
    _tell(app, one, wishes, report)
    if one.record is not None:
        told = one.record(_told(wishes, work, report))
        app.say(_("It is in the trail: {level}."), level=told.level)
    if one.close is not None and report.whole:
        one.close()
    return 0 if report.whole and one.signed else NOT_SO


def _told(wishes: Wishes, work: "Restoring", report: "Report") -> RestoreIn:
    return RestoreIn(
        to=Place.FOLDER if wishes.to else Place.PHONE,
        phone=wishes.phone,
        files=report.files,
        bytes=report.size,
        missing=len(report.problems),
        renamed=len(report.renamed),
        partly=bool(wishes.only),
        contents=work.contents,
    )


def _tell(app: App, one: Chosen, wishes: Wishes, report: "Report") -> None:
    place = str(wishes.phone or wishes.to)
    if not app.for_people:
        shown = {"backup": one.name, "to": place, "whole": report.whole, **asdict(report)}
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    app.say(
        _("{number}: {files} files ({size}) are in {to}, each equal to the manifest."),
        number=one.name,
        files=report.files,
        size=amount(report.size),
        to=place,
    )
    if report.kept:
        app.say(_("  {count} of them were there already, and equal."), count=report.kept)
    if report.untimed:
        app.say(_("  {count} of them have another time there."), count=report.untimed)
    _tell_oddities(app, report)


def _tell_oddities(app: App, report: "Report") -> None:
    for number, damage in report.damaged_packs.items():
        app.say(_("✗ pack {number} is damaged: {reason}"), number=number, reason=damage)
    for problem in report.problems:
        app.say(_("✗ not restored: {path} ({reason})"), path=problem.path, reason=problem.reason)
    for other in report.renamed:
        app.say(
            _("  {path} is called {place} here ({reason})"),
            path=other.path,
            place=other.restored_as,
            reason=other.reason,
        )
    for doubt in report.doubtful:
        app.say(
            _("  restored as it was read, not as it was in the end: {path} ({reason})"),
            path=doubt.path,
            reason=doubt.reason,
        )
    for missing in report.never_stored:
        app.say(
            _("  the backup never had: {path} ({reason})"), path=missing.path, reason=missing.reason
        )


class _Bar:
    """Shows how far a restore is: what came of the packs, and what is in its place."""

    def __init__(self, progress: "Progress") -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None)
        self._packs = 0

    def begins(self, total: int, packs: int, files: int) -> None:
        self._packs = packs
        text = say("{files} files from {packs} packs", files=files, packs=packs)
        self._progress.update(self._task, total=total, completed=0, description=text)

    def at_pack(self, place: int) -> None:
        text = say("pack {number} of {packs}", number=place, packs=self._packs)
        self._progress.update(self._task, description=text)

    def moved(self, size: int) -> None:
        self._progress.advance(self._task, size)


def _progress(app: App) -> "Progress":
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        SpinnerColumn,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty() or not app.for_people,
        transient=True,
    )
