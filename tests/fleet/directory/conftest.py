"""Lists of the company's people, handed in by the operator."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.access import Role
from fleet.contracts.directory import COLUMNS, SyncOut, SyncQuery
from fleet.contracts.registers import Kind
from fleet.directory.models import Proposal
from fleet.directory.syncing import compared, sync
from fleet.registers.importing import received
from fleet.settings import Settings
from tests.factories import Make
from tests.fleet.registers.conftest import xlsx

HEADERS = ["工号", "姓名", "部门", "岗位", "入职日期", "离职日期"]
Rows = Sequence[Sequence[object]]


@dataclass
class Counter:
    """Hands lists in; `headers` stand above every one."""

    session: Session
    settings: Settings
    actor: Actor
    headers: Sequence[str] = field(default_factory=lambda: HEADERS)

    def look(self, *rows: Sequence[object]) -> SyncOut:
        with received(Kind.EMPLOYEES, [self._file(rows)], self.settings, COLUMNS) as sheet:
            return compared(self.session, sheet, self.settings, actor=self.actor)

    def hand_in(self, *rows: Sequence[object], allow: int | None = None) -> SyncOut:
        query = SyncQuery(allow_leavers=allow)
        undone = self.session.begin_nested()  # as the door does, where it is refused
        file = [self._file(rows)]
        with received(Kind.EMPLOYEES, file, self.settings, COLUMNS) as sheet, undone:
            return sync(self.session, sheet, query, self.settings, actor=self.actor)

    def _file(self, rows: Rows) -> bytes:
        return xlsx([self.headers, *rows])

    def waiting(self) -> list[tuple[str, str]]:
        """Return what waits: its kind, and whom it is about."""
        rows = select(Proposal).where(Proposal.state == "proposed").order_by(Proposal.number)
        return [(one.kind.value, one.employee) for one in self.session.scalars(rows)]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "data").mkdir(exist_ok=True)
    return Settings(home=tmp_path)


@pytest.fixture
def counter(session: Session, settings: Settings, make: Make) -> Counter:
    return Counter(session, settings, make.actor(Role.OPERATOR))


@pytest.fixture
def settle(make: Make) -> Callable[[int], list[list[object]]]:
    """Give a company of so many people in one department, and the rows that say the same."""

    def settle(count: int) -> list[list[object]]:
        place = make.department(code="S", name="销售部")
        people = [
            make.employee(number=f"E{n:05d}", name=f"人{n}", department=place) for n in range(count)
        ]
        return [[one.number, one.name, "S"] for one in people]

    return settle
