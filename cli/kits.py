"""`workfleet kit …`: what people of a kind of work are given together."""

from typing import Any

from cli.context import DRY_RUN, YES, App, pass_app
from cli.lists import Listing, list_command
from cli.output import Column
from cli.refusals import NothingWanted
from cli.speaking import argument, group, option
from cli.wants import wants_of, wants_options, wants_said
from fleet.contracts.applications import KitIn, KitQuery, NamedKitOut
from fleet.contracts.words import _


@group(_("Kits: what people of a kind of work are given together."))
def kit() -> None:
    pass


kit.add_command(
    list_command(
        Listing(
            help=_("List the kits that can be applied for."),
            query=KitQuery,
            fetch=lambda client, query: client.kits(query),
            columns=(
                Column(_("Name"), lambda one: one.name),
                Column(_("What for"), lambda one: one.title),
                Column(_("What is in it"), lambda one: wants_said(one.wants), long=True),
                Column(_("Set by"), lambda one: one.set_by, spare=True),
                Column(_("When"), lambda one: one.set_at, spare=True),
            ),
            empty=_("There is no kit yet. Make one with `workfleet kit set`."),
        )
    )
)


@kit.command(help=_("Show what is in a kit."))
@argument("name")
@pass_app
def show(app: App, name: str) -> None:
    one = app.client.kit(name)
    app.fields(one, _rows(one))


def _rows(one: NamedKitOut) -> list[tuple[str, object]]:
    return [
        (_("Name"), one.name),
        (_("What for"), one.title),
        (_("What is in it"), wants_said(one.wants)),
        (_("Set by"), one.set_by),
        (_("When"), one.set_at),
    ]


@kit.command("set", help=_("Make a kit, or say anew what is in it; what was applied for stays."))
@argument("name")
@option("--title", required=True, metavar="TEXT", help=_("For whom it is, in a few words."))
@wants_options
@pass_app
def set_(app: App, /, name: str, title: str, **given: Any) -> None:
    wants = wants_of(**given)
    if wants is None:
        raise NothingWanted
    done = app.client.set_kit(name, KitIn(title=title, wants=wants))
    app.answer(done, _("{name}: {wants}"), name=done.name, wants=wants_said(done.wants))


@kit.command(help=_("Offer a kit no longer; what was applied for stays."))
@argument("name")
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def remove(app: App, name: str, *, dry_run: bool, yes: bool) -> None:
    one = app.client.kit(name)
    wanted = wants_said(one.wants)
    if dry_run:
        app.answer(one, _("{name} would be removed: {wants}"), name=name, wants=wanted)
        return
    app.confirm(_("{name} is removed: {wants}"), yes=yes, name=name, wants=wanted)
    app.answer(app.client.remove_kit(name), _("{name} is not offered any more."), name=name)
