"""`workfleet rotation builds …`: whose lock tools can be believed, and what showed it."""

import click

from cli.context import DRY_RUN, YES, App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.options import WHY
from cli.output import Column
from cli.speaking import Group, argument, option
from fleet.contracts.builds import BuildDetailOut, BuildQuery, ResetBuildIn
from fleet.contracts.outcomes import sentence_of
from fleet.contracts.words import _, say, translated

COLUMNS = (
    Column(_("Build"), lambda one: one.build, long=True),
    Column(_("Its lock tool"), lambda one: label(one.trust)),
    Column(_("Since"), lambda one: one.since),
    Column(_("Phones"), lambda one: one.phones, right=True),
    Column(_("Visits"), lambda one: one.visits, right=True),
    Column(_("Last visit"), lambda one: one.last_visit_at, spare=True),
    Column(_("Why"), lambda one: _why(one.why), spare=True, long=True),
    Column("Id", lambda one: one.id),
)
LIST = list_command(
    Listing(
        help=_("List builds that were visited, and whether their lock tools can be believed."),
        query=BuildQuery,
        fetch=lambda client, query: client.builds(query),
        columns=COLUMNS,
        empty=_("No phone was visited yet."),
        filters={"trust": _("Only what is believed so much.")},
    )
)


@click.group(
    cls=Group,
    help=_("Whose lock tools can be believed; alone it lists them."),
    invoke_without_command=True,
)
@click.pass_context
def builds(ctx: click.Context) -> None:
    if ctx.invoked_subcommand is None:
        ctx.invoke(LIST, every=False)


builds.add_command(LIST)


@builds.command(help=_("Show what visits have shown of a build, and the phones that have it."))
@argument("build")
@pass_app
def show(app: App, build: str) -> None:
    _show(app, _found(app, build))


@builds.command(help=_("Forget what was found out about a build, as after an update."))
@argument("build")
@WHY
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def reset(app: App, build: str, reason: str, *, dry_run: bool, yes: bool) -> None:
    found = _found(app, build)
    if dry_run:
        _show(app, found)
        app.say(_("Nothing was changed: this was a dry run."))
        return
    app.confirm(
        _("{build} is {trust}; {count} phones have it. The next visit finds out anew."),
        yes=yes,
        build=found.build,
        trust=label(found.trust),
        count=found.phones,
    )
    _show(app, app.client.reset_build(found.id, ResetBuildIn(reason=reason)))


def _found(app: App, named: str) -> BuildDetailOut:
    """Find a build by its id, or by a part of its name that no other has."""
    matches = app.client.builds(BuildQuery(q=named)).items
    matches = [one for one in matches if one.build == named] or matches
    if len(matches) > 1:
        raise click.UsageError(say("Several builds are called so; give the id of one."))
    # A name holds slashes and is no address; what is not found is looked for as it was given.
    return app.client.build(matches[0].id if matches else named.replace("/", "|"))


def _show(app: App, one: BuildDetailOut) -> None:
    rows: list[tuple[str, object]] = [
        (_("Build"), one.build),
        (_("Its lock tool"), label(one.trust)),
        (_("Why"), _why(one.why)),
        (_("Since"), one.since),
        (_("Shown by"), one.shown_by),
        (_("First visit"), one.first_seen_at),
        (_("Visits"), one.visits),
        (_("Phones"), f"{one.phones}  {' '.join(one.tags)}"),
        (_("Reset"), _reset_line(one)),
    ]
    rows += [(code, f"{count} × {_why(code)}") for code, count in one.outcomes.items()]
    rows += [
        (f"{seen.at.astimezone():%Y-%m-%d %H:%M}", f"{seen.subject}  {label(seen.showed)}")
        for seen in one.evidence
    ]
    app.fields(one, rows)


def _why(code: str | None) -> str:
    return translated(sentence_of(code)) or code or ""


def _reset_line(one: BuildDetailOut) -> str | None:
    if one.reset_at is None:
        return None
    return f"{one.reset_at.astimezone():%Y-%m-%d %H:%M}  {one.reset_by}: {one.reset_reason}"
