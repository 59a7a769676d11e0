"""A backup of a real adbd's storage: everything accounted for, and nothing said that is not so."""

import os
import threading
from hashlib import sha256

import pytest
import zstandard
from pyrage import x25519

from agents.phone.adb import Adb, AdbPhone
from agents.phone.errors import NoAnswer
from agents.station.backup.errors import (
    IdentityDoesNotOpen,
    ManifestDamaged,
    RootOutside,
    StorageNotThere,
)
from agents.station.backup.flow import Flow
from agents.station.backup.resealing import seal_anew
from agents.station.backup.run import Backup, LeftHere
from agents.station.backup.spool import PIECE
from agents.station.stopping import Paused, Stopped
from api.client import ServerUnreachable
from fleet.contracts.backups import (
    BackupTask,
    FileState,
)
from fleet.contracts.seals import is_signed
from tests.pieces import FromPieces, restore
from tests.seals import SIGNER
from tests.shelf import IDENTITY, NAMES, Shelf
from tests.spoiling.scenarios import shut

pytestmark = pytest.mark.handset


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def phone(start_handset):
    return start_handset(seed=False)


@pytest.fixture
def back_up(phone, shelf, tmp_path):
    def run(
        *,
        roots=("/sdcard",),
        pack_bytes=1_000_000,
        stop=None,
        excludes=(),
        pause=None,
        flow=None,
        on=shelf,
        compare=100,
        tell=lambda *_: None,
    ):
        base = sha256(on.earlier).hexdigest() if on.earlier else None
        task = BackupTask(
            backup="b1",
            roots=list(roots),
            excludes=list(excludes),
            recipients=[str(IDENTITY.to_public())],
            pack_bytes=pack_bytes,
            sealed_names="",
            base=base,
            compare=compare,
        )
        backup = Backup(
            phone=AdbPhone(Adb(port=phone.adb.port), phone.address),
            task=task,
            folder=tmp_path / f"backup-{base}" if base else tmp_path / "backup",
            store=on,
            serial=phone.serial,
            build="x",
            names=NAMES,
            signer=SIGNER,
            stop=stop or threading.Event(),
            pause=pause or threading.Event(),
            flow=flow or Flow.at(tmp_path),
            tell=tell,
        )
        return backup.run()

    return run


def test_any_name_and_size_is_stored_equal_and_comes_back(phone, back_up, shelf, tmp_path):
    folder = phone.put("Download/WeiXin/合同 2026.pdf", b"%PDF").parent
    odd = [b"new\nline", b"\xff raw \xfe", b"quote'\"", b"-dash", b" blank ", b"n" * 250, b"\\back"]
    for name in odd:
        (folder / os.fsdecode(name)).write_bytes(name * 99)
    phone.put("DCIM/empty", b"")
    phone.put("DCIM/large.mp4", os.urandom(9_000_000))

    back_up()

    verdict = shelf.verdict()
    assert verdict.complete, verdict.faults
    assert (verdict.counts.stored, verdict.counts.files) == (len(odd) + 3, len(odd) + 3)
    identity = tmp_path / "key"
    identity.write_text(str(IDENTITY))
    report = restore(FromPieces(shelf.open, [shelf.index]), identity, tmp_path / "to")
    assert report.whole
    assert (tmp_path / "to/DCIM/large.mp4").read_bytes() == (
        phone.storage_path / "DCIM/large.mp4"
    ).read_bytes()
    for name in odd:
        there = tmp_path / "to/Download/WeiXin" / os.fsdecode(name)
        assert there.read_bytes() == name * 99


def test_sealed_anew_it_comes_back_with_the_new_identity_alone(phone, back_up, shelf, tmp_path):
    phone.put("DCIM/large.mp4", os.urandom(3_000_000))
    back_up()
    new, key, old_key = x25519.Identity.generate(), tmp_path / "key", tmp_path / "old-key"
    key.write_text(str(new))
    old_key.write_text(str(IDENTITY))

    def anew(data: bytes) -> bytes:
        (tmp_path / "old").write_bytes(data)
        to = [new.to_public()]
        made = seal_anew(tmp_path / "old", tmp_path / "new", [IDENTITY], to, old_key)
        return made.path.read_bytes()

    shelf.index = anew(shelf.index)
    shelf.packs = {number: anew(data) for number, data in shelf.packs.items()}
    resealed = {shelf.digests[n]: sha256(data).hexdigest() for n, data in shelf.packs.items()}
    anew_too = FromPieces(shelf.open, [shelf.index], resealed, sha256(shelf.index).hexdigest())

    report = restore(anew_too, key, tmp_path / "to")
    assert (report.whole, report.files) == (True, 1)
    with pytest.raises(IdentityDoesNotOpen):
        restore(anew_too, old_key, tmp_path / "again")


def test_a_file_that_changed_is_read_again(phone, back_up, shelf, tmp_path):
    phone.put("a.txt", b"old")
    phone.put("b.bin", os.urandom(1_500_000))
    shelf.meanwhile = lambda number: number == 1 and phone.put("a.txt", b"newer")

    back_up()

    _head, files = shelf.lines()
    assert files["a.txt"].state is FileState.STORED
    assert files["a.txt"].size == 5
    assert shelf.verdict().complete


def test_a_file_that_never_rests_is_named(phone, back_up, shelf):
    phone.put("log.txt", b"1")
    shelf.meanwhile = lambda number: phone.put("log.txt", b"1" * (number + 1))

    back_up()

    _head, files = shelf.lines()
    assert files["log.txt"].state is FileState.CHANGED
    assert files["log.txt"].reason
    assert shelf.verdict().complete  # accounted for, and no more than observed
    assert shelf.verdict().level == "observed"


def test_what_vanishes_and_what_appears_is_accounted_for(phone, back_up, shelf):
    gone = phone.put("gone.txt", b"1")
    phone.put("stays.txt", b"2")

    def meanwhile(number):
        gone.unlink(missing_ok=True)
        phone.put(f"late-{number}.txt", b"3")

    shelf.meanwhile = meanwhile
    back_up()

    head, files = shelf.lines()
    assert files["gone.txt"].reason == "vanished"
    assert files["stays.txt"].state is FileState.STORED
    assert files["late-1.txt"].state is FileState.STORED
    last = files["late-3.txt"]
    assert (last.state, last.reason) == (FileState.MISSING, "appeared")
    assert head.listed - head.relisted == 1
    assert shelf.verdict().complete


def test_what_cannot_be_read_is_named_with_the_phones_reason(phone, back_up, shelf):
    phone.put("open.txt", b"1")
    shut(phone.put("shut.txt", b"2"))
    shut(phone.put("closed/in.txt", b"3").parent)

    back_up()

    _head, files = shelf.lines()
    assert files["open.txt"].state is FileState.STORED
    assert "Permission denied" in files["shut.txt"].reason
    assert "Permission denied" in files["closed"].reason
    assert shelf.verdict().complete
    assert shelf.verdict().level == "observed"


def test_a_stopped_backup_goes_on_and_reads_nothing_twice(phone, back_up, shelf):
    for number in range(4):
        phone.put(f"{number}.bin", os.urandom(900_000))
    stop = threading.Event()
    shelf.meanwhile = lambda _number: stop.set()
    with pytest.raises(Stopped):
        back_up(stop=stop)
    before = dict(shelf.digests)
    assert not shelf.manifest

    back_up()

    assert before
    assert {number: shelf.digests[number] for number in before} == before
    assert len(shelf.packs) == 4
    assert shelf.verdict().complete


def test_a_cable_pulled_in_mid_backup_leaves_it_incomplete_until_it_goes_on(phone, back_up, shelf):
    for number in range(3):
        phone.put(f"{number}.bin", os.urandom(900_000))
    shelf.meanwhile = lambda number: number == 1 and phone.unplug()
    with pytest.raises(NoAnswer):
        back_up()
    assert not shelf.manifest
    shelf.meanwhile = lambda _number: None

    phone.plug_in()
    back_up()

    assert shelf.verdict().complete
    assert len(shelf.packs) == 3


def test_a_connection_cut_in_mid_file_never_stores_half_of_it(phone, back_up, shelf):
    phone.put("large.mp4", os.urandom(9_000_000))
    phone.cut_after(4_000_000)
    with pytest.raises(NoAnswer):
        back_up()
    phone.plug_in()

    back_up()

    assert shelf.verdict().level == "verified"


def test_a_server_that_is_down_is_waited_for(phone, back_up, shelf, monkeypatch):
    monkeypatch.setattr("agents.station.backoff.random.uniform", lambda *_: 0.01)
    phone.put("a.txt", b"1")
    troubles = [ServerUnreachable(server="x", reason="down")] * 3

    def meanwhile(_number):
        if troubles:
            raise troubles.pop()

    shelf.meanwhile = meanwhile
    for _ in range(len(troubles) + 1):
        try:
            back_up()
        except LeftHere:  # it was away by the time that everything was read: the next run sends it
            continue
        break

    assert shelf.verdict().complete


def test_at_most_two_packs_wait_on_the_stations_disk(phone, back_up, shelf, tmp_path):
    for number in range(6):
        phone.put(f"{number}.bin", os.urandom(900_000))
    waiting = []

    def meanwhile(_number):
        waiting.append(len(list((tmp_path / "backup").glob("pack-*.age"))))

    shelf.meanwhile = meanwhile
    back_up()

    assert max(waiting) <= 2
    assert not list((tmp_path / "backup").glob("pack-*.age"))


def test_a_file_larger_than_the_room_here_goes_through_a_window(phone, back_up, shelf, tmp_path):
    phone.put("DCIM/film.mp4", os.urandom(5 * PIECE))
    flow, seen = Flow.at(tmp_path), []
    flow.room.whole_bytes = 2 * PIECE
    shelf.meanwhile = lambda _number: seen.append(largest(tmp_path / "backup"))

    back_up(flow=flow)

    assert shelf.verdict().level == "verified"
    assert seen == [2 * PIECE]
    assert flow.room._booked == 0


def largest(folder):
    return max(path.stat().st_size for path in folder.glob("pack-*.age"))


def test_excluded_files_are_not_listed(phone, back_up, shelf):
    phone.put("DCIM/.thumbnails/x", b"1")
    phone.put("DCIM/y", b"2")

    back_up(excludes=["*/.thumbnails"])

    assert set(shelf.lines()[1]) == {"DCIM/y"}


def test_empty_storage_is_not_taken_for_a_complete_backup(phone, back_up, shelf):
    for entry in phone.storage_path.iterdir():
        entry.rmdir()
    with pytest.raises(StorageNotThere):
        back_up()
    assert not shelf.manifest


def test_a_place_outside_shared_storage_is_refused(back_up):
    with pytest.raises(RootOutside):
        back_up(roots=["/data/local/tmp"])


def put_many(phone) -> None:
    for number in range(40):
        phone.put(f"DCIM/{number}.jpg", os.urandom(2000 + number))
    phone.put("DCIM/film.mp4", os.urandom(9_000_000))


def test_names_are_in_the_sealed_index_and_nowhere_in_the_manifest(phone, back_up, shelf):
    phone.put("Download/王小明 简历.pdf", b"%PDF")

    written, seal = back_up()

    plain = zstandard.ZstdDecompressor().decompressobj().decompress(shelf.manifest)
    assert "简历" not in plain.decode()
    assert b"Download" not in plain
    assert set(shelf.lines()[1]) == {"Download/王小明 简历.pdf"}
    assert shelf.head().index == sha256(shelf.index).hexdigest() == seal.index
    assert seal.manifest == sha256(shelf.manifest).hexdigest() == written.digest
    assert is_signed(seal)


def test_what_is_as_it_was_is_not_stored_again(phone, back_up, shelf, tmp_path):
    put_many(phone)
    back_up()
    phone.put("DCIM/new.jpg", b"new")
    phone.put("DCIM/7.jpg", b"another")
    (phone.storage_path / "DCIM/3.jpg").unlink()
    second = shelf.next_one()
    sent = len(shelf.packs)

    back_up(on=second)

    verdict = second.verdict()
    assert (verdict.complete, verdict.level) == (True, "verified")
    assert (verdict.counts.stored, verdict.counts.carried) == (41, 39)
    assert len(second.packs) == sent + 1
    assert restored(second, tmp_path) == on_phone(phone)


def restored(shelf, tmp_path) -> dict[str, bytes]:
    identity, to = tmp_path / "key", tmp_path / "to"
    identity.write_text(str(IDENTITY))
    assert restore(FromPieces(shelf.open, [shelf.index]), identity, to).whole
    return under(to)


def on_phone(phone) -> dict[str, bytes]:
    return under(phone.storage_path)


def under(folder) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_a_byte_that_flipped_behind_an_equal_size_and_time_is_stored_anew(
    phone, back_up, shelf, tmp_path
):
    put_many(phone)
    back_up()
    second = shelf.next_one()
    flip(phone.storage_path / "DCIM/5.jpg")

    back_up(on=second)

    verdict = second.verdict()
    assert (verdict.level, verdict.counts.carried, verdict.counts.stored) == ("verified", 40, 41)
    assert restored(second, tmp_path) == on_phone(phone)


def flip(path) -> None:
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_what_was_moved_is_not_stored_again(phone, back_up, shelf, tmp_path):
    put_many(phone)
    back_up()
    (phone.storage_path / "DCIM").rename(phone.storage_path / "Pictures")
    second = shelf.next_one()

    back_up(on=second)

    verdict = second.verdict()
    assert (verdict.level, verdict.counts.carried, verdict.counts.stored) == ("verified", 41, 41)
    assert second.head().packs == shelf.head().packs
    assert restored(second, tmp_path) == on_phone(phone)


def test_what_is_as_long_and_old_as_another_is_not_taken_for_it(phone, back_up, shelf, tmp_path):
    old = phone.put("DCIM/old.jpg", b"one")
    phone.put("DCIM/copied.jpg", b"two")
    back_up()
    new = phone.put("DCIM/new.jpg", b"six")
    copy = phone.put("DCIM/copy.jpg", b"one")
    for path in (new, copy):
        os.utime(path, ns=(old.stat().st_mtime_ns, old.stat().st_mtime_ns))
    second = shelf.next_one()

    back_up(on=second, compare=0)

    _head, files = second.lines()
    assert (files["DCIM/new.jpg"].state, files["DCIM/copy.jpg"].state) == ("stored", "stored")
    assert files["DCIM/copy.jpg"].pack == files["DCIM/old.jpg"].pack != files["DCIM/new.jpg"].pack
    assert restored(second, tmp_path) == on_phone(phone)


def test_what_was_not_compared_is_said(phone, back_up, shelf):
    put_many(phone)
    back_up()
    second = shelf.next_one()

    back_up(on=second, compare=0)

    verdict = second.verdict()
    assert (verdict.complete, verdict.level) == (True, "observed")
    assert (verdict.counts.stored, verdict.counts.uncompared) == (41, 41)
    assert second.head().packs == shelf.head().packs


def test_a_sample_is_compared_where_a_sample_is_asked(phone, back_up, shelf):
    for number in range(200):
        phone.put(f"{number}.txt", b"%d" % number)
    back_up()
    second = shelf.next_one()

    back_up(on=second, compare=25)

    assert 120 < second.verdict().counts.uncompared < 180  # drawn by names that are blinded


def test_a_base_that_is_not_what_was_asked_for_is_refused(phone, back_up, shelf):
    put_many(phone)
    back_up()
    second = shelf.next_one()
    second.earlier, asked = second.earlier[:-1], second.earlier

    with pytest.raises(ManifestDamaged):
        back_up(on=second)

    second.earlier = asked
    back_up(on=second)
    assert second.verdict().complete


def test_a_server_that_is_down_when_the_base_is_fetched_is_waited_for(
    phone, back_up, shelf, monkeypatch
):
    monkeypatch.setattr("agents.station.backoff.random.uniform", lambda *_: 0.01)
    put_many(phone)
    back_up()
    second, fetch = shelf.next_one(), Shelf.base
    troubles = [ServerUnreachable(server="x", reason="down")] * 2

    def base(backup):
        if troubles:
            raise troubles.pop()
        return fetch(second, backup)

    second.base = base
    back_up(on=second)

    assert second.verdict().counts.carried == 41


def test_a_pause_waits_for_no_bytes_that_a_bound_holds_back(phone, back_up, shelf, tmp_path):
    for number in range(4):
        phone.put(f"{number}.bin", os.urandom(900_000))
    flow, pause = Flow.at(tmp_path), threading.Event()
    flow.limit(5000)
    raised = []

    def tell(step, _far):
        if step == "reading":
            pause.set()

    def run():
        with pytest.raises(Paused) as paused:
            back_up(flow=flow, pause=pause, tell=tell)
        raised.append(paused)

    running = threading.Thread(target=run, daemon=True)
    running.start()
    running.join(30)

    assert raised
