"""`workfleet backup expire|delete|deletions`: what goes, and what has gone."""

from typing import Final

import click

from cli.amounts import amount
from cli.context import DRY_RUN, YES, App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.options import WHY
from cli.output import Column
from cli.speaking import argument, command, option
from fleet.contracts.keeping import DeletionIn, DeletionQuery, ExpiryIn, ExpiryOut
from fleet.contracts.words import _

EXPIRING: Final = (
    Column(_("Number"), lambda one: one.number),
    Column(_("Phone"), lambda one: one.device),
    Column(_("For"), lambda one: label(one.purpose)),
    Column(_("Ended"), lambda one: one.ended_at),
    Column(_("Over its time since"), lambda one: one.expired_at),
    Column(_("Packs"), lambda one: one.packs, right=True),
    Column(_("Size"), lambda one: amount(one.bytes), right=True),
)


@command(_("Delete what is over its time, for good; see `workfleet retention show`."))
@option("--yes", is_flag=True, help=YES)
@option("--dry-run", is_flag=True, help=DRY_RUN)
@pass_app
def expire(app: App, *, yes: bool, dry_run: bool) -> None:
    found = app.client.expire_backups(ExpiryIn(dry_run=True))
    if dry_run or not found.items:
        _tell(app, found)
        return
    if app.for_people:
        _tell(app, found)
    app.confirm(
        _("{count} backups are deleted; nothing brings them back."),
        yes=yes,
        count=len(found.items),
    )
    marked = app.client.expire_backups(ExpiryIn(dry_run=False))
    app.answer(marked)
    _carry_out(app)


def _tell(app: App, found: ExpiryOut) -> None:
    if not app.for_people:
        app.answer(found)
        return
    app.table(found.items, EXPIRING, empty=_("Nothing is over its time."))
    if found.more:
        app.say(_("There are more: run it again afterwards."))
    if found.preserved:
        app.say(_("{count} more are over their time, and preserved."), count=found.preserved)
    if found.needed:
        app.say(
            _("{count} more are the newest whole one of a phone that is out, and stay."),
            count=found.needed,
        )


def _carry_out(app: App) -> None:
    """Have the server delete what is marked until nothing is left of it."""
    while True:
        done = app.client.carry_out_deletions()
        if not done.left:
            app.say(_("Deleted, and the storage was asked: nothing of it is left."))
            return
        app.say(_("{count} backups are still to go…"), count=done.left)


@command(_("Delete a backup for good, whatever its age; what others name of it stays."))
@argument("reference")
@WHY
@option("--yes", is_flag=True, help=YES)
@option("--dry-run", is_flag=True, help=DRY_RUN)
@pass_app
def delete(app: App, reference: str, reason: str, *, yes: bool, dry_run: bool) -> None:
    plan = app.client.delete_backup(reference, DeletionIn(reason=reason, dry_run=True))
    told = {"number": plan.backup, "tag": plan.device, "size": amount(plan.bytes)}
    if dry_run:
        app.answer(plan, _("{number} of {tag} would be deleted, up to {size}."), **told)
        return
    app.confirm(
        _("{number} of {tag} is deleted ({size}); nothing brings it back."), yes=yes, **told
    )
    app.answer(app.client.delete_backup(reference, DeletionIn(reason=reason)))
    _carry_out(app)


deletions = list_command(
    Listing(
        help=_("List what was deleted or is to go, newest first."),
        query=DeletionQuery,
        fetch=lambda client, query: client.backup_deletions(query),
        columns=(
            Column(_("Number"), lambda one: one.backup),
            Column(_("Phone"), lambda one: one.device),
            Column(_("Why"), lambda one: one.reason, long=True),
            Column(_("Marked"), lambda one: one.marked_at),
            Column(_("By"), lambda one: one.marked_by),
            Column(_("Gone"), lambda one: one.ended_at),
            Column(_("Objects"), lambda one: one.objects, right=True),
            Column(_("Size"), lambda one: amount(one.bytes), right=True),
            Column(_("Stay for others"), lambda one: one.shared, right=True, spare=True),
        ),
        empty=_("Nothing was deleted."),
        filters={"device": _("Only this phone (tag)."), "cause": _("Only for this cause.")},
        flags={"open": _("Only what is not gone yet.")},
    ),
    "deletions",
)

COMMANDS: Final[tuple[click.Command, ...]] = (expire, delete, deletions)
