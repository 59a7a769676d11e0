"""`workfleet backup restore`: getting a backup back, from the server or from a bare folder."""

from dataclasses import dataclass
from pathlib import Path

import click

from cli.context import DRY_RUN, YES, App
from cli.options import IDENTITY
from cli.speaking import argument, command, option
from fleet.contracts.words import _, say

OBJECTS = option(
    "--from",
    "objects",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help=_("A copy of the storage: no server is asked, and none is needed."),
)
SERIAL = option("--phone", "serial", help=_("With --from: backups of this phone (serial number)."))
BACKUP = option("--backup", "chosen", metavar="ID", help=_("With --from: this backup."))
SERVER_KEY = option(
    "--server-key",
    metavar="KEY",
    help=_("With --from: the key that the server must have signed with."),
)


@dataclass(frozen=True)
class Wishes:
    """What was asked for on the command line; exactly one of `to` and `phone` is given."""

    identity: Path
    to: Path | None
    phone: str | None
    only: tuple[str, ...]
    overwrite: bool
    adb_port: int | None
    report: Path | None
    dry_run: bool
    yes: bool


@command(
    _(
        "Bring a backup back, to a folder or to a phone, and compare every file.\n\n"
        "The same command goes on where it was stopped. With --from it works from a copy of the "
        "storage alone."
    )
)
@argument("reference", required=False)
@IDENTITY
@option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    help=_("A folder that is new or empty, or where this restore was begun."),
)
@option("--to-phone", metavar="TAG", help=_("A phone that adb sees on this machine."))
@option(
    "--only",
    multiple=True,
    metavar="PATTERN",
    help=_("Only what fits, as 'Download/WeiXin/*'; may be repeated."),
)
@OBJECTS
@SERIAL
@BACKUP
@SERVER_KEY
@option("--list", "show", is_flag=True, help=_("With --from: show which backups are there."))
@option("--overwrite", is_flag=True, help=_("On a phone: write over files that are different."))
@option("--adb-port", type=int, help=_("Port of the adb server; adb's own when left out."))
@option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    help=_("Write what became of every file here, as JSON Lines; the names are in it."),
)
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@click.pass_context
def restore(
    ctx: click.Context,
    reference: str | None,
    identity: Path,
    to: Path | None,
    to_phone: str | None,
    only: tuple[str, ...],
    objects: Path | None,
    serial: str | None,
    chosen: str | None,
    server_key: str | None,
    report: Path | None,
    *,
    show: bool,
    overwrite: bool,
    adb_port: int | None,
    dry_run: bool,
    yes: bool,
) -> None:
    from cli.restore_sources import Named, meant, show_backups
    from cli.restore_work import bring_back

    app: App = ctx.obj
    if show:
        ctx.exit(show_backups(app, _need_folder(objects), identity, serial))
    if (to is None) == (to_phone is None):
        raise click.UsageError(say("Name where it goes: either --to or --to-phone."))
    if overwrite and to_phone is None:
        sentence = say("--overwrite goes with --to-phone: a folder is never written over.")
        raise click.UsageError(sentence)
    wishes = Wishes(identity, to, to_phone, only, overwrite, adb_port, report, dry_run, yes)
    one = meant(app, Named(reference, objects, serial, chosen, server_key), identity)
    ctx.exit(bring_back(app, one, wishes))


def _need_folder(objects: Path | None) -> Path:
    if objects is None:
        raise click.UsageError(say("--list goes with --from: name a folder."))
    return objects
