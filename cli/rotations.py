"""`workfleet rotation …`: changes of PINs and passwords, and what is due."""

from typing import TYPE_CHECKING

import click

from cli.context import DRY_RUN, App
from cli.labels import label
from cli.lists import Listing, list_command, stream
from cli.output import Column
from cli.rotate import tell, wait_for
from cli.rotation_plans import calendar, due, forecast, history, plan
from cli.speaking import argument, group, option
from fleet.contracts.credentials import OF_SIMS, CredentialKind
from fleet.contracts.devices import DeviceQuery
from fleet.contracts.rotation import DueQuery, RotationOut, RotationQuery, Standing
from fleet.contracts.words import _, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fleet.contracts.rotation import DueOut


@group(_("Changes of PINs and passwords."))
def rotation() -> None:
    pass


COLUMNS = (
    Column(_("Subject"), lambda one: one.subject),
    Column(_("What"), lambda one: label(one.kind)),
    Column(_("State"), lambda one: label(one.state)),
    Column(_("Ended"), lambda one: one.ended_at),
    Column(_("Station"), lambda one: one.station, spare=True),
    Column(_("Why it ended so"), lambda one: one.sentence, spare=True, long=True),
    Column("Id", lambda one: one.id),
)
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
    },
)
rotation.add_command(list_command(LISTING))
for _one in (due, plan, history, calendar, forecast):
    rotation.add_command(_one)


@rotation.command(help=_("Show a change step by step, or all that ended unproven."))
@argument("reference", required=False)
@option("--unproven", is_flag=True, help=_("Everything whose last change is not proven."))
@click.pass_context
def show(ctx: click.Context, reference: str | None, *, unproven: bool) -> None:
    app: App = ctx.obj
    if unproven:
        found = [one for one in stream(app.client.rotations, RotationQuery()) if _bad(one)]
        app.table(found, COLUMNS, empty=_("Nothing is unproven."))
        return
    if reference is None:
        raise click.UsageError(say("Name a change, or give --unproven."))
    _show(app, app.client.rotation(reference))


def _bad(one: RotationOut) -> bool:
    return one.state in {"unproven", "in_doubt"}


def _show(app: App, one: RotationOut) -> None:
    rows: list[tuple[str, object]] = [
        (_("Subject"), one.subject),
        (_("What"), label(one.kind)),
        (_("State"), label(one.state)),
        (_("Level"), one.level),
        (_("Why it ended so"), one.sentence or one.reason),
        (_("Planned"), one.planned_at),
        (_("Ended"), one.ended_at),
        (_("Station"), one.station),
    ]
    rows += [(step.name, f"{step.verdict}  {step.at.astimezone():%H:%M:%S}") for step in one.steps]
    rows += [(_("To do"), sentence) for sentence in one.guide]
    app.fields(one, rows)


@rotation.command(help=_("Plan a change of everything that is due."))
@option("--due", is_flag=True, required=True, help=_("What is due; nothing else can be run."))
@option("--station", metavar="NAME", help=_("Show only phones at this station."))
@option("--wait", is_flag=True, help=_("Wait for the stations, and show what was proven."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@click.pass_context
def run(ctx: click.Context, station: str | None, *, due: bool, wait: bool, dry_run: bool) -> None:
    app: App = ctx.obj
    if dry_run and due:
        app.table(due_ones(app), DUE, empty=_("Nothing is due."))
        return
    planned = _there(app, app.client.rotate_due().items, station)
    ended = [_waited(app, one) for one in planned] if wait else planned
    app.table(ended, COLUMNS, empty=_("Nothing is due."))
    ctx.exit(max((tell(app, one) for one in ended), default=0) if wait else 0)


DUE = (
    Column(_("Subject"), lambda one: one.subject),
    Column(_("What"), lambda one: label(one.kind)),
    Column(_("Due"), lambda one: one.due_at),
    Column(_("Level"), lambda one: one.level),
)


def due_ones(app: App) -> "list[DueOut]":
    every = stream(app.client.due, DueQuery(standing=Standing.OVERDUE, limit=1000))
    return [one for one in every if one.kind not in OF_SIMS]


def _there(app: App, planned: "Sequence[RotationOut]", station: str | None) -> list[RotationOut]:
    if station is None:
        return list(planned)
    phones = stream(app.client.devices, DeviceQuery(station=station, limit=1000))
    tags = {phone.tag for phone in phones}
    return [one for one in planned if one.subject in tags]


def _waited(app: App, one: RotationOut) -> RotationOut:
    """Wait for a PIN; a password waits for a person, and is shown as it stands."""
    return wait_for(app, one, one.subject) if one.kind == CredentialKind.DEVICE_PIN else one
