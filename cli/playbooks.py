"""`workfleet playbook …`: how people are guided through an app on a phone."""

from collections.abc import Sequence
from typing import IO, Any

import click

from cli.context import DRY_RUN, App, pass_app
from cli.data_files import read, tell_version
from cli.labels import label
from cli.lists import Listing, list_command
from cli.options import WHY
from cli.output import Column
from cli.refusals import PlaybookUnreadable
from cli.speaking import argument, group, option
from fleet.contracts.playbooks import (
    Playbook,
    PlaybookIn,
    PlaybookOut,
    PlaybookQuery,
    PlaybookSetOut,
    PlaybookShowQuery,
    Step,
)
from fleet.contracts.words import _, language, say


@group(_("How people are guided through a change of a password on a phone."))
def playbook() -> None:
    pass


def _versions(one: PlaybookOut) -> str:
    if one.before_version is None:
        return say("{first} and later", first=one.from_version or say("all"))
    first = one.from_version or say("all")
    return say("{first} to before {end}", first=first, end=one.before_version)


COLUMNS = (
    Column(_("Name"), lambda one: one.name),
    Column(_("Number"), lambda one: one.number, right=True),
    Column(_("What for"), lambda one: one.title),
    Column(_("App versions"), _versions),
    Column(_("Language"), lambda one: one.language),
    Column(_("Set by"), lambda one: one.made_by or say("the product"), spare=True),
    Column(_("When"), lambda one: one.made_at, spare=True),
)
playbook.add_command(
    list_command(
        Listing(
            help=_("List playbooks in their newest version."),
            query=PlaybookQuery,
            fetch=lambda client, query: client.playbooks(query),
            columns=COLUMNS,
            empty=_("No playbook fits."),
            filters={
                "package": _("Only those of this app, by its package."),
                "language": _("Only those for apps in this language: zh or en."),
            },
            flags={"history": _("Every version, not the newest ones alone.")},
        )
    )
)


@playbook.command(help=_("Show a playbook step by step, or write it as JSON with -o json."))
@argument("name")
@option("--number", type=click.IntRange(min=1), help=_("This version; the newest when left out."))
@pass_app
def show(app: App, name: str, number: int | None) -> None:
    one = app.client.playbook(name, PlaybookShowQuery(number=number))
    book = one.book
    rows: list[tuple[str, object]] = [
        (_("Name"), f"{one.name} {one.number}"),
        (_("What for"), one.title),
        (_("App"), book.package),
        (_("App versions"), _versions(one)),
        (_("Set by"), one.made_by or say("the product")),
        (_("Why"), one.reason),
    ]
    rows += _steps([*book.steps, *book.check])
    rows += [(sign.id, f"{' | '.join(sign.labels)}: {_said(sign)}") for sign in book.signs]
    rows += [(_("Success"), " | ".join(book.success))]
    rows += [(one.id, _said(one)) for one in book.follow_ups]
    app.fields(one, rows)


def _steps(steps: Sequence[Step]) -> list[tuple[str, object]]:
    """Number the steps: their names alone could be taken for words to translate."""
    named = enumerate(steps, start=1)
    return [(f"{number}. {step.id}", _step(step)) for number, step in named]


def _step(step: Step) -> str:
    return f"[{label(step.kind)}] {' + '.join(step.labels)}: {_said(step)}"


def _said(one: Any) -> str:
    said: str = one.say.said(language())
    return said


FILE = option(
    "--file",
    type=click.File(encoding="utf-8"),
    required=True,
    help=_("A playbook as TOML or JSON; `playbook show -o json` gives one under `book`."),
)


@playbook.command(
    "set", help=_("Add a version of a playbook; changes that have begun keep theirs.")
)
@argument("name")
@FILE
@WHY
@option("--dry-run", is_flag=True, help=DRY_RUN)
@pass_app
def set_(app: App, name: str, file: IO[str], reason: str, *, dry_run: bool) -> None:
    body = PlaybookIn(book=_read(file), reason=reason, dry_run=dry_run)
    done = app.client.set_playbook(name, body)
    _tell(app, done)


def _tell(app: App, done: PlaybookSetOut) -> None:
    sound = _("{name}: can be followed; it would become version {number}.")
    tell_version(app, done, sound, name=done.playbook.name, number=done.playbook.number)


@playbook.command(help=_("Say whether a playbook could be followed; nothing is changed."))
@FILE
@pass_app
def check(app: App, file: IO[str]) -> None:
    body = PlaybookIn(book=_read(file), reason="check", dry_run=True)
    _tell(app, app.client.set_playbook("check", body))


@playbook.command(
    "dry-run", help=_("Show by which playbook a change on phone TAG would be guided.")
)
@argument("tag")
@pass_app
def dry_run(app: App, tag: str) -> None:
    found = app.client.choose_playbook(tag)
    chosen = found.playbook
    rows: list[tuple[str, object]] = [
        (_("Phone"), found.device),
        (_("App version"), found.app_version or say("not known")),
        (_("Language"), found.language or say("not known")),
        (_("Guided by"), f"{chosen.name} {chosen.number}" if chosen else say("none: by hand")),
    ]
    rows += [(_("Mind"), label(code)) for code in found.warnings]
    rows += _steps(chosen.book.steps if chosen else ())
    app.fields(found, rows)


def _read(file: IO[str]) -> Playbook:
    return Playbook.model_validate(read(file, "book", PlaybookUnreadable))
