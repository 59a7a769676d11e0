"""`workfleet account …`: work WeChat, WeCom and official accounts."""

from datetime import date, datetime
from typing import Any

import click

from cli.bin import add_to
from cli.context import DRY_RUN, YES, App, pass_app
from cli.history import show_account_on
from cli.labels import label
from cli.lists import Listing, list_command
from cli.options import WHY
from cli.output import Column
from cli.people import DAY
from cli.said import Said, answered, corrected, options, tell, told
from cli.speaking import argument, group, option
from fleet.contracts.accounts import (
    AccountEdit,
    AccountIn,
    AccountKind,
    AccountQuery,
    RegistrantStanding,
)
from fleet.contracts.bin import RecordKind
from fleet.contracts.cases import AccountOnQuery
from fleet.contracts.custody import ReturnIn
from fleet.contracts.incidents import MoveIn
from fleet.contracts.words import _

KINDS = click.Choice([kind.value for kind in AccountKind])


@group(_("Work WeChat, WeCom and official accounts."))
def account() -> None:
    pass


account.add_command(
    list_command(
        Listing(
            help=_("List accounts."),
            query=AccountQuery,
            fetch=lambda client, query: client.accounts(query),
            columns=(
                Column(_("Handle"), lambda one: one.handle),
                Column(_("Kind"), lambda one: label(one.kind)),
                Column(_("Nickname"), lambda one: one.nickname),
                Column(_("State"), lambda one: label(one.state)),
                Column(_("Holder"), lambda one: one.holder and one.holder.name),
                Column(_("Phone"), lambda one: one.device),
                Column(_("Password"), lambda one: one.password),
                Column(_("Due"), lambda one: one.password_due_at),
            ),
            empty=_("No account fits."),
            filters={
                "kind": _("Only this kind."),
                "state": _("Only this state, like in_stock or issued."),
                "holder": _("Only accounts of this employee (number)."),
                "department": _("Only this department (its code)."),
                "device": _("Only those used on this phone (its tag)."),
                "number": _("Only those bound to this number."),
                "registrant_standing": _("Only those whose registrant is that to the company."),
                "real_name": _("Only those whose real name is certified, is not, or nobody knows."),
                "card_bound": _("Only those with a bank card, without one, or nobody knows."),
            },
        )
    )
)


@account.command(help=_("Show an account; never its password."))
@argument("handle")
@pass_app
def show(app: App, handle: str) -> None:
    one = app.client.account(handle)
    rows = [
        (_("Handle"), one.handle),
        (_("Kind"), label(one.kind)),
        (_("Nickname"), one.nickname),
        (_("Bound number"), one.number),
        (_("Bound QQ or e-mail"), one.contact),
        (_("Real name certified"), answered(one.real_name)),
        (_("Bank card bound"), answered(one.card_bound)),
        (_("Contacts outside"), one.contacts),
        (_("Counted on"), one.contacts_on),
        (_("First registered by"), one.registrant),
        (_("Who is"), one.registrant_standing and label(one.registrant_standing)),
        (_("Administrators"), one.administrators),
        (_("Department"), one.department),
        (_("In use since"), one.opened_on),
        (_("State"), label(one.state)),
        (_("Holder"), one.holder),
        (_("Phone"), one.device),
        (_("Password"), one.password),
        (_("Password changed"), one.password_changed_at),
        (_("Password due"), one.password_due_at),
        (_("Note"), one.note),
    ]
    app.fields(one, rows)


SAID = (
    Said("nickname", "--nickname", _("The name others see.")),
    Said("number", "--number", _("The phone number it is bound to.")),
    Said("contact", "--contact", _("The QQ or e-mail it is bound to.")),
    Said("real_name", "--real-name", _("Whether its real name is certified."), bool),
    Said("card_bound", "--card", _("Whether a bank card is bound to it."), bool),
    Said("contacts", "--contacts", _("How many contacts outside of the company it has."), int),
    Said("contacts_on", "--contacts-on", _("Day they were counted; today if not."), date, "DATE"),
    Said("registrant", "--registrant", _("Who registered it first.")),
    Said(
        "registrant_standing",
        "--standing",
        _("What the registrant is to the company."),
        RegistrantStanding,
    ),
    Said("administrators", "--administrators", _("Who administers an official account.")),
    Said("department", "--department", _("Whose account it is."), metavar="CODE"),
    Said("opened_on", "--opened", _("Day it came into use, like 2026-03-01."), date, "DATE"),
    Said("note", "--note", _("Anything worth keeping.")),
)


@account.command(help=_("Enter an account."))
@argument("handle")
@option("--kind", type=KINDS, default="wechat", show_default=True, help=_("What it is."))
@options(SAID)
@pass_app
def add(app: App, /, handle: str, kind: str, **given: Any) -> None:
    body = AccountIn(handle=handle, kind=AccountKind(kind), **told(given))
    made = app.client.add_account(body)
    app.answer(made, _("The account {handle} is in stock."), handle=made.handle)


@account.command(help=_("Correct what the register says of an account; never its password."))
@argument("handle")
@options(SAID, clearing=True)
@pass_app
def edit(app: App, /, handle: str, clear: tuple[str, ...], *, dry_run: bool, **given: Any) -> None:
    changes = corrected(SAID, given, clear)
    before = app.client.account(handle)
    after = app.client.correct_account(handle, AccountEdit(**changes), dry_run=dry_run)
    tell(app, before, after, SAID, dry_run=dry_run)


@account.command(help=_("Note that an account was given up in its app for good."))
@argument("handle")
@WHY
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def deregister(app: App, handle: str, reason: str, *, dry_run: bool, yes: bool) -> None:
    one = app.client.account(handle)
    sentence = _("{handle} ({state}) is deregistered for good.")
    app.client.deregister_account(handle, MoveIn(reason=reason), dry_run=True)  # refused, if it is
    if dry_run:
        app.answer(one, sentence, handle=one.handle, state=label(one.state))
        app.say(_("Nothing was changed: this was a dry run."))
        return
    app.confirm(sentence, yes=yes, handle=one.handle, state=label(one.state))
    done = app.client.deregister_account(handle, MoveIn(reason=reason))
    app.answer(done, _("{handle}: {state}."), handle=done.handle, state=label(done.state))


@account.command(help=_("Note that an account was frozen in its app: nobody is to use it."))
@argument("handle")
@WHY
@pass_app
def freeze(app: App, handle: str, reason: str) -> None:
    done = app.client.freeze_account(handle, MoveIn(reason=reason))
    app.answer(done, _("{handle}: {state}."), handle=done.handle, state=label(done.state))


@account.command(help=_("Note that a frozen account is in use again; it comes back first."))
@argument("handle")
@WHY
@pass_app
def thaw(app: App, handle: str, reason: str) -> None:
    done = app.client.thaw_account(handle, MoveIn(reason=reason))
    app.answer(done, _("{handle}: {state}."), handle=done.handle, state=label(done.state))


@account.command(help=_("Show who held an account, who could read it, and was it known."))
@argument("handle")
@option("--on", type=DAY, metavar="DATE", help=_("On this day alone, like 2026-03-03."))
@pass_app
def history(app: App, handle: str, on: datetime | None) -> None:
    query = AccountOnQuery(on=on.date() if on else None)
    show_account_on(app, app.client.account_on(handle, query))


@account.command("return", help=_("Take an account back from its holder."))
@argument("handle")
@option("--note", help=_("Anything worth keeping."))
@pass_app
def return_(app: App, handle: str, note: str | None) -> None:
    back = app.client.return_account(handle, ReturnIn(note=note))
    state = label(back.state)
    app.answer(back, _("The account {handle} is back: {state}."), handle=handle, state=state)


add_to(account, RecordKind.ACCOUNT)
