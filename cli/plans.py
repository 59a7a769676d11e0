"""`workfleet plan …`: what backups take of phones."""

from typing import IO, Any

import click

from cli.context import DRY_RUN, App, pass_app
from cli.data_files import read, tell_difference, tell_version
from cli.labels import label
from cli.lists import Listing, list_command
from cli.options import WHY
from cli.output import Column
from cli.refusals import PlanUnreadable
from cli.speaking import argument, group, option
from fleet.contracts.plans import (
    Plan,
    PlanIn,
    PlanOut,
    PlanQuery,
    PlanShowQuery,
    Source,
    space_said,
)
from fleet.contracts.proof import Level
from fleet.contracts.words import _, language, say


@group(_("What backups take of phones, per maker and app."))
def plan() -> None:
    pass


def _whose(one: PlanOut) -> str:
    return ", ".join(filter(None, (*one.makers, one.package))) or say("every phone")


def _on(one: PlanOut) -> str:
    taken = sum(source.on for source in one.plan.sources)
    return f"{taken}/{len(one.plan.sources)}"


COLUMNS = (
    Column(_("Name"), lambda one: one.name),
    Column(_("Number"), lambda one: one.number, right=True),
    Column(_("What for"), lambda one: one.title),
    Column(_("For"), _whose),
    Column(_("Sources taken"), _on, right=True),
    Column(_("Set by"), lambda one: one.made_by or say("the product"), spare=True),
    Column(_("When"), lambda one: one.made_at, spare=True),
)
plan.add_command(
    list_command(
        Listing(
            help=_("List plans in their newest version."),
            query=PlanQuery,
            fetch=lambda client, query: client.plans(query),
            columns=COLUMNS,
            empty=_("No plan fits."),
            filters={
                "package": _("Only those of this app, by its package."),
                "maker": _("Only those for phones of this maker."),
            },
            flags={"history": _("Every version, not the newest ones alone.")},
        )
    )
)
NUMBER = click.IntRange(min=1)


@plan.command(help=_("Show a plan source by source, or write it as JSON with -o json."))
@argument("name")
@option("--number", type=NUMBER, help=_("This version; the newest when left out."))
@pass_app
def show(app: App, name: str, number: int | None) -> None:
    one = app.client.plan(name, PlanShowQuery(number=number))
    rows: list[tuple[str, object]] = [
        (_("Name"), f"{one.name} {one.number}"),
        (_("What for"), one.title),
        (_("For"), _whose(one)),
        (_("Set by"), one.made_by or say("the product")),
        (_("Why"), one.reason),
    ]
    if one.plan.return_needs is not Level.NONE:
        rows.append((_("A return needs"), label(one.plan.return_needs)))
    app.fields(one, [*rows, *((source.id, _source(source)) for source in one.plan.sources)])


def _source(source: Source) -> str:
    parts = [f"[{label(source.kind)}] {source.title.said(language())}"]
    parts += ["" if source.on else say("not taken")]
    parts += [", ".join(source.places), source.provider or "", " ".join(source.columns)]
    parts += [say("without {patterns}", patterns=", ".join(source.excludes))] * bool(
        source.excludes
    )
    parts += [_archive(source)]
    return " · ".join(filter(None, parts))


def _archive(source: Source) -> str:
    if source.archive is None:
        return ""
    descriptor = source.archive.descriptor or say("descriptor not known")
    return f"{source.archive.how}: {descriptor}, {source.archive.content}"


@plan.command(help=_("Add a version of a plan; backups that have begun keep theirs."))
@argument("name")
@option(
    "--file",
    type=click.File(encoding="utf-8"),
    required=True,
    help=_("A plan as TOML or JSON; `plan show -o json` gives one under `plan`."),
)
@WHY
@option("--dry-run", is_flag=True, help=DRY_RUN)
@pass_app
def edit(app: App, name: str, file: IO[str], reason: str, *, dry_run: bool) -> None:
    body = PlanIn(plan=_read(file), reason=reason, dry_run=dry_run)
    done = app.client.edit_plan(name, body)
    sound = _("{name}: can be carried out; it would become version {number}.")
    tell_version(app, done, sound, name=done.plan.name, number=done.plan.number)


@plan.command(help=_("Show what differs between two versions of a plan, or between it and a file."))
@argument("name")
@option("--from", "first", type=NUMBER, help=_("This version; the one before when left out."))
@option("--to", "last", type=NUMBER, help=_("This version; the newest when left out."))
@option("--file", type=click.File(encoding="utf-8"), help=_("This file instead of a version."))
@pass_app
def diff(app: App, name: str, first: int | None, last: int | None, file: IO[str] | None) -> None:
    newest = app.client.plan(name, PlanShowQuery(number=last))
    if file is not None:
        before, after = newest, (file.name, _data(_read(file)))
    else:
        number = first or max(newest.number - 1, 1)
        before = app.client.plan(name, PlanShowQuery(number=number))
        after = f"{name} {newest.number}", _data(newest.plan)
    tell_difference(app, (f"{name} {before.number}", _data(before.plan)), after)


def _data(plan: Plan) -> dict[str, Any]:
    return plan.model_dump(mode="json")


@plan.command("dry-run", help=_("Show what a backup of phone TAG would take."))
@argument("tag")
@pass_app
def dry_run(app: App, tag: str) -> None:
    found = app.client.taken_of(tag)
    rows: list[tuple[str, object]] = [
        (_("Phone"), found.device),
        (_("By the plans"), ", ".join(found.plans)),
        (_("Spaces"), ", ".join(map(space_said, found.spaces))),
    ]
    rows += [(one.id, _source(one)) for one in (*found.sources, *found.left_off)]
    app.fields(found, rows)


def _read(file: IO[str]) -> Plan:
    return Plan.model_validate(read(file, "plan", PlanUnreadable))
