"""Whatever is pulled or killed, and whenever: the vault can open the phone, and nothing is lost."""

import os
import sqlite3

import pytest

from fleet.contracts.backups import BackupState
from fleet.contracts.proof import Level
from fleet.contracts.rotation import RotationState
from tests.agents.station.desk import (
    all_in_vault,
    backup_asked,
    backup_ended,
    ended,
    packs_stored,
    present,
    rotation_due,
    until,
    value_in_vault,
)

pytestmark = pytest.mark.handset

GOOD = {RotationState.PROVEN, RotationState.VERIFIED}


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("command", ["locksettings verify", "locksettings set-pin"])
def test_a_killed_agent_goes_on_and_the_vault_always_opens_the_phone(
    desk, killable, handset, moment, command
):
    killable.start()
    until(lambda: present(desk, handset))
    getattr(handset, moment)(command, killable.kill)
    rotation = rotation_due(desk, handset)
    until(lambda: not killable.runs)
    assert handset.lock.secret in all_in_vault(desk, handset)

    killable.start()

    assert until(lambda: ended(desk, rotation)).state in GOOD
    assert value_in_vault(desk, handset) == handset.lock.secret != handset.profile.pin


def test_an_agent_killed_before_its_report_is_sent_has_it_still(desk, killable, handset):
    killable.start()
    until(lambda: present(desk, handset))
    handset.before("locksettings set-pin", desk.switch_off)
    rotation = rotation_due(desk, handset)
    until(lambda: waiting_ends(killable.home))

    killable.kill()
    assert handset.lock.secret in all_in_vault(desk, handset)
    desk.switch_on()
    killable.start()

    assert until(lambda: ended(desk, rotation)).state is RotationState.PROVEN
    assert value_in_vault(desk, handset) == handset.lock.secret


def waiting_ends(home):
    connection = sqlite3.connect(home.outbox)
    try:
        return connection.execute("SELECT 1 FROM report WHERE body LIKE '%job_done%'").fetchall()
    finally:
        connection.close()


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("command", ["locksettings verify", "locksettings set-pin"])
def test_a_phone_unplugged_in_mid_rotation_is_settled_when_it_is_back(
    desk, agent, handset, moment, command
):
    until(lambda: present(desk, handset))
    getattr(handset, moment)(command, handset.unplug)
    rotation = rotation_due(desk, handset)
    until(lambda: not present(desk, handset))
    assert handset.lock.secret in all_in_vault(desk, handset)

    handset.plug_in()

    done = until(lambda: ended(desk, rotation))
    assert done.state in GOOD, (done.reason, done.sentence, done.steps)
    assert value_in_vault(desk, handset) == handset.lock.secret != handset.profile.pin


def test_a_phone_unplugged_in_mid_probe_is_probed_when_it_is_back(desk, agent, start_handset):
    phone = start_handset(adb=None)
    phone.before("getprop", phone.unplug)
    phone.adb = agent.adb
    phone.plug_in()
    until(lambda: not phone_is_listed(agent, phone))

    phone.plug_in()

    until(lambda: present(desk, phone))


def test_an_agent_killed_in_mid_probe_probes_again_when_it_is_started(
    desk, killable, start_handset
):
    phone = start_handset(adb=None)
    phone.before("getprop", killable.kill)
    phone.adb = killable.adb
    phone.plug_in()
    killable.start()
    until(lambda: not killable.runs)
    assert not present(desk, phone)

    killable.start()

    until(lambda: present(desk, phone))


def phone_is_listed(agent, phone):
    return agent.adb.state(phone.address) == "device"


def test_a_server_that_is_down_loses_nothing(desk, agent, handset, start_handset):
    until(lambda: present(desk, handset))
    desk.switch_off()
    second = start_handset("oppo-find-x7-coloros")
    until(lambda: any(second.serial in line for line in agent.said))
    handset.unplug()
    until(lambda: any("gone" in line for line in agent.said))
    until(lambda: any("nothing is lost" in line for line in agent.said))

    desk.switch_on()

    until(lambda: present(desk, second))
    assert not present(desk, handset)
    until(lambda: any("is back" in line for line in agent.said))
    assert sum("nothing is lost" in line for line in agent.said) == 1


def test_no_secret_is_in_the_stations_folder(desk, agent, handset):
    until(lambda: present(desk, handset))
    rotation = rotation_due(desk, handset)
    until(lambda: ended(desk, rotation))

    files = [file for file in agent.home.path.rglob("*") if file.is_file()]
    kept = b"".join(file.read_bytes() for file in files)
    for secret in (handset.lock.secret, handset.profile.pin):
        assert secret.encode() not in kept
    assert not any(handset.lock.secret in line for line in agent.said)


def with_twelve_megabytes(phone):
    for number in range(6):
        phone.put(f"DCIM/{number}.bin", os.urandom(2_000_000))
    return phone


def test_a_backup_whose_agent_is_killed_goes_on_where_it_was(desk, killable, start_handset):
    phone = with_twelve_megabytes(start_handset(seed=False))
    killable.start()
    until(lambda: present(desk, phone))
    backup = backup_asked(desk, phone)
    before = until(lambda: packs_stored(desk, backup))
    killable.kill()
    assert backup_ended(desk, backup) is None

    killable.start()

    done = until(lambda: backup_ended(desk, backup))
    assert (done.state, done.level) == (BackupState.COMPLETE, Level.VERIFIED)
    after = packs_stored(desk, backup)
    assert before.items() <= after.items()
    assert len(after) in {3, 4}  # files are read once; what the phone says of itself is asked anew


def test_a_backup_whose_phone_is_unplugged_is_not_complete_until_it_went_on(
    desk, agent, start_handset
):
    phone = with_twelve_megabytes(start_handset(seed=False))
    until(lambda: present(desk, phone))
    phone.cut_after(5_000_000)
    backup = backup_asked(desk, phone)
    until(lambda: phone.cuts)
    phone.unplug()
    until(lambda: not present(desk, phone))
    assert backup_ended(desk, backup) is None

    phone.plug_in()

    done = until(lambda: backup_ended(desk, backup))
    assert (done.state, done.level) == (BackupState.COMPLETE, Level.VERIFIED)
