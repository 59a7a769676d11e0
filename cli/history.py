"""Who held a thing, from when until when."""

from collections.abc import Sequence

from cli.context import App
from cli.output import Column
from fleet.contracts.accounts import HoldingSpanOut
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
