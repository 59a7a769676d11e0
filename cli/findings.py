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
    return label("overdue") if one.overdue else label(one.state)


finding.add_command(
    list_command(
        Listing(
            help=_("List findings, newest first."),
            query=FindingQuery,
            fetch=lambda client, query: client.findings(query),
            columns=(
                Column(_("Number"), lambda one: one.number),
                Column(_("Phone"), lambda one: one.device),
                Column(_("What"), lambda one: one.title),
                Column(_("Severity"), lambda one: label(one.severity)),
                Column(_("State"), _state),
                Column(_("Due"), lambda one: one.due_at),
                Column(_("Found"), lambda one: one.opened_at, spare=True),
                Column(_("Department"), lambda one: one.department, spare=True),
                Column(_("Since"), lambda one: one.since, spare=True),
                Column(_("Closed"), lambda one: one.closed_at, spare=True),
            ),
            empty=_("No finding fits."),
            filters={
                "rule": _("Only what breaks this rule."),
                "device": _("Only this phone (tag)."),
                "state": _("Only this state."),
                "severity": _("Only of this severity."),
                "department": _("Only phones that belong to this very department."),
            },
            flags={"overdue": _("Only what is due and not waived.")},
        )
    )
)


@finding.command(help=_("Show a finding, and what closes it."))
@argument("number")
@pass_app
def show(app: App, number: str) -> None:
    _show(app, app.client.finding(number))


def _show(app: App, one: FindingOut) -> None:
    owner = f"{one.owner.name} ({one.owner.number})" if one.owner else say("the desk")
    app.fields(
        one,
        [
            (_("Number"), one.number),
            (_("Phone"), one.device),
            (_("What"), one.sentence),
            (_("Severity"), label(one.severity)),
            (_("State"), _state(one)),
            (_("Who sees to it"), owner),
            (_("Found"), one.opened_at),
            (_("Due"), one.due_at),
            (_("All was well at"), one.since),
            (_("Perhaps by a station"), say("yes") if one.by_a_station else None),
            (_("Waived until"), one.waived_until),
            (_("Waived by"), one.waived_by),
            (_("Why"), one.waived_because),
            (_("Closed"), one.closed_at),
            (_("Because"), label(one.closed_because) if one.closed_because else None),
            (_("Digest of what was seen"), one.digest),
        ],
    )
    if one.closed_at is None:
        app.line(one.remedy)
    if one.actions:
        app.say(
            _("A station can do it ({actions}): {command}"),
            actions=", ".join(map(label, one.actions)),
            command=f"workfleet remedy plan --finding {one.number}",
        )
