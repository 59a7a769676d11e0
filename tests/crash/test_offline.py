"""A server that is killed in mid-backup, and then the agent: the backup is whole, once."""

import os
from functools import partial

import pytest

from agents.handset.handset import Handset
from fleet.contracts.backups import BackupState
from fleet.contracts.proof import Level
from tests.agents.station.desk import backup_asked, backup_ended, packs_stored, until
from tests.agents.station.test_backup_flow import asked
from tests.crash.world import World

pytestmark = [pytest.mark.handset, pytest.mark.timeout(300)]


@pytest.fixture
def here(tmp_path, url, adb_server):
    with Handset(adb=adb_server, seed=False) as phone:
        made = World(tmp_path, url, adb_server, phone)
        with (made.desk.settings.home / "settings.toml").open("a") as settings:
            settings.write("\npack_bytes = 1000000\n")
        try:
            made.start()
            yield made
        finally:
            made.end()


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_killed_server_and_a_killed_agent_leave_one_whole_backup(here):
    for number in range(60):
        here.phone.put(f"DCIM/{number}.bin", os.urandom(900_000))
    backup = backup_asked(here.desk, here.phone)
    until(lambda: packs_stored(here.desk, backup))
    here.control.strike["server"]()
    until(partial(asked, here.home.outbox, "SELECT job FROM delivery"))
    waiting = len(list(here.home.backups.glob("*/pack-*.age")))

    here.phone.unplug()
    here.control.strike["agent"]()
    here._start_again()

    done = until(lambda: backup_ended(here.desk, backup))
    assert (done.state, done.level, done.missing) == (BackupState.COMPLETE, Level.VERIFIED, 0)
    assert waiting > 2
    assert here.desk.trail_is_whole()
