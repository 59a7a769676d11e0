"""What phones answered to slow questions, kept on the station's disk."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from agents.phone.memory import Kept, Start
from agents.phone.parts.part import Part, Recorded
from agents.phone.parts.slow import SLOW, slow_parts
from agents.station.store import Store
from fleet.contracts.clock import now
from fleet.contracts.work_apps import catalogue

FORGOTTEN_AFTER: Final = timedelta(days=30)


@dataclass
class Answers:
    """The memory of a station; what was asked at another station is not in it."""

    store: Store
    parts: Sequence[Part[Any]] = SLOW
    told_at_once: bool = False  # the server has said that it takes a visit before they are here

    def ask_about(self, added: Sequence[str]) -> None:
        """Ask about the work apps and those the company added from now on."""
        self.parts = slow_parts(catalogue(added))

    def kept(self, serial: str) -> Mapping[str, Kept]:
        with self.store.transaction() as connection:
            rows = connection.execute("SELECT * FROM answer WHERE serial = ?", (serial,))
            return {row["part"]: _kept(row) for row in rows}

    def keep(self, serial: str, answers: Mapping[str, Kept]) -> None:
        if not answers:
            return
        rows = [_row(serial, part, one) for part, one in answers.items()]
        old = (now() - FORGOTTEN_AFTER).isoformat()
        with self.store.transaction() as connection:
            connection.execute("DELETE FROM answer WHERE at < ?", (old,))
            connection.executemany(
                "INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
            )


def _kept(row: sqlite3.Row) -> Kept:
    return Kept(
        command=row["command"],
        at=datetime.fromisoformat(row["at"]),
        start=Start(row["serial"], row["boot_id"], row["build"]),
        recorded=Recorded(row["body"], row["status"], bool(row["cut"])),
    )


def _row(serial: str, part: str, one: Kept) -> tuple[object, ...]:
    start, said = one.start, one.recorded
    return (
        *(serial, part, one.at.isoformat(), start.boot_id, start.build),
        *(one.command, said.text, said.status, said.cut),
    )
