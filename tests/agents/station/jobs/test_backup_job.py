"""What backups leave behind on the station's disk."""

import os

from agents.station.jobs.backup import forget_old


def test_a_backup_nobody_went_on_with_for_a_month_is_removed(tmp_path):
    for name, age in (("old", 31), ("new", 1)):
        (tmp_path / name).mkdir()
        file = tmp_path / name / "backup.db"
        file.touch()
        then = file.stat().st_mtime - age * 86400
        os.utime(file, (then, then))

    forget_old(tmp_path)

    assert [folder.name for folder in tmp_path.iterdir()] == ["new"]
