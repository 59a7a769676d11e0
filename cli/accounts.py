"""`workfleet account …`: work WeChat, WeCom and official accounts."""

from datetime import datetime

import click

from cli.context import App, pass_app
from cli.history import show_account_on
from cli.labels import label
from cli.lists import Listing, list_command
from cli.options import WHY
from cli.output import Column
from cli.people import DAY
from cli.speaking import argument, group, option
from fleet.contracts.accounts import AccountIn, AccountKind, AccountQuery
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
        (_("First registered by"), one.registrant),
        (_("Department"), one.department),
        (_("State"), label(one.state)),
        (_("Holder"), one.holder),
        (_("Phone"), one.device),
        (_("Password"), one.password),
        (_("Password changed"), one.password_changed_at),
        (_("Password due"), one.password_due_at),
    ]
    app.fields(one, rows)


@account.command(help=_("Enter an account."))
@argument("handle")
@option("--kind", type=KINDS, default="wechat", show_default=True, help=_("What it is."))
@option("--nickname", help=_("The name others see."))
@option("--number", help=_("The phone number it is bound to."))
@option("--registrant", help=_("Who registered it first."))
@option("--department", metavar="CODE", help=_("Whose account it is."))
@pass_app
def add(
    app: App,
    handle: str,
    kind: str,
    nickname: str | None,
    number: str | None,
    registrant: str | None,
    department: str | None,
) -> None:
    body = AccountIn(
        handle=handle,
        kind=AccountKind(kind),
        nickname=nickname,
        number=number,
        registrant=registrant,
        department=department,
    )
    made = app.client.add_account(body)
    app.answer(made, _("The account {handle} is in stock."), handle=made.handle)


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
