"""A backup goes back to a phone: a real adbd takes it, and the phone's own hashes are believed."""

import os
from pathlib import Path

import pytest

from agents.phone.adb import Adb, AdbPhone
from agents.phone.errors import NoAnswer
from agents.phone.files import Tools
from agents.station.backup.errors import PhoneCannotHash, PhoneTooFull
from agents.station.backup.reading_index import Asked, opened
from agents.station.backup.restoring.phone import PhoneTarget
from agents.station.backup.restoring.work import Restoring
from tests.agents.station.backup.made import IDENTITY, Made
from tests.pieces import FromPieces

pytestmark = pytest.mark.handset

FILES = {
    "Download/WeiXin/合同 2026.pdf".encode(): b"%PDF" * 900,
    b"Download/new\nline": b"1",
    b"Download/quote'\"$(id)`": b"2",
    b"-dash/ blank ": b"3",
    b"odd\xff\xfe": b"4",
    b"n" * 250: b"5",
    b"empty": b"",
    b"DCIM/film.mp4": bytes(range(256)) * 40_000,
}


@pytest.fixture
def phone(start_handset):
    phone = start_handset(seed=False)
    phone.put("mine.txt", b"stays")
    return phone


@pytest.fixture
def made(tmp_path) -> Made:
    made = Made(tmp_path)
    made.pack(FILES)
    return made


@pytest.fixture
def bring(phone, made, tmp_path):
    def run(*, overwrite=False, opens=None):
        identity, spool = tmp_path / "key", tmp_path / "ours"
        identity.write_text(str(IDENTITY))
        spool.mkdir(exist_ok=True)
        origin = FromPieces(opens or made.open, [made.manifest()])
        adb = AdbPhone(Adb(port=phone.adb.port), phone.address)
        with opened(origin.pieces, [IDENTITY], identity, None) as wanted:
            target = PhoneTarget(adb, spool, overwrite)
            return Restoring(origin, [IDENTITY], identity, wanted, target).run()

    return run


def on_phone(phone) -> dict[bytes, bytes]:
    folder: Path = phone.storage_path
    found = (path for path in folder.rglob("*") if path.is_file())
    return {os.fsencode(path.relative_to(folder)): path.read_bytes() for path in found}


def test_every_file_is_on_the_phone_with_its_name_bytes_and_time(phone, bring):
    report = bring()

    assert (report.whole, report.problems) == (True, [])
    assert (report.files, report.kept, report.untimed) == (len(FILES), 0, 0)
    assert on_phone(phone) == {**FILES, b"mine.txt": b"stays"}
    assert (phone.storage_path / "DCIM/film.mp4").stat().st_mtime == 1700000000


def test_what_is_there_and_equal_is_not_sent_and_what_is_different_is_left(phone, bring):
    phone.put("empty", b"")
    phone.put("DCIM/film.mp4", b"another")

    report = bring()

    assert (report.files, report.kept) == (len(FILES) - 1, 1)
    assert [(one.path, one.reason) for one in report.problems] == [("DCIM/film.mp4", "taken")]
    assert on_phone(phone)[b"DCIM/film.mp4"] == b"another"


def test_neither_what_is_there_nor_what_is_in_the_way_is_fetched(phone, bring):
    bring()
    phone.put("empty", b"another")

    report = bring(opens=lambda number: pytest.fail(f"pack {number} is not needed"))

    assert (report.kept, [one.reason for one in report.problems]) == (len(FILES) - 1, ["taken"])


def test_what_is_different_is_written_over_where_that_is_said(phone, bring):
    phone.put("DCIM/film.mp4", b"another")

    assert bring(overwrite=True).whole
    assert on_phone(phone) == {**FILES, b"mine.txt": b"stays"}


def test_a_file_that_came_meanwhile_is_left(phone, bring, made):
    def opens(number):
        phone.put("empty", b"not any more")
        return made.open(number)

    report = bring(opens=opens)

    assert [(one.path, one.reason) for one in report.problems] == [("empty", "taken")]
    assert on_phone(phone)[b"empty"] == b"not any more"


def test_a_cable_pulled_leaves_no_half_file_and_the_same_command_goes_on(phone, bring):
    phone.cut_after(3_000_000, direction="to_phone")
    with pytest.raises(NoAnswer):
        bring()
    phone.plug_in()
    there = {name for name in on_phone(phone) if not name.startswith(b".workfleet-restore/")}
    assert {name: on_phone(phone)[name] for name in there} == {
        name: {**FILES, b"mine.txt": b"stays"}[name] for name in there
    }

    report = bring()

    assert (report.whole, report.files) == (True, len(FILES))
    assert on_phone(phone) == {**FILES, b"mine.txt": b"stays"}


def test_a_link_on_the_phone_leads_nowhere(phone, bring):
    (phone.storage_path / "DCIM").symlink_to("/data/local/tmp")

    report = bring()

    assert [(one.path, one.reason) for one in report.problems] == [("DCIM/film.mp4", "outside")]
    assert not list((phone.data_path / "local/tmp").glob("*.mp4"))


def test_a_path_that_leads_outside_is_not_even_asked_for(phone, bring, made):
    made.pack({b"../../data/local/tmp/evil": b"evil"})

    report = bring()

    assert [one.reason for one in report.problems] == ["escapes"]
    assert not list((phone.data_path / "local/tmp").glob("evil"))


def test_a_phone_without_room_is_refused_before_anything_is_sent(phone, tmp_path):
    target = PhoneTarget(
        AdbPhone(Adb(port=phone.adb.port), phone.address), tmp_path, overwrite=False
    )
    with pytest.raises(PhoneTooFull):
        target.refuse_too_full(Asked(files=1, size=1 << 60, packs=(1,)))


def test_a_phone_that_cannot_hash_is_refused(start_handset, tmp_path, monkeypatch):
    phone = start_handset()
    adb = AdbPhone(Adb(port=phone.adb.port), phone.address)
    weak = Tools(prints=True, hasher="md5sum")
    monkeypatch.setattr("agents.station.backup.reading.files.tools", lambda _phone: weak)
    with pytest.raises(PhoneCannotHash):
        PhoneTarget(adb, tmp_path, overwrite=False)


def test_what_is_no_file_of_the_phones_own_storage_is_named_and_not_put_there(phone, bring, made):
    made.pack({
        b".workfleet/user-999/WeiXin/clone.jpg": b"another user's",
        b".workfleet/card-1A2B-3C4D/DCIM/a.jpg": b"a card's",
        b".workfleet/content/sms.jsonl": b"no file",
        b".workfleet/user-0/.workfleet/own.txt": b"of the phone itself",
        b".workfleet-restore/7": b"left by a restore that was cut",
    })  # fmt: skip

    report = bring()

    assert {one.path: one.reason for one in report.problems} == {
        ".workfleet/user-999/WeiXin/clone.jpg": "other_space",
        ".workfleet/card-1A2B-3C4D/DCIM/a.jpg": "other_space",
        ".workfleet/content/sms.jsonl": "no_file_of_a_phone",
        ".workfleet-restore/7": "taken",
    }
    there = on_phone(phone)
    assert there.pop(b".workfleet/own.txt") == b"of the phone itself"
    assert there == {**FILES, b"mine.txt": b"stays"}


def test_a_path_longer_than_file_transfer_can_say_comes_back_too(phone, bring, made):
    long = b"/".join([b"n" * 200] * 6)
    made.pack({long: b"far down"})

    report = bring()

    assert (report.whole, report.untimed) == (True, 1)
    assert on_phone(phone)[long] == b"far down"
