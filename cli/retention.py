"""`workfleet retention …`: for how long backups are kept, where, and from which day on."""

from datetime import datetime
from typing import Any, Final

import click

from cli.context import DRY_RUN, App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.moments import moment
from cli.options import WHY
from cli.output import Column, text_of
from cli.speaking import Option, group, option
from fleet.contracts.keeping import (
    Purpose,
    RetentionIn,
    RetentionOut,
    RetentionQuery,
    TermsQuery,
)
from fleet.contracts.words import _, say


@group(_("For how long backups are kept, and how often one is tried."))
def retention() -> None:
    pass


AT: Final[dict[str, Any]] = {"type": click.DateTime(), "callback": moment, "metavar": "DAY"}
DEPARTMENT: Final = option(
    "--department", metavar="CODE", help=_("In this department and beneath it; all when left out.")
)


def _keep(one: RetentionOut) -> str:
    return str(one.keep_days) if one.keep_days else say("for ever")


def _drill(one: RetentionOut) -> str:
    return str(one.drill_days) if one.drill_days else say("never")


COLUMNS: Final = (
    Column(_("For"), lambda one: label(one.purpose)),
    Column(_("Department"), lambda one: one.department or say("all")),
    Column(_("From"), lambda one: one.effective_from),
    Column(_("In force"), lambda one: one.in_force),
    Column(_("Days kept"), _keep, right=True),
    Column(_("Days until tried"), _drill, right=True),
    Column(_("Set by"), lambda one: one.set_by),
    Column(_("Why"), lambda one: one.reason, long=True),
)
_list = list_command(
    Listing(
        help=_("List terms in force that somebody has set, or every version."),
        query=RetentionQuery,
        fetch=lambda client, query: client.retention_policies(query),
        columns=COLUMNS,
        empty=_("Nobody has set any. See what holds with `workfleet retention show`."),
        filters={
            "purpose": _("Only of backups made for this."),
            "department": _("Only set for this very department."),
        },
    )
)
_list.params += [
    Option(["--at"], help=_("What was, or will be, in force on this day."), **AT),
    Option(["--history"], is_flag=True, help=_("Every version, not those in force alone.")),
]
retention.add_command(_list)


@retention.command(help=_("Show for how long backups of each kind are kept, and who says so."))
@DEPARTMENT
@option("--at", help=_("As it was, or will be, on this day."), **AT)
@pass_app
def show(app: App, department: str | None, at: datetime | None) -> None:
    found = app.client.retention(TermsQuery(department=department, at=at))
    app.table(found.items, COLUMNS, empty="")


@retention.command("set", help=_("Add a version: what is left out stays as it is in force then."))
@option(
    "--for",
    "purpose",
    type=click.Choice([purpose.value for purpose in Purpose]),
    required=True,
    help=_("Of backups made for this."),
)
@DEPARTMENT
@WHY
@option("--from", "effective_from", help=_("From this day on; at once when left out."), **AT)
@option("--keep", "keep_days", type=int, help=_("Days that one is kept; 0: for ever."))
@option("--drill", "drill_days", type=int, help=_("Days until one is tried again; 0: never."))
@option("--inherit", "inherits", is_flag=True, help=_("The department has none of its own now."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@pass_app
def set_(app: App, /, **given: Any) -> None:
    body = RetentionIn.model_validate({key: one for key, one in given.items() if one is not None})
    done = app.client.set_retention(body)
    app.answer(
        done,
        _("Over their time when it begins: {before} as it stands, {then} by it."),
        before=done.due_before,
        then=done.due,
    )
    if done.dry_run:
        app.say(_("Nothing was changed: this was a dry run."))
    else:
        app.say(_("Set, from {when} on."), when=text_of(done.policy.effective_from))
