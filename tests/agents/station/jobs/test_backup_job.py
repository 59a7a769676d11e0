"""What backups leave behind on the station's disk, and what of it is gone on with."""

import os
from threading import Event
from types import SimpleNamespace

import pytest

from agents.phone.errors import PhoneUnreachable
from agents.station.backup.run import Backup
from agents.station.errors import StationDiskFull
from agents.station.jobs import backup
from agents.station.stopping import PhoneAwaited
from fleet.contracts.backups import BackupTask

TASK = BackupTask(backup="b", roots=[], excludes=[], recipients=[], pack_bytes=1, sealed_names="")


@pytest.mark.parametrize("database", ["backup.db", "progress.db"])
def test_a_backup_nobody_went_on_with_for_a_month_is_removed(tmp_path, database):
    for name, age in (("old", 31), ("new", 1)):
        (tmp_path / name).mkdir()
        file = tmp_path / name / database
        file.touch()
        then = file.stat().st_mtime - age * 86400
        os.utime(file, (then, then))

    backup.forget_old(tmp_path)

    assert [folder.name for folder in tmp_path.iterdir()] == ["new"]


def test_what_waits_for_a_server_that_is_away_for_months_is_kept(tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / backup.NAME).write_text("j")
    (tmp_path / "old" / "backup.db").touch()
    os.utime(tmp_path / "old" / "backup.db", (0, 0))

    backup.forget_old(tmp_path, ["j"])
    assert list(backup.kept(tmp_path)) == ["j"]

    backup.forget_old(tmp_path, [])
    assert list(backup.kept(tmp_path)) == []


@pytest.fixture
def work(tmp_path):
    return SimpleNamespace(
        job="j",
        phone=None,
        build="",
        backups=tmp_path,
        server=None,
        flow=None,
        lease=SimpleNamespace(serial="s"),
        key=SimpleNamespace(signer=None),
        opened=lambda _sealed: "",
        stop=Event(),
        pause=Event(),
        tell=None,
    )


def ends_with(monkeypatch, trouble):
    def run(_backup):
        raise trouble

    monkeypatch.setattr(Backup, "run", run)


def test_what_a_full_disk_ended_is_gone_on_with(work, monkeypatch):
    ends_with(monkeypatch, StationDiskFull(path="/"))

    done = backup.run(work, TASK)

    assert (done.again, done.backup) == (True, None)
    assert list(backup.kept(work.backups)) == ["j"]


def test_what_a_cable_ended_waits_for_its_phone(work, monkeypatch):
    ends_with(monkeypatch, PhoneUnreachable(serial="s", reason="cut off"))

    with pytest.raises(PhoneAwaited, match="cut off"):
        backup.run(work, TASK)

    assert list(backup.kept(work.backups)) == ["j"]
