"""Kits on disk: with what, and until when, a backup of each phone may be begun without the server.

The one secret in a kit stays sealed to the station's key. Moments in it are the server's; how far
its clock was from ours is kept beside it.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from agents.station.store import Store
from fleet.contracts.clock import now
from fleet.contracts.offline import Kit

NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Kept:
    """A kit, and the server's time by our clock."""

    kit: Kit
    ahead: timedelta
    rests_until: datetime | None

    @property
    def server_time(self) -> datetime:
        return now() + self.ahead

    @property
    def is_good(self) -> bool:
        return self.server_time < self.kit.until

    @property
    def is_due(self) -> bool:
        due = self.kit.due_at
        rests = self.rests_until is not None and now() < self.rests_until
        return due is not None and due <= self.server_time and not rests


@dataclass(frozen=True)
class Wish:
    """Somebody at the station wants a backup of this phone."""

    serial: str
    by: str
    at: datetime


class Kits:
    """The agent and the commands beside it read and write here at the same time."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def take(self, kits: Iterable[Kit], over: Iterable[str], server_time: datetime) -> None:
        """Keep what the server gave in the place of what was here."""
        ahead = (server_time - now()).total_seconds()
        rows = [(kit.serial, kit.device, kit.model_dump_json(), ahead) for kit in kits]
        gone = [(serial,) for serial in over]
        if rows or gone:
            with self._store.transaction() as connection:
                connection.executemany(
                    "INSERT OR REPLACE INTO kit (serial, device, body, ahead) VALUES (?, ?, ?, ?)",
                    rows,
                )
                connection.executemany("DELETE FROM kit WHERE serial = ?", gone)

    def made_at(self, serials: Iterable[str]) -> dict[str, datetime]:
        """Return when the kits of these phones were made, where no other is wanted."""
        wanted = set(serials)
        with self._store.transaction() as connection:
            rows = connection.execute(
                "SELECT serial, json_extract(body, '$.issued_at') AS at FROM kit WHERE NOT outdated"
            )
            return {
                row["serial"]: datetime.fromisoformat(row["at"])
                for row in rows
                if row["serial"] in wanted
            }

    def all(self) -> list[Kept]:
        with self._store.transaction() as connection:
            return kits_in(connection)

    def named(self, name: str) -> Kept | None:
        """Return the kit of the phone with this serial number or tag."""
        with self._store.transaction() as connection:
            row = connection.execute(
                "SELECT body, ahead, rests_until FROM kit WHERE serial = ? OR device = ?",
                (name, name),
            ).fetchone()
            return None if row is None else _kept(row)

    def rest(self, serial: str, until: datetime) -> None:
        with self._store.transaction() as connection:
            rest(connection, serial, until)

    def wish(self, serial: str, by: str) -> None:
        with self._store.transaction() as connection:
            wish = (serial, by, now().isoformat())
            connection.execute("INSERT OR REPLACE INTO wish VALUES (?, ?, ?)", wish)

    def wishes(self) -> dict[str, Wish]:
        with self._store.transaction() as connection:
            rows = connection.execute("SELECT serial, by, at FROM wish").fetchall()
        return {
            row["serial"]: Wish(row["serial"], row["by"], datetime.fromisoformat(row["at"]))
            for row in rows
        }

    def answered(self, serial: str) -> None:
        """Take a wish away: it was done, or why it cannot be done was said."""
        with self._store.transaction() as connection:
            connection.execute("DELETE FROM wish WHERE serial = ?", (serial,))


def kits_in(connection: sqlite3.Connection) -> list[Kept]:
    """Return the kits in a station's memory; none where an earlier release was here last."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'kit'").fetchone():
        return []
    found = connection.execute("SELECT body, ahead, rests_until FROM kit ORDER BY device")
    return [_kept(row) for row in found]


def rest(connection: sqlite3.Connection, serial: str, until: datetime) -> None:
    """Begin nothing by itself before `until`, nor before there is a newer kit."""
    connection.execute(
        "UPDATE kit SET rests_until = ? WHERE serial = ?", (until.isoformat(), serial)
    )


def outdate(connection: sqlite3.Connection, job: str) -> None:
    """Want another kit for the phone of a job, and let its next backup wait for that one."""
    connection.execute(
        "UPDATE kit SET outdated = 1, rests_until = ?"
        " WHERE serial = (SELECT serial FROM job WHERE job = ?)",
        (NEVER.isoformat(), job),
    )


def _kept(row: Sequence[Any]) -> Kept:
    body, ahead, rests = row
    return Kept(
        Kit.model_validate_json(body),
        timedelta(seconds=ahead),
        datetime.fromisoformat(rests) if rests else None,
    )
