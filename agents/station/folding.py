"""What waits for a server that stays away: nothing that happened is lost, and it stays little.

A phone that blinks on a bad cable ten thousand times is the same phone each time: of visits that
say the same one after the other, the first stays, which dates the change, and the newest, which
says until when; of visits that found it as the server knows it, the newest. What was sent once is
never touched, and neither are the ends of jobs.
"""

import sqlite3

from fleet.contracts.facts import PhoneFacts
from fleet.contracts.flat import brought_up, flattened
from fleet.contracts.stations import Body, PhoneSeen, PhoneUnreadable

SEEN, UNCHANGED, LEFT = "phone_seen", "phone_unchanged", "phone_left"

# What a report makes needless of what was said of the phone before.
NEEDLESS = {SEEN: (LEFT,), UNCHANGED: (LEFT, UNCHANGED), LEFT: (LEFT,)}

# Said before already, and by the newest as well.
SAID_TWICE = """
    DELETE FROM fresh WHERE id = (SELECT max(id) FROM fresh WHERE about = :about)
    AND EXISTS (SELECT 1 FROM fresh AS first
                WHERE first.about = :about AND first.id < fresh.id AND first.body = fresh.body)
"""


def about(body: Body) -> str | None:
    """Return what a report is about, where a later one may make an earlier one needless."""
    if isinstance(body, PhoneSeen):
        return f"phone {body.facts.identity.serial}"
    if isinstance(body, PhoneUnreadable):
        return f"transport {body.transport}"
    serial = getattr(body, "serial", None)  # that a phone left: where it is, and nothing else
    return serial and f"phone {serial}"


def fold(connection: sqlite3.Connection, body: Body) -> None:
    """Remove what `body`, which is about to be kept, makes needless."""
    subject = {"about": about(body), "seen": SEEN}
    if subject["about"] is None:
        return
    if isinstance(body, PhoneUnreadable):
        connection.execute(SAID_TWICE, subject)
        return
    for kind in NEEDLESS[body.kind]:
        gone = {**subject, "kind": kind}
        connection.execute("DELETE FROM fresh WHERE about = :about AND kind = :kind", gone)
    if isinstance(body, PhoneSeen):
        _fold_visits(connection, subject)


def _fold_visits(connection: sqlite3.Connection, subject: dict[str, str | None]) -> None:
    """Remove the last visit where it says nothing that the one before it did not say."""
    rows = connection.execute(
        "SELECT id, body FROM fresh WHERE about = :about AND kind = :seen ORDER BY id DESC LIMIT 2",
        subject,
    ).fetchall()
    if len(rows) == 2 and _adds_nothing(_facts(rows[1]), _facts(rows[0])):
        connection.execute("DELETE FROM fresh WHERE id = ?", (rows[0]["id"],))


def _facts(row: sqlite3.Row) -> PhoneFacts:
    return PhoneSeen.model_validate_json(row["body"]).facts


def _adds_nothing(before: PhoneFacts, after: PhoneFacts) -> bool:
    """Say whether `after` fills no gap, and no line in the history of changes would come of it."""
    noted = flattened(before)
    return brought_up(noted, after)[0] == noted
