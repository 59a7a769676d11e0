"""Whoever deletes may be killed at any instant: the mark stands, and the next one ends it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fleet.backups.models import BackupPack
from fleet.contracts.backups import BackupState
from fleet.keeping import deleting
from fleet.keeping.models import BackupDeletion
from tests.fleet.keeping.dying import AFTER, BEFORE, BETWEEN
from tests.fleet.keeping.shelf import Shelf

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("instant", [BEFORE, BETWEEN, AFTER])
def test_killed_between_mark_object_and_row_it_is_ended_by_the_next(
    sessions, url, tools, make, session, shelf: Shelf, instant
):
    going, kept = shelf.backup(*"abcd", "shared"), shelf.backup("kept", "shared")
    deleting.delete_backup(session, going, reason="test", actor=make.actor())
    session.commit()

    words = [sys.executable, "-m", "tests.fleet.keeping.dying", url, tools.settings.home, instant]
    died = subprocess.run(words, cwd=ROOT, check=False, timeout=120)

    assert died.returncode == -signal.SIGKILL
    session.expire_all()
    assert going.state is BackupState.DELETING
    session.commit()
    assert deleting.carry_out(sessions, tools.settings) == 1
    session.expire_all()
    assert going.state is BackupState.DELETED
    assert [shelf.lies(text) for text in "abcd"] == [False] * 4
    assert (shelf.lies("shared"), shelf.lies("kept")) == (True, True)
    assert session.query(BackupPack).filter_by(backup_id=going.id).count() == 0
    assert session.query(BackupDeletion).one().objects == 5
    assert kept.state is BackupState.COMPLETE
