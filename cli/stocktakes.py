"""`workfleet stocktake …`: what should be there, what is, and what becomes of the difference."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

import click

from cli.context import DRY_RUN, YES, App, pass_app
from cli.exits import NOT_SO
from cli.labels import label
from cli.lists import Listing, list_command
from cli.output import Column
from cli.speaking import argument, group, option
from fleet.contracts.stocktakes import (
    BY_HAND,
    COUNTED_AT_ONCE,
    CountAnswer,
    CountIn,
    CountLineOut,
    DifferenceIn,
    DifferenceQuery,
    FoundHow,
    Resolution,
    StocktakeCancelIn,
    StocktakeCloseIn,
    StocktakeIn,
    StocktakeItemOut,
    StocktakeItemQuery,
    StocktakeOut,
    StocktakeQuery,
    StocktakeScope,
)
from fleet.contracts.words import _, say

if TYPE_CHECKING:
    from api.client import Client
    from fleet.contracts.wire import Page

SCOPES: Final = {
    "thing": "things",
    "department": "departments",
    "state": "states",
    "station": "stations",
}
SCOPE: Final = option(
    *("--scope", "scopes"),
    multiple=True,
    metavar="WORD",
    help=_(
        "all, department:CODE, state:WORD, station:NAME, thing:device or thing:sim; repeated, all "
        "of them narrow."
    ),
)
SAMPLE: Final = option(
    "--sample", type=click.IntRange(min=1), metavar="N", help=_("Only N of them, drawn by a seed.")
)
NOTE: Final = option("--note", metavar="TEXT", help=_("What it is for."))


@group(_("Stock-takes: what should be there, what is, and what becomes of the difference."))
def stocktake() -> None:
    pass


def _scope(words: Iterable[str]) -> StocktakeScope:
    told: dict[str, list[str]] = {}
    for word in words:
        if word == "all":
            continue
        name, colon, value = word.partition(":")
        if not (colon and value and name in SCOPES):
            known = ", ".join(["all", *(f"{one}:…" for one in SCOPES)])
            raise click.UsageError(
                say("{word} is no scope. There is: {known}", word=word, known=known)
            )
        told.setdefault(SCOPES[name], []).append(value)
    return StocktakeScope.model_validate(told)


@stocktake.command(help=_("Begin a stock-take: draw what is to be found, from what is there now."))
@SCOPE
@SAMPLE
@NOTE
@option("--dry-run", is_flag=True, help=DRY_RUN)
@pass_app
def start(
    app: App, scopes: tuple[str, ...], sample: int | None, note: str | None, *, dry_run: bool
) -> None:
    body = StocktakeIn(scope=_scope(scopes), sample=sample, note=note)
    if dry_run:
        foreseen = app.client.foresee_stocktake(body)
        text = _("{expected} things to find, of {pool} in this scope. Nothing was begun.")
        app.answer(foreseen, text, expected=foreseen.expected, pool=foreseen.pool)
        return
    _begun(app, app.client.plan_stocktake(body))


@stocktake.command(help=_("Write scope and seed down now; what is to be found is drawn later."))
@SCOPE
@SAMPLE
@NOTE
@pass_app
def plan(app: App, scopes: tuple[str, ...], sample: int | None, note: str | None) -> None:
    body = StocktakeIn(scope=_scope(scopes), sample=sample, note=note, begin=False)
    made = app.client.plan_stocktake(body)
    text = _(
        "{number} is planned, its seed {seed} on record. Begin: workfleet stocktake begin {number}"
    )
    app.answer(made, text, number=made.number, seed=made.seed)


@stocktake.command(help=_("Begin one that was planned: draw what is to be found."))
@argument("number")
@pass_app
def begin(app: App, number: str) -> None:
    _begun(app, app.client.begin_stocktake(number))


def _begun(app: App, made: StocktakeOut) -> None:
    app.answer(
        made,
        _(
            "{number}: {expected} things to find, of {pool} in this scope. Phones that a station "
            "sees are found by themselves; the others: workfleet stocktake count {number}"
        ),
        number=made.number,
        expected=made.counts.expected,
        pool=made.pool,
    )


@stocktake.command(help=_("Count: tags, serial numbers, IMEIs, numbers, or scanned labels."))
@argument("number")
@argument("names", nargs=-1)
@option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    help=_("One a line; - for a scanner at standard input."),
)
@option("--scanned", is_flag=True, help=_("Labels were scanned, and nothing typed."))
@NOTE
@click.pass_context
def count(
    ctx: click.Context,
    /,
    number: str,
    names: tuple[str, ...],
    file: str | None,
    note: str | None,
    *,
    scanned: bool,
) -> None:
    app: App = ctx.obj
    if bool(names) == (file is not None):
        raise click.UsageError(say("Name what was found, or give a file of it: one of them."))
    how = FoundHow.SCAN if scanned else FoundHow.TYPED
    unknown = False
    for part in [list(names)] if file is None else _parts(file):
        done = app.client.count_stocktake(number, CountIn(names=part, how=how, note=note))
        app.table(done.lines, LINES, empty="")
        counts = done.counts
        app.say(_("Found {found} of {expected}."), found=counts.found, expected=counts.expected)
        unknown |= any(line.answer is CountAnswer.UNKNOWN for line in done.lines)
    if unknown:
        ctx.exit(NOT_SO)


def _parts(file: str) -> Iterator[list[str]]:
    """Give the lines of a file in parts; of a scanner each line by itself, as it comes."""
    size = 1 if file == "-" else COUNTED_AT_ONCE
    with click.open_file(file, encoding="utf-8-sig") as lines:
        given = filter(None, map(str.strip, lines))
        while part := list(islice(given, size)):
            yield part


def _holder(one: CountLineOut | StocktakeItemOut) -> str | None:
    return f"{one.holder.name} ({one.holder.number})" if one.holder else None


LINES: Final = (
    Column(_("Given"), lambda one: one.given),
    Column(_("Thing"), lambda one: one.name if one.name != one.given else None, spare=True),
    Column(_("What of it"), lambda one: label(one.answer)),
    Column(_("Holder"), _holder, spare=True),
)


@stocktake.command(help=_("Show a stock-take: its scope, its seed, how much was found."))
@argument("number")
@pass_app
def show(app: App, number: str) -> None:
    one = app.client.stocktake(number)
    app.fields(one, _rows(one))


def _rows(one: StocktakeOut) -> list[tuple[str, object]]:
    counts = one.counts
    return [
        (_("Number"), one.number),
        (_("State"), label(one.state)),
        (_("Scope"), _spoken(one.scope)),
        (_("Sample"), one.sample),
        (_("Seed"), one.seed if one.sample else None),
        (_("In the scope"), one.pool),
        (_("To be found"), counts.expected),
        (_("Found so far"), counts.found),
        (_("Still to find"), counts.to_find or None),
        (_("Missing"), counts.missing or None),
        (_("Unexpected"), counts.unexpected or None),
        (_("Open differences"), counts.differences or None),
        (_("Note"), one.note),
        (_("Planned by"), one.planned_by),
        (_("Begun"), one.began_at),
        (_("Closed"), one.closed_at),
        (_("Closed by"), one.closed_by),
        (_("Signed"), one.signed_at),
        (_("Signed by"), one.signed_by),
        (_("Given up because"), one.cancelled_because),
        (_("Digest of the result"), one.digest),
    ]


def _spoken(scope: StocktakeScope) -> str:
    """Return "thing:device, department:SALES", as `--scope` takes it."""
    told = [f"{word}:{value}" for word, name in SCOPES.items() for value in getattr(scope, name)]
    return ", ".join(told)


ITEMS: Final = (
    Column(_("Thing"), lambda one: one.name),
    Column(_("Result"), lambda one: label(one.result)),
    Column(_("Holder"), _holder, spare=True),
    Column(_("How"), lambda one: one.how and label(one.how), spare=True),
    Column(_("Level"), lambda one: one.how and one.level, spare=True),
    Column(_("Found"), lambda one: one.found_at, spare=True),
    Column(_("By"), lambda one: one.found_by, spare=True),
    Column(_("Note"), lambda one: one.note, spare=True, long=True),
)


class ItemsOf(StocktakeItemQuery):
    number: str


def _items(client: "Client", query: ItemsOf) -> "Page[StocktakeItemOut]":
    asked = StocktakeItemQuery.model_validate(query.model_dump(exclude={"number"}))
    return client.items_of_stocktake(query.number, asked)


items = list_command(
    Listing(
        help=_("List what is to be found in a stock-take, and what was."),
        query=ItemsOf,
        fetch=_items,
        columns=ITEMS,
        empty=_("Nothing fits."),
        filters={
            "result": _("Only these."),
            "thing": _("Only phones, or only SIMs."),
            "how": _("Only what was found in this way."),
        },
    ),
    name="items",
)
items.params.insert(0, click.Argument(["number"]))
stocktake.add_command(items)
stocktake.add_command(
    list_command(
        Listing(
            help=_("List stock-takes, newest first."),
            query=StocktakeQuery,
            fetch=lambda client, query: client.stocktakes(query),
            columns=(
                Column(_("Number"), lambda one: one.number),
                Column(_("State"), lambda one: label(one.state)),
                Column(_("Scope"), lambda one: _spoken(one.scope), long=True),
                Column(_("Found so far"), lambda one: f"{one.counts.found}/{one.counts.expected}"),
                Column(
                    _("Open differences"), lambda one: one.counts.differences or None, spare=True
                ),
                Column(_("Begun"), lambda one: one.began_at),
                Column(_("Closed"), lambda one: one.closed_at, spare=True),
                Column(_("Signed by"), lambda one: one.signed_by, spare=True),
                Column(_("Note"), lambda one: one.note, spare=True, long=True),
            ),
            empty=_("There is no stock-take."),
            filters={"state": _("Only this state.")},
        )
    )
)
stocktake.add_command(
    list_command(
        Listing(
            help=_("List what was missing or unexpected, what is due first."),
            query=DifferenceQuery,
            fetch=lambda client, query: client.stocktake_differences(query),
            columns=(
                Column(_("Stock-take"), lambda one: one.stocktake),
                Column(_("Thing"), lambda one: one.name),
                Column(_("Result"), lambda one: label(one.result)),
                Column(_("Holder"), _holder, spare=True),
                Column(_("Due"), lambda one: one.due_on),
                Column(
                    _("What became of it"), lambda one: one.resolution and label(one.resolution)
                ),
                Column(_("By"), lambda one: one.resolved_by, spare=True),
                Column(_("Note"), lambda one: one.resolution_note, spare=True, long=True),
            ),
            empty=_("Nothing differs."),
            filters={"stocktake": _("Only of this stock-take.")},
            flags={
                "waiting": _("Only those of which nothing has become yet."),
                "overdue": _("Only those that are overdue."),
            },
        ),
        "differences",
    )
)


@stocktake.command(help=_("End the counting: what was not found is missing."))
@argument("number")
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def close(app: App, number: str, *, dry_run: bool, yes: bool) -> None:
    one = app.client.stocktake(number)
    counts = one.counts
    told = {"found": counts.found, "expected": counts.expected, "missing": counts.to_find}
    would = _(
        "{found} of {expected} were found; {missing} will be missing, each a task for a week."
    )
    if dry_run:
        app.answer(one, would, **told)
        return
    app.confirm(would, yes=yes, **told)
    done = app.client.close_stocktake(number, StocktakeCloseIn(found=counts.found))
    app.answer(
        done,
        _(
            "{number} is closed: {missing} missing, {unexpected} unexpected. Another person signs: "
            "workfleet stocktake sign {number}"
        ),
        number=number,
        missing=done.counts.missing,
        unexpected=done.counts.unexpected,
    )


@stocktake.command(help=_("Put your name to the result; somebody else has closed it."))
@argument("number")
@option("--yes", is_flag=True, help=YES)
@pass_app
def sign(app: App, number: str, *, yes: bool) -> None:
    one = app.client.stocktake(number)
    app.confirm(
        _("{found} found, {missing} missing, {unexpected} unexpected, by {who}. Digest {digest}."),
        yes=yes,
        found=one.counts.found,
        missing=one.counts.missing,
        unexpected=one.counts.unexpected,
        who=one.closed_by,
        digest=one.digest,
    )
    done = app.client.sign_stocktake(number)
    app.answer(done, _("{number} is signed by {who}."), number=number, who=done.signed_by)


@stocktake.command(help=_("Give a stock-take up; it stays on record with its seed."))
@argument("number")
@option("--reason", required=True, metavar="TEXT", help=_("Why; kept in the trail."))
@option("--yes", is_flag=True, help=YES)
@pass_app
def cancel(app: App, number: str, reason: str, *, yes: bool) -> None:
    app.confirm(_("{number} is given up; what was counted counts no more."), yes=yes, number=number)
    done = app.client.cancel_stocktake(number, StocktakeCancelIn(reason=reason))
    app.answer(done, _("{number}: {state}."), number=number, state=label(done.state))


@stocktake.command(help=_("Say what became of something that was missing or unexpected."))
@argument("number")
@argument("name")
@option(
    *("--as", "resolution"),
    type=click.Choice([one.value for one in BY_HAND]),
    required=True,
    help=_("What became of it; what the register can tell is not taken on a word."),
)
@option("--note", required=True, metavar="TEXT", help=_("How you know."))
@pass_app
def resolve(app: App, number: str, name: str, resolution: str, note: str) -> None:
    body = DifferenceIn(name=name, resolution=Resolution(resolution), note=note)
    done = app.client.resolve_difference(number, body)
    became = done.resolution and label(done.resolution)
    app.answer(done, _("{name} of {number}: {what}."), name=name, number=number, what=became)


@stocktake.command(help=_("Draw the sample again by its seed, and check the digest of the result."))
@argument("number")
@click.pass_context
def verify(ctx: click.Context, /, number: str) -> None:
    app: App = ctx.obj
    found = app.client.verify_stocktake(number)
    app.answer(found)
    for holds, yes, no in (
        (
            found.sample_holds,
            _("The sample is the one that its seed draws."),
            _("The sample is NOT the one that its seed draws."),
        ),
        (
            found.result_holds,
            _("The result is the one that was closed."),
            _("The result is NOT the one that was closed."),
        ),
    ):
        if holds is not None:
            app.say(yes if holds else no)
    if False in (found.sample_holds, found.result_holds):
        ctx.exit(NOT_SO)
