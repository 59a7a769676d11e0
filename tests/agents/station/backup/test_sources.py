"""What a plan asks for is taken of a real adbd's storage, or named with the reason why not."""

import io
import json
import os
import tarfile
import threading
from hashlib import sha256
from time import time

import pytest

from agents.handset.framework.state import User
from agents.phone.adb import Adb, AdbPhone
from agents.station.backup.flow import Flow
from agents.station.backup.lines import lines_of
from agents.station.backup.run import Backup
from agents.station.stopping import Stopped
from fleet.backups.completeness import judge
from fleet.contracts.backups import BackupTask, FileState, ManifestFile, ManifestHead
from fleet.contracts.plans import SourceState
from fleet.contracts.proof import Level
from fleet.plans.queries import PLANS
from tests.agents.station.backup.test_backup import restored
from tests.seals import SIGNER
from tests.shelf import IDENTITY, NAMES, Shelf
from tests.spoiling.scenarios import shut

pytestmark = pytest.mark.handset

EVERY_SOURCE = [source for one in PLANS.built_in.values() for source in one.content.sources]
CLONE = 67112976  # flags of a user that is a clone of apps
SMS = "content://sms"
FOLDER = "MIUI/backup/AllBackup/20261126_091500"
BAK = f"{FOLDER}/微信(com.tencent.mm).bak"
HEAD = b"MIUI BACKUP\n2\ncom.tencent.mm WeChat\n-1\n0\nANDROID BACKUP\n5\n0\nnone\n"


@pytest.fixture
def phone(start_handset):
    phone = start_handset(seed=False)
    phone.put("DCIM/Camera/1.jpg", b"jpeg")
    return phone


@pytest.fixture
def take(phone, tmp_path):
    """Take some sources, `shared` always; return the shelf, and what became of each by its name."""

    def run(*names, spaces=("0",), meanwhile=None, shelf=None, stop=None):
        shelf = shelf or Shelf()
        shelf.meanwhile = meanwhile or (lambda _number: None)
        asked = [one for one in EVERY_SOURCE if one.id in {"shared", *names}]
        task = BackupTask(
            backup="b1", roots=["/sdcard"], excludes=[], pack_bytes=1_000_000, sealed_names="",
            recipients=[str(IDENTITY.to_public())], sources=asked, spaces=list(spaces),
            base=sha256(shelf.earlier).hexdigest() if shelf.earlier else None,
        )  # fmt: skip
        backup = Backup(
            phone=AdbPhone(Adb(port=phone.adb.port), phone.address), task=task,
            folder=tmp_path / f"b-{len(shelf.earlier)}", store=shelf, serial=phone.serial,
            build="x", names=NAMES, signer=SIGNER, tell=lambda *_: None,
            stop=stop or threading.Event(), pause=threading.Event(), flow=Flow.at(tmp_path),
        )  # fmt: skip
        backup.run()
        verdict = judged(shelf, task)
        assert verdict.complete, verdict.faults
        return shelf, {one.source: one for one in verdict.sources}, verdict

    return run


def judged(shelf, task):
    head, *files = lines_of([shelf.manifest], None)
    read = map(ManifestFile.model_validate_json, files)
    packs = set(shelf.digests.values())
    head = ManifestHead.model_validate_json(head)
    return judge(head, read, packs, task.sources, task.spaces)


def test_a_path_belongs_to_the_most_specific_source_in_whatever_case(phone, take):
    phone.put("Download/note.pdf", b"1")
    phone.put("Download/Weixin/合同.pdf", b"2")
    phone.put("Tencent/MicroMsg/Download/old.doc", b"3")

    shelf, found, verdict = take("documents", "camera", "wechat", "wecom")

    sources = {path: file.source for path, file in shelf.lines()[1].items()}
    assert sources == {
        "DCIM/Camera/1.jpg": "camera",
        "Download/note.pdf": "documents",
        "Download/Weixin/合同.pdf": "wechat",
        "Tencent/MicroMsg/Download/old.doc": "wechat",
    }
    assert (found["wechat"].equal, found["wechat"].state) == (2, SourceState.TAKEN)
    assert (found["wecom"].state, found["shared"].state) == (SourceState.ABSENT, SourceState.EMPTY)
    assert verdict.level is Level.VERIFIED


def test_another_user_and_a_card_are_taken_under_names_that_nothing_else_has(phone, take, tmp_path):
    phone.state.users.append(User(999, "XSpace", CLONE))
    phone.put(".workfleet/user-999/DCIM/a.jpg", b"of the first user")
    phone.put_beside("999", "DCIM/a.jpg", b"of the clone")
    phone.put_beside("999", "Pictures/WeiXin/b.jpg", b"of WeChat's clone")
    phone.put_beside("1A2B-3C4D", "c.txt", b"on the card")

    shelf, found, verdict = take("camera", "wechat", spaces=("0", "999", "card"))

    assert found["wechat@999"].equal == found["camera@999"].equal == 1
    assert found["shared@1A2B-3C4D"].equal == 1
    assert verdict.level is Level.VERIFIED
    back = restored(shelf, tmp_path)
    assert back[".workfleet/user-999/DCIM/a.jpg"] == b"of the clone"
    assert back[".workfleet/user-0/.workfleet/user-999/DCIM/a.jpg"] == b"of the first user"
    assert back[".workfleet/card-1A2B-3C4D/c.txt"] == b"on the card"


def test_a_space_that_the_phone_does_not_open_is_named(phone, take):
    phone.state.users += [User(999, "XSpace", CLONE), User(10, "second", 0x410, running=False)]
    shut(phone.put_beside("999", "DCIM/a.jpg", b"1").parents[1])

    _shelf, found, verdict = take(spaces=("0", "10", "999"))

    away = SourceState.UNREACHABLE
    assert (found["shared@999"].state, found["shared@999"].reason) == (away, "permission")
    assert (found["shared@10"].state, found["shared@10"].reason) == (away, "not_running")
    assert (found["shared"].state, verdict.level) == (SourceState.TAKEN, Level.OBSERVED)


def test_a_user_who_is_gone_is_told_from_one_of_whom_nothing_is_known(phone, take):
    _shelf, found, _verdict = take(spaces=("0", "10"))
    assert found["shared@10"].state is SourceState.ABSENT
    phone.state.users.clear()

    _shelf, found, _verdict = take(spaces=("0", "10"), shelf=_shelf.next_one())

    assert (found["shared@10"].state, found["shared@10"].reason) == (
        SourceState.UNREACHABLE,
        "no_folder",
    )


def test_a_folder_that_is_shut_makes_its_source_unreachable(phone, take):
    shut(phone.put("Android/data/com.tencent.wework/files/a", b"1").parents[1])

    _shelf, found, _verdict = take("wecom")

    assert (found["wecom"].missing, found["wecom"].reason) == (1, "partly")


def test_messages_are_read_whatever_stands_in_them(phone, take, tmp_path):
    odd = [
        "a, body=b",
        "line\nRow: 1 _id=9, thread_id=1, date=1, type=1, address=x, body=no",
        "NULL",
    ]
    same = {"thread_id": "1", "date": "17", "type": "1", "address": "10086"}
    rows = [same | {"_id": str(number * 3), "body": body} for number, body in enumerate(odd)]
    phone.state.providers[SMS] = rows

    shelf, found, verdict = take("sms")

    text = restored(shelf, tmp_path)[".workfleet/content/sms.jsonl"].decode()
    rows = [json.loads(line) for line in text.splitlines()]
    assert [(row["_id"], row["body"]) for row in rows] == list(zip([0, 3, 6], odd, strict=True))
    assert (found["sms"].taken, found["sms"].equal) == (1, 0)
    assert shelf.lines()[1][".workfleet/content/sms.jsonl"].state is FileState.TAKEN
    assert verdict.level is Level.OBSERVED


def test_a_message_that_could_be_the_next_row_is_refused_and_not_guessed(phone, take):
    forged = "x\nRow: 1 _id=2, thread_id=1, date=1, type=1, address=x, body=forged"
    same = {"thread_id": "1", "date": "1", "type": "1", "address": "x"}
    phone.state.providers[SMS] = [
        {"_id": "1", "body": forged} | same,
        {"_id": "2", "body": "y"} | same,
    ]

    _shelf, found, _verdict = take("sms")

    assert (found["sms"].state, found["sms"].reason) == (SourceState.UNREACHABLE, "not_understood")


def test_a_provider_that_refuses_is_named_and_an_empty_one_is_empty(phone, take):
    phone.state.providers[SMS] = None

    _shelf, found, verdict = take("sms", "contacts")

    assert (found["sms"].state, found["sms"].reason) == (SourceState.UNREACHABLE, "refused")
    assert found["contacts"].state is SourceState.EMPTY
    assert (verdict.complete, verdict.level) == (True, Level.OBSERVED)


def test_what_was_read_before_the_phone_began_to_refuse_is_not_lost(phone, take):
    rows = [{"_id": "1", "thread_id": "1", "date": "1", "type": "1", "address": "x", "body": "y"}]
    phone.state.providers[SMS] = rows
    stop, shelf = threading.Event(), Shelf()
    with pytest.raises(Stopped):
        take("sms", shelf=shelf, stop=stop, meanwhile=lambda _number: stop.set())
    phone.state.providers[SMS] = None

    _shelf, found, verdict = take("sms", shelf=shelf)

    assert (found["sms"].state, found["sms"].changed) == (SourceState.TAKEN, 1)
    assert (found["sms"].reason, verdict.level) == ("refused", Level.OBSERVED)


def test_records_that_change_while_they_are_read_are_named(phone, take):
    rows = [{"_id": "1", "date": "1", "duration": "3", "type": "1", "number": "10086"}]
    phone.state.providers["content://call_log/calls"] = rows
    phone.before("content query", lambda: rows[0].update(date=str(len(phone.journal))), times=9)

    _shelf, found, _verdict = take("call-log")

    assert (found["call-log"].state, found["call-log"].reason) == (
        SourceState.UNREACHABLE,
        "changing",
    )


def test_facts_are_in_the_backup_and_do_not_weaken_it(phone, take, tmp_path):
    shelf, found, verdict = take("facts")

    facts = json.loads(restored(shelf, tmp_path)[".workfleet/content/facts.json"])
    assert facts["identity"]["serial"] == phone.serial
    assert any(app["package"] == "com.tencent.mm" for app in facts["apps"])
    assert (found["facts"].taken, verdict.level) == (1, Level.VERIFIED)


def test_what_was_taken_beside_the_files_is_taken_anew_by_the_next_backup(phone, take):
    first, _found, _verdict = take("facts")

    second, found, verdict = take("facts", shelf=first.next_one())

    assert (found["facts"].taken, verdict.counts.carried) == (1, 1)
    assert len(second.packs) == len(first.packs) + 1


def bak(size=40_000) -> bytes:
    """Return what Xiaomi writes of an app: its lines, those of Android, and an archive."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        entry = tarfile.TarInfo("apps/com.tencent.mm/r/MicroMsg/EnMicroMsg.db")
        entry.size = size
        archive.addfile(entry, io.BytesIO(os.urandom(size)))
    return HEAD + content.getvalue()


def test_a_finished_archive_of_chats_is_seen_and_its_files_belong_to_it(phone, take):
    made_at = time() - 60
    phone.put(f"{FOLDER}/descript.xml", b"<MIUI-backup/>")
    os.utime(phone.put(BAK, bak()), (made_at, made_at))
    phone.put("MIUI/backup/AllBackup/20260101_000000/照片.bak", b"another")

    _shelf, found, verdict = take("xiaomi-backup", "xiaomi-chats")

    chats = found["xiaomi-chats"]
    assert (chats.state, chats.equal, chats.archive.files) == (SourceState.TAKEN, 2, 2)
    assert abs(chats.archive.made_at.timestamp() - made_at) < 5
    assert (found["xiaomi-backup"].equal, verdict.level) == (1, Level.VERIFIED)


HALF = {
    "no_descriptor": {BAK: bak()},
    "cut_off": {BAK: bak()[:-700], f"{FOLDER}/descript.xml": b"<x/>"},
    "no_archive": {f"{FOLDER}/descript.xml": b"<x/>", f"{FOLDER}/照片(com.example).bak": bak()},
}


@pytest.mark.parametrize("reason", HALF)
def test_an_archive_that_is_not_finished_is_none(phone, take, reason):
    for path, content in HALF[reason].items():
        phone.put(path, content)

    _shelf, found, _verdict = take("xiaomi-backup", "xiaomi-chats")

    assert (found["xiaomi-chats"].state, found["xiaomi-chats"].reason) == (
        SourceState.ABSENT,
        reason,
    )


def test_an_archive_that_grows_is_none(phone, take):
    phone.put(f"{FOLDER}/descript.xml", b"<x/>")
    phone.put(BAK, bak())

    def grow(_number):
        phone.put(BAK, bak(60_000))

    _shelf, found, _verdict = take("xiaomi-backup", "xiaomi-chats", meanwhile=grow)

    assert found["xiaomi-chats"].reason == "growing"


def test_where_no_descriptor_is_known_nothing_is_taken_for_finished(phone, take):
    phone.put("backup/App/com.tencent.mm.tar", bak()[len(HEAD) :])

    _shelf, found, _verdict = take("oppo-backup", "oppo-chats")

    assert found["oppo-chats"].reason == "descriptor_unknown"
    assert found["oppo-backup"].equal == 1
