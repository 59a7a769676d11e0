"""盘点表: what a stock-take was of, what was found and how, and what was not."""

from typing import Final

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.papers import Cell, Content, PaperIn, PaperRole, Section
from fleet.contracts.stocktakes import (
    Result,
    StocktakeItemOut,
    StocktakeItemQuery,
    StocktakeOut,
)
from fleet.contracts.words import _
from fleet.papers.forms.parts import (
    BLANK,
    Draft,
    Signer,
    both,
    day,
    grid,
    line,
    section,
    sentence,
    word,
)
from fleet.stocktakes import queries
from fleet.stocktakes.errors import StocktakeStillOpen

MOST_LINES: Final = 1000  # of one result; what is more is told by the digest, and by the export
TITLE: Final = both("盘点表", "Stock-take Sheet")
COLUMNS: Final = (
    both("资产编号/号码", "Thing"),
    both("使用人", "User"),
    both("工号", "Staff no."),
    both("方式", "How"),
    both("证明级别", "Level"),
    both("时间", "Found on"),
    both("盘点人", "Found by"),
    both("备注", "Note"),
)
GRIDS: Final = {
    Result.MISSING: both("缺失", "Missing"),
    Result.UNEXPECTED: both("账外", "Unexpected"),
    Result.FOUND: both("盘到", "Found"),
}
LEVELS: Final = _(
    "Levels: declared, a person says that it is there, or scanned its label; observed, the phone "
    "itself was at a station."
)
NOT_ALL: Final = _("Not all lines are printed: the digest is of all of them.")


def draw(session: Session, given: PaperIn, actor: Actor) -> Draft:
    found = queries.shown(session, queries.stocktake(session, given.subject, actor=actor))
    if found.closed_at is None:
        raise StocktakeStillOpen(number=found.number, state=found.state.value)
    grids, cut = [], False
    for result in GRIDS:
        asked = StocktakeItemQuery(result=result, limit=MOST_LINES)
        rows, more = queries.items(session, found.number, asked, actor=actor)
        if rows:
            grids.append(grid(GRIDS[result], COLUMNS, [_row(one) for one in rows]))
        cut |= more is not None
    notes = (sentence(LEVELS), *([sentence(NOT_ALL)] if cut else []))
    sections = (_head(found), *grids, Section(text=notes))
    signers = (
        Signer(PaperRole.HANDLER, both("盘点人", "Closed by"), name=found.closed_by),
        Signer(PaperRole.CHECKER, both("复核人", "Checked by"), name=found.signed_by),
        Signer(PaperRole.WITNESS, both("监盘人", "Witness")),
    )
    content = Content(title=TITLE, sections=sections)
    return Draft(found.number, content, signers, number=found.number)


def _head(found: StocktakeOut) -> Section:
    counts = found.counts
    return section(
        line("说明", "What for", found.note),
        line("部门", "Departments", ", ".join(found.scope.departments)),
        line("工位", "Stations", ", ".join(found.scope.stations)),
        line("开始日期", "Begun on", day(found.began_at)),
        line("结束日期", "Closed on", day(found.closed_at)),
        line("范围内数量", "In the scope", str(found.pool)),
        line("抽样数", "Sample", str(found.sample) if found.sample else BLANK),
        line("抽样种子", "Seed", found.seed if found.sample else BLANK),
        line("应盘", "To be found", str(counts.expected)),
        line("实盘", "Found", str(counts.found)),
        line("缺失", "Missing", str(counts.missing)),
        line("账外", "Unexpected", str(counts.unexpected)),
        line("结果摘要", "Digest", found.digest),
    )


def _row(one: StocktakeItemOut) -> tuple[Cell, ...]:
    return (
        one.name,
        one.holder.name if one.holder else BLANK,
        one.holder.number if one.holder else BLANK,
        word(one.how.value if one.how else None),
        word(one.level.value if one.how else None),
        day(one.found_at),
        one.found_by or BLANK,
        one.note or BLANK,
    )
