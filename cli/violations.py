"""`workfleet violation …`: drafts that people weigh; nothing follows from one by itself."""

from cli.context import App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.output import Column
from cli.speaking import argument, group, option
from fleet.contracts.violations import ViolationDecisionIn, ViolationQuery
from fleet.contracts.words import _


@group(_("Drafts of violations, seen by those concerned and those who decide."))
def violation() -> None:
    pass


violation.add_command(
    list_command(
        Listing(
            help=_("List drafts of violations, newest first."),
            query=ViolationQuery,
            fetch=lambda client, query: client.violations(query),
            columns=(
                Column(_("Number"), lambda one: one.number),
                Column(_("Clause"), lambda one: one.clause),
                Column(_("Employee"), lambda one: one.employee),
                Column(_("Phone"), lambda one: one.device),
                Column(_("State"), lambda one: label(one.state)),
                Column(_("Found"), lambda one: one.opened_at),
                Column(_("Decided by"), lambda one: one.decided_by, spare=True),
            ),
            empty=_("No violation fits."),
            filters={
                "state": _("Only this state."),
                "employee": _("Only of this employee (number)."),
            },
        )
    )
)


@violation.command(help=_("Show a draft of a violation, and what it rests on."))
@argument("number")
@pass_app
def show(app: App, number: str) -> None:
    one = app.client.violation(number)
    app.fields(
        one,
        [
            (_("Number"), one.number),
            (_("Clause"), one.clause),
            (_("Employee"), one.employee),
            (_("What"), one.sentence),
            (_("Finding"), one.finding),
            (_("Found"), one.opened_at),
            (_("All was well at"), one.since),
            (_("State"), label(one.state)),
            (_("Decided by"), one.decided_by),
            (_("Reason"), one.reason),
            (_("Digest of the proof"), one.digest),
        ],
    )


REASON = option("--reason", required=True, metavar="TEXT", help=_("Why; those concerned read it."))


@violation.command(help=_("Say that a draft is no violation, and why."))
@argument("number")
@REASON
@pass_app
def dismiss(app: App, number: str, reason: str) -> None:
    done = app.client.dismiss_violation(number, ViolationDecisionIn(reason=reason))
    app.answer(done, _("{number}: {state}."), number=done.number, state=label(done.state))


@violation.command(help=_("Keep a draft for a hearing; nothing else follows by itself."))
@argument("number")
@REASON
@pass_app
def keep(app: App, number: str, reason: str) -> None:
    done = app.client.keep_violation(number, ViolationDecisionIn(reason=reason))
    app.answer(done, _("{number}: {state}."), number=done.number, state=label(done.state))
