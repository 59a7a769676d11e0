"""What every register's desk does with a row: find whom it is about, and say what differs."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final, Generic, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.words import _
from fleet.people.models import Department
from fleet.registers.reading import CellWrong, Entry, Table

Row = TypeVar("Row")
AT_ONCE: Final = 500  # rows that are asked for together
CORRECT: Final = _("Correct the file or the register.")


class Desk(ABC, Generic[Row]):
    """Knows one register. Values are plain text and days; other registers are named by handle."""

    at_once: ClassVar[int] = AT_ONCE
    needed: ClassVar[tuple[str, ...]]  # of a row that is new
    corrected: ClassVar[tuple[str, ...]]

    def __init__(self, session: Session, actor: Actor, tag_template: str) -> None:
        self.session, self.actor, self.tag_template = session, actor, tag_template

    def prepare(self, table: Table) -> None:
        """Learn what has to be known before the first row."""

    @abstractmethod
    def look(self, entries: Sequence[Entry]) -> None:
        """Read what the register knows of these rows, in a fixed number of questions."""

    @abstractmethod
    def keys(self, entry: Entry) -> Iterable[tuple[str, str]]:
        """Return by what a row is told from all others: in a file each stands once."""

    @abstractmethod
    def found(self, entry: Entry) -> Row | None:
        """Return what the register has for a row; refused where it might be two things."""

    @abstractmethod
    def known(self, row: Row) -> Mapping[str, Any]:
        """Return what the register says, by column."""

    def wanted(self, entry: Entry, row: Row | None) -> dict[str, Any]:  # noqa: ARG002 — see phones
        """Return what a row says, by column, as the register would keep it."""
        return dict(entry.values)

    def notes(self, entry: Entry, row: Row) -> Iterable[CellWrong]:  # noqa: ARG002 — see phones
        """Return what people should know of a row that is well."""
        return ()

    def warnings(self, values: Mapping[str, Any], row: Row | None) -> Iterable[CellWrong]:  # noqa: ARG002 — see accounts
        """Return what people should know of what a row says, whether it is new or not."""
        return ()

    @abstractmethod
    def add(self, values: Mapping[str, Any]) -> None: ...

    @abstractmethod
    def correct(self, row: Row, changes: Mapping[str, Any]) -> None: ...

    def send(self) -> None:
        """Do what a batch of rows has left for its end."""

    def require_all(self, values: Mapping[str, Any]) -> None:
        for name in self.needed:
            if values.get(name) is None:
                raise CellWrong(_("This is needed."), _("Fill it in."), name)


class Departments:
    """The departments there are, by code, and by a name that only one has."""

    def __init__(self, rows: Iterable[tuple[str, str]]) -> None:
        self._codes: set[str] = set()
        self._named: dict[str, list[str]] = {}
        for code, name in rows:
            self.add(code, name)

    def add(self, code: str, name: str) -> None:
        if code not in self._codes:
            self._codes.add(code)
            self._named.setdefault(name, []).append(code)

    def code(self, text: str, column: str) -> str:
        """Return the code that a code or a name stands for, or refuse."""
        if text in self._codes:
            return text
        named = self._named.get(text, [])
        if len(named) > 1:
            raise CellWrong(
                _("Several departments are called {name}: {codes}."),
                _("Write the code."),
                column,
                name=text,
                codes=", ".join(sorted(named)[:5]),
            )
        if not named:
            raise CellWrong(
                _("There is no department {name}."),
                _("Correct it, or import the departments first."),
                column,
                name=text,
            )
        return named[0]


def all_departments(session: Session) -> dict[str, Department]:
    return {one.code: one for one in session.scalars(select(Department))}
