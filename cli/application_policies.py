"""`workfleet application policy …`: who approves, how long things are held, what is agreed to."""

from datetime import datetime
from typing import IO, Any, Final

import click

from cli.context import App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.moments import moment
from cli.options import WHY
from cli.output import Column, text_of
from cli.speaking import Option, group, option
from fleet.contracts.applications import (
    ApplicationPolicyIn,
    ApplicationPolicyOut,
    ApplicationPolicyQuery,
    ApplicationTermsQuery,
    Term,
)
from fleet.contracts.words import _, say


@group(_("Who approves applications, where, and from which day on."))
def policy() -> None:
    pass


AT: Final[dict[str, Any]] = {"type": click.DateTime(), "callback": moment, "metavar": "DAY"}
DEPARTMENT: Final = option(
    "--department", metavar="CODE", help=_("In this department and beneath it; all when left out.")
)


def _approvers(one: ApplicationPolicyOut) -> str:
    return " → ".join(one.approvers) or say("nobody")


COLUMNS: Final = (
    Column(_("For"), lambda one: label(one.term)),
    Column(_("Department"), lambda one: one.department or say("all")),
    Column(_("Approve"), _approvers),
    Column(_("Days to decide"), lambda one: one.decide_days, right=True),
    Column(_("Days reserved"), lambda one: one.hold_days, right=True),
    Column(_("Days valid"), lambda one: one.valid_days, right=True),
    Column(_("Real name"), lambda one: one.name_format),
    Column(_("From"), lambda one: one.effective_from, spare=True),
    Column(_("Set by"), lambda one: one.set_by, spare=True),
    Column(_("Why"), lambda one: one.reason, spare=True, long=True),
)
_list = list_command(
    Listing(
        help=_("List what somebody has set, in force or every version."),
        query=ApplicationPolicyQuery,
        fetch=lambda client, query: client.application_policies(query),
        columns=COLUMNS,
        empty=_("Nobody has set any. See what holds with `workfleet application policy show`."),
        filters={
            "term": _("Only for good, or only loans."),
            "department": _("Only set for this very department."),
        },
    )
)
_list.params += [
    Option(["--at"], help=_("What was, or will be, in force on this day."), **AT),
    Option(["--history"], is_flag=True, help=_("Every version, not those in force alone.")),
]
policy.add_command(_list)


@policy.command(help=_("Show who approves in a department, and what is agreed to."))
@DEPARTMENT
@option("--at", help=_("As it was, or will be, on this day."), **AT)
@pass_app
def show(app: App, department: str | None, at: datetime | None) -> None:
    found = app.client.application_terms(ApplicationTermsQuery(department=department, at=at))
    app.table(found.items, COLUMNS, empty="")
    texts = {one.agreement for one in found.items}
    for text in texts:
        app.line()
        app.line(text)


@policy.command("set", help=_("Add a version: what is left out stays as it is in force then."))
@option(
    "--for",
    "term",
    type=click.Choice([term.value for term in Term]),
    required=True,
    help=_("Applications for good, or loans."),
)
@DEPARTMENT
@WHY
@option("--from", "effective_from", help=_("From this day on; at once when left out."), **AT)
@option(
    "--approver",
    "approvers",
    multiple=True,
    metavar="WHO",
    help=_("In this order: head, or head:CODE for the head of a department, like head:HR."),
)
@option("--nobody", is_flag=True, help=_("Nobody is asked."))
@option("--decide-days", type=int, help=_("Days in which each decides."))
@option("--hold-days", type=int, help=_("Days for which things are reserved."))
@option("--valid-days", type=int, help=_("Days in which something approved is issued."))
@option(
    "--name-format",
    metavar="TEXT",
    help=_("How a real name is written, of {name}, {number} and {department}."),
)
@option("--agreement", type=click.File(encoding="utf-8"), help=_("File with what is agreed to."))
@option("--inherit", "inherits", is_flag=True, help=_("The department has none of its own now."))
@pass_app
def set_(
    app: App,
    /,
    approvers: tuple[str, ...],
    agreement: IO[str] | None,
    *,
    nobody: bool,
    **given: Any,
) -> None:
    told = {name: value for name, value in given.items() if value is not None}
    if approvers or nobody:
        told["approvers"] = [*approvers]
    if agreement is not None:
        told["agreement"] = agreement.read()
    done = app.client.set_application_policy(ApplicationPolicyIn.model_validate(told))
    app.answer(
        done,
        _("Set, from {when} on: {approvers}"),
        when=text_of(done.effective_from),
        approvers=_approvers(done),
    )
