"""An edited, removed, reordered or cut-off entry is found, and the database refuses to make one."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM
from fleet.audit.models import AuditEntry
from fleet.audit.queries import entries, entries_after, verify_trail
from fleet.audit.services import record
from fleet.contracts.audit import AuditQuery
from fleet.contracts.chain import hash_of
from fleet.database import make_sessions
from tests.conftest import ON_POSTGRES
from tests.fleet.audit.test_trail import lit

WRITERS, EACH = 6, 8
PROCESSES, TIMES = 8, 25

TAMPERING: dict[str, tuple[list[str], int]] = {
    "an edited entry": (["UPDATE audit_entry SET actor_name = 'nobody' WHERE sequence = 3"], 3),
    "edited details": (["UPDATE audit_entry SET details = '{\"watts\": 6}' WHERE sequence = 2"], 2),
    "a removed entry": (["DELETE FROM audit_entry WHERE sequence = 3"], 3),
    "the first one removed": (["DELETE FROM audit_entry WHERE sequence = 1"], 1),
    "the newest ones cut off": (["DELETE FROM audit_entry WHERE sequence >= 4"], 4),
    "everything cut off": (["DELETE FROM audit_entry"], 1),
    "two in another order": (
        [
            "UPDATE audit_entry SET sequence = 99 WHERE sequence = 2",
            "UPDATE audit_entry SET sequence = 2 WHERE sequence = 3",
            "UPDATE audit_entry SET sequence = 3 WHERE sequence = 99",
        ],
        2,
    ),
    "a removed one, renumbered": (
        [
            "DELETE FROM audit_entry WHERE sequence = 2",
            "UPDATE audit_entry SET sequence = 2 WHERE sequence = 3",
            "UPDATE audit_entry SET sequence = 3 WHERE sequence = 4",
            "UPDATE audit_entry SET sequence = 4 WHERE sequence = 5",
        ],
        2,
    ),
}


@pytest.fixture
def five(session: Session) -> Session:
    """Give a session on a trail of five entries."""
    for n in range(5):
        record(session, SYSTEM, lit(f"lamp {n}"))
    session.commit()
    return session


def allow_changes(session: Session) -> None:
    """Do what somebody with the database in their hands would do first."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("DROP TRIGGER audit_entry_no_update"))
        session.execute(text("DROP TRIGGER audit_entry_no_delete"))
    else:
        session.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))


def test_an_untouched_trail_is_whole(five: Session):
    trail = verify_trail(five)

    newest = five.scalar(select(AuditEntry.hash).where(AuditEntry.sequence == 5))
    assert (trail.whole, trail.entries, trail.head) == (True, 5, newest)


def test_an_empty_trail_is_whole(session: Session):
    assert verify_trail(session).whole


@pytest.mark.parametrize("how", TAMPERING)
def test_tampering_is_found_where_it_was_done(five: Session, how: str):
    statements, broken_at = TAMPERING[how]
    allow_changes(five)
    for statement in statements:
        five.execute(text(statement))

    trail = verify_trail(five)

    assert (trail.whole, trail.broken_at) == (False, broken_at)
    assert trail.problem


def test_a_newest_entry_that_was_written_anew_does_not_fit_the_head(five: Session):
    allow_changes(five)
    newest = five.execute(select(*AuditEntry.__table__.columns).order_by(-AuditEntry.sequence))
    forged = {**newest.mappings().first(), "actor_name": "nobody"}
    five.execute(text("DELETE FROM audit_entry WHERE sequence = 5"))
    five.execute(insert(AuditEntry), {**forged, "hash": hash_of(forged)})

    assert verify_trail(five).broken_at == 5


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET event = 'x'", "DELETE FROM audit_entry"]
)
def test_the_database_refuses_to_change_an_entry(five: Session, statement: str):
    with pytest.raises(DBAPIError, match="audit entry is never"):
        five.execute(text(statement))


@ON_POSTGRES  # SQLite has no TRUNCATE
def test_postgresql_refuses_to_empty_the_trail(five: Session):
    with pytest.raises(DBAPIError, match="audit entry is never"):
        five.execute(text("TRUNCATE audit_entry"))


def test_many_writers_at_once_keep_the_trail_whole(engine: Engine):
    sessions = make_sessions(engine)

    def write(who: int) -> None:
        for n in range(EACH):
            with sessions.begin() as session:
                record(session, SYSTEM, lit(f"{who}.{n}"))
            with sessions() as undone:
                record(undone, SYSTEM, lit("never"))
                undone.rollback()

    together(write, WRITERS)

    with sessions() as session:
        trail = verify_trail(session)
        names = set(session.scalars(select(AuditEntry.subject_name)))
    assert (trail.whole, trail.entries) == (True, WRITERS * EACH)
    assert "never" not in names


SCRIPT = """
import os, signal, sys
from uuid import uuid4
from sqlalchemy import event
from fleet.access.actor import SYSTEM
from fleet.access.events import UserShutOut
from fleet.audit.services import record
from fleet.database import make_engine, make_sessions

url, name, times, dies = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] == "dies"
engine = make_engine(url)
sessions = make_sessions(engine)

def note(session, name):
    record(session, SYSTEM, UserShutOut(subject_id=uuid4(), subject_name=name))

for n in range(times):
    if dies and n == times - 1:
        event.listen(engine, "commit", lambda _c: os.kill(os.getpid(), signal.SIGKILL))
    with sessions.begin() as session:
        note(session, f"{name}.{n}")
        undone = session.begin_nested()
        note(session, "never")
        undone.rollback()
        with session.begin_nested():
            note(session, f"{name}.{n}.beside")
"""


def writers(url: str, count: int, times: int, how: str) -> list[subprocess.Popen]:
    command = [sys.executable, "-c", SCRIPT, url]
    return [subprocess.Popen([*command, f"{how}{n}", str(times), how]) for n in range(count)]


def test_processes_that_write_undo_and_are_killed_keep_the_trail_whole(engine: Engine):
    """Those that are killed have chained their last entry and were about to commit it."""
    url = engine.url.render_as_string(hide_password=False)
    lasting, dying = writers(url, PROCESSES, TIMES, "lasts"), writers(url, 3, 5, "dies")

    assert [process.wait(timeout=120) for process in lasting] == [0] * PROCESSES
    assert [process.wait(timeout=120) for process in dying] == [-signal.SIGKILL] * 3

    with make_sessions(engine)() as session:
        trail = verify_trail(session)
        names = sorted(session.scalars(select(AuditEntry.subject_name)))
    told = [f"lasts{p}.{n}" for p in range(PROCESSES) for n in range(TIMES)]
    told += [f"dies{p}.{n}" for p in range(3) for n in range(4)]
    assert names == sorted([*told, *(f"{name}.beside" for name in told)])
    assert (trail.whole, trail.entries) == (True, len(names))


def together(work: Callable[[int], None], count: int) -> None:
    """Run `work` in threads that begin at the same moment; whatever one raises is raised."""
    start, failures = threading.Barrier(count), []

    def run(n: int) -> None:
        start.wait(timeout=30)
        try:
            work(n)
        except Exception as failure:  # noqa: BLE001 — handed to the test below
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []


def test_the_list_is_paged_newest_first(five: Session):
    first, mark = entries(five, AuditQuery(limit=2))
    second, _ = entries(five, AuditQuery(limit=2, after=mark))

    assert [entry.sequence for entry in first + second] == [5, 4, 3, 2]


def test_the_list_can_be_narrowed(five: Session):
    found, mark = entries(five, AuditQuery(subject="lamp 3", event="lamp.lit", actor="workfleet"))

    assert ([entry.sequence for entry in found], mark) == ([4], None)


def test_later_entries_can_be_followed(five: Session):
    assert [entry.sequence for entry in entries_after(five, 3)] == [4, 5]


def test_an_entry_id_is_part_of_the_chain(five: Session):
    allow_changes(five)
    five.execute(text("UPDATE audit_entry SET id = :id WHERE sequence = 1"), {"id": uuid4().hex})

    assert verify_trail(five).broken_at == 1
