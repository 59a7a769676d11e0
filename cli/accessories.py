"""`workfleet accessory …`: what the company hands out beside phones, and how it is typed."""

from typing import Any

import click

from cli.context import App, pass_app
from cli.lists import Listing, list_command
from cli.output import Column
from cli.speaking import argument, group, option
from fleet.contracts.accessories import (
    AccessoryBackIn,
    AccessoryIn,
    AccessoryMissingIn,
    AccessoryWordIn,
    AccessoryWordQuery,
    Condition,
    HandedQuery,
)
from fleet.contracts.words import _, say

CONDITIONS = click.Choice([one.value for one in Condition])


def goes_out(text: str) -> AccessoryIn:
    return AccessoryIn(**_parts(text))


def came_back(text: str) -> AccessoryBackIn:
    return AccessoryBackIn(**_parts(text))


def is_missing(text: str) -> AccessoryMissingIn:
    word, mark, note = text.partition("=")
    if not mark or not note.strip():
        raise click.UsageError(say("--missing wants WORD=TEXT: what is missing, and why."))
    return AccessoryMissingIn(word=word, note=note)


def _parts(text: str) -> dict[str, Any]:
    """Take charger:2:damaged apart; count and condition may be left out."""
    word, *rest = text.split(":")
    given: dict[str, Any] = {"word": word}
    for part in rest:
        if part.isdecimal():
            given["count"] = int(part)
        elif part in set(Condition):
            given["condition"] = Condition(part)
        else:
            known = ", ".join(Condition)
            wrong = say("{part} is neither a number nor one of: {known}", part=part, known=known)
            raise click.UsageError(wrong)
    return given


@group(_("What the company hands out beside phones: chargers, cables, cases."))
def accessory() -> None:
    pass


accessory.add_command(
    list_command(
        Listing(
            help=_("List the words for accessories."),
            query=AccessoryWordQuery,
            fetch=lambda client, query: client.accessory_words(query),
            columns=(
                Column(_("Word"), lambda one: one.word),
                Column(_("Chinese"), lambda one: one.zh),
                Column(_("English"), lambda one: one.en),
                Column(_("Retired"), lambda one: say("yes") if one.retired else ""),
            ),
            empty=_("No word fits."),
            flags={"retired": _("Those that are out of use, too.")},
        )
    )
)


accessory.add_command(
    list_command(
        Listing(
            help=_("List what went out beside phones, and where it is."),
            query=HandedQuery,
            fetch=lambda client, query: client.accessories(query),
            columns=(
                Column(_("Phone"), lambda one: one.device),
                Column(_("Accessory"), lambda one: one.name),
                Column(_("Holder"), lambda one: one.holder),
                Column(_("Handed out on"), lambda one: one.issued_at),
                Column(_("Handed out"), lambda one: one.count),
                Column(_("Came back"), lambda one: one.back),
                Column(_("Missing"), lambda one: one.missing),
                Column(_("With the holder"), lambda one: one.out),
                Column(_("Note"), lambda one: one.back_note or one.note, spare=True, long=True),
            ),
            empty=_("No accessory fits."),
            filters={
                "device": _("Only beside this phone (its tag)."),
                "holder": _("Only with this employee (number)."),
                "word": _("Only of this word, like charger."),
                "where": _("Only what is there."),
            },
        ),
        "handed-out",
    )
)


@accessory.command(name="set", help=_("Add a word, or give one other names."))
@argument("word")
@option("--zh", required=True, metavar="NAME", help=_("Its name in Chinese."))
@option("--en", required=True, metavar="NAME", help=_("Its name in English."))
@pass_app
def set_(app: App, word: str, zh: str, en: str) -> None:
    done = app.client.set_accessory_word(AccessoryWordIn(word=word, zh=zh, en=en))
    app.answer(done, _("{word}: {zh}, {en}."), word=done.word, zh=done.zh, en=done.en)


@accessory.command(help=_("Have nothing of the kind handed out any more."))
@argument("word")
@pass_app
def retire(app: App, word: str) -> None:
    done = app.client.retire_accessory_word(word)
    app.answer(done, _("{word} is out of use."), word=done.word)
