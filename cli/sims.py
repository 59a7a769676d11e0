"""`workfleet sim …`: SIM cards."""

from datetime import date
from typing import Any

import click

from cli.bin import add_to
from cli.context import DRY_RUN, YES, App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.options import WHY
from cli.output import Column
from cli.said import Said, corrected, options, tell, told
from cli.speaking import argument, group, option
from fleet.contracts.bin import RecordKind
from fleet.contracts.custody import ReturnIn
from fleet.contracts.incidents import MoveIn
from fleet.contracts.sims import (
    NewCardIn,
    NumberPolicyIn,
    OwnerKind,
    SimEdit,
    SimIn,
    SimQuery,
)
from fleet.contracts.words import _, say


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
                Column(_("Bound accounts"), lambda one: one.accounts, spare=True, long=True),
                Column(_("Rests until"), lambda one: one.quarantined_until, spare=True),
            ),
            empty=_("No SIM card fits."),
            filters={
                "state": _("Only this state, like in_stock or issued."),
                "holder": _("Only cards of this employee (number)."),
                "carrier": _("Only this carrier."),
                "device": _("Only those in this phone (its tag)."),
                "owner_kind": _("Only those registered to the company, or to a person."),
            },
            flags={"quarantined": _("Only numbers that rest before reuse.")},
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
        (_("Registered to"), one.owner_kind and label(one.owner_kind)),
        (_("Plan"), one.plan),
        (_("Number opened on"), one.opened_on),
        (_("State"), label(one.state)),
        (_("Rests until"), one.quarantined_until),
        (_("Holder"), one.holder),
        (_("Actual user"), one.actual_user),
        (_("Bound accounts"), one.accounts),
        (_("Phone"), one.device),
        (_("Note"), one.note),
    ]
    app.fields(one, rows)


SAID = (
    Said("carrier", "--carrier", _("Whose network.")),
    Said("registered_owner", "--owner", _("In whose name the number is registered.")),
    Said("owner_kind", "--owner-kind", _("Whether that is the company or a person."), OwnerKind),
    Said("actual_user", "--user", _("Who uses it, where that is not its holder.")),
    Said("plan", "--plan", _("What is paid for.")),
    Said("opened_on", "--opened", _("Day the number was opened, like 2026-03-01."), date, "DATE"),
    Said("note", "--note", _("Anything worth keeping.")),
)


@sim.command(help=_("Enter a SIM card."))
@argument("number")
@option("--iccid", required=True, help=_("The number printed on the card, 19 or 20 digits."))
@options(SAID)
@pass_app
def add(app: App, /, number: str, iccid: str, **given: Any) -> None:
    made = app.client.add_sim(SimIn(number=number, iccid=iccid, **told(given)))
    app.answer(made, _("The SIM {number} is in stock."), number=made.number)


@sim.command(help=_("Correct what the register says of a SIM card."))
@argument("number")
@options(SAID, clearing=True)
@pass_app
def edit(app: App, /, number: str, clear: tuple[str, ...], *, dry_run: bool, **given: Any) -> None:
    changes = corrected(SAID, given, clear)
    before = app.client.sim(number)
    after = app.client.correct_sim(number, SimEdit(**changes), dry_run=dry_run)
    tell(app, before, after, SAID, dry_run=dry_run)


@sim.command("new-card", help=_("Put a number onto another card; its holder goes on holding it."))
@argument("number")
@option("--iccid", required=True, help=_("The number printed on the new card."))
@WHY
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def new_card(app: App, number: str, iccid: str, reason: str, *, dry_run: bool, yes: bool) -> None:
    old, card = app.client.sim(number), NewCardIn(iccid=iccid, reason=reason)
    told = {"number": old.number, "old": old.iccid, "new": card.iccid}
    sentence = _("{number}: card {old} is cancelled, card {new} takes its place.")
    if dry_run:
        app.answer(old, sentence, **told)
        app.say(_("Nothing was changed: this was a dry run."))
        return
    app.confirm(sentence, yes=yes, **told)
    done = app.client.replace_card(number, card)
    app.answer(done, _("The SIM {number}: {state}."), number=number, state=label(done.state))


@sim.command("give-up", help=_("Note that a number is to be cancelled: nobody is handed it."))
@argument("number")
@WHY
@pass_app
def give_up(app: App, number: str, reason: str) -> None:
    done = app.client.give_up_sim(number, MoveIn(reason=reason))
    app.answer(done, _("The SIM {number}: {state}."), number=number, state=label(done.state))
    if done.accounts:
        names = ", ".join(done.accounts)
        app.warn(_("Before it can be cancelled, bind to another number: {names}."), names=names)


@sim.command(help=_("Note that a number is not to be cancelled after all."))
@argument("number")
@WHY
@pass_app
def keep(app: App, number: str, reason: str) -> None:
    done = app.client.keep_sim(number, MoveIn(reason=reason))
    app.answer(done, _("The SIM {number}: {state}."), number=number, state=label(done.state))


@sim.command(help=_("Note that the carrier has cancelled a number; no account may be bound to it."))
@argument("number")
@WHY
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def cancel(app: App, number: str, reason: str, *, dry_run: bool, yes: bool) -> None:
    one = app.client.sim(number)
    names = ", ".join(one.accounts) or say("none")
    sentence = _("{number} is cancelled for good. Accounts bound to it: {names}.")
    app.client.cancel_sim(number, MoveIn(reason=reason), dry_run=True)  # what is refused, is here
    if dry_run:
        app.answer(one, sentence, number=one.number, names=names)
        app.say(_("Nothing was changed: this was a dry run."))
        return
    app.confirm(sentence, yes=yes, number=one.number, names=names)
    done = app.client.cancel_sim(number, MoveIn(reason=reason))
    app.answer(done, _("The SIM {number}: {state}."), number=number, state=label(done.state))


@sim.command(help=_("Show, or set with --days, how long a freed number rests before reuse."))
@option("--days", type=click.IntRange(0, 3650), help=_("From now on; 0: not at all."))
@option("--reason", metavar="TEXT", help=_("Why; asked when left out."))
@pass_app
def policy(app: App, days: int | None, reason: str | None) -> None:
    from cli.prompts import reason as asked

    if days is None:
        found = app.client.number_policy()
    else:
        body = NumberPolicyIn(quarantine_days=days, reason=asked(reason, _("Reason")))
        found = app.client.set_number_policy(body)
    rows = [
        (_("A freed number rests (days)"), found.quarantine_days),
        (_("Set by"), found.set_by),
        (_("Set at"), found.set_at),
        (_("Reason"), found.reason),
    ]
    app.fields(found, rows)


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


add_to(sim, RecordKind.SIM)
