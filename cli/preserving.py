"""`workfleet preservation …`: what must not be deleted, by whom, since when and why."""

import click

from cli.context import App, pass_app
from cli.lists import Listing, list_command
from cli.options import WHY
from cli.output import Column
from cli.speaking import argument, group, option
from fleet.contracts.keeping import LiftIn, PreservationIn, PreservationOut, PreservationQuery
from fleet.contracts.words import _, say


@group(_("What is stored of a phone, of a person or one backup, kept until somebody lifts it."))
def preservation() -> None:
    pass


def _of(one: PreservationOut) -> str:
    if one.employee is not None:
        return f"{one.employee.name} ({one.employee.number})"
    return one.device or one.backup or ""


preservation.add_command(
    list_command(
        Listing(
            help=_("List what is preserved, newest first."),
            query=PreservationQuery,
            fetch=lambda client, query: client.preservations(query),
            columns=(
                Column(_("Number"), lambda one: one.number),
                Column(_("Of"), _of),
                Column(_("Why"), lambda one: one.reason, long=True),
                Column(_("Since"), lambda one: one.placed_at),
                Column(_("By"), lambda one: one.placed_by),
                Column(_("Lifted"), lambda one: one.lifted_at, spare=True),
            ),
            empty=_("Nothing is preserved."),
            filters={
                "device": _("Only of this phone (tag)."),
                "employee": _("Only of this employee (number)."),
            },
            flags={"lifted": _("Those that were lifted, too.")},
        )
    )
)


@preservation.command(help=_("Show a preservation: of what, why, by whom, since when."))
@argument("number")
@pass_app
def show(app: App, number: str) -> None:
    one = app.client.preservation(number)
    app.fields(
        one,
        [
            (_("Number"), one.number),
            (_("Of"), _of(one)),
            (_("Why"), one.reason),
            (_("Since"), one.placed_at),
            (_("By"), one.placed_by),
            (_("Lifted"), one.lifted_at),
            (_("Lifted by"), one.lifted_by),
            (_("Why lifted"), one.lifted_because),
        ],
    )


@preservation.command(help=_("Let nothing be deleted of a phone, a person or one backup."))
@option("--device", metavar="TAG", help=_("All backups of this phone, also those to come."))
@option("--employee", metavar="NUMBER", help=_("All backups of what this employee held."))
@option("--backup", metavar="NUMBER", help=_("This backup alone."))
@WHY
@pass_app
def place(
    app: App, device: str | None, employee: str | None, backup: str | None, reason: str
) -> None:
    named = {"device": device, "employee": employee, "backup": backup}
    given = {name: one for name, one in named.items() if one is not None}
    if len(given) != 1:
        raise click.UsageError(say("Name a phone, an employee or a backup, one of them alone."))
    placed = app.client.place_preservation(PreservationIn(reason=reason, **given))
    app.answer(
        placed,
        _("{number}: {count} backups are preserved from now on."),
        number=placed.preservation.number,
        count=placed.backups,
    )
    if placed.kept:
        app.say(_("They were about to be deleted, and stay: {list}"), list=", ".join(placed.kept))
    if placed.too_late:
        gone = ", ".join(placed.too_late)
        app.warn(_("A part of these was gone already; the rest stays: {list}"), list=gone)


@preservation.command(help=_("Let what was preserved be deleted again when its time is over."))
@argument("number")
@WHY
@pass_app
def lift(app: App, number: str, reason: str) -> None:
    done = app.client.lift_preservation(number, LiftIn(reason=reason))
    app.answer(done, _("{number} is lifted."), number=done.number)
