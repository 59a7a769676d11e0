"""`workfleet finding …`: what phones showed that they should not."""

from cli.context import App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.output import Column
from cli.speaking import argument, group
from fleet.contracts.findings import FindingOut, FindingQuery
from fleet.contracts.words import _, say


@group(_("Findings: what phones showed that they should not."))
def finding() -> None:
    pass


def _state(one: FindingOut) -> str:
    return label("open") if one.closed_at is None else label("closed")


finding.add_command(
    list_command(
        Listing(
            help=_("List findings, newest first."),
            query=FindingQuery,
            fetch=lambda client, query: client.findings(query),
            columns=(
                Column(_("Number"), lambda one: one.number),
                Column(_("Phone"), lambda one: one.device),
                Column(_("What"), lambda one: label(one.rule)),
                Column(_("State"), _state),
                Column(_("Found"), lambda one: one.opened_at),
                Column(_("Since"), lambda one: one.since, spare=True),
                Column(_("Closed"), lambda one: one.closed_at, spare=True),
            ),
            empty=_("No finding fits."),
            filters={
                "rule": _("Only what breaks this rule."),
                "device": _("Only this phone (tag)."),
                "state": _("Only this state: open, closed."),
            },
        )
    )
)


@finding.command(help=_("Show a finding, and what closes it."))
@argument("number")
@pass_app
def show(app: App, number: str) -> None:
    one = app.client.finding(number)
    app.fields(
        one,
        [
            (_("Number"), one.number),
            (_("Phone"), one.device),
            (_("What"), one.sentence),
            (_("Found"), one.opened_at),
            (_("All was well at"), one.since),
            (_("Perhaps by a station"), say("yes") if one.by_a_station else None),
            (_("Closed"), one.closed_at),
            (_("Digest of the proof"), one.digest),
        ],
    )
    if one.closed_at is None:
        app.say(
            _("It closes by itself once the phone takes the PIN of the vault again: {command}"),
            command=f"workfleet rotation recover {one.device}",
        )
