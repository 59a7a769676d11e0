"""What the forms are put together from: words in both languages, fields, grids, signers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from fleet.contracts.labels import label
from fleet.contracts.papers import Cell, Content, Grid, Line, PaperRole, Said, Section
from fleet.contracts.words import say, speaking
from fleet.people.models import Employee


@dataclass(frozen=True)
class Signer:
    """Who signs in a role; without an employee and a name it is whoever holds that office."""

    role: PaperRole
    title: Said
    employee: Employee | None = None
    name: str | None = None

    @property
    def called(self) -> str | None:
        return self.employee.name if self.employee else self.name


@dataclass(frozen=True)
class Draft:
    """A paper before it has a number; `number` where what it certifies has one already."""

    subject: str
    content: Content
    signers: tuple[Signer, ...]
    number: str | None = None


BLANK: Final = ""  # to be written by hand


def both(zh: str, en: str) -> Said:
    return Said(zh=zh, en=en)


def word(value: str | None) -> Cell:
    """Return a word of ours in both languages."""
    return BLANK if value is None else in_both(lambda: label(value))


def sentence(text: str, **blanks: object) -> Said:
    """Return a marked sentence in both languages."""
    return in_both(lambda: say(text, **blanks))


def in_both(spoken: Callable[[], str]) -> Said:
    with speaking("zh_CN"):
        zh = spoken()
    with speaking("en"):
        return Said(zh=zh, en=spoken())


def day(at: date | datetime | None) -> Cell:
    """Return a day as each language writes it; of a moment, by the clock of this place."""
    if at is None:
        return BLANK
    here = at.astimezone() if isinstance(at, datetime) else at
    return both(f"{here:%Y年%m月%d日}", f"{here:%Y-%m-%d}")


def with_aside(said: str, aside: Cell) -> Cell:
    """Return a word with what stands in brackets behind it, where anything does."""
    if not aside:
        return said
    if isinstance(aside, str):
        return both(f"{said}（{aside}）", f"{said} ({aside})")
    return both(f"{said}（{aside.zh}）", f"{said} ({aside.en})")


def line(zh: str, en: str, value: Cell | None = BLANK, *, room: bool = False) -> Line:
    return Line(name=both(zh, en), value=BLANK if value is None else value, room=room)


def section(*lines: Line, title: Said | None = None) -> Section:
    return Section(title=title, lines=lines)


def grid(title: Said, columns: Sequence[Said], rows: Sequence[Sequence[Cell]]) -> Section:
    return Section(title=title, grid=Grid(columns=tuple(columns), rows=tuple(map(tuple, rows))))


def person(zh: str, en: str, employee: Employee | None) -> list[Line]:
    """Return somebody as a form has him: name, staff number, department."""
    place = employee.department.name if employee else BLANK
    return [
        line(zh, en, employee.name if employee else BLANK),
        line("工号", "Staff no.", employee.number if employee else BLANK),
        line("部门", "Department", place),
    ]
