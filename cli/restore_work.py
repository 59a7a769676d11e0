"""Doing a restore: what is asked for, where it goes, how far it is, and what came of it."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict
from pathlib import Path

from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from agents.station.backup.errors import NothingFits
from agents.station.backup.opening import PackDamaged, read_identities
from agents.station.backup.reading_index import Asked, Wanted, opened
from agents.station.backup.restoring.folder import FolderTarget, refuse_too_small
from agents.station.backup.restoring.patterns import Patterns
from agents.station.backup.restoring.report import Line, Report
from agents.station.backup.restoring.targets import Target
from agents.station.backup.restoring.work import Restoring
from cli.amounts import amount
from cli.bars import progress
from cli.context import App
from cli.exits import NOT_SO
from cli.labels import label
from cli.private import written_whole
from cli.restore_phone import phone_target
from cli.restore_sources import Chosen
from cli.restoring import Wishes
from fleet.contracts.restores import Place, RestoreIn
from fleet.contracts.wire import Shown
from fleet.contracts.words import _, say


class WouldRestoreOut(Shown):
    """What a restore would bring back."""

    backup: str
    to: str
    files: int
    size: int
    packs: tuple[int, ...]


class ProblemOut(Shown):
    """A file that is not as it was, and why."""

    path: str
    reason: str


class RenamedOut(ProblemOut):
    """A file that has another name here."""

    restored_as: str


class RestoredOut(Shown):
    """What is there now and what is not; `damaged_packs` say why, by the number of the pack."""

    backup: str
    to: str
    whole: bool
    files: int
    size: int
    kept: int
    untimed: int
    problems: list[ProblemOut]
    renamed: list[RenamedOut]
    doubtful: list[ProblemOut]
    never_stored: list[ProblemOut]
    damaged_packs: dict[int, str]


def bring_back(app: App, one: Chosen, wishes: Wishes) -> int:
    """Restore what is asked for, tell it, and return the exit code."""
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
        with _progress(app) as shown:
            work.bar = _Bar(shown)
            report = work.run()
        return _end(app, one, wishes, work, report)


def _ask(app: App, wanted: Wanted, only: tuple[str, ...]) -> Asked:
    """Ask for what fits the patterns; one that fits nothing is named, all of them are refused."""
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


def _would(app: App, one: Chosen, asked: Asked, wishes: Wishes) -> int:
    place = str(wishes.phone or wishes.to)
    app.answer(
        WouldRestoreOut(backup=one.name, to=place, **asdict(asked)),
        _("{files} files of {name} ({size}) from {packs} packs would go to {place}."),
        files=asked.files,
        name=one.name,
        size=amount(asked.size),
        packs=len(asked.packs),
        place=place,
    )
    return 0


@contextmanager
def _target(
    app: App, one: Chosen, wanted: Wanted, asked: Asked, wishes: Wishes
) -> Iterator[Target]:
    if wishes.to is None:
        with phone_target(app, one, asked, wishes) as phone:
            yield phone
        return
    refuse_too_small(wishes.to, asked, _largest(one, wanted, asked))
    with closing(FolderTarget.of(wishes.to, wanted)) as target:
        if target.begun:
            app.say(_("A restore was begun in {to}: what is there is compared."), to=wishes.to)
        yield target


def _largest(one: Chosen, wanted: Wanted, asked: Asked) -> int:
    largest = 0
    for number in asked.packs:
        try:
            pack = one.origin.pack(number, wanted.head.packs[number - 1])
        except PackDamaged:
            continue  # named when it is its turn
        largest = max(largest, pack.size or 0)
    return largest


@contextmanager
def _written(report: Path) -> Iterator[Callable[[Line], None]]:
    """Give what writes a line for each file, for nobody else to read: the names are in it."""
    with written_whole(report) as file:
        yield lambda line: print(json.dumps(asdict(line), ensure_ascii=False), file=file)


def _end(app: App, one: Chosen, wishes: Wishes, work: Restoring, report: Report) -> int:
    _tell(app, one, wishes, report)
    if one.record is not None:
        told = one.record(_told(wishes, work, report))
        app.say(_("It is in the trail: {level}."), level=label(told.level))
        if told.whole and one.close is not None:  # after a part, the rest may be wanted
            one.close()
    return 0 if report.whole and one.signed else NOT_SO


def _told(wishes: Wishes, work: Restoring, report: Report) -> RestoreIn:
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


def _tell(app: App, one: Chosen, wishes: Wishes, report: Report) -> None:
    place = str(wishes.phone or wishes.to)
    app.answer(
        RestoredOut(backup=one.name, to=place, whole=report.whole, **asdict(report)),
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


def _tell_oddities(app: App, report: Report) -> None:
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

    def __init__(self, progress: Progress) -> None:
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


def _progress(app: App) -> Progress:
    columns = (BarColumn(), TaskProgressColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    return progress(app, *columns)
