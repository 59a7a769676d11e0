"""Who held a thing, from when until when."""

from collections.abc import Sequence
from typing import Final

from cli.context import App
from cli.labels import label
from cli.output import Column, text_of
from fleet.contracts.accounts import HoldingSpanOut
from fleet.contracts.cases import AccountOnOut, ReaderOut
from fleet.contracts.words import _, say


def show_history(app: App, spans: Sequence[HoldingSpanOut]) -> None:
    columns = (
        Column(_("From"), lambda span: span.issued_at),
        Column(_("Until"), _until),
        Column(_("Holder"), lambda span: span.holder),
    )
    app.table(spans, columns, empty=_("Nobody has held it yet."))


def _until(span: HoldingSpanOut) -> object:
    return span.returned_at or say("now")


def show_account_on(app: App, one: AccountOnOut) -> None:
    """Show who held an account, who could read it, and when its password was the company's."""
    app.answer(one)
    if not app.for_people:
        return
    app.say(_("Held by:"))
    app.table(one.holders, READERS, empty=_("Nobody has held it yet."))
    app.say(_("Could read it:"))
    app.table(one.readers, READERS, empty=_("Nobody."))
    if not one.known:
        app.say(_("Its password was not known to the company."))
    for span in one.known:
        until = text_of(span.until) if span.until else say("now")
        level = f" ({label(span.level)})" if span.level else ""
        app.say(
            _("Its password was known to the company from {since} until {until}{level}."),
            since=text_of(span.since),
            until=until,
            level=level,
        )


_HOW: Final = {"holder": _("it was with him"), "shown": _("was shown its password")}


def _how(one: ReaderOut) -> str:
    if one.exception is None:
        return say(_HOW[one.how])
    return say(_("{how}, by exception: {reason}"), how=say(_HOW[one.how]), reason=one.exception)


READERS: Final = (
    Column(_("From"), lambda one: one.since),
    Column(_("Until"), lambda one: one.until or say("now")),
    Column(_("Who"), lambda one: f"{one.name} ({one.number})" if one.number else one.name),
    Column(_("How"), _how),
)
