"""`workfleet backup drill …`: a sample of a backup is restored, so that it can be believed in."""

from pathlib import Path

import click

from cli.amounts import amount
from cli.context import App, pass_app
from cli.exits import NOT_SO
from cli.labels import label
from cli.lists import Listing, list_command
from cli.options import IDENTITY, WHY
from cli.output import Column
from cli.restore_sources import close_after
from cli.speaking import argument, group, option
from fleet.contracts.keeping import DrillIn, DrillOut, DrillQuery, DrillState
from fleet.contracts.words import _


@group(_("Samples of backups, drawn by the server and restored by whoever holds an identity."))
def drill() -> None:
    pass


drill.add_command(
    list_command(
        Listing(
            help=_("List drills: those that wait, and what came of the others."),
            query=DrillQuery,
            fetch=lambda client, query: client.restore_drills(query),
            columns=(
                Column(_("Number"), lambda one: one.number),
                Column(_("Backup"), lambda one: one.backup),
                Column(_("Phone"), lambda one: one.device),
                Column(_("State"), lambda one: label(one.state)),
                Column(_("Packs"), lambda one: ", ".join(map(str, one.packs))),
                Column(_("Due"), lambda one: one.due_at),
                Column(_("Ended"), lambda one: one.ended_at),
                Column(_("Files"), lambda one: one.files, right=True),
                Column(_("By"), lambda one: one.by, spare=True),
            ),
            empty=_("No drill fits."),
            filters={"device": _("Only this phone (tag)."), "state": _("Only this state.")},
            flags={"due": _("Only those that wait, the longest first.")},
        )
    )
)


@drill.command(help=_("Show a drill: the seed, the packs that were drawn, what came of it."))
@argument("number")
@pass_app
def show(app: App, number: str) -> None:
    _show(app, app.client.restore_drill(number))


def _show(app: App, one: DrillOut) -> None:
    app.fields(
        one,
        [
            (_("Number"), one.number),
            (_("Backup"), one.backup),
            (_("Phone"), one.device),
            (_("State"), label(one.state)),
            (_("Seed"), one.seed),
            (_("Packs"), ", ".join(map(str, one.packs))),
            (_("Why"), one.reason),
            (_("Due"), one.due_at),
            (_("Ended"), one.ended_at),
            (_("By"), one.by),
            (_("Files"), f"{one.files} ({amount(one.bytes)})"),
            (_("Not restored"), [f"{count} × {why}" for why, count in one.problems.items()]),
            (_("Damaged packs"), ", ".join(map(str, one.damaged))),
        ],
    )


@drill.command(help=_("Have the server draw a sample of a backup now."))
@argument("backup")
@WHY
@pass_app
def plan(app: App, backup: str, reason: str) -> None:
    planned = app.client.plan_drill(DrillIn(backup=backup, reason=reason))
    app.answer(
        planned,
        _("{number}: packs {packs} of {backup} were drawn. Go on: {command}"),
        number=planned.number,
        packs=", ".join(map(str, planned.packs)),
        backup=planned.backup,
        command=f"workfleet backup drill run {planned.number} --identity FILE",
    )


@drill.command(help=_("Restore a sample to a folder that is deleted again, and tell the server."))
@argument("number")
@IDENTITY
@option(
    "--in",
    "beside",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help=_("Where it is restored for the time being; this system's own folder when left out."),
)
@click.pass_context
def run(ctx: click.Context, number: str, identity: Path, beside: Path | None) -> None:
    from agents.station.backup.drilling import rehearse
    from agents.station.backup.restoring.origins import FromServer

    app: App = ctx.obj
    one = app.client.restore_drill(number)
    backup = app.client.backup(one.backup)
    digests = {pack.number: pack.digest for pack in backup.packs}
    drawn = {pack: digests[pack] for pack in one.packs}
    result = rehearse(FromServer(app.client, backup), identity, drawn, beside=beside)
    ended = app.client.end_drill(number, result)
    _show(app, ended)
    _tell(app, ended)
    if ended.state is not DrillState.PASSED:
        ctx.exit(NOT_SO)
    close_after(app, backup.number)


def _tell(app: App, ended: DrillOut) -> None:
    if ended.state is DrillState.PASSED:
        app.say(
            _("{files} files of {backup} came back, each equal to the manifest: test-restored."),
            files=ended.files,
            backup=ended.backup,
        )
        return
    app.warn(
        _("{backup} does not give back what it should: it counts as damaged."), backup=ended.backup
    )
