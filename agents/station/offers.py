"""Backups that this station began by itself: offered to the server until it has heard their end.

They are named in every exchange, also when the server has adopted them long ago: one that was put
back from an older copy adopts them once more.
"""

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from agents.station import journal
from agents.station.kits import NEVER, rest
from agents.station.store import Store
from fleet.contracts.clock import now
from fleet.contracts.offline import MOST_BEGUN, Begun
from fleet.contracts.stations import Lease

TOLD_AT_ONCE: Final = 32  # each with its ticket, which is thousands of bytes
TRIED_AGAIN_AFTER: Final = timedelta(hours=1)

# Of these there is nothing here any more, nor a report on the way that speaks of them.
ENDED: Final = """
    DELETE FROM begun WHERE job NOT IN (SELECT job FROM job WHERE state != 'ended')
    AND job NOT IN (SELECT json_extract(body, '$.job') FROM report
                    WHERE json_extract(body, '$.kind') = 'job_done')
    AND job NOT IN (SELECT json_extract(body, '$.job') FROM fresh WHERE kind = 'job_done')
"""

# Of what the server knows a few words do; an end that is on the way must not come to one that does
# not know any more of what.
OFFERED: Final = """
    SELECT body, whole_at FROM begun JOIN job USING (job)
    WHERE (adopted AND state != 'ended') = ?
    ORDER BY state != 'ended', begun.rowid LIMIT ?
"""


class Offers:
    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(self, lease: Lease, begun: Begun, *, size: int) -> None:
        """Keep a job of our own making, whose packs may come to `size` bytes."""
        with self._store.transaction() as connection:
            journal.insert(connection, lease, touched=False)
            connection.execute(
                "INSERT INTO begun (job, body, bytes) VALUES (?, ?, ?)",
                (lease.job, begun.model_dump_json(), size),
            )
            connection.execute("DELETE FROM wish WHERE serial = ?", (lease.serial,))
            rest(connection, lease.serial, NEVER)

    def all(self) -> list[Begun]:
        """Return what is offered: in whole what the server does not know, and what has ended."""
        with self._store.transaction() as connection:
            connection.execute(ENDED)
            new = connection.execute(OFFERED, (0, TOLD_AT_ONCE)).fetchall()
            known = connection.execute(OFFERED, (1, MOST_BEGUN - TOLD_AT_ONCE)).fetchall()
        return [_begun(row) for row in new] + [
            _begun(row).model_copy(update={"ticket": None}) for row in known
        ]

    def heard(self, offered: Iterable[Begun], adopted: Iterable[str]) -> None:
        """Take in which of the offered the server knows: of the others it is told all again."""
        known = set(adopted)
        rows = [(one.job in known, one.job) for one in offered]
        if rows:
            with self._store.transaction() as connection:
                connection.executemany("UPDATE begun SET adopted = ? WHERE job = ?", rows)

    def unadopted(self) -> set[str]:
        """Return the jobs of our own of which the server has not said that it knows them."""
        with self._store.transaction() as connection:
            rows = connection.execute("SELECT job FROM begun WHERE NOT adopted")
            return {row["job"] for row in rows}

    def is_ours(self, job: str) -> bool:
        with self._store.transaction() as connection:
            found = connection.execute("SELECT 1 FROM begun WHERE job = ?", (job,))
            return found.fetchone() is not None

    def whole(self, job: str) -> None:
        """Note that everything of a job was read."""
        with self._store.transaction() as connection:
            connection.execute(
                "UPDATE begun SET whole_at = ? WHERE job = ? AND whole_at IS NULL",
                (now().isoformat(), job),
            )

    def drop(self, job: str, serial: str) -> None:
        """Forget one of which nothing is to become."""
        with self._store.transaction() as connection:
            for table in ("begun", "delivery", "job"):
                connection.execute(f"DELETE FROM {table} WHERE job = ?", (job,))  # noqa: S608
            rest(connection, serial, now() + TRIED_AGAIN_AFTER)

    def sizes(self) -> dict[str, int]:
        """Return to what those may come that are not read whole, by the names of their backups."""
        with self._store.transaction() as connection:
            return sizes_in(connection)


def sizes_in(connection: sqlite3.Connection) -> dict[str, int]:
    """Do the same for a station's memory that is only read."""
    backup = "json_extract(body, '$.backup')"
    return dict(
        iter(connection.execute(f"SELECT {backup}, bytes FROM begun WHERE whole_at IS NULL"))  # noqa: S608
    )


def _begun(row: sqlite3.Row) -> Begun:
    begun, whole_at = Begun.model_validate_json(row["body"]), row["whole_at"]
    if whole_at is None:
        return begun
    return begun.model_copy(update={"whole_at": datetime.fromisoformat(whole_at)})
