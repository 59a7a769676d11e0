"""What is lost or altered at rest is found, named, and good again by itself."""

import os
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import event, select

from fleet.access.actor import SYSTEM
from fleet.access.errors import NotAllowed
from fleet.audit.models import AuditEntry
from fleet.backups.errors import StillInStorage, StorageUnavailable
from fleet.backups.models import Backup
from fleet.backups.queries import latest_complete
from fleet.backups.storage import Storage, apk_name, resealed_name
from fleet.contracts.access import Role
from fleet.contracts.backups import BackupState
from fleet.contracts.clock import now
from fleet.contracts.keeping import Depth, FaultKind, FaultQuery
from fleet.contracts.openings import OpeningPurpose, SealedKind
from fleet.contracts.proof import Level
from fleet.keeping import checking, deleting, objects
from fleet.keeping.faults import Wrong, end_fault, faults, note_wrong, open_fault
from fleet.keeping.models import StorageCheck, StorageFault
from fleet.openings.models import Resealing
from fleet.openings.services import ask_opening
from fleet.remedies.models import Apk
from fleet.settings import Settings
from tests.fleet.keeping.shelf import Shelf, name_of, pack_of

DAYS_LATER = timedelta(days=2)


@pytest.fixture
def look(session, sessions, make, tools):
    def look(depth: Depth = Depth.QUICK, settings: Settings = tools.settings) -> StorageCheck:
        session.commit()
        with sessions.begin() as other:
            key = checking.begin(other, depth, actor=make.actor()).id
        assert checking.go_on(sessions, settings, key)
        session.expire_all()
        return session.get_one(StorageCheck, key)

    return look


def path_of(shelf: Shelf, text: str):
    return shelf.settings.home / "storage" / name_of(text)


def flip(shelf: Shelf, text: str) -> None:
    path = path_of(shelf, text)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def sealed_anew(session, make, before: str, after: str) -> Resealing:
    """Write down that an object took the place of another, which is still to be removed."""
    asker, purpose = make.actor(Role.SECURITY), OpeningPurpose.RESEAL
    row = Resealing(
        opening=ask_opening(session, None, purpose=purpose, reason="test", actor=asker),
        kind=SealedKind.PACK,
        before=before,
        after=after,
        first=before,
        **dict.fromkeys(("plain", "sealed_before", "sealed_after", "resealed_by"), "test"),
        level=Level.DECLARED,
        resealed_at=now(),
    )
    session.add(row)
    session.flush()
    return row


def wrong(session, make) -> list[tuple[str, FaultKind, list[str]]]:
    items, _mark = faults(session, FaultQuery(sort="object"), actor=make.actor())
    return [(one.object, one.kind, one.backups) for one in items]


def test_where_all_is_there_nothing_is_found(shelf, look, session, make):
    backup = shelf.backup("a", "b")

    quick, deep = look(), look(Depth.DEEP)

    for check in (quick, deep):
        assert (check.objects, check.found, check.orphans) == (3, 0, 0)
        assert check.bytes > 0
    assert wrong(session, make) == []
    assert backup.state is BackupState.COMPLETE


@pytest.mark.parametrize("depth", Depth)
def test_a_lost_object_is_found_and_damages_what_names_it(shelf, look, session, make, depth):
    phone = make.device()
    first, second = (shelf.backup("base", text, device=phone) for text in "ab")
    other = shelf.backup("c")
    path_of(shelf, "base").unlink()

    check = look(depth)

    assert check.found == 1
    assert wrong(session, make) == [
        (name_of("base"), FaultKind.ABSENT, sorted([first.number, second.number]))
    ]
    assert first.state is second.state is BackupState.DAMAGED
    assert other.state is BackupState.COMPLETE
    assert latest_complete(session, phone) is None


@pytest.mark.parametrize("depth", Depth)
def test_another_size_is_found(shelf, look, session, make, depth):
    backup = shelf.backup("a")
    path_of(shelf, "a").write_bytes(pack_of("a")[:-3])

    look(depth)

    assert wrong(session, make) == [(name_of("a"), FaultKind.WRONG_SIZE, [backup.number])]


def test_a_flipped_bit_is_found_by_reading_alone(shelf, look, session, make):
    backup = shelf.backup("a")
    flip(shelf, "a")

    assert look().found == 0
    assert look(Depth.DEEP).found == 1
    assert wrong(session, make) == [(name_of("a"), FaultKind.ALTERED, [backup.number])]
    assert backup.state is BackupState.DAMAGED


def test_a_lost_manifest_is_found(shelf, look, session):
    backup = shelf.backup("a")
    shelf.storage.delete([f"manifests/{backup.manifest_digest[:2]}/{backup.manifest_digest}"])

    assert look().found == 1
    assert backup.state is BackupState.DAMAGED


def test_it_is_good_again_when_the_object_is(shelf, look, session, make):
    backup = shelf.backup("a", "b")
    flip(shelf, "a")
    path_of(shelf, "b").unlink()
    look(Depth.DEEP)
    path_of(shelf, "a").write_bytes(pack_of("a"))

    half = look()
    assert (half.healed, backup.state) == (1, BackupState.DAMAGED)
    told = select(AuditEntry.event).where(AuditEntry.subject_id == backup.id)
    assert session.scalars(told).all() == ["backup.damaged"]
    session.commit()

    path_of(shelf, "b").write_bytes(pack_of("b"))
    assert look().healed == 1
    assert backup.state is BackupState.COMPLETE
    assert wrong(session, make) == []


def test_what_was_wrong_is_asked_for_again_one_in_a_turn(
    shelf, look, session, sessions, make, tools
):
    shelf.backup(*"abc")
    for text in "abc":
        flip(shelf, text)
    look(Depth.DEEP)
    for text in "abc":
        path_of(shelf, text).write_bytes(pack_of(text))
    session.commit()
    with sessions.begin() as other:
        key = checking.begin(other, Depth.QUICK, actor=make.actor()).id

    left = []
    while not checking.go_on(sessions, tools.settings, key, seconds=0):
        session.expire_all()
        left.append(len(wrong(session, make)))
        session.commit()

    assert left == [2, 1, 0]
    session.expire_all()
    assert session.get_one(StorageCheck, key).healed == 3


def test_what_comes_back_altered_is_not_good(shelf, look, session):
    backup = shelf.backup("a")
    path_of(shelf, "a").unlink()
    look()
    path_of(shelf, "a").write_bytes(pack_of("b"))

    assert look().healed == 0
    assert backup.state is BackupState.DAMAGED


def test_what_is_found_again_is_no_news_and_later_backups_are_marked(shelf, look, session, make):
    shelf.backup("a", "old")
    path_of(shelf, "a").unlink()
    assert look().found == 1
    session.commit()
    storage_has = path_of(shelf, "a")
    later = shelf.backup("a")
    storage_has.unlink()

    assert look().found == 0
    assert later.state is BackupState.DAMAGED
    assert len(wrong(session, make)) == 1


def test_it_is_told_in_the_trail(shelf, look, session):
    backup = shelf.backup("a")
    path_of(shelf, "a").unlink()
    look()
    path_of(shelf, "a").write_bytes(pack_of("a"))
    look()

    told = session.scalars(select(AuditEntry.event).order_by(AuditEntry.sequence)).all()
    assert told[-6:] == [
        "storage_fault.found",
        "backup.damaged",
        "storage_check.ended",
        "storage_fault.ended",
        "backup.healed",
        "storage_check.ended",
    ]
    about = AuditEntry.event == "storage_fault.found"
    assert session.scalars(select(AuditEntry).where(about)).one().details["backups"] == [
        backup.number
    ]


def test_what_nobody_names_is_told_after_a_day_and_removed_when_asked(
    shelf, look, session, sessions, make, tools
):
    shelf.backup("kept")
    stray = pack_of("stray")
    shelf.storage.put_pack([stray], digest=sha256(stray).hexdigest())
    assert look().orphans == 0

    with time_machine.travel(now() + DAYS_LATER):
        found = look()
        assert (found.orphans, found.orphan_bytes, found.found) == (1, len(stray), 1)
        assert wrong(session, make) == [(name_of("stray"), FaultKind.ORPHAN, [])]

        asked = checking.ask_removal(session, dry_run=False, actor=make.actor())
        session.commit()
        assert checking.remove_orphans(sessions, tools.settings) == asked.objects == 1

    assert (shelf.lies("stray"), shelf.lies("kept")) == (False, True)
    session.expire_all()
    assert wrong(session, make) == []


def test_an_orphan_that_the_store_will_not_let_go_holds_up_no_other(
    shelf, look, session, sessions, make, tools, monkeypatch
):
    for text in ("kept", "goes"):
        shelf.storage.put_pack([pack_of(text)], digest=sha256(pack_of(text)).hexdigest())
    delete = Storage.delete

    def locked(self, names):
        if name_of("kept") in names:
            raise StillInStorage(digest=names[0])
        delete(self, names)

    monkeypatch.setattr(Storage, "delete", locked)
    with time_machine.travel(now() + DAYS_LATER):
        look()
        checking.ask_removal(session, dry_run=False, actor=make.actor())
        session.commit()

        with pytest.raises(StillInStorage):
            checking.remove_orphans(sessions, tools.settings)

    assert (shelf.lies("kept"), shelf.lies("goes")) == (True, False)


def test_an_orphan_that_is_named_meanwhile_stays(shelf, look, session, sessions, make, tools):
    stray = pack_of("stray")
    shelf.storage.put_pack([stray], digest=sha256(stray).hexdigest())
    with time_machine.travel(now() + DAYS_LATER):
        look()
        checking.ask_removal(session, dry_run=False, actor=make.actor())
        shelf.backup("stray")
        session.commit()

        assert checking.remove_orphans(sessions, tools.settings) == 0
    assert shelf.lies("stray")


def test_what_was_sealed_anew_and_not_settled_is_no_orphan(
    shelf, look, session, sessions, make, tools
):
    """The new object may be gone: then the old one is the last."""
    [pack] = shelf.backup("anew").packs
    before = sha256(pack_of("before")).hexdigest()
    shelf.storage.put_pack([pack_of("before")], digest=before)
    row = sealed_anew(session, make, before, pack.digest)
    with time_machine.travel(now() + DAYS_LATER):
        check = look()

    assert (check.orphans, check.found) == (0, 0)

    row.settled_at = now()
    with time_machine.travel(now() + DAYS_LATER):
        assert look().orphans == 1


def test_what_no_drill_brought_back_is_held_against_what_it_was_sealed_anew_to(
    shelf, look, session, make
):
    backup = shelf.backup("before")
    [pack], lost = backup.packs, Wrong(name_of("before"), FaultKind.UNRESTORABLE, seen="differs")
    note_wrong(session, lost, by="RD-1", actor=make.actor())
    shelf.backup("anew")
    anew = sha256(pack_of("anew")).hexdigest()
    sealed_anew(session, make, pack.digest, anew).settled_at = now()
    shelf.storage.delete([name_of("before")])
    pack.first_digest, pack.digest, pack.size = pack.digest, anew, len(pack_of("anew"))

    look()

    [(name, kind, backups)] = wrong(session, make)
    assert (name, kind) == (name_of("anew"), FaultKind.UNRESTORABLE)
    assert backup.number in backups
    assert backup.state is BackupState.DAMAGED


def test_of_what_is_half_done_no_note_is_missed(shelf, look, session, make):
    [pack] = shelf.backup("a").packs
    pack.first_digest = "f" * 64
    sealed_anew(session, make, pack.first_digest, pack.digest)

    assert look().healed == 0
    assert shelf.storage.size_of(resealed_name(pack.first_digest)) is None


@pytest.mark.parametrize("what", ["pack", "index"])
def test_a_note_of_what_was_sealed_anew_is_written_again_where_it_is_lost(
    shelf, look, session, make, what
):
    backup = shelf.backup("a")
    index, [pack], first = shelf.index(backup), backup.packs, "f" * 64
    if what == "pack":
        pack.first_digest, called = first, pack.digest
    else:
        backup.index_first_digest, called = first, index
    note = shelf.settings.home / "storage" / resealed_name(first)

    lost = look()
    assert (lost.found, lost.healed, note.read_text()) == (0, 1, f"{called}\n")
    note.write_text("0" * 64 + "\n")
    altered = look(Depth.DEEP)

    assert (altered.found, altered.healed, note.read_text()) == (0, 1, f"{called}\n")
    assert look().healed == 0
    assert (wrong(session, make), backup.state) == ([], BackupState.COMPLETE)


def test_a_note_of_nothing_is_an_orphan(shelf, look, session, make):
    name = resealed_name("f" * 64)
    shelf.storage.put_note(name, "0" * 64)
    with time_machine.travel(now() + DAYS_LATER):
        assert look().orphans == 1

    assert wrong(session, make) == [(name, FaultKind.ORPHAN, [])]


def test_a_fault_that_was_an_orphan_is_not_ended_by_its_removal(
    shelf, look, session, sessions, make, tools
):
    stray = pack_of("stray")
    shelf.storage.put_pack([stray], digest=sha256(stray).hexdigest())
    with time_machine.travel(now() + DAYS_LATER):
        look()
        checking.ask_removal(session, dry_run=False, actor=make.actor())
        backup = shelf.backup("stray")
        path_of(shelf, "stray").unlink()
        look()

        assert checking.remove_orphans(sessions, tools.settings) == 0

    session.expire_all()
    assert wrong(session, make) == [(name_of("stray"), FaultKind.ABSENT, [backup.number])]
    assert backup.state is BackupState.DAMAGED
    told = select(AuditEntry.details).where(AuditEntry.event == "storage_fault.found")
    assert [one["kind"] for one in session.scalars(told)] == ["orphan", "not_in_storage"]


def test_what_no_drill_brought_back_is_not_good_because_its_bytes_are(shelf, look, session, make):
    backup = shelf.backup("a")
    failed = Wrong(name_of("a"), FaultKind.UNRESTORABLE, seen="differs")
    note_wrong(session, failed, by="RD-1", actor=make.actor())
    path_of(shelf, "a").unlink()
    look()
    path_of(shelf, "a").write_bytes(pack_of("a"))

    look()

    assert backup.state is BackupState.DAMAGED
    assert wrong(session, make) == [(name_of("a"), FaultKind.UNRESTORABLE, [backup.number])]


def test_what_is_being_deleted_is_neither_lost_nor_an_orphan(shelf, look, session, make):
    going = shelf.backup("a", "b")
    deleting.delete_backup(session, going, reason="test", actor=make.actor())
    path_of(shelf, "a").unlink()

    with time_machine.travel(now() + DAYS_LATER):
        check = look()

    assert (check.found, wrong(session, make)) == (0, [])


@pytest.mark.parametrize("known", [False, True])
def test_what_is_seen_of_an_object_meanwhile_brings_nothing_back_that_goes(
    session, sessions, shelf, make, known
):
    backup, lost = shelf.backup("a"), Wrong(name_of("a"), FaultKind.ABSENT)
    if known:
        note_wrong(session, lost, by="SC-1", actor=make.actor())
    session.commit()

    def see() -> None:
        with sessions.begin() as other:
            fault = open_fault(other, lost.object)
            if fault is None:
                note_wrong(other, lost, by="SC-2", actor=SYSTEM)
            else:
                end_fault(other, fault, because="it is there, and good", actor=SYSTEM)

    with ThreadPoolExecutor(1) as pool, sessions.begin() as mine:
        going = mine.get_one(Backup, backup.id)
        deleting.delete_backup(mine, going, reason="test", actor=make.actor())
        later = pool.submit(see)
        wait([later], timeout=1)
        mine.commit()
        later.result()

    session.expire_all()
    assert backup.state is BackupState.DELETING


def test_a_store_that_is_away_is_no_reason_to_call_anything_lost(
    shelf, session, sessions, make, tools
):
    backup = shelf.backup("a")
    session.commit()
    with sessions.begin() as other:
        key = checking.begin(other, Depth.QUICK, actor=make.actor()).id
    packs = tools.settings.home / "storage"
    away = packs.rename(packs.with_name("away"))
    packs.write_text("no folder")

    with pytest.raises(StorageUnavailable):
        checking.go_on(sessions, tools.settings, key)

    packs.unlink()
    away.rename(packs)
    session.expire_all()
    assert backup.state is BackupState.COMPLETE
    session.commit()
    assert checking.go_on(sessions, tools.settings, key)


@pytest.mark.parametrize("depth", Depth)
def test_it_goes_on_where_it_was(shelf, session, sessions, make, tools, monkeypatch, depth):
    backup = shelf.backup(*"abcdefgh")
    for text in "abcdefgh":
        path_of(shelf, text).write_bytes(b"x")
    session.commit()
    monkeypatch.setattr(checking, "AT_ONCE", 2)
    with sessions.begin() as other:
        key = checking.begin(other, depth, actor=make.actor()).id
    turns = 0
    while not checking.go_on(sessions, tools.settings, key, seconds=0):
        turns += 1

    session.expire_all()
    check = session.get_one(StorageCheck, key)
    assert turns >= 4
    assert (check.objects, check.found) == (9, 8)
    assert backup.state is BackupState.DAMAGED


def test_whoever_dies_at_it_is_followed_by_another(shelf, session, sessions, make, tools):
    shelf.backup("a")
    session.commit()
    with sessions.begin() as other:
        check = checking.begin(other, Depth.QUICK, actor=make.actor())
        check.busy_until = now() + checking.TAKEN_FOR_DEAD

    assert not checking.go_on(sessions, tools.settings, check.id)
    with time_machine.travel(now() + checking.TAKEN_FOR_DEAD):
        assert checking.go_on(sessions, tools.settings, check.id)


def test_a_second_look_joins_the_first(session, make):
    first = checking.begin(session, Depth.QUICK, actor=make.actor())

    assert checking.begin(session, Depth.QUICK, actor=make.actor()) is first
    assert checking.begin(session, Depth.DEEP, actor=make.actor()) is not first


def test_a_quick_look_asks_the_database_as_often_for_many_objects(shelf, look, engine, session):
    def statements() -> int:
        sent: list[str] = []

        def note(_connection, _cursor, statement, *_rest) -> None:
            sent.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        look()
        event.remove(engine, "before_cursor_execute", note)
        return len(sent)

    shelf.backup("a")
    few = statements()
    for n in range(30):
        shelf.backup(*(f"{n}-{m}" for m in range(5)))
    session.commit()

    assert statements() == few


def test_a_quick_look_asks_the_store_for_its_list_alone(shelf, look, session, monkeypatch):
    shelf.backup(*"abcdef")
    asked: list[str] = []
    monkeypatch.setattr(Storage, "size_of", lambda _self, name: asked.append(name))

    look()

    assert asked == []


def test_reading_keeps_its_pace(shelf, look, session, tools):
    from dataclasses import replace

    shelf.backup("a" * 30_000, "b" * 30_000)
    slow = replace(tools.settings, deep_check_bytes_per_second=100_000)
    began = now()

    look(Depth.DEEP, slow)

    assert (now() - began).total_seconds() > 0.5


def test_reading_comes_round_by_itself(shelf, session, sessions, tools, make):
    shelf.backup("a")
    session.commit()

    assert checking.read_by_itself(sessions, tools.settings) == 1
    assert checking.read_by_itself(sessions, tools.settings) == 0
    with time_machine.travel(now() + timedelta(days=tools.settings.deep_check_days)):
        assert checking.read_by_itself(sessions, tools.settings) == 1


def test_only_who_may_look_does(session, make):
    for role in (Role.AUDITOR, Role.MANAGER, Role.EMPLOYEE):
        with pytest.raises(NotAllowed):
            checking.begin(session, Depth.QUICK, actor=make.actor(role))
    with pytest.raises(NotAllowed):
        checking.ask_removal(session, dry_run=True, actor=make.actor(Role.OPERATOR))


def test_every_digest_that_a_backup_carries_is_looked_at():
    """Whoever gives backups another paper in the storage adds it to those that are checked."""
    digests = {column.key for column in Backup.__table__.columns if column.key.endswith("_digest")}
    digests -= {"index_first_digest"}  # what it was called before it was sealed anew

    assert digests == {paper.digest.key for paper in objects.PAPERS}


def test_no_fault_is_open_twice(shelf, look, session):
    shelf.backup("a")
    path_of(shelf, "a").unlink()
    look(), look(), look(Depth.DEEP)

    assert len(session.scalars(select(StorageFault.id)).all()) == 1


@pytest.fixture
def apk(shelf, session):
    """Give a stored file of an app, which no backup names."""
    data = b"PK of an app" * 100
    digest = sha256(data).hexdigest()
    path = shelf.settings.home / "storage" / apk_name(digest)
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    row = Apk(
        id=uuid4(), digest=digest, size=len(data), package="com.example.crm", version_code=1,
        certificate="c" * 64, added_at=now(), added_by="Liu Yang",
    )  # fmt: skip
    session.add(row)
    session.commit()
    return row, path


@pytest.mark.parametrize("depth", Depth)
def test_files_of_apps_are_looked_over_too(look, apk, session, make, depth):
    row, path = apk
    assert (look(depth).objects, wrong(session, make)) == (1, [])

    path.unlink()

    assert look(depth).found == 1
    assert wrong(session, make) == [(apk_name(row.digest), FaultKind.ABSENT, [])]


def test_a_file_of_an_app_that_was_changed_is_found_by_reading_it(look, apk, session, make):
    row, path = apk
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert look().found == 0

    assert look(Depth.DEEP).found == 1
    assert wrong(session, make) == [(apk_name(row.digest), FaultKind.ALTERED, [])]


def test_one_that_is_good_again_is_no_fault_any_more(look, apk, session, make):
    _row, path = apk
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    assert look().found == 1
    path.write_bytes(data)

    assert look().healed == 1
    assert wrong(session, make) == []


def test_a_file_of_an_app_that_nothing_names_is_an_orphan_and_goes(
    look, apk, session, sessions, make, tools
):
    row, path = apk
    row.removed_at = now()
    session.commit()
    os.utime(path, (1, 1))
    assert look().orphans == 1

    checking.ask_removal(session, dry_run=False, actor=make.actor())
    session.commit()

    assert checking.remove_orphans(sessions, tools.settings) == 1
    assert not path.exists()


def test_one_that_is_added_again_meanwhile_stays(look, apk, session, sessions, make, tools):
    row, path = apk
    row.removed_at = now()
    session.commit()
    os.utime(path, (1, 1))
    look()
    checking.ask_removal(session, dry_run=False, actor=make.actor())
    row.removed_at = None
    session.commit()

    assert checking.remove_orphans(sessions, tools.settings) == 0
    assert path.exists()
