"""`workfleet backup fsck|checks|faults`: whether what is stored is there, and as it was."""

from time import sleep
from typing import Final

import click

from cli.amounts import amount
from cli.context import YES, App
from cli.exits import NOT_SO
from cli.labels import label
from cli.lists import LARGEST_PAGE, Listing, list_command, stream
from cli.output import Column
from cli.speaking import command, option
from fleet.contracts.keeping import (
    Depth,
    FaultKind,
    FaultQuery,
    OrphansIn,
    StorageCheckIn,
    StorageCheckOut,
    StorageCheckQuery,
)
from fleet.contracts.words import _

LOOKS_SECONDS: Final = 2.0  # where somebody else is at it


@command(_("Look whether every object that a backup names is in the storage, and its size."))
@option("--deep", is_flag=True, help=_("Have every byte read, too; the server does it by and by."))
@option("--remove-orphans", is_flag=True, help=_("Then delete what no backup names."))
@option("--yes", is_flag=True, help=YES)
@click.pass_context
def fsck(ctx: click.Context, *, deep: bool, remove_orphans: bool, yes: bool) -> None:
    app: App = ctx.obj
    check = _looked(app)
    if deep:
        reading = app.client.begin_check(StorageCheckIn(depth=Depth.DEEP))
        app.say(
            _("{number}: every byte is being read; see how far with {command}"),
            number=reading.number,
            command="workfleet backup checks",
        )
    app.answer(check)
    code = _tell(app, check)
    if remove_orphans:
        _remove(app, yes=yes)
    ctx.exit(code)


def _looked(app: App) -> StorageCheckOut:
    """Have the server look until it has ended; somebody else who looks may be ahead."""
    check = app.client.begin_check(StorageCheckIn(depth=Depth.QUICK))
    while check.ended_at is None:
        before = check.objects
        check = app.client.go_on_checking(check.number)
        if check.objects > before and check.ended_at is None:
            app.say(_("{count} objects so far…"), count=check.objects)
        elif check.ended_at is None:
            sleep(LOOKS_SECONDS)
    return check


def _tell(app: App, check: StorageCheckOut) -> int:
    app.say(
        _("{number}: {count} objects ({size}) were looked at; {healed} are good again."),
        number=check.number,
        count=check.objects,
        size=amount(check.bytes),
        healed=check.healed,
    )
    if check.orphans:
        app.say(
            _("{count} objects ({size}) are named by no backup: --remove-orphans deletes them."),
            count=check.orphans,
            size=amount(check.orphan_bytes),
        )
    every = stream(app.client.storage_faults, FaultQuery(limit=LARGEST_PAGE))
    wrong = [one for one in every if one.kind is not FaultKind.ORPHAN]
    for one in wrong:
        app.say(
            _("✗ {object}: {what}; backups: {backups}"),
            object=one.object,
            what=label(one.kind),
            backups=", ".join(one.backups),
        )
    return NOT_SO if wrong else 0


def _remove(app: App, *, yes: bool) -> None:
    found = app.client.remove_orphans(OrphansIn(dry_run=True))
    if not found.objects:
        return
    app.confirm(
        _("{count} objects ({size}) that no backup names are deleted."),
        yes=yes,
        count=found.objects,
        size=amount(found.bytes),
    )
    app.client.remove_orphans(OrphansIn(dry_run=False))
    app.client.carry_out_deletions()


checks = list_command(
    Listing(
        help=_("List the looks at what is stored, newest first, and how far they are."),
        query=StorageCheckQuery,
        fetch=lambda client, query: client.storage_checks(query),
        columns=(
            Column(_("Number"), lambda one: one.number),
            Column(_("What"), lambda one: label(one.depth)),
            Column(_("By"), lambda one: one.asked_by),
            Column(_("Begun"), lambda one: one.started_at),
            Column(_("Ended"), lambda one: one.ended_at),
            Column(_("Objects"), lambda one: one.objects, right=True),
            Column(_("Size"), lambda one: amount(one.bytes), right=True),
            Column(_("Wrong"), lambda one: one.found, right=True),
            Column(_("Good again"), lambda one: one.healed, right=True, spare=True),
            Column(_("Named by nobody"), lambda one: one.orphans, right=True, spare=True),
        ),
        empty=_("Nobody has looked yet: workfleet backup fsck"),
        filters={"depth": _("Only this kind.")},
    ),
    "checks",
)
faults = list_command(
    Listing(
        help=_("List the objects with which something is wrong, and what names them."),
        query=FaultQuery,
        fetch=lambda client, query: client.storage_faults(query),
        columns=(
            Column(_("Object"), lambda one: one.object, long=True),
            Column(_("What"), lambda one: label(one.kind)),
            Column(_("Backups"), lambda one: ", ".join(one.backups), long=True),
            Column(_("Found"), lambda one: one.found_at),
            Column(_("By"), lambda one: one.found_by),
            Column(_("Over"), lambda one: one.ended_at, spare=True),
        ),
        empty=_("Nothing is wrong with what is stored, as far as anybody has looked."),
        filters={"kind": _("Only this kind.")},
        flags={"ended": _("Those that are over, too.")},
    ),
    "faults",
)

COMMANDS: Final[tuple[click.Command, ...]] = (fsck, checks, faults)
