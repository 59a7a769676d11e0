"""Pieces of a pack: whatever is repeated, late, cut, damaged or sent twice at once, one pack."""

import os
import random
import resource
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from types import SimpleNamespace
from uuid import UUID

import pytest

from fleet.backups import uploads
from fleet.backups.errors import (
    PackNotEncrypted,
    PieceDamaged,
    ServerDiskFull,
    StorageUnavailable,
    UploadBusy,
    UploadsFull,
)
from fleet.backups.storage import AGE, pack_name
from fleet.backups.uploads import ABANDONED_AFTER, Uploads, uploads_of
from fleet.contracts.uploads import MARKED_BYTES, PieceQuery
from fleet.errors import FleetError
from fleet.settings import Settings

PACK = AGE + random.Random(1).randbytes(300_000)
DIGEST = sha256(PACK).hexdigest()
STEP = 70_000
BACKUP = SimpleNamespace(id=UUID(int=1))


@pytest.fixture
def here(tmp_path) -> Uploads:
    return uploads_of(Settings(home=tmp_path))


def query(start: int, end: int, pack: bytes = PACK) -> PieceQuery:
    return PieceQuery(
        mark=sha256(pack[:MARKED_BYTES]).hexdigest(),
        offset=start,
        before=sha256(pack[:start]).hexdigest(),
        digest=sha256(pack[:end]).hexdigest(),
        last=end == len(pack),
    )


def add(here: Uploads, start: int, end: int, pack: bytes = PACK):
    end = min(end, len(pack))
    return here.add(BACKUP, 1, pack[start:end], query(start, end, pack))


def send(here: Uploads, start: int = 0, step: int = STEP):
    for at in range(start, len(PACK), step):
        answer = add(here, at, at + step)
    return answer


def stored(here: Uploads) -> bytes:
    return b"".join(here.storage.read(pack_name(DIGEST)))


def left(here: Uploads) -> list[str]:
    return [path.name for path in here.folder.glob("*.part")]


def test_pieces_become_the_pack_and_nothing_is_left_of_them(here):
    assert send(here).stored

    assert stored(here) == PACK
    assert left(here) == []


def test_what_is_not_next_changes_nothing_and_is_told_what_is(here):
    add(here, 0, STEP)

    answers = [add(here, 0, STEP), add(here, 2 * STEP, 3 * STEP), add(here, 10, STEP + 10)]

    assert [answer.offset for answer in answers] == [STEP] * 3
    send(here, STEP)
    assert stored(here) == PACK


def test_another_process_goes_on_with_it(here):
    add(here, 0, STEP)
    uploads._KNOWN.clear()  # what a process that has just started knows

    assert send(here, STEP).stored
    assert stored(here) == PACK


def test_two_at_once_and_in_any_order_store_the_one_pack(here):
    asked = [(at, at + STEP) for at in range(0, len(PACK), STEP)] * 12
    random.Random(2).shuffle(asked)

    def one(piece: tuple[int, int]) -> None:
        with suppress(FleetError):
            add(here, *piece)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, asked))
    for at in range(0, len(PACK), STEP):
        if here.storage.size_of(pack_name(DIGEST)) is None:
            add(here, at, at + STEP)

    assert stored(here) == PACK


@pytest.mark.parametrize("damage", ["piece", "before", "digest"])
def test_a_damaged_piece_is_refused_and_what_was_here_stays(here, damage):
    add(here, 0, STEP)
    asked, piece = query(STEP, 2 * STEP), PACK[STEP : 2 * STEP]
    if damage == "piece":
        piece = b"x" + piece[1:]
    else:
        asked = asked.model_copy(update={damage: "0" * 64})

    with pytest.raises(PieceDamaged):
        here.add(BACKUP, 1, piece, asked)

    assert here.offset(BACKUP, 1, asked.mark) in {0, STEP}
    send(here, here.offset(BACKUP, 1, asked.mark))
    assert stored(here) == PACK


def test_what_a_loss_of_power_spoilt_is_begun_anew(here):
    add(here, 0, STEP)
    [path] = here.folder.glob("*.part")
    path.write_bytes(bytes(STEP))
    uploads._KNOWN.clear()

    with pytest.raises(PieceDamaged):
        add(here, STEP, 2 * STEP)

    assert here.offset(BACKUP, 1, query(0, 1).mark) == 0
    send(here)
    assert stored(here) == PACK


def test_a_piece_of_another_pack_does_not_begin_this_one(here):
    with pytest.raises(PieceDamaged):
        here.add(BACKUP, 1, b"y" * STEP, query(0, STEP))


def test_a_pack_that_is_made_anew_takes_the_place_of_what_had_come(here):
    other = AGE + random.Random(3).randbytes(200_000)
    add(here, 0, STEP, other)

    assert send(here).stored

    assert left(here) == []


def test_what_is_no_age_file_is_not_kept(here):
    plain = b"PK" * 1000

    with pytest.raises(PackNotEncrypted):
        add(here, 0, len(plain), plain)

    assert left(here) == []


def test_a_full_disk_is_named_and_what_was_here_is_gone_on_with(here, monkeypatch):
    add(here, 0, STEP)
    full = SimpleNamespace(free=here.reserve_bytes)
    with monkeypatch.context() as patched:
        patched.setattr("fleet.backups.uploads.shutil.disk_usage", lambda _path: full)
        with pytest.raises(ServerDiskFull):
            add(here, STEP, 2 * STEP)

    send(here, STEP)
    assert stored(here) == PACK


def test_a_disk_that_fills_up_within_a_piece_keeps_nothing_of_it(here):
    add(here, 0, STEP)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (STEP + 1000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            add(here, STEP, 2 * STEP)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert here.offset(BACKUP, 1, query(0, 1).mark) == STEP
    send(here, STEP)
    assert stored(here) == PACK


def test_with_as_many_unfinished_bytes_as_allowed_no_other_begins(here):
    add(here, 0, STEP)
    bounded = replace(here, most_bytes=STEP)

    with pytest.raises(UploadsFull):
        bounded.add(BACKUP, 2, PACK[:STEP], query(0, STEP))

    assert add(bounded, STEP, 2 * STEP).offset == 2 * STEP


def test_what_nobody_goes_on_with_for_a_day_is_removed(here):
    add(here, 0, STEP)
    here.add(BACKUP, 2, PACK[:STEP], query(0, STEP))
    old = here.folder / left(here)[0]
    then = old.stat().st_mtime - ABANDONED_AFTER / timedelta(seconds=1) - 1
    os.utime(old, (then, then))

    assert here.forget_abandoned() == 1
    assert len(left(here)) == 1


def test_a_backup_that_is_given_up_leaves_nothing(here):
    add(here, 0, STEP)
    other = SimpleNamespace(id=UUID(int=2))
    here.add(other, 1, PACK[:STEP], query(0, STEP))

    here.forget(BACKUP)

    assert [name.startswith(other.id.hex) for name in left(here)] == [True]


def test_a_storage_that_is_away_costs_the_last_piece_and_no_more(here, tmp_path):
    in_the_way = tmp_path / "storage" / "packs"
    in_the_way.write_text("a file where a folder should be")
    with pytest.raises(StorageUnavailable):
        send(here)
    last = len(PACK) // STEP * STEP
    assert here.offset(BACKUP, 1, query(0, 1).mark) == last

    in_the_way.unlink()

    assert add(here, last, len(PACK)).stored
    assert (stored(here), left(here)) == (PACK, [])


@pytest.fixture
def busy(here, monkeypatch):
    """Let another process hold the lock of the upload."""
    monkeypatch.setattr(uploads, "BUSY_SECONDS", 0.05)
    add(here, 0, STEP)
    [path] = here.folder.glob("*.lock")
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield other


def test_while_another_process_adds_to_it_a_piece_is_put_off(here, busy):
    with pytest.raises(UploadBusy):
        add(here, STEP, 2 * STEP)
    assert here.offset(BACKUP, 1, query(0, 1).mark) == STEP

    busy.rollback()

    assert send(here, STEP).stored


def test_what_is_forgotten_takes_the_lock_from_nobody(here, busy):
    here.forget(BACKUP)

    with pytest.raises(UploadBusy):
        add(here, 0, STEP)
