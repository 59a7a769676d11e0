"""Jobs under way: each step is on disk before the phone is asked to take it.

After a crash the journal says how far a job may have come; it holds no secret in clear, for a
lease is kept as it came, sealed, and the steps are names with digests.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from agents.station import kits, outbox
from agents.station.store import Store
from fleet.contracts.rotation import RotationStep
from fleet.contracts.stations import JobDone, Lease


@dataclass(frozen=True)
class Entry:
    """A job that has not ended here.

    `touched`: a step that may have changed the phone was begun, now or before a crash.
    `begun`: this job was under way when the station stopped, or is now.
    """

    lease: Lease
    begun: bool
    touched: bool
    steps: tuple[RotationStep, ...] = field(default=())


@dataclass(frozen=True)
class Delivery:
    """What is reported of a job, which needs its phone no more, once the server has all of it."""

    device: str
    done: JobDone
    serial: str = ""


class Journal:
    """`heard` is called with the end of every job."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.heard: Callable[[JobDone], None] = lambda _done: None

    def accept(self, lease: Lease) -> bool:
        """Keep a lease; True when it is a job to do, False when it is known or done already.

        A job that has ended here is offered again while its report is still on the way: only a
        later attempt, which the server makes after it has read the report, is new work.
        """
        with self._store.transaction() as connection:
            known = _row(connection, lease.job)
            if known is None:
                insert(connection, lease, touched=lease.attempt > 1)
            elif known["state"] == "ended" and lease.attempt > known["attempt"]:
                insert(connection, lease, touched=bool(known["touched"]))
            elif known["state"] != "ended":
                _renew(connection, lease)
                return False
            else:
                return False
            return True

    def open(self) -> list[Entry]:
        """Return the jobs that have not ended and need their phone, oldest first."""
        with self._store.transaction() as connection:
            rows = connection.execute(
                "SELECT * FROM job WHERE state != 'ended'"
                " AND job NOT IN (SELECT job FROM delivery) ORDER BY rowid"
            )
            return [_entry(row) for row in rows]

    def has_backup(self, serial: str) -> bool:
        """Say whether a backup of this phone has not ended here, its phone being needed or not."""
        with self._store.transaction() as connection:
            found = connection.execute(
                "SELECT 1 FROM job WHERE serial = ? AND state != 'ended'"
                " AND json_extract(lease, '$.task.kind') = 'backup'",
                (serial,),
            )
            return found.fetchone() is not None

    def entry(self, job: str) -> Entry | None:
        with self._store.transaction() as connection:
            row = _row(connection, job)
            return _entry(row) if row is not None and row["lease"] is not None else None

    def start(self, job: str) -> None:
        self._change("UPDATE job SET state = 'running' WHERE job = ?", job)

    def step(self, job: str, steps: Iterable[RotationStep], *, touches: bool) -> None:
        """Keep how far `job` has come; `touches` once the next step may change the phone."""
        text = json.dumps([step.model_dump(mode="json") for step in steps])
        with self._store.transaction() as connection:
            connection.execute(
                "UPDATE job SET steps = ?, touched = max(touched, ?) WHERE job = ?",
                (text, int(touches), job),
            )

    def end(self, done: JobDone) -> None:
        """End a job and put its report into the outbox: both, or neither."""
        with self._store.transaction() as connection:
            connection.execute(
                "UPDATE job SET state = 'ended', lease = NULL, steps = '[]' WHERE job = ?",
                (done.job,),
            )
            connection.execute("DELETE FROM delivery WHERE job = ?", (done.job,))
            if done.backup is not None:
                kits.outdate(connection, done.job)
            outbox.put(connection, done)
        self.heard(done)

    def read_whole(self, done: JobDone) -> None:
        """Keep what is to be reported of a job that needs its phone no more."""
        with self._store.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO delivery VALUES (?, ?)", (done.job, done.model_dump_json())
            )

    def deliveries(self) -> dict[str, Delivery]:
        """Return the jobs that need their phone no more, oldest first."""
        with self._store.transaction() as connection:
            rows = connection.execute(
                "SELECT job, done, lease FROM delivery JOIN job USING (job) ORDER BY delivery.rowid"
            )
            return {row["job"]: _delivery(row) for row in rows}

    def needs_phone(self, job: str) -> None:
        """Go on with a job at its phone: what was read of it is not all there any more."""
        self._change("DELETE FROM delivery WHERE job = ?", job)

    def forget(self, job: str) -> None:
        """Drop a job that is no longer this station's."""
        with self._store.transaction() as connection:
            connection.execute("DELETE FROM job WHERE job = ?", (job,))
            connection.execute("DELETE FROM delivery WHERE job = ?", (job,))

    def _change(self, statement: str, job: str) -> None:
        with self._store.transaction() as connection:
            connection.execute(statement, (job,))


def _row(connection: sqlite3.Connection, job: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM job WHERE job = ?", (job,)
    ).fetchone()
    return row


def insert(connection: sqlite3.Connection, lease: Lease, *, touched: bool) -> None:
    """Keep a lease in a transaction that somebody else has begun."""
    # A later attempt of a job that this station knows nothing of: whoever had it before may have
    # come as far as changing the phone.
    connection.execute(
        "INSERT OR REPLACE INTO job (job, attempt, serial, lease, state, touched)"
        " VALUES (?, ?, ?, ?, 'waiting', ?)",
        (lease.job, lease.attempt, lease.serial, lease.model_dump_json(), int(touched)),
    )


def _renew(connection: sqlite3.Connection, lease: Lease) -> None:
    connection.execute(
        "UPDATE job SET lease = ?, attempt = ? WHERE job = ?",
        (lease.model_dump_json(), lease.attempt, lease.job),
    )


def _delivery(row: sqlite3.Row) -> Delivery:
    lease = Lease.model_validate_json(row["lease"])
    return Delivery(lease.device, JobDone.model_validate_json(row["done"]), lease.serial)


def _entry(row: sqlite3.Row) -> Entry:
    return Entry(
        lease=Lease.model_validate_json(row["lease"]),
        begun=row["state"] == "running",
        touched=bool(row["touched"]),
        steps=tuple(RotationStep.model_validate(step) for step in json.loads(row["steps"])),
    )
