"""From a phone with a clone, messages that it refuses and an archive of chats, to its sheet."""

import pytest

from agents.handset.framework.state import User
from fleet.backups.attesting import declare_chats, witness_chats
from fleet.backups.chats import chat_history
from fleet.backups.models import Backup
from fleet.backups.sheets import sheet
from fleet.contracts.backups import BackupState
from fleet.contracts.plans import How, Plan
from fleet.contracts.proof import Level
from fleet.contracts.sheets import Attested, Outcome
from fleet.devices.models import Device
from fleet.plans.queries import PLANS
from fleet.plans.services import edit_plan
from tests.agents.station.backup.test_sources import BAK, CLONE, FOLDER, bak
from tests.agents.station.desk import CLERK, backup_asked, backup_ended, present, until
from tests.factories import Make

pytestmark = pytest.mark.handset


@pytest.fixture
def handset(start_handset):
    phone = start_handset(seed=False)
    phone.state.users.append(User(999, "XSpace", CLONE))
    phone.put("DCIM/Camera/1.jpg", b"jpeg")
    phone.put_beside("999", "Pictures/WeiXin/b.jpg", b"of WeChat's clone")
    return phone


def backed_up(desk, phone) -> Backup:
    backup = backup_asked(desk, phone)
    done = until(lambda: backup_ended(desk, backup))
    assert (done.state, done.reasons) == (BackupState.COMPLETE, [])
    return done


def switch_on(session, source: str) -> None:
    given = PLANS.newest(session)["people"].content.model_dump(mode="json")
    for one in given["sources"]:
        one["on"] = one["id"] == source
    edit_plan(session, "people", Plan.model_validate(given), reason="agreed", actor=CLERK)


def test_the_sheet_says_of_each_source_what_is_so_and_no_more(desk, agent, handset):
    until(lambda: present(desk, handset))
    handset.state.providers["content://sms"] = None
    with desk.acting() as session:
        switch_on(session, "sms")

    done = backed_up(desk, handset)

    with desk.looking() as session:
        told = sheet(session, desk.settings, session.get(Backup, done.id), actor=CLERK)
    outcomes = {row.source: row.outcome for row in told.rows}
    assert outcomes["camera"] is outcomes["wechat@999"] is Outcome.EQUAL
    assert (outcomes["sms"], outcomes["wecom"]) == (Outcome.UNREACHABLE, Outcome.ABSENT)
    assert (outcomes["facts"], outcomes["xiaomi-chats"]) == (Outcome.ANSWERED, Outcome.NOT_FOUND)
    assert (told.level, told.manifest) == (Level.OBSERVED, done.manifest_digest)
    assert [one.by for one in told.signatures] == [told.station, "the server"]
    assert "Contacts" in told.left_off


def test_the_station_raises_the_level_of_the_chats_by_what_it_finds(desk, agent, handset):
    device = until(lambda: present(desk, handset))
    with desk.acting() as session:
        given = {"what": Attested.MADE, "how": How.VENDOR_CLONE, "note": "at the desk"}
        declare_chats(session, session.get(Device, device.id), **given, actor=CLERK)
    handset.put(BAK, bak())  # and no descriptor: the phone is still at it
    backed_up(desk, handset)
    assert known(desk, device) == (Level.DECLARED, "no_descriptor")

    handset.put(f"{FOLDER}/descript.xml", b"<MIUI-backup/>")
    backed_up(desk, handset)
    assert known(desk, device) == (Level.OBSERVED, None)

    with desk.acting() as session:
        witness_chats(session, session.get(Device, device.id), actor=Make(session).actor())
    assert known(desk, device) == (Level.VERIFIED, None)
    assert desk.trail_is_whole()


def known(desk, device):
    with desk.looking() as session:
        found = chat_history(session, session.get(Device, device.id))
        return found.level, found.missing
