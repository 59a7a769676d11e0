"""What a restore brought back, and what it could not."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.amounts import amount
from cli.context import App
from cli.exits import NOT_SO
from fleet.contracts.backups import BackupOut
from fleet.contracts.openings import OpeningQuery, OpeningState
from fleet.contracts.words import _

if TYPE_CHECKING:
    from agents.station.backup.restore import Report


def tell(app: App, one: BackupOut, report: "Report", to: Path) -> int:
    """Show the report, and return the exit code: only a whole restore is a success."""
    if not app.for_people:
        shown = {"backup": one.number, "to": str(to), "whole": report.whole, **asdict(report)}
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    _say(app, one, report, to)
    return 0 if report.whole else NOT_SO


def close_after(app: App, one: BackupOut) -> None:
    """End the opening that was used: everything is there, and nothing more is fetched under it."""
    query = OpeningQuery(backup=one.number, state=OpeningState.APPROVED, mine=True)
    for used in app.client.openings(query).items:
        app.client.close_opening(used.number)
        app.say(_("The opening {number} is closed."), number=used.number)


def _say(app: App, one: BackupOut, report: "Report", to: Path) -> None:
    app.say(
        _("{number}: {files} files ({size}) are in {to}, each equal to the manifest."),
        number=one.number,
        files=report.files,
        size=amount(report.size),
        to=to,
    )
    for number, damage in report.damaged_packs.items():
        app.say(_("✗ pack {number} is damaged: {reason}"), number=number, reason=damage)
    for problem in report.problems:
        app.say(_("✗ not restored: {path} ({reason})"), path=problem.path, reason=problem.reason)
    for missing in report.never_stored:
        app.say(
            _("  the backup never had: {path} ({reason})"), path=missing.path, reason=missing.reason
        )
