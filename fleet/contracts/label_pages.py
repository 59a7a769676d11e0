"""Labels for phones as pages to print: sheets of common sizes, and tape, each with a QR code.

Sizes of sheets are those that their maker (Avery Zweckform) prints on the box: columns, rows, width
and height of a label, the margins of the sheet and the gaps, in millimetres.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from fleet.contracts.paper_pages import qr


@dataclass(frozen=True)
class Sheet:
    columns: int
    rows: int
    width: float
    height: float
    top: float
    left: float
    across: float = 0.0
    down: float = 0.0

    @property
    def each(self) -> int:
        return self.columns * self.rows


@dataclass(frozen=True)
class Label:
    """`tag` is what the code says and people read; `beside` a second line, such as the model."""

    tag: str
    beside: str = ""


# A4 sheets: the measures of the maker, as https://github.com/j-evins/glabels (templates) has them.
SHEETS: Final = {
    "avery-l4731": Sheet(7, 27, 25.4, 10.0, 13.5, 8.6, 2.5),
    "avery-l7651": Sheet(5, 13, 38.1, 21.2, 10.7, 4.75, 2.5),
    "avery-l7160": Sheet(3, 7, 63.5, 38.1, 15.15, 7.25, 2.5),
    "avery-3475": Sheet(3, 8, 70.0, 36.0, 4.5, 0.0),
}
TAPES: Final = (12, 18, 24)  # millimetres, of label printers
STYLE: Final = """
@page {{ size: {page}; margin: 0 }}
* {{ box-sizing: border-box }}
body {{ margin: 0; font-family: sans-serif; color: #000 }}
.page {{ position: relative; width: {width}mm; height: {height}mm; overflow: hidden }}
.page + .page {{ break-before: page }}
.label {{ position: absolute; width: {label_width}mm; height: {label_height}mm; display: flex;
  align-items: center; gap: {gap}mm; padding: {gap}mm; overflow: hidden }}
.label svg {{ width: {code}mm; height: {code}mm; flex: none }}
.label div {{ flex: 1; min-width: 0; font-size: {size}mm }}
.label b {{ display: block; line-height: 1.1; overflow-wrap: anywhere }}
.label small {{ display: block; font-size: {small}mm; line-height: 1.2; white-space: nowrap;
  overflow: hidden; text-overflow: ellipsis }}
"""
FULL_SIZE: Final = 8  # letters of a tag that stand in one line beside the code
SMALLEST: Final = 0.55  # of that size; what is longer still goes over lines
A4: Final = (210.0, 297.0)


def sheets(labels: Sequence[Label], sheet: Sheet, *, skip: int = 0) -> str:
    """Return labels on sheets of A4; `skip` leaves out what was used of the first sheet."""
    blanks: list[Label | None] = [None] * skip
    cells = [*blanks, *labels]
    pages = [cells[at : at + sheet.each] for at in range(0, len(cells), sheet.each)]
    drawn = "".join(_sheet(page, sheet) for page in pages)
    return _page(drawn, _style("A4 portrait", A4, (sheet.width, sheet.height)))


def tape(labels: Sequence[Label], width: int) -> str:
    """Return labels one behind the other on a tape of a width; each is a page."""
    long = width * 3.5
    drawn = "".join(f'<div class="page">{_label(one, 0.0, 0.0)}</div>' for one in labels)
    whole = (long, float(width))
    return _page(drawn, _style(f"{long}mm {width}mm", whole, whole))


def _sheet(cells: Sequence[Label | None], sheet: Sheet) -> str:
    drawn = []
    for at, one in enumerate(cells):
        row, column = divmod(at, sheet.columns)
        left = sheet.left + column * (sheet.width + sheet.across)
        top = sheet.top + row * (sheet.height + sheet.down)
        drawn.append(_label(one, left, top) if one else "")
    return f'<div class="page">{"".join(drawn)}</div>'


def _label(one: Label, left: float, top: float) -> str:
    beside = f"<small>{escape(one.beside)}</small>" if one.beside else ""
    place = f'style="left:{left:.2f}mm;top:{top:.2f}mm"'
    size = f'style="font-size:{max(SMALLEST, min(1.0, FULL_SIZE / len(one.tag))):.2f}em"'
    told = f"<div><b {size}>{escape(one.tag)}</b>{beside}</div>"
    return f'<div class="label" {place}>{qr(one.tag)}{told}</div>'


def _style(page: str, whole: tuple[float, float], label: tuple[float, float]) -> str:
    code = min(label[1] * 0.86, label[0] * 0.4)
    return STYLE.format(
        page=page,
        width=whole[0],
        height=whole[1],
        label_width=label[0],
        label_height=label[1],
        gap=round(label[1] * 0.05, 2),
        code=round(code, 2),
        size=round(min(label[1] * 0.28, (label[0] - code) * 0.17), 2),
        small=round(min(label[1] * 0.17, (label[0] - code) * 0.09), 2),
    )


def _page(drawn: str, style: str) -> str:
    head = f'<meta charset="utf-8"><title>workfleet</title><style>{style}</style>'
    return f"<!doctype html>\n<html><head>{head}</head><body>{drawn}</body></html>\n"
