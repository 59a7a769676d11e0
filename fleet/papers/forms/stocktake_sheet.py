"""盘点表: what was to be found, what was, and every difference, of a stock-take that is closed."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.papers import Cell, Content, PaperIn, PaperRole, Section, grouped
from fleet.contracts.stocktakes import (
    DifferenceQuery,
    StocktakeItemOut,
    StocktakeOut,
)
from fleet.papers.errors import NotCountedYet
from fleet.papers.forms.parts import BLANK, Draft, Signer, both, day, grid, line, section, word
from fleet.stocktakes.queries import COUNTED, differences, numbered, shown

TITLE: Final = both("资产盘点表", "Stock-take Sheet")
COLUMNS: Final = (
    both("物品", "Thing"),
    both("编号", "Number"),
    both("结果", "Result"),
    both("领用人", "Holder"),
    both("处理", "What became of it"),
    both("备注", "Note"),
)


def draw(session: Session, given: PaperIn, actor: Actor) -> Draft:
    counted = numbered(session, given.subject)
    if counted.state not in COUNTED:
        raise NotCountedYet(number=counted.number, state=counted.state.value)
    one = shown(session, counted)
    rows = [_row(item) for item in _differences(session, one.number, actor)]
    sections = (
        _about(one),
        _counts(one),
        grid(both("差异", "Differences"), COLUMNS, rows),
    )
    signers = (
        Signer(PaperRole.HANDLER, both("盘点人", "Counted by"), name=one.closed_by),
        Signer(PaperRole.CHECKER, both("监盘人", "Watched by"), name=one.signed_by),
        Signer(PaperRole.FINANCE, both("财务", "Finance")),
    )
    content = Content(title=TITLE, sections=sections)
    return Draft(one.number, content, signers, number=one.number)


def _about(one: StocktakeOut) -> Section:
    scope = one.scope
    places = ", ".join((*scope.departments, *scope.stations, *scope.states))
    return section(
        line("盘点编号", "Number", one.number),
        line("范围", "Scope", places or both("全部", "everything")),
        line("开始", "Began", day(one.began_at)),
        line("结束", "Closed", day(one.closed_at)),
        line("抽样数", "Sample", str(one.sample or BLANK)),
        line("随机种子", "Seed", one.seed if one.sample else BLANK),
        line("结果摘要", "Digest of the result", grouped(one.digest) if one.digest else BLANK),
        line("备注", "Note", one.note),
    )


def _counts(one: StocktakeOut) -> Section:
    counts = one.counts
    return section(
        line("应有", "Expected", str(counts.expected)),
        line("已找到", "Found", str(counts.found)),
        line("缺失", "Missing", str(counts.missing)),
        line("账外", "Unexpected", str(counts.unexpected)),
    )


def _differences(session: Session, number: str, actor: Actor) -> Iterator[StocktakeItemOut]:
    """Give them in the order in which people look for them on a shelf: by their names."""
    query = DifferenceQuery(stocktake=number, sort="name", limit=1000)
    while True:
        rows, mark = differences(session, query, actor=actor)
        yield from rows
        if mark is None:
            return
        query = query.model_copy(update={"after": mark})


def _row(item: StocktakeItemOut) -> tuple[Cell, ...]:
    return (
        word(item.thing),
        item.name,
        word(item.result),
        item.holder.name if item.holder else BLANK,
        word(item.resolution),
        item.resolution_note or BLANK,
    )
