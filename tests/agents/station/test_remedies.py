"""Remedies through a real server, agent, adb and adbd, whatever is pulled or killed meanwhile."""

import hashlib

import pytest
from sqlalchemy import select

from agents.handset.apk import app_file
from agents.handset.faults import SaysDone
from fleet.contracts.apk_files import ApkAddQuery
from fleet.contracts.proof import Level
from fleet.contracts.remedies import RemedyAction
from fleet.contracts.remedying import RemedyPlanIn, RemedyState
from fleet.contracts.work_apps import WECHAT
from fleet.remedies import apks
from fleet.remedies.models import Remedy
from fleet.remedies.services import plan, undo
from tests.agents.station.desk import CLERK, present, until

pytestmark = pytest.mark.handset

MAP = "com.autonavi.minimap"
ACTS = ("pm disable", "pm enable", "pm default", "pm uninstall", "pm install", "settings put")


def asked(desk, phone, action, package=None):
    given = RemedyPlanIn(
        devices=[desk.device(phone.serial).tag], action=action, package=package, reason="asked"
    )
    with desk.acting() as session:
        [line] = plan(session, given, actor=CLERK).lines
        return line.remedy


def ended(desk, number):
    with desk.looking() as session:
        found = session.scalars(select(Remedy).where(Remedy.number == number)).one()
        return found if found.state is not RemedyState.PLANNED else None


def outcome(desk, number):
    return until(lambda: ended(desk, number))


def taken_back(desk, number):
    with desk.acting() as session:
        return undo(session, number, actor=CLERK).number


def acts(phone):
    return [line for line in phone.journal if line.startswith(ACTS)]


def setting(phone):
    return phone.state.packages[MAP].users[0].enabled


def test_an_app_is_disabled_with_proof_and_enabled_again(desk, agent, handset):
    until(lambda: present(desk, handset))

    done = outcome(desk, asked(desk, handset, RemedyAction.DISABLE_APP, MAP))

    assert (done.state, done.level, done.changed) == (RemedyState.DONE, Level.VERIFIED, True)
    assert (setting(handset), done.undo) == (3, RemedyAction.RESTORE_APP)
    assert done.digest
    assert done.build

    back = outcome(desk, taken_back(desk, done.number))

    assert (back.state, setting(handset)) == (RemedyState.DONE, 0)
    assert until(lambda: ended(desk, done.number)).state is RemedyState.UNDONE
    assert desk.trail_is_whole()


def test_doors_are_closed_and_opened_again(desk, agent, start_handset):
    phone = start_handset("honor-magic6-magicos", seed=False)
    settings = phone.state.settings["global"]
    settings["adb_wifi_enabled"] = "1"
    until(lambda: present(desk, phone))

    done = outcome(desk, asked(desk, phone, RemedyAction.CLOSE_WIRELESS))
    assert (done.state, done.level) == (RemedyState.DONE, Level.VERIFIED)
    assert settings["adb_wifi_enabled"] == "0"

    back = outcome(desk, taken_back(desk, done.number))
    assert (back.state, settings["adb_wifi_enabled"]) == (RemedyState.DONE, "1")


def test_a_tool_that_lies_is_told_as_refused(desk, agent, handset):
    handset.add_fault(SaysDone())
    until(lambda: present(desk, handset))

    done = outcome(desk, asked(desk, handset, RemedyAction.REMOVE_APP, MAP))

    assert (done.state, done.level, done.reason) == (
        RemedyState.REFUSED,
        Level.NONE,
        "not_changed",
    )


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_killed_agent_looks_before_it_acts_again(desk, killable, handset, moment):
    killable.start()
    until(lambda: present(desk, handset))
    getattr(handset, moment)("pm disable-user", killable.kill)
    number = asked(desk, handset, RemedyAction.DISABLE_APP, MAP)
    until(lambda: not killable.runs)

    killable.start()

    done = until(lambda: ended(desk, number))
    assert (done.state, done.changed) == (RemedyState.DONE, True)
    assert (done.before["setting"], len(acts(handset))) == (0, 1)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_phone_unplugged_in_the_act_is_settled_when_it_is_back(desk, agent, handset, moment):
    until(lambda: present(desk, handset))
    getattr(handset, moment)("pm uninstall", handset.unplug)
    number = asked(desk, handset, RemedyAction.REMOVE_APP, MAP)
    until(lambda: not present(desk, handset))

    handset.plug_in()

    done = until(lambda: ended(desk, number))
    assert (done.state, done.level, done.changed) == (RemedyState.DONE, Level.VERIFIED, True)
    assert MAP not in handset.state.packages
    assert len(acts(handset)) == 1


def on_the_shelf(desk, content):
    given = ApkAddQuery(
        digest=hashlib.sha256(content).hexdigest(),
        size=len(content),
        trust=True,
        reason="from its maker",
    )
    read = apks.receive(desk.tools, iter([content]), given, lambda _read: None)
    with desk.acting() as session:
        apks.add(session, desk.tools, read, given, actor=CLERK)


def test_wechat_is_updated_from_the_companys_file(desk, agent, handset):
    content = app_file(WECHAT, version_code=3000, signature="b1c41e2f", size=3_000_000)
    on_the_shelf(desk, content)
    until(lambda: present(desk, handset))

    done = outcome(desk, asked(desk, handset, RemedyAction.UPDATE_APP, WECHAT))

    assert (done.state, done.level) == (RemedyState.DONE, Level.VERIFIED), done.sentence
    assert handset.state.packages[WECHAT].version_code == 3000
    kept = agent.home.path / "apks" / f"{hashlib.sha256(content).hexdigest()}.apk"
    assert kept.read_bytes() == content
    until(lambda: version_seen(desk, handset) == 3000)


def version_seen(desk, phone):
    with desk.looking() as session:
        device = session.merge(desk.device(phone.serial), load=False)
        apps = device.facts["apps"]
    return next(app["version_code"] for app in apps if app["package"] == WECHAT)
