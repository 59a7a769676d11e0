"""Sixteen who write at once: everything is stored, nobody hears of a locked database."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, event, func, select, text

from fleet.counting import Counter, next_number
from fleet.database import DatabaseBusy, in_passing, make_engine, make_sessions, reading
from tests import thrift
from tests.conftest import ON_POSTGRES, ON_SQLITE

PROCESSES, THREADS, EACH = 4, 4, 25

SCRIPT = f"""
import sys
from concurrent.futures import ThreadPoolExecutor
from fleet.counting import next_number
from fleet.database import make_engine, make_sessions

sessions = make_sessions(make_engine(sys.argv[1]))

def write(_number):
    for _ in range({EACH}):
        with sessions.begin() as session:
            next_number(session, "writers")

with ThreadPoolExecutor({THREADS}) as pool:
    list(pool.map(write, range({THREADS})))
"""


@pytest.fixture
def impatient(engine: Engine) -> Engine:
    """Let whoever waits give up at once instead of after half a minute."""
    forms = {"sqlite": "PRAGMA busy_timeout=1", "postgresql": "SET lock_timeout='1ms'"}
    form = forms[engine.dialect.name]
    event.listen(engine, "checkout", lambda connection, *_: connection.execute(form))
    return engine


def test_sixteen_writers_at_once_all_get_their_turn(engine: Engine):
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", SCRIPT, url]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(PROCESSES)]

    said = [(process.communicate(timeout=120)[1], process.returncode) for process in running]

    assert said == [(b"", 0)] * PROCESSES
    with make_sessions(engine)() as session:
        assert session.scalar(select(Counter.value)) == PROCESSES * THREADS * EACH


def test_whoever_waits_too_long_is_refused_in_words(impatient: Engine):
    sessions = make_sessions(impatient)
    with sessions.begin() as holding:
        next_number(holding, "a")
        with pytest.raises(DatabaseBusy), sessions.begin() as waiting:
            next_number(waiting, "a")

    with sessions.begin() as later:
        assert next_number(later, "a") == 2


def test_what_is_done_in_passing_does_not_wait(engine: Engine):
    sessions = make_sessions(engine)
    with sessions.begin() as holding:
        next_number(holding, "a")
        with pytest.raises(DatabaseBusy), sessions.begin() as passing:
            next_number(in_passing(passing), "a")

    with sessions.begin() as later:
        assert next_number(later, "a") == 2
        assert _patience(later) == {"sqlite": "30000", "postgresql": "30s"}[engine.dialect.name]


def _patience(session) -> str:
    names = {"sqlite": "PRAGMA busy_timeout", "postgresql": "SHOW lock_timeout"}
    return str(session.scalar(text(names[session.get_bind().dialect.name])))


def test_a_reader_waits_for_no_writer_and_sees_what_is_stored(engine: Engine):
    sessions = make_sessions(engine)
    with sessions.begin() as first:
        next_number(first, "a")
    with sessions.begin() as writing:
        next_number(writing, "a")
        with sessions() as session:
            assert reading(session).scalar(select(Counter.value)) == 1


@ON_SQLITE  # PostgreSQL reads what is committed, statement by statement
def test_a_reader_sees_one_moment_however_long_it_reads(engine: Engine):
    sessions = make_sessions(engine)
    with sessions() as session:
        before = reading(session).scalar(select(func.count()).select_from(Counter))
        with sessions.begin() as writing:
            next_number(writing, "a")
        assert session.scalar(select(func.count()).select_from(Counter)) == before


@ON_SQLITE
def test_sqlite_is_opened_so_that_this_holds(url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("fleet.database._prepare_sqlite", thrift.AS_SERVED)
    engine = make_engine(url)
    with engine.connect() as connection:
        said = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }
    engine.dispose()
    assert said == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "synchronous": 2,
        "busy_timeout": 30000,
    }


@ON_POSTGRES
def test_connections_that_were_cut_are_replaced_unseen(engine: Engine):
    others = make_engine(engine.url.render_as_string(hide_password=False))
    sessions, begun = make_sessions(engine), threading.Barrier(3)

    def hold(_number: int) -> None:
        with sessions() as session:
            session.execute(text("SELECT 1"))
            begun.wait(30)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(hold, range(3)))  # three connections now wait in the pool
    cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE {} AND {}"
    mine = cut.format("datname = current_database()", "pid <> pg_backend_pid()")
    with others.connect() as connection:
        assert connection.execute(text(mine)).scalar() >= 3
    others.dispose()

    with sessions.begin() as session:
        assert next_number(session, "a") == 1


@ON_POSTGRES
def test_a_connection_lost_in_the_middle_is_a_refusal(engine: Engine):
    sessions = make_sessions(engine)
    with sessions() as session:
        next_number(session, "a")
        with pytest.raises(DatabaseBusy):
            session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with sessions.begin() as session:
        assert next_number(session, "a") == 1
