"""`workfleet rotation …`: changes of PINs and passwords, and what is due."""

import click

from cli.attending import attend, cancel, declare, declared, witness
from cli.builds import builds
from cli.context import App
from cli.labels import label
from cli.lists import LARGEST_PAGE, Listing, list_command, stream
from cli.recovering import recover
from cli.rotate import build_line
from cli.rotation_plans import calendar, due, forecast, history, plan
from cli.rotation_run import COLUMNS, run
from cli.speaking import argument, group, option
from fleet.contracts.rotation import RotationOut, RotationQuery
from fleet.contracts.words import _, say


@group(_("Changes of PINs and passwords."))
def rotation() -> None:
    pass


LISTING = Listing(
    help=_("List changes, newest first."),
    query=RotationQuery,
    fetch=lambda client, query: client.rotations(query),
    columns=COLUMNS,
    empty=_("No change fits."),
    filters={
        "subject": _("Only this tag or handle."),
        "state": _("Only this state."),
        "kind": _("Only PINs, or only passwords."),
        "station": _("Only on phones last seen at this station."),
        "live": _("Only what is under way (true), or only what has ended (false)."),
        "ended_from": _("Only what ended at this moment or later."),
    },
)
rotation.add_command(list_command(LISTING))
for _one in (
    due,
    plan,
    run,
    history,
    calendar,
    forecast,
    attend,
    declare,
    witness,
    cancel,
    builds,
    recover,
):
    rotation.add_command(_one)


@rotation.command(help=_("Show a change step by step, or all that ended unproven."))
@argument("reference", required=False)
@option("--unproven", is_flag=True, help=_("Everything whose last change is not proven."))
@click.pass_context
def show(ctx: click.Context, reference: str | None, *, unproven: bool) -> None:
    app: App = ctx.obj
    if unproven:
        asked = RotationQuery(unproven=True, limit=LARGEST_PAGE)
        app.table(
            list(stream(app.client.rotations, asked)), COLUMNS, empty=_("Nothing is unproven.")
        )
        return
    if reference is None:
        raise click.UsageError(say("Name a change, or give --unproven."))
    _show(app, app.client.rotation(reference))


def _show(app: App, one: RotationOut) -> None:
    rows: list[tuple[str, object]] = [
        (_("Subject"), one.subject),
        (_("What"), label(one.kind)),
        (_("State"), label(one.state)),
        (_("Level"), one.level),
        (_("Why it ended so"), one.sentence or one.reason),
        (_("To do"), one.advice),
        (_("Can go on"), one.goes_on_at),
        (_("Planned"), one.planned_at),
        (_("Ended"), one.ended_at),
        (_("Station"), one.station),
        (_("Build"), build_line(one)),
    ]
    rows += [(step.name, f"{step.verdict}  {step.at.astimezone():%H:%M:%S}") for step in one.steps]
    rows += [(_("To do"), sentence) for sentence in one.guide]
    rows += [(_("Guided by"), one.playbook)] if one.playbook else []
    rows += [(_("Mind"), sentence) for sentence in one.warnings]
    rows += [(_("Now"), one.now), (_("The station"), one.sees)] if one.now else []
    rows += [(label(said.what), declared(said)) for said in one.declarations]
    app.fields(one, rows)
