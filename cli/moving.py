"""`workfleet transfer`, `swap` and `join`: an employee moves, gets another phone, or begins."""

from datetime import datetime, timedelta
from typing import Final

import click

from cli.case_views import begin
from cli.context import DRY_RUN, YES, App, pass_app
from cli.people import DAY
from cli.speaking import argument, command, option
from fleet.contracts.accounts import AccountKind
from fleet.contracts.cases import JoiningIn, SwapIn, TransferIn
from fleet.contracts.clock import now
from fleet.contracts.words import _, say

WEEK: Final = timedelta(days=7)
BY: Final = option("--by", type=DAY, metavar="DATE", help=_("Last day; in a week if left out."))
PLAN: Final = option(
    "--plan", "plan_only", is_flag=True, help=_("Show the plan, and start nothing.")
)
HINT: Final = _("Start it? Leave --plan or --dry-run out.")


def _day(by: datetime | None) -> datetime:
    return by or now().astimezone() + WEEK


@command(_("Move an employee to another department, with what he keeps and what stays behind."))
@argument("employee")
@option("--to", required=True, metavar="CODE", help=_("Code of the department he goes to."))
@BY
@option("--successor", metavar="NUMBER", help=_("Who takes over what stays with the department."))
@option("--swap", is_flag=True, help=_("His phone stays too, and he gets another."))
@PLAN
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def transfer(
    app: App,
    employee: str,
    to: str,
    by: datetime | None,
    successor: str | None,
    *,
    swap: bool,
    plan_only: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    body = TransferIn(employee=employee, to=to, by=_day(by).date(), successor=successor, swap=swap)
    only = plan_only or dry_run
    begin(app, app.client.open_transfer_case, body, plan_only=only, yes=yes, hint=say(HINT))


@command(_("Have another phone take the place of one: for repair, or for good."))
@argument("tag")
@option("--for", "replacement", metavar="TAG", help=_("The phone that comes; any if left out."))
@option("--reason", required=True, metavar="TEXT", help=_("What is wrong with it."))
@BY
@PLAN
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def swap(
    app: App,
    tag: str,
    replacement: str | None,
    reason: str,
    by: datetime | None,
    *,
    plan_only: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    body = SwapIn(device=tag, replacement=replacement, reason=reason, by=_day(by).date())
    only = plan_only or dry_run
    begin(app, app.client.open_swap_case, body, plan_only=only, yes=yes, hint=say(HINT))


@command(_("Have an employee handed what he needs by his first day."))
@argument("employee")
@BY
@option("--no-phone", is_flag=True, help=_("He gets no phone."))
@option("--no-sim", is_flag=True, help=_("He gets no SIM."))
@option(
    "--account",
    "accounts",
    type=click.Choice([kind.value for kind in AccountKind]),
    multiple=True,
    help=_("An account he gets; may be repeated. WeChat when left out."),
)
@option("--no-account", is_flag=True, help=_("He gets no account."))
@PLAN
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def join(
    app: App,
    employee: str,
    by: datetime | None,
    accounts: tuple[str, ...],
    *,
    no_phone: bool,
    no_sim: bool,
    no_account: bool,
    plan_only: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    kinds = [] if no_account else [AccountKind(one) for one in accounts or ("wechat",)]
    body = JoiningIn(
        employee=employee,
        by=_day(by).date(),
        phone=not no_phone,
        sim=not no_sim,
        accounts=kinds,
    )
    only = plan_only or dry_run
    begin(app, app.client.open_joining_case, body, plan_only=only, yes=yes, hint=say(HINT))
