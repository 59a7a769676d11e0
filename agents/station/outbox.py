"""Reports that wait for the server: numbered once, kept until it has said that it has them."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import TypeAdapter

from agents.station.store import Store
from fleet.contracts.clock import now
from fleet.contracts.stations import Body, Rejected, Report

BATCH = 500  # reports in one exchange, as the contract allows
BATCH_BYTES = 4 * 1024 * 1024  # a probe of a phone with 400 apps is about 100 KiB

_BODY: TypeAdapter[Body] = TypeAdapter(Body)


@dataclass(frozen=True)
class SetAside:
    """A report that the server can never take, and why."""

    sequence: int
    code: str
    message: str


class Outbox:
    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, body: Body) -> int:
        """Keep a report; when this returns it survives anything. Return its number."""
        with self._store.transaction() as connection:
            return put(connection, body)

    def batch(self, limit: int = BATCH) -> list[Report]:
        """Return the oldest reports, as many as one exchange may carry."""
        with self._store.transaction() as connection:
            rows = connection.execute(
                "SELECT sequence, at, body FROM report ORDER BY sequence LIMIT ?", (limit,)
            )
            return [_report(row) for row in _fitting(rows)]

    def settle(self, *, taken: int, rejected: Iterable[Rejected] = ()) -> None:
        """Let go of every report up to `taken`, and put aside those that are refused for ever."""
        with self._store.transaction() as connection:
            for refusal in rejected:
                _put_aside(connection, refusal)
            connection.execute("DELETE FROM report WHERE sequence <= ?", (taken,))

    def waiting(self) -> int:
        with self._store.transaction() as connection:
            return int(connection.execute("SELECT count(*) FROM report").fetchone()[0])

    def rejected(self) -> list[SetAside]:
        with self._store.transaction() as connection:
            rows = connection.execute("SELECT sequence, code, message FROM rejected")
            return [SetAside(**dict(row)) for row in rows]

    def has_progress(self, job: str) -> bool:
        """Say whether a progress report of `job` waits already: one is enough."""
        with self._store.transaction() as connection:
            found = connection.execute(
                "SELECT 1 FROM report WHERE json_extract(body, '$.kind') = 'job_progress'"
                " AND json_extract(body, '$.job') = ?",
                (job,),
            )
            return found.fetchone() is not None


def put(connection: sqlite3.Connection, body: Body) -> int:
    """Keep a report in a transaction that somebody else has begun."""
    cursor = connection.execute(
        "INSERT INTO report (at, body) VALUES (?, ?)", (now().isoformat(), body.model_dump_json())
    )
    return int(cursor.lastrowid or 0)


def _fitting(rows: Iterable[sqlite3.Row]) -> Iterable[sqlite3.Row]:
    size = 0
    for row in rows:
        size += len(row["body"])
        if size > BATCH_BYTES and size > len(row["body"]):
            return
        yield row


def _report(row: sqlite3.Row) -> Report:
    return Report(sequence=row["sequence"], at=row["at"], body=_BODY.validate_json(row["body"]))


def _put_aside(connection: sqlite3.Connection, refusal: Rejected) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO rejected SELECT sequence, at, body, ?, ? FROM report"
        " WHERE sequence = ?",
        (refusal.code, refusal.message, refusal.sequence),
    )
    connection.execute("DELETE FROM report WHERE sequence = ?", (refusal.sequence,))
