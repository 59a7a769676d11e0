"""`workfleet policy …`: what is demanded of PINs and passwords, where, and from which day on."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any

import click

from cli.compliance import coverage
from cli.context import DRY_RUN, App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.moments import hours, moment
from cli.options import WHY
from cli.output import Column, text_of
from cli.speaking import Option, group, option
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.policies import (
    Characters,
    Pattern,
    PolicyIn,
    PolicyOut,
    PolicyQuery,
    PolicySetOut,
    PolicyShowQuery,
    Trigger,
)
from fleet.contracts.words import _, say

NOTHING = "nothing"


@group(_("What is demanded of PINs and passwords, and when they are due."))
def policy() -> None:
    pass


policy.add_command(coverage)  # of every clause, whoever demands it


KIND = option(
    "--kind",
    type=click.Choice([kind.value for kind in CredentialKind]),
    required=True,
    help=_("PINs of phones, passwords or bindings of accounts, PINs or PUKs of SIMs."),
)
DEPARTMENT = option(
    "--department", metavar="CODE", help=_("In this department and beneath it; all when left out.")
)
AT: dict[str, Any] = {"type": click.DateTime(), "callback": moment, "metavar": "DAY"}


def _quiet(one: PolicyOut) -> str:
    return f"{one.quiet_from}-{one.quiet_until}" if one.quiet_from else ""


COLUMNS = (
    Column(_("What"), lambda one: label(one.kind)),
    Column(_("Department"), lambda one: one.department or say("all")),
    Column(_("From"), lambda one: one.effective_from),
    Column(_("In force"), lambda one: one.in_force),
    Column(_("Days"), lambda one: _days(one.max_age_days), right=True),
    Column(_("Length"), lambda one: one.length, right=True),
    Column(_("Bits"), lambda one: one.bits, right=True),
    Column(_("Quiet"), _quiet, spare=True),
    Column(_("Set by"), lambda one: one.set_by),
    Column(_("Why"), lambda one: one.reason, long=True),
)
_list = list_command(
    Listing(
        help=_("List policies in force, or every version that ever was or will be."),
        query=PolicyQuery,
        fetch=lambda client, query: client.policies(query),
        columns=COLUMNS,
        empty=_("Nobody has set one: the settings of the server say it. See `policy show`."),
        filters={
            "kind": _("Only for this kind of value."),
            "department": _("Only set for this very department."),
        },
    )
)
_list.params += [
    Option(["--at"], help=_("What was, or will be, in force on this day."), **AT),
    Option(["--history"], is_flag=True, help=_("Every version, not those in force alone.")),
]
policy.add_command(_list)


@policy.command(help=_("Show what holds for a kind of value, and how many values that leaves."))
@KIND
@DEPARTMENT
@option("--at", help=_("As it was, or will be, on this day."), **AT)
@pass_app
def show(app: App, kind: str, department: str | None, at: datetime | None) -> None:
    asked = PolicyShowQuery(kind=CredentialKind(kind), department=department, at=at)
    _show(app, app.client.policy(asked))


def _show(app: App, one: PolicyOut) -> None:
    rows: list[tuple[str, object]] = [
        (_("What"), label(one.kind)),
        (_("Department"), one.department or say("all")),
        (_("Set by"), one.set_by or say("the settings of the server")),
        (_("Why"), one.reason),
        (_("From"), one.effective_from),
        (_("Days until it is too old"), _days(one.max_age_days)),
        (_("Warned days before"), one.warning_days),
        (_("Length"), one.length),
        (_("Made of"), [label(name) for name in one.classes]),
        (_("Earlier values not used again"), one.history),
        (_("Never made of"), [label(name) for name in one.patterns]),
        (_("Due at once after"), [label(name) for name in one.events]),
        (_("Hours until due after it was shown"), one.disclosure_hours),
        (_("Quiet hours"), _quiet(one)),
        (_("Values to draw from"), _values(one)),
    ]
    app.fields(one, rows)


def _days(days: int) -> str:
    return str(days) if days else say("never")


def _values(one: PolicyOut) -> str:
    if one.allowed is None:
        return say("none is drawn: the carrier or a person chooses it")
    count = f"{int(one.allowed):,}"
    if one.exact:
        return say("{count} ({bits} bits)", count=count, bits=one.bits)
    return say("at least {count} ({bits} bits)", count=count, bits=one.bits)


def several(
    name: str, kinds: type[StrEnum], text: str, field: str
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option that names some of a set; the word `nothing` names none, where it may."""
    none = [] if kinds is Characters else [NOTHING]
    choice = click.Choice([*(kind.value for kind in kinds), *none])
    return option(name, field, type=choice, multiple=True, help=text)


@policy.command("set", help=_("Add a version: what is left out stays as it is in force then."))
@KIND
@DEPARTMENT
@WHY
@option("--from", "effective_from", help=_("From this day on; at once when left out."), **AT)
@option("--max-age", "max_age_days", type=int, help=_("Days until a value is too old; 0: never."))
@option("--warning", "warning_days", type=int, help=_("Days before that in which it is listed."))
@option("--length", type=int, help=_("Digits or characters of a new value."))
@several("--class", Characters, _("What a new value is made of; may be repeated."), "classes")
@option("--remember", "history", type=int, help=_("So many earlier values are not used again."))
@several("--forbid", Pattern, _("What no PIN is made of; may be repeated."), "patterns")
@several("--due-on", Trigger, _("What makes a value due at once; may be repeated."), "events")
@option("--quiet", metavar="22:00-06:30", help=_("No visit begins then unless a person asks."))
@option("--no-quiet", is_flag=True, help=_("Visits begin at every hour."))
@option("--disclosure-hours", type=int, help=_("Hours until due after a value was shown."))
@option("--inherit", "inherits", is_flag=True, help=_("The department has none of its own now."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@pass_app
def set_(app: App, /, quiet: str | None, **given: Any) -> None:
    for name in ("classes", "patterns", "events"):
        given[name] = _some(given[name])
    given["quiet_from"], given["quiet_until"] = hours(quiet)
    body = PolicyIn.model_validate({key: one for key, one in given.items() if one is not None})
    _tell(app, app.client.set_policy(body))


def _some(words: tuple[str, ...]) -> list[str] | None:
    if not words:
        return None
    return [word for word in words if word != NOTHING]


def _tell(app: App, done: PolicySetOut) -> None:
    app.answer(done)
    if not app.for_people:
        return
    _show(app, done.policy)
    app.line()
    app.say(_("It applies to {count} values. Due, as it stands and by it:"), count=done.credentials)
    for one in done.falls_due:
        app.line(f"  {_by(one.days)}: {one.now} → {one.then}")
    if done.dry_run:
        app.say(_("Nothing was changed: this was a dry run."))
    else:
        app.say(_("Set, from {when} on."), when=text_of(done.policy.effective_from))


def _by(days: int) -> str:
    return say("in {days} days", days=days) if days else say("now")
