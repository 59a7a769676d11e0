"""`workfleet view …`: a list and what is asked of it, saved under a name."""

from typing import Any, Final

import click

from cli.context import DRY_RUN, YES, App, pass_app
from cli.lists import ListCommand, Listing, list_command, show_list
from cli.output import Column
from cli.speaking import argument, group, option
from fleet.contracts.views import LISTS, NOT_OF_A_VIEW, ShareIn, ViewIn, ViewOut, ViewQuery
from fleet.contracts.wire import ListQuery
from fleet.contracts.words import _, say


class NoListCommand(click.UsageError):
    """What stands behind the name of a view is none of the lists."""

    def __init__(self, words: tuple[str, ...]) -> None:
        known = ", ".join(one.command for one in LISTS.values())
        text = _("`{words}` is no list that views are of. Take one of: {known}.")
        super().__init__(say(text, words=" ".join(words), known=known))


@group(_("Views: a list and what is asked of it, saved under a name."))
def view() -> None:
    pass


def _asked(one: ViewOut) -> str:
    """Return what a view asks, as one would type it."""
    names = {"q": "find"}
    options = [_typed(names.get(name, name), value) for name, value in one.query.items()]
    return " ".join([one.command, *options])


def _typed(name: str, value: object) -> str:
    flag = f"--{name.replace('_', '-')}"
    if value is True:
        return flag
    text = str(value)
    return f"{flag} '{text}'" if " " in text else f"{flag} {text}"


COLUMNS: Final = (
    Column(_("Name"), lambda one: one.name),
    Column(_("Shows"), _asked, long=True),
    Column(_("Of"), lambda one: say("you") if one.mine else one.owner),
    Column(_("Shared"), lambda one: one.shared),
    Column(_("Saved"), lambda one: one.saved_at),
)

view.add_command(
    list_command(
        Listing(
            help=_("List your views, and those that others share."),
            query=ViewQuery,
            fetch=lambda client, query: client.views(query),
            columns=COLUMNS,
            empty=_("There is no view yet: workfleet view save NAME -- device list --state lost"),
            filters={"list": _("Only views of this list, like devices.")},
            flags={"mine": _("Only your own.")},
        )
    )
)


@view.command(
    help=_("Save a list as you ask it: view save NAME -- device list --state lost --sort tag"),
    context_settings={"ignore_unknown_options": True},
)
@argument("name")
@argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- LIST [OPTIONS]")
@option("--shared", is_flag=True, help=_("Show it to everybody; each sees of it what he may."))
@option("--replace", is_flag=True, help=_("Replace your view of this name."))
@pass_app
@click.pass_context
def save(
    ctx: click.Context, app: App, name: str, words: tuple[str, ...], *, shared: bool, replace: bool
) -> None:
    of, query = _parsed(ctx, words)
    asked = query.model_dump(mode="json", exclude_defaults=True, exclude=NOT_OF_A_VIEW)
    body = ViewIn(name=name, list=of, query=asked, shared=shared, replace=replace)
    done = app.client.save_view(body)
    app.answer(done, _("{name} is saved: {shows}"), name=done.name, shows=_asked(done))


@view.command(help=_("Show what a view is of."))
@argument("name", metavar="[OWNER:]NAME")
@pass_app
def show(app: App, name: str) -> None:
    one = app.client.view(name)
    app.fields(one, [(column.title, column.value(one)) for column in COLUMNS])


@view.command(help=_("Show the list of a view as it is now; -o csv exports it."))
@argument("name", metavar="[OWNER:]NAME")
@option("--all", "every", is_flag=True, help=_("All pages."))
@option("--after", metavar="MARK", help=_("The page after this mark."))
@pass_app
@click.pass_context
def run(ctx: click.Context, app: App, name: str, after: str | None, *, every: bool) -> None:
    one = app.client.view(name)
    listing = _list_named(ctx, tuple(one.command.split())).listing
    query = listing.query.model_validate({**one.query, "after": after})
    show_list(app, listing, query, every=every)


@view.command(help=_("Show a view of yours to everybody; --stop: to nobody else any more."))
@argument("name")
@option("--stop", is_flag=True, help=_("Show it to nobody else any more."))
@pass_app
def share(app: App, name: str, *, stop: bool) -> None:
    done = app.client.share_view(name, ShareIn(shared=not stop))
    text = _("{name} is shared.") if done.shared else _("{name} is yours alone.")
    app.answer(done, text, name=done.name)


@view.command(help=_("Remove a view of yours; the list stays as it is."))
@argument("name")
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def remove(app: App, name: str, *, dry_run: bool, yes: bool) -> None:
    one = app.client.view(name)
    sentence, blanks = _("{name} is removed: {shows}"), {"name": one.name, "shows": _asked(one)}
    if dry_run:
        app.answer(one, sentence, **blanks)
        app.say(_("Nothing was changed: this was a dry run."))
        return
    app.confirm(sentence, yes=yes, **blanks)
    app.answer(app.client.remove_view(name), _("{name} is gone."), name=one.name)


def _parsed(ctx: click.Context, words: tuple[str, ...]) -> tuple[str, ListQuery]:
    """Return the name of the list, and the query that its own command makes of its options."""
    of = next((name for name, one in LISTS.items() if _begins(words, one.command)), None)
    if of is None:
        raise NoListCommand(words)
    spoken = tuple(LISTS[of].command.split())
    found = _list_named(ctx, spoken)
    inner = found.make_context(" ".join(spoken), list(words[len(spoken) :]), parent=ctx.parent)
    fields = found.listing.query.model_fields
    given = {name: value for name, value in inner.params.items() if name in fields}
    told = {name: value for name, value in given.items() if value not in {None, False}}
    return of, found.listing.query.model_validate(told)


def _begins(words: tuple[str, ...], command: str) -> bool:
    spoken = tuple(command.split())
    return words[: len(spoken)] == spoken


def _list_named(ctx: click.Context, words: tuple[str, ...]) -> ListCommand:
    found: Any = ctx.find_root().command
    for word in words:
        found = found.get_command(ctx, word) if isinstance(found, click.Group) else None
    if not isinstance(found, ListCommand):
        raise NoListCommand(words)
    return found
