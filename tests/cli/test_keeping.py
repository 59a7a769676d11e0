"""Backups are kept, deleted, looked at and tried from a terminal."""

import hashlib
import os
import shutil
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cli.exits import NOT_SO
from fleet.backups.models import Backup, BackupPack
from fleet.backups.storage import storage_of
from fleet.contracts.access import Role
from fleet.contracts.backups import BackupState
from fleet.contracts.clock import now
from fleet.contracts.proof import Level
from fleet.openings.models import Opening
from fleet.openings.services import decide_opening
from fleet.settings import load
from tests.agents.station.backup.test_restore import IDENTITY, Made
from tests.factories import Make

NUMBER = "BK-2026-0001"


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def made(tmp_path) -> Made:
    made = Made(tmp_path)
    for number in range(1, 4):
        made.pack({f"DCIM/{number}.jpg".encode(): b"picture" * number})
    return made


@pytest.fixture
def backup(workfleet, made) -> str:
    """Store a whole backup of a phone, encrypted, that ended a hundred days ago."""
    storage, moment = storage_of(load(workfleet.home)), now() - timedelta(days=100)
    packs = []
    for number, data in enumerate(made.packs, start=1):
        size = storage.put_pack([data], digest=digest_of(data))
        pack = BackupPack(
            number=number, digest=digest_of(data), size=size, stored_at=moment, sealed_to=""
        )
        packs.append(pack)
    index, manifest = made.index(), b"without names, judged when it came"
    storage.put_index([index], digest=digest_of(index))
    storage.put_manifest([manifest], digest=digest_of(manifest))
    papers = {"index_digest": digest_of(index), "manifest_digest": digest_of(manifest)}
    with workfleet.app.extensions["workfleet"].sessions.begin() as session:
        session.add(_row(session, packs, papers, moment))
    return NUMBER


def _row(session: Session, packs: list[BackupPack], papers: dict[str, str], moment) -> Backup:
    return Backup(
        id=uuid4(),
        number=NUMBER,
        device=Make(session).device(tag="WF-0007"),
        asked="test",
        roots=[],
        excludes=[],
        recipients=[],
        state=BackupState.COMPLETE,
        level=Level.VERIFIED,
        index_sealed_to="",
        **papers,
        planned_at=moment,
        started_at=moment,
        ended_at=moment,
        packs=packs,
    )


@pytest.fixture
def opened(workfleet, backup) -> None:
    """Have an opening of the backup asked for, and approved by another person."""
    workfleet.say("opening", "request", backup, "--purpose", "drill", "--reason", "to try")
    with workfleet.app.extensions["workfleet"].sessions.begin() as session:
        asked = session.scalars(select(Opening)).one()
        other = Make(session).actor(Role.SECURITY)
        decide_opening(session, asked, approve=True, note="agreed", actor=other)


@pytest.fixture
def identity(tmp_path) -> Path:
    file = tmp_path / "key.txt"
    file.write_text(f"{IDENTITY}\n")
    return file


def stored(workfleet) -> list[Path]:
    return [path for path in (workfleet.home / "storage").rglob("*") if path.is_file()]


def test_what_is_over_its_time_is_shown_and_then_deleted(workfleet, backup):
    shown = workfleet.say("backup", "expire", "--dry-run")
    assert backup in shown
    assert len(stored(workfleet)) == 5

    done = workfleet.say("backup", "expire", "--yes")

    assert "nothing of it is left" in done
    assert stored(workfleet) == []
    assert "Nothing is over its time." in workfleet.say("backup", "expire", "--yes")
    [gone] = workfleet.json("backup", "deletions")["items"]
    assert (gone["backup"], gone["cause"], gone["objects"]) == (backup, "expired", 5)


def test_nothing_is_deleted_where_nobody_can_be_asked(workfleet, backup):
    workfleet.run("backup", "expire", expect=2)
    workfleet.run("backup", "delete", backup, "--reason", "test", expect=2)

    assert len(stored(workfleet)) == 5


def test_one_is_deleted_for_a_reason(workfleet, backup):
    plan = workfleet.say("backup", "delete", backup, "--reason", "asked by him", "--dry-run")
    workfleet.run("backup", "delete", backup, "--reason", "asked by him", "--yes")

    assert "would be deleted" in plan
    assert stored(workfleet) == []
    assert "asked by him" in workfleet.say("backup", "deletions")
    assert workfleet.json("backup", "show", backup)["state"] == "deleted"


def test_what_is_preserved_stays_until_it_is_lifted(workfleet, backup):
    placed = workfleet.say("preservation", "place", "--device", "WF-0007", "--reason", "case 7")
    number = placed.partition(":")[0]

    refused = workfleet.run("backup", "delete", backup, "--reason", "test", "--yes", expect=4)
    assert number in refused.stderr
    assert "preserved" in workfleet.say("backup", "expire", "--yes")
    assert "case 7" in workfleet.say("preservation", "show", number)

    workfleet.run("preservation", "lift", number, "--reason", "closed")
    assert "Nothing is preserved." in workfleet.say("preservation", "list")
    assert "closed" in workfleet.say("preservation", "show", number)


def test_a_preservation_is_of_one_thing(workfleet):
    workfleet.run("preservation", "place", "--reason", "case 7", expect=2)


def test_terms_are_shown_and_set(workfleet, backup):
    foreseen = workfleet.say(
        "retention", "set", "--for", "routine", "--keep", "0", "--reason", "court", "--dry-run"
    )
    assert "1 as it stands, 0 by it" in foreseen
    workfleet.run("retention", "set", "--for", "routine", "--keep", "0", "--reason", "court")

    assert "for ever" in workfleet.say("retention", "show")
    assert "court" in workfleet.say("retention", "list")
    assert "Nothing is over its time." in workfleet.say("backup", "expire", "--dry-run")


def test_a_look_names_what_is_lost_and_what_nobody_names(workfleet, backup, made):
    assert "5 objects" in workfleet.say("backup", "fsck")
    [lost] = [path for path in stored(workfleet) if path.name == digest_of(made.packs[0])]
    lost.rename(lost.with_name("0" * 64))
    os.utime(lost.with_name("0" * 64), (0, 0))

    told = workfleet.say("backup", "fsck", expect=NOT_SO)

    assert digest_of(made.packs[0]) in told
    assert backup in told
    assert "named by no backup" in told
    assert "damaged" in workfleet.say("today")
    assert workfleet.json("backup", "show", backup)["state"] == "damaged"
    lost.with_name("0" * 64).rename(lost)
    assert "are good again" in workfleet.say("backup", "fsck")


def test_orphans_are_removed_when_asked(workfleet, backup):
    stray = workfleet.home / "storage" / "packs" / "00" / ("0" * 64)
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"stray")
    os.utime(stray, (0, 0))

    workfleet.run("backup", "fsck", "--remove-orphans", "--yes")

    assert not stray.exists()
    assert len(stored(workfleet)) == 5


def test_a_drill_restores_a_sample_and_is_a_proof(workfleet, backup, opened, identity, tmp_path):
    planned = workfleet.say("backup", "drill", "plan", backup, "--reason", "test")
    number = planned.partition(":")[0]
    beside = tmp_path / "beside"
    beside.mkdir()

    done = workfleet.say(
        "backup", "drill", "run", number, "--identity", str(identity), "--in", str(beside)
    )

    assert "test-restored" in done
    assert "is closed" in done
    assert list(beside.iterdir()) == []
    assert "test-restored (L3)" in workfleet.say("backup", "show", backup)
    assert number in workfleet.say("backup", "drill", "list")
    assert "No drill fits." in workfleet.say("backup", "drill", "list", "--due")


def test_a_drill_that_fails_is_told_and_damages_the_backup(workfleet, backup, opened, identity):
    number = workfleet.say("backup", "drill", "plan", backup, "--reason", "test").partition(":")[0]
    for path in (workfleet.home / "storage" / "packs").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-1] + b"x")

    told = workfleet.run(
        "backup", "drill", "run", number, "--identity", str(identity), expect=NOT_SO
    )

    assert "counts as damaged" in told.stderr
    assert workfleet.json("backup", "show", backup)["state"] == "damaged"
    assert "drills failed" in workfleet.say("today")


def test_a_drill_of_packs_that_are_lost_has_a_result(workfleet, backup, opened, identity):
    number = workfleet.say("backup", "drill", "plan", backup, "--reason", "test").partition(":")[0]
    shutil.rmtree(workfleet.home / "storage" / "packs")

    workfleet.run("backup", "drill", "run", number, "--identity", str(identity), expect=NOT_SO)

    shown = workfleet.json("backup", "drill", "show", number)
    assert (shown["state"], shown["damaged"]) == ("failed", shown["packs"])


def test_a_wrong_identity_says_nothing_of_the_backup(workfleet, backup, opened, tmp_path):
    import pyrage

    number = workfleet.say("backup", "drill", "plan", backup, "--reason", "test").partition(":")[0]
    other = tmp_path / "other.txt"
    other.write_text(str(pyrage.x25519.Identity.generate()))

    result = workfleet.run("backup", "drill", "run", number, "--identity", str(other), expect=5)

    assert "does not open" in result.stderr
    assert workfleet.json("backup", "drill", "show", number)["state"] == "planned"


def test_the_doctor_tells_what_is_wrong_with_what_is_stored(workfleet, backup, made):
    assert "nobody has looked" in workfleet.say("server", "doctor")
    workfleet.run("backup", "fsck")
    assert "5 objects, all well" in workfleet.say("server", "doctor")
    next(p for p in stored(workfleet) if p.name == digest_of(made.packs[0])).unlink()
    workfleet.run("backup", "fsck", expect=NOT_SO)

    told = workfleet.run("server", "doctor", expect=NOT_SO).stdout

    assert "1 objects are lost or altered" in told
