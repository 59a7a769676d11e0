"""`workfleet remedy …`: what stations do on phones against findings, and the way back."""

from collections.abc import Iterator
from typing import Any, Final

import click

from cli.context import DRY_RUN, YES, App, pass_app
from cli.exits import NOT_SO
from cli.labels import label
from cli.lists import Listing, list_command
from cli.output import Column
from cli.speaking import argument, group, option
from fleet.contracts.findings import Rule
from fleet.contracts.remedies import RemedyAction, Seen
from fleet.contracts.remedying import (
    RemedyIn,
    RemedyLineOut,
    RemedyOut,
    RemedyPlanIn,
    RemedyPlanOut,
    RemedyQuery,
)
from fleet.contracts.words import _, say


@group(_("Remedies: what stations do on phones against findings, with proof, and the way back."))
def remedy() -> None:
    pass


def _to_what(one: RemedyOut | RemedyLineOut) -> str | None:
    """Return "com.example.game", and for which user of the phone where it is not the first."""
    if one.package is None or not one.user:
        return one.package
    return say("{package}, user {user}", package=one.package, user=one.user)


def _version(one: RemedyOut | RemedyLineOut) -> str | None:
    return one.version


remedy.add_command(
    list_command(
        Listing(
            help=_("List remedies, newest first."),
            query=RemedyQuery,
            fetch=lambda client, query: client.remedies(query),
            columns=(
                Column(_("Number"), lambda one: one.number),
                Column(_("Phone"), lambda one: one.device),
                Column(_("What"), lambda one: label(one.action)),
                Column(_("App"), _to_what, spare=True),
                Column(_("State"), lambda one: label(one.state)),
                Column(_("Level"), lambda one: one.level),
                Column(_("Finding"), lambda one: one.finding, spare=True),
                Column(_("Asked by"), lambda one: one.asked_by, spare=True),
                Column(_("Planned"), lambda one: one.planned_at),
                Column(_("Ended"), lambda one: one.ended_at, spare=True),
                Column(_("Why it ended so"), lambda one: one.sentence, spare=True, long=True),
            ),
            empty=_("No remedy fits."),
            filters={
                "state": _("Only this state."),
                "action": _("Only this."),
                "device": _("Only this phone (tag)."),
                "finding": _("Only what was done against this finding."),
                "rule": _("Only what was done against this rule."),
                "package": _("Only of this app, by its package."),
            },
        )
    )
)

LINES: Final = (
    Column(_("Phone"), lambda one: one.device),
    Column(_("Finding"), lambda one: one.finding, spare=True),
    Column(_("What"), lambda one: label(one.action)),
    Column(_("App"), _to_what, spare=True),
    Column(_("Version"), _version, spare=True),
    Column(_("Way back"), lambda one: label(one.undo) if one.undo else one.no_way_back, long=True),
    Column(_("In the way"), lambda one: one.in_the_way, spare=True, long=True),
    Column(_("Remedy"), lambda one: one.remedy, spare=True),
)


@remedy.command(help=_("Have stations do something against findings, or on phones."))
@option("--finding", "findings", multiple=True, metavar="NUMBER", help=_("Against this finding."))
@option(
    "--rule",
    type=click.Choice([rule.value for rule in Rule]),
    metavar="RULE",
    help=_("Against everything open that breaks this rule."),
)
@option("--department", metavar="CODE", help=_("With --rule: only in this very department."))
@option(
    "--device", "devices", multiple=True, metavar="TAG", help=_("On this phone; with --action.")
)
@option(
    "--action",
    type=click.Choice([action.value for action in RemedyAction]),
    help=_("What is done; with a finding or a rule what it says first when left out."),
)
@option("--package", metavar="NAME", help=_("To this app."))
@option("--user", type=click.IntRange(min=0), help=_("For this user of the phone alone."))
@option("--apk", metavar="DIGEST", help=_("From this file; from the newest when left out."))
@option("--reason", metavar="TEXT", help=_("Why; kept in the trail."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@click.pass_context
def plan(ctx: click.Context, /, *, dry_run: bool, yes: bool, **given: Any) -> None:
    app: App = ctx.obj
    if sum(bool(given[name]) for name in ("findings", "rule", "devices")) != 1:
        raise click.UsageError(say("Name findings, a rule, or phones: one of them."))
    told = {name: value for name, value in given.items() if value}
    asked = RemedyPlanIn.model_validate({**told, "user": given["user"]})
    foreseen = _together(_parts(app, asked.model_copy(update={"dry_run": True})))
    if dry_run:
        _show_plan(app, foreseen)
        app.say(_("Nothing was changed: this was a dry run."))
        return
    if foreseen.planned:
        _ask(app, foreseen, yes=yes)
    done = _together(_parts(app, asked))
    _show_plan(app, done)
    app.say(_("Planned: {count}. Follow them with `workfleet remedy list`."), count=done.planned)
    if done.lines and not done.planned:
        ctx.exit(NOT_SO)


def _parts(app: App, asked: RemedyPlanIn) -> Iterator[RemedyPlanOut]:
    """Give part after part of what breaks a rule, each stored by itself."""
    while True:
        part = app.client.plan_remedies(asked)
        yield part
        if part.next is None:
            return
        asked = asked.model_copy(update={"after": part.next})


def _together(parts: Iterator[RemedyPlanOut]) -> RemedyPlanOut:
    every = list(parts)
    return every[0].model_copy(
        update={
            "lines": [line for part in every for line in part.lines],
            "planned": sum(part.planned for part in every),
            "next": None,
        }
    )


def _ask(app: App, foreseen: RemedyPlanOut, *, yes: bool) -> None:
    if app.for_people and not yes:
        _show_plan(app, foreseen)
    for_good = sum(line.code is None and line.undo is None for line in foreseen.lines)
    app.confirm(
        _("Stations will do this: {count}, of which {for_good} cannot be taken back."),
        yes=yes,
        count=foreseen.planned,
        for_good=for_good,
    )


def _show_plan(app: App, planned: RemedyPlanOut) -> None:
    app.answer(planned)
    if app.for_people:
        app.table(planned.lines, LINES, empty=_("Nothing is open against which it would be done."))


@remedy.command(help=_("Show a remedy: what the phone showed before and after it."))
@argument("number")
@pass_app
def show(app: App, number: str) -> None:
    one = app.client.remedy(number)
    app.fields(one, _rows(one))


def _rows(one: RemedyOut) -> list[tuple[str, object]]:
    return [
        (_("Number"), one.number),
        (_("Phone"), one.device),
        (_("What"), label(one.action)),
        (_("App"), _to_what(one)),
        (_("Version"), _version(one)),
        (_("Finding"), one.finding),
        (_("Rule"), one.rule),
        (_("State"), label(one.state)),
        (_("Level"), one.level),
        (_("Asked by"), one.asked_by),
        (_("Reason"), one.asked_because),
        (_("Planned"), one.planned_at),
        (_("Ended"), one.ended_at),
        (_("Why it ended so"), one.sentence or (one.reason and label(one.reason))),
        (_("The phone's own word"), one.word),
        (_("Before"), _stood(one.before)),
        (_("After"), _stood(one.after)),
        (_("Way back"), one.undo and label(one.undo)),
        (_("Takes back"), one.undo_of),
        (_("Taken back by"), one.undone_by),
        (_("Build"), one.build),
        (_("Digest of what was seen"), one.digest),
    ]


SHOWN: Final = {
    "app": ("installed", "enabled", "version_name", "version_code"),
    "wireless": ("switch", "port", "port_at_start"),
}


def _stood(seen: Seen | None) -> str | None:
    """Return "installed no, enabled no"; what a phone did not tell is left out."""
    if seen is None:
        return None
    told = ((name, getattr(seen, name)) for name in SHOWN[seen.of])
    return ", ".join(f"{label(name)} {_word(value)}" for name, value in told if value is not None)


def _word(value: object) -> str:
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    return str(value)


WHY: Final = option("--reason", metavar="TEXT", help=_("Why; kept in the trail."))


@remedy.command(help=_("Take a remedy back that was carried out, as a remedy of its own."))
@argument("number")
@WHY
@option("--yes", is_flag=True, help=YES)
@pass_app
def undo(app: App, number: str, reason: str | None, *, yes: bool) -> None:
    one = app.client.remedy(number)
    if one.undo is not None:
        app.confirm(
            _("{tag}: {what}."),
            yes=yes,
            tag=one.device,
            what=" ".join(filter(None, (label(one.undo), _to_what(one)))),
        )
    done = app.client.undo_remedy(number, RemedyIn(reason=reason))
    app.answer(done, _("{number} will take {earlier} back."), number=done.number, earlier=number)


@remedy.command(help=_("Call a remedy off that no station is at now."))
@argument("number")
@pass_app
def cancel(app: App, number: str) -> None:
    done = app.client.cancel_remedy(number)
    app.answer(done, _("{number}: {state}."), number=done.number, state=label(done.state))
