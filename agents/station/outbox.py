"""Reports that wait for the server, kept until it has said that it has them.

A report is numbered when it is sent first: until then a later one may make it needless (`folding`).
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from agents.station import folding, sights
from agents.station.store import Store
from fleet.contracts.clock import now
from fleet.contracts.stations import Body, PhoneSeen, Rejected, Report

BATCH = 500  # reports in one exchange, as the contract allows
BATCH_BYTES = 4 * 1024 * 1024  # a probe of a phone with 400 apps is about 100 KiB

_BODY: TypeAdapter[Body] = TypeAdapter(Body)


@dataclass(frozen=True)
class SetAside:
    """A report that the server can never take, and why."""

    sequence: int
    code: str
    message: str


@dataclass(frozen=True)
class Batch:
    """What one exchange carries.

    `oldest` is the lowest number still here, or the next to be given; `ended` are the jobs whose
    end waits to be reported.
    """

    reports: tuple[Report, ...]
    oldest: int
    ended: tuple[str, ...]


class Outbox:
    """`heard` is called with every report that was kept."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.heard: Callable[[Body], None] = lambda _body: None

    def put(self, body: Body) -> None:
        """Keep a report; when this returns it survives anything."""
        with self._store.transaction() as connection:
            put(connection, body)
        self.heard(body)

    def put_visit(self, seen: PhoneSeen) -> None:
        """Keep a report of a visit, in few words where the server knows the rest."""
        with self._store.transaction() as connection:
            put(connection, sights.in_few_words(connection, seen) or seen)
        self.heard(seen)

    def batch(self, limit: int = BATCH) -> Batch:
        """Return the oldest reports, as many as one exchange may carry."""
        with self._store.transaction() as connection:
            _number(connection, limit)
            rows = connection.execute(
                "SELECT sequence, at, body FROM report ORDER BY sequence LIMIT ?", (limit,)
            )
            reports = tuple(_report(row) for row in _fitting(rows))
            ended = connection.execute(
                "SELECT json_extract(body, '$.job') AS job FROM report"
                " WHERE json_extract(body, '$.kind') = 'job_done'"
                " UNION ALL SELECT json_extract(body, '$.job') FROM fresh WHERE kind = 'job_done'"
            )
            jobs = tuple(row["job"] for row in ended)
            return Batch(reports, reports[0].sequence if reports else _last(connection) + 1, jobs)

    def settle(
        self,
        *,
        taken: int,
        rejected: Iterable[Rejected] = (),
        known: Mapping[str, str] | None = None,
        anew: Iterable[str] = (),
    ) -> None:
        """Let go of every report up to `taken`, and put aside those that are refused for ever.

        The server has the phones in `known` as their digests say; those in `anew` it asks for. One
        that does not take few words (an older one was put in its place) is told all.
        """
        with self._store.transaction() as connection:
            again = list(anew)
            for refusal in rejected:
                brief = sights.told_in_few_words(connection, refusal.sequence)
                again += [brief] if brief else []
                _put_aside(connection, refusal)
            connection.execute("DELETE FROM report WHERE sequence <= ?", (taken,))
            _go_on_behind(connection, taken)
            sights.note_known(connection, known or {})
            for at, seen in sights.whole_again(connection, again):
                put(connection, seen, at)

    def waiting(self) -> int:
        with self._store.transaction() as connection:
            both = "SELECT (SELECT count(*) FROM report) + (SELECT count(*) FROM fresh)"
            return int(connection.execute(both).fetchone()[0])

    def rejected(self) -> list[SetAside]:
        with self._store.transaction() as connection:
            rows = connection.execute("SELECT sequence, code, message FROM rejected")
            return [SetAside(**dict(row)) for row in rows]

    def has_progress(self, job: str) -> bool:
        """Say whether a progress report of `job` waits already: one is enough."""
        with self._store.transaction() as connection:
            found = connection.execute(
                "SELECT 1 FROM report WHERE json_extract(body, '$.kind') = 'job_progress'"
                " AND json_extract(body, '$.job') = :job UNION ALL SELECT 1 FROM fresh"
                " WHERE kind = 'job_progress' AND json_extract(body, '$.job') = :job",
                {"job": job},
            )
            return found.fetchone() is not None


def put(connection: sqlite3.Connection, body: Body, at: datetime | None = None) -> None:
    """Keep a report in a transaction that somebody else has begun."""
    folding.fold(connection, body)
    moment = (at or now()).isoformat()
    connection.execute(
        "INSERT INTO fresh (at, body, kind, about) VALUES (?, ?, ?, ?)",
        (moment, body.model_dump_json(), body.kind, folding.about(body)),
    )


def _number(connection: sqlite3.Connection, limit: int) -> None:
    """Number what can go out with what has a number already: it may be sent from now on."""
    counted = "SELECT count(*), total(length(body)) FROM report"
    many, size = connection.execute(counted).fetchone()
    last = 0
    for row in connection.execute(
        "SELECT id, length(body) AS size FROM fresh ORDER BY id LIMIT ?", (max(0, limit - many),)
    ):
        size += row["size"]
        if many and size > BATCH_BYTES:
            break
        many, last = many + 1, row["id"]
    connection.execute(
        "INSERT INTO report (at, body) SELECT at, body FROM fresh WHERE id <= ? ORDER BY id",
        (last,),
    )
    connection.execute("DELETE FROM fresh WHERE id <= ?", (last,))


def _last(connection: sqlite3.Connection) -> int:
    """Return the highest number ever given."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'report'").fetchone()
    return 0 if row is None else int(row["seq"])


def _go_on_behind(connection: sqlite3.Connection, taken: int) -> None:
    """Give no number that the server knows already, as a folder put back from a copy would."""
    if _last(connection) < taken:
        connection.execute("DELETE FROM sqlite_sequence WHERE name = 'report'")
        connection.execute("INSERT INTO sqlite_sequence VALUES ('report', ?)", (taken,))


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
