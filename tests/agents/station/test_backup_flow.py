"""Backups that are cut, killed, paused and cancelled: a real agent, adbd and server."""

import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import chain
from urllib.parse import parse_qs

import pytest

from fleet.backups import flow
from fleet.backups.models import Backup
from fleet.backups.uploads import uploads_of
from fleet.contracts.backups import BackupState
from fleet.contracts.proof import Level
from fleet.keeping import deleting
from tests.agents.station.desk import (
    CLERK,
    backup_asked,
    backup_ended,
    ended,
    packs_stored,
    present,
    rotation_due,
    until,
)

pytestmark = pytest.mark.handset


@dataclass
class Pieces:
    """What the server is sent of packs; `meanwhile` is called once, at a piece from `at` on.

    From `away_at` on no piece comes through, as behind a proxy whose server is gone.
    """

    inner: object
    at: int = 0
    meanwhile: object = None
    away_at: int | None = None
    offsets: list[int] = field(default_factory=list)

    def __call__(self, environ, start):
        if environ["REQUEST_METHOD"] == "PUT" and environ["PATH_INFO"].endswith("/upload"):
            offset = int(parse_qs(environ["QUERY_STRING"])["offset"][0])
            if self.away_at is not None and offset >= self.away_at:
                start("502 Bad Gateway", [("Connection", "close")])
                return []
            self._note(offset)
        return self.inner(environ, start)

    def _note(self, offset):
        self.offsets.append(offset)
        if self.meanwhile is not None and offset >= self.at:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()


@pytest.fixture
def pieces(desk):
    desk.app.wsgi_app = pieces = Pieces(desk.app.wsgi_app)
    return pieces


@pytest.fixture
def phone(start_handset):
    phone = start_handset(seed=False)
    phone.put("DCIM/film.mp4", os.urandom(30_000_000))
    for number in range(3):
        phone.put(f"DCIM/{number}.bin", os.urandom(3_000_000))
    return phone


def parts(desk):
    return list(uploads_of(desk.settings).folder.glob("*.part"))


def is_verified(desk, backup):
    done = until(lambda: backup_ended(desk, backup))
    return (done.state, done.level) == (BackupState.COMPLETE, Level.VERIFIED)


def asked(path, statement):
    """Ask a database of the station's, which may not have a table yet."""
    with closing(sqlite3.connect(path)) as connection, suppress(sqlite3.OperationalError):
        return [value for (value,) in connection.execute(statement)]
    return []


def of_packs(home, statement):
    found = (asked(path, statement) for path in home.backups.glob("*/backup.db"))
    return set(chain.from_iterable(found))


def has_made_the_film(home):
    """Tell whether the largest pack is made, and its last piece not taken yet."""
    return any(size > 25_000_000 for size in of_packs(home, "SELECT size FROM pack WHERE NOT sent"))


def test_an_agent_killed_in_the_middle_of_a_pack_makes_it_anew(desk, killable, phone, pieces):
    pieces.at, pieces.meanwhile = 4_000_000, killable.kill
    killable.start()
    until(lambda: present(desk, phone))
    backup = backup_asked(desk, phone)
    until(lambda: not killable.runs)
    before = packs_stored(desk, backup)

    killable.start()

    assert is_verified(desk, backup)
    assert before.items() <= packs_stored(desk, backup).items()
    assert parts(desk) == []


def test_an_agent_killed_in_the_middle_of_an_upload_goes_on_where_it_was(
    desk, killable, phone, pieces
):
    pieces.away_at = 12_000_000
    killable.start()
    until(lambda: present(desk, phone))
    backup = backup_asked(desk, phone)
    until(lambda: has_made_the_film(killable.home) and max(pieces.offsets) >= 8_000_000)
    killable.kill()
    [came] = [path.stat().st_size for path in parts(desk)]
    pieces.away_at = None
    pieces.offsets.clear()

    killable.start()

    assert is_verified(desk, backup)
    assert pieces.offsets[0] >= came >= 4_000_000  # the server may have been writing still


def test_a_paused_backup_lets_the_phone_go_and_reads_nothing_twice(desk, agent, phone, pieces):
    def pause():
        with desk.acting() as session:
            [backup] = session.query(Backup)
            flow.pause(session, backup, actor=CLERK)

    pieces.meanwhile = pause
    until(lambda: present(desk, phone))
    backup = backup_asked(desk, phone)
    until(lambda: is_let_go(agent.home))
    before = packs_made(agent.home)
    assert before
    rotation = rotation_due(desk, phone)
    until(lambda: ended(desk, rotation))

    with desk.acting() as session:
        flow.resume(session, session.get(Backup, backup), actor=CLERK)

    assert is_verified(desk, backup)
    assert before <= set(packs_stored(desk, backup).values())


def test_what_was_paused_and_then_cancelled_leaves_nothing_at_the_station(
    desk, agent, phone, pieces
):
    def change(verb, *tools):
        with desk.acting() as session:
            [backup] = session.query(Backup)
            verb(session, *tools, backup, actor=CLERK)

    pieces.meanwhile = lambda: change(flow.pause)
    until(lambda: present(desk, phone))
    backup_asked(desk, phone)
    until(lambda: is_let_go(agent.home))

    change(flow.cancel, desk.tools)

    until(lambda: not list(agent.home.backups.glob("*")))


def packs_made(home):
    return of_packs(home, "SELECT digest FROM pack")


def is_let_go(home):
    return packs_made(home) and not asked(home.outbox, "SELECT job FROM job")


def test_a_cancelled_backup_leaves_nothing_anywhere(desk, agent, phone, pieces):
    def cancel():
        with desk.acting() as session:
            [backup] = session.query(Backup)
            flow.cancel(session, desk.tools, backup, actor=CLERK)

    pieces.at, pieces.meanwhile = 4_000_000, cancel
    until(lambda: present(desk, phone))
    backup = backup_asked(desk, phone)

    assert until(lambda: backup_ended(desk, backup)).state is BackupState.CANCELLED
    until(lambda: not list(agent.home.backups.glob("*/*")))
    with desk.acting() as session:
        assert deleting.expire_by_itself(session) == 1
    assert deleting.carry_out(desk.sessions, desk.settings) == 1
    assert [path for path in (desk.settings.home / "storage").rglob("*") if path.is_file()] == []
    assert desk.trail_is_whole()
