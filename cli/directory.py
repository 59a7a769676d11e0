"""`workfleet directory …`: the company's list of its people, and what it proposes."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import exits
from cli.context import DRY_RUN, YES, App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.options import WHY
from cli.output import Column, show_data, show_table
from cli.people import DAY
from cli.registers import REMARKS, send
from cli.speaking import argument, group, option
from fleet.contracts.directory import (
    AT_ONCE,
    AcceptIn,
    DecisionOut,
    DecisionsOut,
    DismissIn,
    ProposalKind,
    ProposalOut,
    ProposalQuery,
    SaidOut,
    SyncOut,
    SyncQuery,
)
from fleet.contracts.words import _, language, say

if TYPE_CHECKING:
    from collections.abc import Callable

    Decide = Callable[[dict[str, Any]], DecisionsOut]


@group(_("The company's list of its people, and what it proposes."))
def directory() -> None:
    pass


@directory.command(help=_("Compare a whole list of people with the register: it makes proposals."))
@argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@option(
    "--allow-leavers",
    type=click.IntRange(min=0),
    metavar="COUNT",
    help=_("So many may leave, although it is a crowd; an administrator says it."),
)
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
@click.pass_context
def sync(
    ctx: click.Context,
    app: App,
    file: Path,
    allow_leavers: int | None,
    *,
    dry_run: bool,
    yes: bool,
) -> None:
    found = send(app, file, app.client.sync_directory, SyncQuery(dry_run=True))
    if dry_run or found.refused:
        _tell(app, found)
        app.say(_("Nothing was stored."))
        ctx.exit(exits.INVALID if found.refused else exits.OK)
    if app.for_people:
        _tell(app, found)
    count = sum(found.proposed.values())
    sentence = _("{count} proposals are made, {withdrawn} withdrawn; nobody is changed yet.")
    app.confirm(sentence, yes=yes, count=count, withdrawn=found.withdrawn)
    query = SyncQuery(allow_leavers=allow_leavers)
    done = send(app, file, app.client.sync_directory, query)
    told = {"count": sum(done.proposed.values()), "withdrawn": done.withdrawn}
    app.answer(done, _("{count} proposed, {withdrawn} withdrawn."), **told)
    app.say(_("Decide about them: workfleet directory proposals"))


def _tell(app: App, found: SyncOut) -> None:
    if not app.for_people:
        show_data(app.output, found.remarks if app.output == "csv" else [found], single=True)
        return
    if found.remarks:
        show_table(found.remarks[:50], REMARKS)
    app.say(_("{rows} rows in, {refused} refused."), rows=found.rows, refused=found.refused)
    for kind, count in found.proposed.items():
        app.line(f"  {label(kind)}: {count}")
    app.say(
        _("{known} are proposed already, {dismissed} were dismissed."),
        known=found.known,
        dismissed=found.dismissed,
    )
    if found.leavers > found.most_leavers:
        app.warn(
            _("{leavers} of {people} would leave; one list may say so of {most} at most."),
            leavers=found.leavers,
            people=found.people,
            most=found.most_leavers,
        )


def _said(one: ProposalOut) -> str:
    return "; ".join(map(_change, one.said))


def _change(one: SaidOut) -> str:
    from fleet.contracts.registers import EMPLOYEES

    name = EMPLOYEES.column(one.column).header(language())
    return f"{name}: {one.old} → {one.new}" if one.old else f"{name}: {one.new}"


directory.add_command(
    list_command(
        Listing(
            help=_("List what the last list proposes."),
            query=ProposalQuery,
            fetch=lambda client, query: client.proposals(query),
            columns=(
                Column(_("Number"), lambda one: one.number),
                Column(_("What"), lambda one: label(one.kind)),
                Column(_("Employee"), lambda one: f"{one.name} ({one.employee})"),
                Column(_("Department"), lambda one: one.department),
                Column(_("What it says"), _said, long=True),
                Column(_("State"), lambda one: label(one.state)),
                Column(_("Proposed"), lambda one: one.proposed_at, spare=True),
            ),
            empty=_("Nothing is proposed."),
            filters={
                "kind": _("Only of this kind."),
                "state": _("Only in this state."),
                "department": _("Only this department (its code)."),
            },
            flags={"history": _("Those that are decided as well.")},
        ),
        "proposals",
    )
)

NUMBERS = argument("numbers", nargs=-1)
KIND = option(
    "--kind",
    type=click.Choice([one.value for one in ProposalKind]),
    help=_("All of this kind, with --all."),
)
ALL = option("--all", "every", is_flag=True, help=_("All that wait, of the kind named."))


@directory.command(help=_("Do what proposals say: by their numbers, or all of a kind."))
@NUMBERS
@KIND
@ALL
@option("--by", type=DAY, metavar="DATE", help=_("Last day of leavers, where the list has none."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def accept(
    app: App,
    numbers: tuple[str, ...],
    kind: str | None,
    by: datetime | None,
    *,
    every: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    day: date | None = by.date() if by else None

    def decide(named: dict[str, Any]) -> DecisionsOut:
        return app.client.accept_proposals(AcceptIn.model_validate({**named, "by": day}))

    _decide(app, decide, numbers, kind, every=every, dry_run=dry_run, yes=yes)


@directory.command(help=_("Leave the register as it is, whatever the list says."))
@NUMBERS
@KIND
@ALL
@WHY
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def dismiss(
    app: App,
    numbers: tuple[str, ...],
    kind: str | None,
    reason: str,
    *,
    every: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    def decide(named: dict[str, Any]) -> DecisionsOut:
        return app.client.dismiss_proposals(DismissIn.model_validate({**named, "reason": reason}))

    _decide(app, decide, numbers, kind, every=every, dry_run=dry_run, yes=yes)


def _decide(
    app: App,
    decide: "Decide",
    numbers: tuple[str, ...],
    kind: str | None,
    *,
    every: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    if bool(numbers) == every or every != bool(kind):
        raise click.UsageError(say("Name numbers, or a kind together with --all."))
    named: dict[str, Any] = {"numbers": list(numbers), "kind": kind, "every": every}
    plan = list(_walked(decide, {**named, "dry_run": True}))
    if not plan:
        _show(app, plan)
        return
    if dry_run:
        _show(app, plan)
        app.say(_("Nothing was changed: this was a dry run."))
        return
    well = sum(one.done for one in plan)
    if app.for_people:
        _show(app, plan)
    sentence = _("{count} proposals are decided, {refused} are refused and wait.")
    app.confirm(sentence, yes=yes, count=well, refused=len(plan) - well)
    done = list(_walked(decide, named))
    if not app.for_people:
        show_data(app.output, done)
    app.say(_("{count} decided."), count=sum(one.done for one in done))
    if any(not one.done for one in done):
        click.get_current_context().exit(exits.CONFLICT)


def _walked(decide: "Decide", named: dict[str, Any]) -> Iterator[DecisionOut]:
    """Decide about so many at a time as one request takes, to the last."""
    numbers = named["numbers"]
    for start in range(0, len(numbers), AT_ONCE):
        yield from decide({**named, "numbers": numbers[start : start + AT_ONCE]}).decisions
    after, goes_on = None, not numbers
    while goes_on:
        part = decide({**named, "after": after})
        yield from part.decisions
        after, goes_on = part.next, part.next is not None


DECISIONS = (
    Column(_("Number"), lambda one: one.number),
    Column(_("What"), lambda one: label(one.kind)),
    Column(_("Employee"), lambda one: f"{one.name} ({one.employee})"),
    Column("", lambda one: "✓" if one.done else "✗"),
    Column(_("Why not"), lambda one: one.message, long=True),
)


def _show(app: App, decisions: list[DecisionOut]) -> None:
    app.table(decisions, DECISIONS, empty=_("Nothing is proposed."))
