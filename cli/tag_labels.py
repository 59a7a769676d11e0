"""`workfleet label …`: labels for phones, on sheets or tape, with the tag as a QR code."""

from pathlib import Path

import click

from cli.context import App, pass_app
from cli.printing import write_page
from cli.refusals import LabelsOfNothing
from cli.speaking import argument, group, option
from fleet.contracts.devices import DeviceOut, DeviceQuery
from fleet.contracts.label_pages import SHEETS, TAPES, Label, sheets, tape
from fleet.contracts.words import _


@group(_("Labels for phones."))
def label() -> None:
    pass


@label.command(
    "print", help=_("Write labels of phones to a file: PDF where a browser is there, else HTML.")
)
@argument("tags", nargs=-1)
@option("--sheet", type=click.Choice(list(SHEETS)), help=_("Sheets of A4 of this size."))
@option("--tape", type=click.Choice([str(one) for one in TAPES]), help=_("Tape so wide, in mm."))
@option("--skip", type=click.IntRange(min=0), default=0, help=_("Labels used of the first sheet."))
@option("--state", metavar="STATE", help=_("All phones in this state, instead of tags."))
@option("--to", type=click.Path(path_type=Path, dir_okay=False), help=_("This file."))
@option("--html", is_flag=True, help=_("HTML, to be printed from any browser."))
@pass_app
def print_(
    app: App,
    tags: tuple[str, ...],
    sheet: str | None,
    tape: str | None,
    skip: int,
    state: str | None,
    to: Path | None,
    *,
    html: bool,
) -> None:
    if bool(sheet) == bool(tape):
        raise click.UsageError("--sheet SIZE | --tape MM")
    found = _phones(app, tags, state)
    if not found:
        raise LabelsOfNothing
    labels = [Label(one.tag, one.market_name or one.model or "") for one in found]
    path = write_page(_page(labels, sheet, tape, skip), "labels", to, html=html)
    app.say(_("{count} labels are written to {path}."), count=len(labels), path=path)


def _phones(app: App, tags: tuple[str, ...], state: str | None) -> list[DeviceOut]:
    """Return the phones that are named, or every one in a state."""
    if tags:
        return [app.client.device(tag) for tag in tags]
    if state is None:
        return []
    from api.client import every

    return list(every(app.client.devices, DeviceQuery(state=state, limit=1000)))


def _page(labels: list[Label], sheet: str | None, width: str | None, skip: int) -> str:
    if sheet:
        size = SHEETS[sheet]
        return sheets(labels, size, skip=skip % size.each)
    return tape(labels, int(width or TAPES[0]))
