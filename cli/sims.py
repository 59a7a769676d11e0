"""`workfleet sim …`: SIM cards."""

from cli.context import App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.options import WHY
from cli.output import Column
from cli.speaking import argument, group, option
from fleet.contracts.custody import ReturnIn
from fleet.contracts.incidents import MoveIn
from fleet.contracts.sims import SimIn, SimQuery
from fleet.contracts.words import _


@group(_("SIM cards."))
def sim() -> None:
    pass


sim.add_command(
    list_command(
        Listing(
            help=_("List SIM cards."),
            query=SimQuery,
            fetch=lambda client, query: client.sims(query),
            columns=(
                Column(_("Number"), lambda one: one.number),
                Column(_("Carrier"), lambda one: one.carrier),
                Column("ICCID", lambda one: one.iccid),
                Column(_("State"), lambda one: label(one.state)),
                Column(_("Holder"), lambda one: one.holder and one.holder.name),
                Column(_("Phone"), lambda one: one.device),
            ),
            empty=_("No SIM card fits."),
            filters={
                "state": _("Only this state, like in_stock or issued."),
                "holder": _("Only cards of this employee (number)."),
            },
        )
    )
)


@sim.command(help=_("Show a SIM card by its number or ICCID."))
@argument("number")
@pass_app
def show(app: App, number: str) -> None:
    one = app.client.sim(number)
    rows = [
        (_("Number"), one.number),
        ("ICCID", one.iccid),
        (_("Carrier"), one.carrier),
        (_("Registered owner"), one.registered_owner),
        (_("Plan"), one.plan),
        (_("State"), label(one.state)),
        (_("Holder"), one.holder),
        (_("Phone"), one.device),
    ]
    app.fields(one, rows)


@sim.command(help=_("Enter a SIM card."))
@argument("number")
@option("--iccid", required=True, help=_("The number printed on the card, 19 or 20 digits."))
@option("--carrier", help=_("Whose network."))
@option("--owner", help=_("In whose name the number is registered."))
@option("--plan", help=_("What is paid for."))
@pass_app
def add(
    app: App, number: str, iccid: str, carrier: str | None, owner: str | None, plan: str | None
) -> None:
    body = SimIn(number=number, iccid=iccid, carrier=carrier, registered_owner=owner, plan=plan)
    made = app.client.add_sim(body)
    app.answer(made, _("The SIM {number} is in stock."), number=made.number)


@sim.command(help=_("Note that the carrier was asked to block a SIM card; its holder keeps it."))
@argument("number")
@WHY
@pass_app
def suspend(app: App, number: str, reason: str) -> None:
    done = app.client.suspend_sim(number, MoveIn(reason=reason))
    app.answer(done, _("The SIM {number}: {state}."), number=number, state=label(done.state))


@sim.command(help=_("Note that the carrier has unblocked a SIM card."))
@argument("number")
@WHY
@pass_app
def resume(app: App, number: str, reason: str) -> None:
    done = app.client.resume_sim(number, MoveIn(reason=reason))
    app.answer(done, _("The SIM {number}: {state}."), number=number, state=label(done.state))


@sim.command("return", help=_("Take a SIM card back from its holder."))
@argument("number")
@option("--note", help=_("Anything worth keeping."))
@pass_app
def return_(app: App, number: str, note: str | None) -> None:
    back = app.client.return_sim(number, ReturnIn(note=note))
    app.answer(
        back, _("The SIM {number} is back: {state}."), number=number, state=label(back.state)
    )
