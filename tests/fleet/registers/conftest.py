"""Spreadsheets as people make them, taken in by the operator."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.access import Role
from fleet.contracts.imports import ImportOut, ImportQuery
from fleet.contracts.registers import Kind
from fleet.registers.importing import import_register, planned, received
from fleet.settings import Settings
from tests.factories import Make

Rows = Sequence[Sequence[Any]]


def xlsx(rows: Rows) -> bytes:
    book, made = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(list(row))
    book.save(made)
    return made.getvalue()


def as_csv(rows: Rows, encoding: str = "gbk") -> bytes:
    made = io.StringIO()
    csv.writer(made, lineterminator="\r\n").writerows(rows)
    return made.getvalue().encode(encoding)


@dataclass
class Counter:
    """Takes in files as one person does: a look first, and then the import with its plan."""

    session: Session
    settings: Settings
    actor: Actor

    def look(self, kind: Kind, content: bytes) -> ImportOut:
        with received(kind, [content], self.settings) as sheet:
            report = planned(self.session, sheet.table, self.settings, actor=self.actor)
            return report.shown(dry_run=True, done=False)

    def take(self, kind: Kind, content: bytes, plan: str | None = None) -> ImportOut:
        query = ImportQuery(plan=plan or self.look(kind, content).plan)
        undone = self.session.begin_nested()  # as the door does, where it is refused
        with received(kind, [content], self.settings) as sheet, undone:
            return import_register(self.session, sheet, query, self.settings, actor=self.actor)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "data").mkdir(exist_ok=True)
    return Settings(home=tmp_path)


@pytest.fixture
def counter(session: Session, settings: Settings, make: Make) -> Counter:
    return Counter(session, settings, make.actor(Role.OPERATOR))


@pytest.fixture
def look(counter: Counter) -> Callable[[Kind, Rows], ImportOut]:
    return lambda kind, rows: counter.look(kind, xlsx(rows))


@pytest.fixture
def take(counter: Counter) -> Callable[[Kind, Rows], ImportOut]:
    return lambda kind, rows: counter.take(kind, xlsx(rows))
