"""What went out beside a phone and what came back, as the forms say it."""

from collections.abc import Iterable, Iterator
from typing import Final

from sqlalchemy.orm import Session

from fleet.contracts.accessories import Condition, KitOut, Names
from fleet.contracts.papers import SHORT_DIGEST, Cell, Line, Said, Section
from fleet.contracts.photos import PhotoTaken
from fleet.custody.accessory_words import known_words
from fleet.custody.models import Accessory, Holding
from fleet.custody.photos import photos_of
from fleet.papers.forms.parts import BLANK, both, grid, in_both, line

_TAKEN: Final = {
    PhotoTaken.HANDED_OUT: ("领用时照片", "Photographs at issue"),
    PhotoTaken.GIVEN_BACK: ("归还时照片", "Photographs at return"),
}
COLUMNS: Final = (
    both("配件", "Accessory"),
    both("发放", "Handed out"),
    both("归还", "Back"),
    both("缺失", "Missing"),
    both("归还状况", "Condition at return"),
    both("备注", "Note"),
)


def looks(condition: Condition | None, note: str | None) -> Cell:
    """Return how a thing looks, with what was noted beside it."""
    if condition is None:
        return note or BLANK
    said = in_both(lambda: condition.spoken)
    return both(f"{said.zh}：{note}", f"{said.en}: {note}") if note else said


def photographs(session: Session, holding: Holding, taken: PhotoTaken) -> Iterator[Line]:
    """Give a line of the photographs that were taken then, where there are: by their digests."""
    found = photos_of(session, holding, taken)
    if found:
        told = ", ".join(f"{one.number} ({one.digest[:SHORT_DIGEST]})" for one in found)
        yield line(*_TAKEN[taken], told)


def accessories_of(session: Session, holding: Holding) -> Cell:
    """Return what went out beside a phone, in one line."""
    if not holding.accessories:
        return BLANK
    words = known_words(session)
    told = [(words[one.word].names, one.count) for one in in_order(holding.accessories)]
    return counted(told)


def counted(told: Iterable[tuple[Names, int]]) -> Said:
    """Return how many of what, in one line."""
    told = list(told)
    return both(
        "、".join(f"{name.zh}×{count}" for name, count in told),
        ", ".join(f"{name.en} ×{count}" for name, count in told),
    )


def in_order(accessories: Iterable[Accessory]) -> list[Accessory]:
    """Return them in the order of their words: the same facts make the same paper."""
    return sorted(accessories, key=lambda one: one.word)


def kit_grid(session: Session, kit: KitOut) -> Iterable[Section]:
    """Give what came back beside a phone, where anything had gone out."""
    words = known_words(session)
    rows = [
        (
            _named(words[one.word].names),
            str(one.count),
            str(one.back),
            str(one.missing),
            looks(one.back_condition, None),
            one.back_note or BLANK,
        )
        for one in kit.accessories
    ]
    if rows:
        yield grid(both("配件", "Accessories"), COLUMNS, rows)


def _named(names: Names) -> Said:
    return both(names.zh, names.en)
