"""`workfleet naming …`: how accounts are named, and which are not named so."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from cli import exits
from cli.context import DRY_RUN, App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.moments import moment
from cli.options import WHY
from cli.output import Column
from cli.speaking import Option, argument, group, option
from fleet.contracts.accounts import AccountKind
from fleet.contracts.naming import (
    AgreeIn,
    DeviationOut,
    DeviationQuery,
    NamedIn,
    NamingCheckOut,
    NamingCheckQuery,
    NamingRuleIn,
    NamingRuleOut,
    NamingRuleQuery,
    NamingShowQuery,
)
from fleet.contracts.words import _, say


@group(_("How accounts are named, and which are not named so."))
def naming() -> None:
    pass


KIND = option(
    "--kind",
    type=click.Choice([kind.value for kind in AccountKind]),
    default="wechat",
    show_default=True,
    help=_("Accounts of this kind."),
)
DEPARTMENT = option(
    "--department", metavar="CODE", help=_("In this department and beneath it; all when left out.")
)
AT: dict[str, Any] = {"type": click.DateTime(), "callback": moment, "metavar": "DAY"}


def _else(one: NamingRuleOut) -> str:
    if one.refuse:
        return say("is refused")
    return say("is due in {days} days", days=one.due_days)


_list = list_command(
    Listing(
        help=_("List rules in force, or every version that ever was or will be."),
        query=NamingRuleQuery,
        fetch=lambda client, query: client.naming_rules(query),
        columns=(
            Column(_("What"), lambda one: label(one.kind)),
            Column(_("Department"), lambda one: one.department or say("all")),
            Column(_("From"), lambda one: one.effective_from),
            Column(_("Template"), lambda one: one.template),
            Column(_("Length"), lambda one: f"{one.least}–{one.most}"),
            Column(_("Else"), _else),
            Column(_("Set by"), lambda one: one.set_by),
            Column(_("Why"), lambda one: one.reason, long=True),
        ),
        empty=_("Nobody has said how accounts are named: workfleet naming set"),
        filters={
            "kind": _("Only for this kind of account."),
            "department": _("Only set for this very department."),
        },
    )
)
_list.params += [
    Option(["--at"], help=_("What was, or will be, in force on this day."), **AT),
    Option(["--history"], is_flag=True, help=_("Every version, not those in force alone.")),
]
naming.add_command(_list)


@naming.command(help=_("Show how accounts of a kind are named in a department."))
@KIND
@DEPARTMENT
@option("--at", help=_("As it was, or will be, on this day."), **AT)
@pass_app
def show(app: App, kind: str, department: str | None, at: datetime | None) -> None:
    asked = NamingShowQuery(kind=AccountKind(kind), department=department, at=at)
    _show(app, app.client.naming_rule(asked))


def _show(app: App, one: NamingRuleOut) -> None:
    rows = [
        (_("What"), label(one.kind)),
        (_("Department"), one.department or say("all")),
        (_("Template"), one.template),
        (_("Company"), one.company),
        (_("Length"), f"{one.least}–{one.most}"),
        (_("What deviates"), _else(one)),
        (_("From"), one.effective_from),
        (_("Set by"), one.set_by),
        (_("Why"), one.reason),
    ]
    app.fields(one, rows)


@naming.command("set", help=_("Add a version: what is left out stays as it is in force then."))
@KIND
@DEPARTMENT
@WHY
@option(
    "--template",
    metavar="TEXT",
    help=_("Made of text and {company} {dept} {name} {number} {position} {seq}."),
)
@option("--company", metavar="NAME", help=_("What {company} stands for."))
@option("--least", type=int, help=_("Characters, at least."))
@option("--most", type=int, help=_("Characters, at most."))
@option("--refuse/--warn", default=None, help=_("What deviates is refused, or told and due."))
@option("--due-days", type=int, help=_("Days in which a nickname is to be changed."))
@option("--from", "effective_from", help=_("From this day on; at once when left out."), **AT)
@option("--inherit", "inherits", is_flag=True, help=_("The department has none of its own now."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@pass_app
def set_(app: App, /, **given: Any) -> None:
    body = NamingRuleIn.model_validate({key: one for key, one in given.items() if one is not None})
    done = app.client.set_naming_rule(body)
    app.answer(done)
    if not app.for_people:
        return
    _show(app, done.rule)
    told = {"count": done.accounts, "deviating": done.deviating}
    app.say(_("It applies to {count} accounts; {deviating} are named otherwise."), **told)
    if done.dry_run:
        app.say(_("Nothing was changed: this was a dry run."))


@naming.command(help=_("Say whether an account is named as its rule says."))
@argument("account")
@option("--nickname", help=_("If it were called so."))
@pass_app
@click.pass_context
def check(ctx: click.Context, app: App, account: str, nickname: str | None) -> None:
    found = app.client.check_name(NamingCheckQuery(account=account, nickname=nickname))
    rows = [
        (_("Account"), found.account),
        (_("Holder"), found.holder),
        (_("Department"), found.department),
        (_("Template"), found.template or say("no rule is in force")),
        (_("Nickname"), found.nickname),
        (_("What deviates"), _faults(found)),
        (_("Nickname proposed"), found.proposed),
    ]
    app.fields(found, rows)
    ctx.exit(exits.NOT_SO if found.faults else exits.OK)


def _faults(one: DeviationOut | NamingCheckOut) -> str:
    return ", ".join(map(label, one.faults))


@naming.command(help=_("Propose a nickname for an account: one that fits and that nobody has."))
@argument("account")
@pass_app
def propose(app: App, account: str) -> None:
    found = app.client.check_name(NamingCheckQuery(account=account))
    if not found.faults:
        app.answer(found, _("{account} is named as it should be."), account=found.account)
        return
    app.answer(found, (found.proposed and "{proposed}") or NONE_FITS, proposed=found.proposed)


NONE_FITS = _("No nickname that fits could be found.")


naming.add_command(
    list_command(
        Listing(
            help=_("List accounts that are named otherwise than their rules say."),
            query=DeviationQuery,
            fetch=lambda client, query: client.deviations(query),
            columns=(
                Column(_("Number"), lambda one: one.number),
                Column(_("Account"), lambda one: one.account),
                Column(_("Holder"), lambda one: one.holder),
                Column(_("Nickname"), lambda one: one.nickname),
                Column(_("What deviates"), _faults, long=True),
                Column(_("Is to be"), lambda one: one.wanted or one.proposed),
                Column(_("State"), lambda one: label(one.state)),
                Column(_("Due"), lambda one: one.due_at),
            ),
            empty=_("Every account is named as it should be."),
            filters={
                "state": _("Only in this state."),
                "kind": _("Only for this kind of account."),
            },
            flags={"overdue": _("Those alone that should be mended by now.")},
        ),
        "deviations",
    )
)


@naming.command(help=_("Agree on the nickname that is proposed, or on another one."))
@argument("number")
@option("--nickname", help=_("Another one than is proposed."))
@pass_app
def accept(app: App, number: str, nickname: str | None) -> None:
    done = app.client.agree_on_name(number, AgreeIn(nickname=nickname))
    told = {"account": done.account, "nickname": done.wanted}
    app.answer(done, _("{account} is to be called {nickname}."), **told)
    app.say(_("Once it is set in the app: workfleet naming done {number}"), number=number)


@naming.command(help=_("Note that the nickname was set in the app."))
@argument("number")
@option(
    "--picture",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help=_("A picture of the phone that shows it; its digest is kept, and not the picture."),
)
@pass_app
def done(app: App, number: str, picture: Path | None) -> None:
    digest = hashlib.sha256(picture.read_bytes()).hexdigest() if picture else None
    ended = app.client.note_name_set(number, NamedIn(picture=digest))
    told = {"account": ended.account, "nickname": ended.wanted, "level": label(ended.level or "")}
    app.answer(ended, _("{account} is called {nickname} ({level})."), **told)
