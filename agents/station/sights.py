"""What the server has of each phone: while a phone is the same, a visit is told in few words.

The whole of what was told last is kept, so that a server that has something else by now can have
it, whether the phone is still here or not. From time to time all is told anyway: what apps did, and
how big they grew, is told no other way.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from fleet.contracts.clock import now
from fleet.contracts.facts import Quick
from fleet.contracts.stations import PhoneSeen, PhoneUnchanged

TOLD_ANYWAY_AFTER: Final = timedelta(days=7)
FORGOTTEN_AFTER: Final = timedelta(days=30)


def in_few_words(connection: sqlite3.Connection, seen: PhoneSeen) -> PhoneUnchanged | None:
    """Return what to report of a visit if the server has these facts; None: tell all of them."""
    serial = seen.facts.identity.serial or ""
    digest = seen.facts.digest()
    if not _is_known(connection, serial, digest):
        _remember(connection, serial, digest, seen)
        return None
    quick = seen.facts.quick
    connection.execute(
        "UPDATE sight SET seen_at = ?, quick = ? WHERE serial = ?",
        (now().isoformat(), quick.model_dump_json(), serial),
    )
    return PhoneUnchanged(
        serial=serial,
        facts=digest,
        quick=quick,
        cards=[card.iccid for card in seen.facts.sims if card.iccid],
        transport=seen.transport,
        digest=seen.digest,
    )


def note_known(connection: sqlite3.Connection, known: Mapping[str, str]) -> None:
    """Take note of which facts the server says that it has."""
    rows = [(serial, digest) for serial, digest in known.items()]
    connection.executemany("UPDATE sight SET known = 1 WHERE serial = ? AND digest = ?", rows)


def whole_again(
    connection: sqlite3.Connection, serials: Iterable[str]
) -> list[tuple[datetime, PhoneSeen]]:
    """Return all that is known of phones, and since when, for a server that asks for it."""
    found = []
    for serial in serials:
        mine = "SELECT seen_at, body, quick FROM sight WHERE serial = ? AND known = 1"
        row = connection.execute(mine, (serial,)).fetchone()
        if row is not None:
            found.append((datetime.fromisoformat(row["seen_at"]), _whole(row)))
            connection.execute("UPDATE sight SET known = 0 WHERE serial = ?", (serial,))
    return found


def told_in_few_words(connection: sqlite3.Connection, sequence: int) -> str | None:
    """Return the serial number of the phone that a report told in few words, None: no such one."""
    row = connection.execute(
        "SELECT json_extract(body, '$.serial') AS serial FROM report WHERE sequence = ?"
        " AND json_extract(body, '$.kind') = 'phone_unchanged'",
        (sequence,),
    ).fetchone()
    return None if row is None else str(row["serial"])


def _is_known(connection: sqlite3.Connection, serial: str, digest: str) -> bool:
    since = (now() - TOLD_ANYWAY_AFTER).isoformat()
    same = "serial = ? AND digest = ? AND known = 1 AND told_at > ?"
    query = f"SELECT 1 FROM sight WHERE {same}"  # noqa: S608 — a constant
    return connection.execute(query, (serial, digest, since)).fetchone() is not None


def _remember(connection: sqlite3.Connection, serial: str, digest: str, seen: PhoneSeen) -> None:
    moment = now()
    old = (moment - FORGOTTEN_AFTER).isoformat()
    connection.execute("DELETE FROM sight WHERE seen_at < ?", (old,))
    at = moment.isoformat()
    connection.execute(
        "INSERT OR REPLACE INTO sight (serial, digest, body, told_at, seen_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (serial, digest, seen.model_dump_json(), at, at),
    )


def _whole(row: sqlite3.Row) -> PhoneSeen:
    seen = PhoneSeen.model_validate_json(row["body"])
    if row["quick"] is None:
        return seen
    quick = Quick.model_validate_json(row["quick"])
    return seen.model_copy(update={"facts": seen.facts.seen_again(quick)})
