"""`workfleet loan …`: what is out until a day."""

from datetime import datetime

from cli.context import DRY_RUN, App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.options import WHY
from cli.output import Column, text_of
from cli.people import DAY
from cli.refusals import LoanNotFound
from cli.speaking import argument, group, option
from fleet.contracts.loans import ExtendIn, LoanOut, LoanQuery
from fleet.contracts.words import _


@group(_("Things that are out until a day."))
def loan() -> None:
    pass


def _left(one: LoanOut) -> str:
    if one.overdue:
        return f"{label('overdue')} {-one.days_left}"
    return str(one.days_left)


loan.add_command(
    list_command(
        Listing(
            help=_("List what is lent, what is due first in front."),
            query=LoanQuery,
            fetch=lambda client, query: client.loans(query),
            columns=(
                Column(_("Thing"), lambda one: one.name),
                Column(_("What"), lambda one: label(one.thing)),
                Column(_("Holder"), lambda one: one.holder),
                Column(_("Department"), lambda one: one.department),
                Column(_("Since"), lambda one: one.issued_at),
                Column(_("Due on"), lambda one: one.due_on),
                Column(_("Days left"), _left, right=True),
            ),
            empty=_("Nothing is lent that fits."),
            filters={
                "holder": _("Only what this employee has (number)."),
                "name": _("Only this tag, number or handle."),
            },
            flags={
                "overdue": _("Only what should have been given back."),
                "soon": _("Only what is due within 3 days, or overdue."),
            },
        )
    )
)


@loan.command(help=_("Lend things for longer, for a reason."))
@argument("things", nargs=-1, required=True)
@option("--until", type=DAY, required=True, metavar="DATE", help=_("The new day."))
@WHY
@option("--dry-run", is_flag=True, help=DRY_RUN)
@pass_app
def extend(
    app: App, things: tuple[str, ...], until: datetime, reason: str, *, dry_run: bool
) -> None:
    found = [_found(app, thing) for thing in things]
    body = ExtendIn(until=until.date(), reason=reason)
    done = []
    for one in found:
        if not dry_run:
            done.append(app.client.extend_loan(one.id, body))
        app.say(
            _("{name}, with {holder}: {was} → {then}."),
            name=one.name,
            holder=text_of(one.holder),
            was=one.due_on,
            then=until.date(),
        )
    if dry_run:
        app.say(_("Nothing was changed: this was a dry run."))
        return
    if not app.for_people:
        app.table(done, (), empty="")
    app.say(_("Extended: {names}"), names=", ".join(one.name for one in done))


def _found(app: App, thing: str) -> LoanOut:
    items = app.client.loans(LoanQuery(name=thing)).items
    if not items:
        raise LoanNotFound(thing=thing)
    return items[0]
