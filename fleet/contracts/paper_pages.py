"""Papers as pages to print: A4, in either language, the same bytes from the same paper.

One page needs nothing but itself: its style and its QR code are in it, no script, nothing from
elsewhere. The paper's own data are in it as well, so that a file can be held against its digest
where no server is at hand.
"""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from html import escape, unescape
from io import BytesIO
from typing import Final
from unicodedata import east_asian_width

import segno

from fleet.contracts.labels import label
from fleet.contracts.papers import (
    PAD_HEIGHT,
    PAD_WIDTH,
    Cell,
    Drawing,
    Grid,
    Line,
    PaperOut,
    PaperState,
    PartyOut,
    Said,
    Section,
    SignatureOut,
    grouped,
)
from fleet.contracts.words import _, say, speaking

CHECK: Final = "/check/"  # where the QR code leads to, before the secret part
DATA: Final = re.compile(
    r'<script type="application/json" id="paper" data-language="(\w+)" data-copy="(\d+)"'
    r' data-server="([^"]*)">(.*?)</script>',
    re.DOTALL,
)
DAYS: Final = {"zh": "%Y年%m月%d日", "en": "%Y-%m-%d"}
WATERMARKS: Final = {
    PaperState.VOID: _("VOID: {reason}"),
    PaperState.REPLACED: _("REPLACED by {number}"),
}
STYLE: Final = """
@page {{ size: A4; margin: 12mm 16mm 15mm;
  @bottom-left {{ content: "{number}  {digest}"; font: 8pt monospace; color: #333 }}
  @bottom-right {{ content: counter(page) " / " counter(pages); font: 9pt sans-serif }} }}
* {{ box-sizing: border-box }}
body {{ margin: 0 auto; max-width: 178mm; color: #000; background: #fff;
  font: 10.5pt/1.35 "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC",
  "WenQuanYi Zen Hei", sans-serif }}
.top {{ display: grid; grid-template-columns: 1fr auto 1fr; align-items: end; gap: 4mm;
  font-size: 9.5pt; margin: 0 0 4mm }}
.top span:last-child {{ text-align: right }}
h1 {{ font-size: 17pt; line-height: 1.2; text-align: center; margin: 0; max-width: 100mm }}
h2 {{ font-size: 11pt; margin: 3mm 0 1mm; break-after: avoid }}
table {{ border-collapse: collapse; width: 100%; margin: 0 0 2.5mm }}
th, td {{ border: .25mm solid #000; padding: .8mm 1.6mm; text-align: left; vertical-align: top;
  overflow-wrap: break-word }}
th {{ font-weight: 600; background: #f2f2f2; print-color-adjust: exact }}
.fields {{ font-size: 9.5pt; break-inside: avoid; table-layout: fixed }}
.fields col:nth-child(odd) {{ width: 18% }}
.fields col:nth-child(even) {{ width: 32% }}
.room {{ height: 12mm }}
.grid {{ font-size: 9pt }}
.grid td {{ height: 6mm }}
.written td {{ height: 6.6mm }}
.grid th {{ min-width: 13mm }}
.grid .hand {{ min-width: 23mm }}
.whole {{ white-space: nowrap }}
.cut {{ overflow-wrap: anywhere }}
tr, .party {{ break-inside: avoid }}
.text {{ font-size: 9.5pt }}
.text p {{ margin: 0 0 1.5mm; text-align: justify }}
.parties {{ display: grid; grid-template-columns: 1fr 1fr 1fr; gap: 2mm; margin-top: 2mm;
  break-before: avoid }}
.party {{ border: .25mm solid #000; padding: 1.2mm 2mm; min-height: 22mm; font-size: 9pt;
  display: flex; flex-direction: column }}
.party b {{ display: block; font-size: 10pt }}
.party svg {{ display: block; width: 100%; height: 12mm }}
.line {{ border-bottom: .25mm solid #000; min-height: 9mm; margin-top: auto }}
.check {{ display: flex; gap: 3mm; align-items: center; margin-top: 2mm; font-size: 8pt;
  break-inside: avoid; break-before: avoid }}
.check svg {{ width: 20mm; height: 20mm; flex: none }}
.check p {{ margin: 0; overflow-wrap: anywhere }}
.mark {{ border: .8mm solid #000; text-align: center; font-size: 15pt; padding: 2mm;
  margin: 3mm 0 }}
"""


@dataclass(frozen=True)
class Printing:
    """`server` is where the QR code leads to; `copy` counts the sheets of a form from 1."""

    paper: PaperOut
    server: str
    language: str = "zh_CN"
    copy: int = 1

    @property
    def tongue(self) -> str:
        return "zh" if self.language.startswith("zh") else "en"

    def said(self, cell: Cell) -> str:
        return cell.spoken(self.tongue) if isinstance(cell, Said) else cell


def page(printing: Printing) -> str:
    """Return the whole page; the same paper gives the same bytes."""
    with speaking(printing.language):
        return _page(printing)


def style_of(paper: PaperOut) -> str:
    """Return the style of a paper's page; what stands at the foot of each sheet is in it."""
    return STYLE.format(number=paper.number, digest=grouped(paper.digest))


def style_hash(paper: PaperOut) -> str:
    """Return what a Content-Security-Policy calls the style of a paper's page."""
    digest = sha256(style_of(paper).encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _page(it: Printing) -> str:
    paper = it.paper
    return "\n".join(
        (
            "<!doctype html>",
            f'<html lang="{"zh-CN" if it.tongue == "zh" else "en"}">',
            '<head><meta charset="utf-8">',
            f"<title>{escape(paper.number)} {_text(it, paper.content.title)}</title>",
            f"<style>{style_of(paper)}</style>",
            _data(it),
            "</head>",
            "<body>",
            _top(it),
            _mark(paper),
            *(_section(it, one) for one in paper.content.sections),
            _parties(it),
            _check(it),
            "</body>",
            "</html>",
            "",
        )
    )


def _data(it: Printing) -> str:
    """Return the paper as data; nothing in it can end the element that holds it."""
    told = it.paper.model_dump_json().replace("<", "\\u003c")
    named = f'data-language="{it.language}" data-copy="{it.copy}" data-server="{escape(it.server)}"'
    return f'<script type="application/json" id="paper" {named}>{told}</script>'


def _top(it: Printing) -> str:
    copies = it.paper.content.copies
    which = _text(it, copies[it.copy - 1]) if len(copies) >= it.copy else ""
    number = escape(say(_("No. {number}"), number=it.paper.number))
    title = f"<h1>{_text(it, it.paper.content.title)}</h1>"
    return f'<div class="top"><span>{which}</span>{title}<span>{number}</span></div>'


def _mark(paper: PaperOut) -> str:
    sentence = WATERMARKS.get(paper.state)
    if sentence is None:
        return ""
    told = say(sentence, reason=paper.void_reason, number=paper.replaced_by)
    return f'<p class="mark">{escape(told)}</p>'


def _section(it: Printing, section: Section) -> str:
    title = f"<h2>{_text(it, section.title)}</h2>" if section.title else ""
    text = "".join(f"<p>{_text(it, one)}</p>" for one in section.text)
    told = f'<div class="text">{text}</div>' if text else ""
    grid = _grid(it, section.grid) if section.grid else ""
    return title + _fields(it, section.lines) + grid + told


def _fields(it: Printing, lines: tuple[Line, ...]) -> str:
    """Return the fields of a form, two beside each other; a long one has a row of its own."""
    if not lines:
        return ""
    rows = "".join(f"<tr>{row}</tr>" for row in _rows(it, lines))
    return f'<table class="fields">{COLUMNS}<tbody>{rows}</tbody></table>'


HAND: Final = ' class="hand"'
COLUMNS: Final = "<colgroup><col><col><col><col></colgroup>"
# In the widths of a Latin letter; a Chinese one is two wide.
LONG: Final = 40  # more than this does not stand in half a row
SHORT: Final = 8  # up to this it is not broken over lines
LONGEST_WORD: Final = 18  # a longer one is broken wherever its line ends


def _rows(it: Printing, lines: Iterable[Line]) -> Iterable[str]:
    left: Line | None = None
    for line in lines:
        wide = line.room or _width(it.said(line.value)) > LONG
        if left is not None:
            yield _field(it, left, 3 if wide else 1) + ("" if wide else _field(it, line))
            left = None
            if not wide:
                continue
        if wide:
            yield _field(it, line, 3)
        else:
            left = line
    if left is not None:
        yield _field(it, left, 3)


def _field(it: Printing, line: Line, columns: int = 1) -> str:
    across = f' colspan="{columns}"' if columns > 1 else ""
    room = ' class="room"' if line.room else ""
    told = _text(it, line.value)
    value = f"<td{across}{room or _breaking(it.said(line.value))}>{told}</td>"
    return f"<th>{_head(it, line.name)}</th>{value}"


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _breaking(text: str) -> str:
    """Return how a cell breaks: one that is short never, one with an endless word anywhere."""
    if 0 < _width(text) <= SHORT:
        return ' class="whole"'
    endless = any(len(word) > LONGEST_WORD for word in text.split() if word.isascii())
    return ' class="cut"' if endless else ""


def _head(it: Printing, name: Said) -> str:
    """Return the name of a field or column; browsers do not break Latin words at a slash."""
    return _text(it, name).replace("/", "/<wbr>")


def _grid(it: Printing, grid: Grid) -> str:
    blank = [_by_hand(it, grid, at) for at in range(len(grid.columns))]
    head = "".join(
        f"<th{HAND if by_hand else ''}>{_head(it, one)}</th>"
        for one, by_hand in zip(grid.columns, blank, strict=True)
    )
    rows = "".join("<tr>" + "".join(_cell(it, one) for one in row) + "</tr>" for row in grid.rows)
    if not rows:
        none = escape(say(_("None.")))
        rows = f'<tr><td colspan="{len(grid.columns)}">{none}</td></tr>'
    named = "grid written" if any(blank) else "grid"
    return f'<table class="{named}"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _by_hand(it: Printing, grid: Grid, at: int) -> bool:
    """Tell whether nobody has filled a column: it is filled by hand, and needs room."""
    return bool(grid.rows) and not any(it.said(row[at]) for row in grid.rows)


def _cell(it: Printing, cell: Cell) -> str:
    return f"<td{_breaking(it.said(cell))}>{_text(it, cell)}</td>"


def _parties(it: Printing) -> str:
    boxes = "".join(_party(it, one) for one in it.paper.signers)
    return f'<div class="parties">{boxes}</div>' if boxes else ""


def _party(it: Printing, party: PartyOut) -> str:
    name = escape(party.name or "")
    head = f"<b>{_text(it, party.title)}</b>{name}"
    if party.signature is None:
        blank = escape(say(_("Signature, date")))
        return f'<div class="party">{head}<div class="line"></div>{blank}</div>'
    return f'<div class="party">{head}{_signed(it, party, party.signature)}</div>'


def _signed(it: Printing, party: PartyOut, signature: SignatureOut) -> str:
    drawn = drawing(signature.drawing) if signature.drawing else ""
    who = "" if signature.name == party.name else f" {signature.name}"
    said = say(
        _("Signed{who}: {how} ({level}), {when}"),
        who=who,
        how=label(signature.how),
        level=label(signature.level),
        when=_moment(it, signature.signed_at),
    )
    beside = say(_("attested by {name}"), name=signature.by) if signature.identity else ""
    return f"{drawn}<div>{escape(said)}</div><div>{escape(beside)}</div>"


def drawing(drawn: Drawing) -> str:
    """Return a signature that was drawn as a picture; its points are whole numbers."""
    lines = (
        "M" + " L".join(f"{x} {y}" for x, y in zip(stroke[::2], stroke[1::2], strict=True))
        for stroke in drawn.strokes
    )
    path = " ".join(lines)
    return (
        f'<svg viewBox="0 0 {PAD_WIDTH} {PAD_HEIGHT}" preserveAspectRatio="xMinYMid meet">'
        f'<path d="{path}" fill="none" stroke="#000" stroke-width="3" '
        'stroke-linecap="round" stroke-linejoin="round"/></svg>'
    )


def _check(it: Printing) -> str:
    paper = it.paper
    address = f"{it.server.rstrip('/')}{CHECK}{paper.check}"
    made = say(_("Made {when} by {name}"), when=_moment(it, paper.made_at), name=paper.made_by)
    lines = (
        made,
        say(_("Digest (SHA-256): {digest}"), digest=paper.digest),
        say(_("Compare number and digest where the code leads to: {address}"), address=address),
    )
    told = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return f'<div class="check">{qr(address)}<div>{told}</div></div>'


def qr(text: str) -> str:
    """Return a QR code as a picture for a page, which has no style of its own."""
    drawn = BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2
    )
    return drawn.getvalue().decode().strip()


def _moment(it: Printing, at: datetime) -> str:
    """Return a moment by the clock of the paper's own record, so that the page never changes."""
    return f"{at:{DAYS[it.tongue]}} {at:%H:%M} UTC"


def _text(it: Printing, cell: Cell) -> str:
    return escape(it.said(cell)).replace("\n", "<br>")


def printing_of(text: str) -> Printing | None:
    """Return what a page of ours was printed from; None where it is none."""
    found = DATA.search(text)
    if found is None:
        return None
    language, copy, server, told = found.groups()
    paper = PaperOut.model_validate_json(told)
    return Printing(paper, unescape(server), language, int(copy))
