"""`workfleet backup …`: what is stored of the phones, and getting it back."""

import click

from cli import storage_checks
from cli.amounts import amount
from cli.backup_files import files
from cli.backup_sheets import chat_history, sheet
from cli.context import DRY_RUN, YES, App, pass_app
from cli.drills import drill
from cli.exits import NOT_SO
from cli.keeping import COMMANDS
from cli.labels import label
from cli.lists import Listing, list_command
from cli.output import Column
from cli.restoring import restore
from cli.speaking import argument, group, option
from cli.waiting import Waiting
from cli.watching import watch_station
from fleet.contracts.backups import UNDER_WAY, BackupIn, BackupOut, BackupQuery, BackupState
from fleet.contracts.keeping import Purpose
from fleet.contracts.offline import BegunQuery
from fleet.contracts.stations import JobKind
from fleet.contracts.words import _, say

MOVING = UNDER_WAY - {BackupState.PAUSED}  # a paused one is waited for by nobody


@group(_("Backups of phones: every file compared with the phone's own hash."))
def backup() -> None:
    pass


backup.add_command(
    list_command(
        Listing(
            help=_("List backups, newest first."),
            query=BackupQuery,
            fetch=lambda client, query: client.backups(query),
            columns=(
                Column(_("Number"), lambda one: one.number),
                Column(_("Phone"), lambda one: one.device),
                Column(_("Holder"), lambda one: one.holder and one.holder.name),
                Column(_("For"), lambda one: label(one.purpose), spare=True),
                Column(_("State"), lambda one: label(one.state)),
                Column(_("Level"), lambda one: one.level),
                Column(_("Files"), lambda one: one.files, right=True),
                Column(_("Stored"), lambda one: one.stored, right=True),
                Column(_("Missing"), lambda one: one.missing, right=True),
                Column(_("Size"), lambda one: amount(one.bytes), right=True),
                Column(_("Ended"), lambda one: one.ended_at),
            ),
            empty=_("No backup fits."),
            filters={
                "device": _("Only this phone (tag)."),
                "state": _("Only this state."),
                "purpose": _("Only those made for this."),
            },
        )
    )
)


backup.add_command(
    list_command(
        Listing(
            help=_("List what stations began while the server was away, and what became of it."),
            query=BegunQuery,
            fetch=lambda client, query: client.begun_backups(query),
            columns=(
                Column(_("Phone"), lambda one: one.device or one.serial),
                Column(_("Station"), lambda one: one.station),
                Column(_("Begun"), lambda one: one.begun_at),
                Column(_("Why"), lambda one: label(one.why)),
                Column(_("Asked by"), lambda one: one.by, spare=True),
                Column(_("Heard"), lambda one: one.heard_at, spare=True),
                Column(_("Outcome"), lambda one: label(one.state)),
                Column(_("Backup"), lambda one: one.number),
                Column(_("State"), lambda one: one.backup_state and label(one.backup_state)),
                Column(_("Why not"), lambda one: one.sentence),
            ),
            empty=_("No station began a backup by itself."),
            filters={
                "device": _("Only this phone (tag)."),
                "station": _("Only those of this station."),
                "state": _("Only this state."),
            },
        ),
        name="begun",
    )
)


@backup.command(help=_("Show a backup: what is in it, what is not, and why."))
@argument("reference")
@pass_app
def show(app: App, reference: str) -> None:
    one = app.client.backup(reference)
    app.fields(one, _rows(one))


def _rows(one: BackupOut) -> list[tuple[str, object]]:
    return [
        (_("Number"), one.number),
        (_("Phone"), one.device),
        (_("Holder"), one.holder),
        (_("For"), label(one.purpose)),
        (_("State"), label(one.state)),
        (_("Level"), one.level),
        (_("Why it ended so"), one.reason),
        (_("Station"), one.station),
        (_("Planned"), one.planned_at),
        (_("Ended"), one.ended_at),
        (_("Files"), f"{one.files} ({amount(one.bytes)})"),
        (_("Stored"), one.stored),
        (_("Of these stored before"), one.carried),
        (_("Of these not compared again"), one.uncompared),
        (_("Changed since"), one.changed),
        (_("Missing"), one.missing),
        (_("Packs"), f"{len(one.packs)} ({amount(one.stored_bytes)})"),
        (_("Goes on from"), one.base),
        (_("Manifest"), one.manifest),
        (_("Signed by"), one.sealed_by),
        (_("Shown by"), label(one.assurance)),
        (_("Sample restored"), one.tested_at),
        (_("Restored by"), one.tested_by),
        (_("Files of the sample"), one.tested_files or None),
        (_("Sample due"), one.drill_due_at),
    ]


@backup.command(help=_("Back a phone up, at the station that has it."))
@argument("tag")
@option("--reason", default="asked", show_default=True, help=_("Why; it is kept."))
@option(
    "--for",
    "purpose",
    type=click.Choice([purpose.value for purpose in Purpose]),
    help=_("What for: it decides how long it is kept. Worked out when left out."),
)
@option("--wait", is_flag=True, help=_("Wait for the station, and show what is stored."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@click.pass_context
def run(
    ctx: click.Context, tag: str, reason: str, purpose: str | None, *, wait: bool, dry_run: bool
) -> None:
    app: App = ctx.obj
    if dry_run:
        found = app.client.device(tag)
        place = found.station or say("no station")
        app.say(_("{tag} would be backed up at {station}."), tag=tag, station=place)
        return
    planned = _begin(
        app, tag, BackupIn(reason=reason, purpose=Purpose(purpose) if purpose else None)
    )
    ended = _waited(app, planned) if wait else planned
    app.answer(ended)
    ctx.exit(_tell(app, ended))


def _begin(app: App, tag: str, body: BackupIn) -> BackupOut:
    """Begin a backup, or follow the one that is under way: asked twice, it happens once."""
    from api.client import Refused

    try:
        return app.client.back_up(tag, body)
    except Refused as refusal:
        if refusal.code != "backup_under_way":
            raise
    found = app.client.backups(BackupQuery(device=tag)).items
    app.warn(_("A backup of {tag} is under way already; this is how it stands."), tag=tag)
    return next(one for one in found if one.state in UNDER_WAY)


def _waited(app: App, planned: BackupOut) -> BackupOut:
    goes_on = say(
        "It goes on at the station: workfleet backup show {number}", number=planned.number
    )
    waiting = Waiting(app, planned.device, JobKind.BACKUP, goes_on)
    return waiting.until(
        lambda: app.client.backup(planned.id), lambda seen: seen.state not in MOVING
    )


@backup.command(help=_("Have a backup stop at the next file; what it has made is kept."))
@argument("reference")
@pass_app
def pause(app: App, reference: str) -> None:
    done = app.client.pause_backup(reference)
    app.answer(
        done,
        _("{number} of {tag} is paused. Go on: workfleet backup resume {number}"),
        number=done.number,
        tag=done.device,
    )


@backup.command(help=_("Go on with a paused backup, with the first file not yet in a pack."))
@argument("reference")
@pass_app
def resume(app: App, reference: str) -> None:
    done = app.client.resume_backup(reference)
    app.answer(
        done, _("{number} of {tag} goes on at the station."), number=done.number, tag=done.device
    )


@backup.command(help=_("Give a backup up; what was stored for it is over its time from then on."))
@argument("reference")
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def cancel(app: App, reference: str, *, dry_run: bool, yes: bool) -> None:
    one = app.client.backup(reference)
    text = _("{number} of {tag} is given up; {count} packs ({size}) are over their time then.")
    told: dict[str, object] = {"number": one.number, "tag": one.device}
    told |= {"count": len(one.packs), "size": amount(one.stored_bytes)}
    if dry_run:
        app.say(text, **told)
        app.say(_("Nothing was changed: this was a dry run."))
        return
    app.confirm(text, yes=yes, **told)
    done = app.client.cancel_backup(one.number)
    app.answer(done, _("{number} of {tag} is cancelled."), number=done.number, tag=done.device)


@backup.command(help=_("Watch a backup, or all backups of a station, until they have ended."))
@argument("reference", required=False)
@option("--station", metavar="NAME", help=_("All that are under way at this station."))
@click.pass_context
def watch(ctx: click.Context, reference: str | None, station: str | None) -> None:
    app: App = ctx.obj
    if (reference is None) == (station is None):
        raise click.UsageError(say("Name a backup, or a station with --station."))
    if station is not None:
        ctx.exit(watch_station(app, station, _tell))
    one = app.client.backup(str(reference))
    ended = _waited(app, one) if one.state in MOVING else one
    app.answer(ended)
    ctx.exit(_tell(app, ended))


def _tell(app: App, one: BackupOut) -> int:
    if one.state in UNDER_WAY:
        state = label(one.state)
        app.say(_("{number} of {tag}: {state}."), number=one.number, tag=one.device, state=state)
        return 0
    app.say(
        _("{number} of {tag}: {state}, {level}. {stored} of {files} files are stored, {size}."),
        number=one.number,
        tag=one.device,
        state=label(one.state),
        level=label(one.level),
        stored=one.stored,
        files=one.files,
        size=amount(one.bytes),
    )
    if one.reason:
        app.line(f"  {one.reason}")
    return 0 if one.state == BackupState.COMPLETE else NOT_SO


for command in (*COMMANDS, *storage_checks.COMMANDS, drill, files, restore, sheet):
    backup.add_command(command)
backup.add_command(chat_history, "chat-history")
