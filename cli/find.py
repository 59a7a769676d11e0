"""`workfleet find`: anything, by what people say."""

import click

from cli.context import App, pass_app
from cli.labels import label
from cli.output import Column, show_data, show_table
from cli.speaking import argument, command, option
from fleet.contracts.search import MOST, FoundKind, SearchOut, kind_word
from fleet.contracts.words import _

HELP = _(
    "Find anything by what people say: a tag, a number or its end, the last six digits of an IMEI"
    " or ICCID, a name, its pinyin or initials. Several words narrow."
)
COLUMNS = (
    Column(_("Kind"), lambda one: kind_word(one.kind)),
    Column(_("Name"), lambda one: one.name),
    Column(_("What"), lambda one: one.title, long=True),
    Column(_("State"), lambda one: one.state and label(one.state)),
    Column(_("Holder"), lambda one: one.holder),
    Column(_("Why"), lambda one: one.why, long=True),
)


@command(HELP)
@argument("words", nargs=-1, required=True)
@option("--kind", type=click.Choice([one.value for one in FoundKind]), help=_("Only this kind."))
@option(
    "--limit",
    type=click.IntRange(1, MOST),
    default=20,
    help=_("How many to show; 20 when left out."),
)
@pass_app
def find(app: App, words: tuple[str, ...], kind: str | None, limit: int) -> None:
    from fleet.contracts.search import SearchQuery

    query = SearchQuery(q=" ".join(words), kind=FoundKind(kind) if kind else None, limit=limit)
    found = app.client.search(query)
    _show(app, found)
    if found.filling:
        app.warn(_("The server is still noting how things are found; some of old may be missing."))


def _show(app: App, found: SearchOut) -> None:
    if app.output == "json":
        show_data(app.output, [found], single=True)
    elif app.output == "csv":
        show_data(app.output, found.items)
    elif found.items:
        show_table(found.items, COLUMNS)
    else:
        app.say(_("Nothing is called so, nor nearly so."))
    if found.more:
        app.say(_("There are more: say another word, --kind, or --limit."))
