"""A real station, a real adbd and a person: WeChat's password is changed without being seen."""

import pytest

from agents.handset.framework.screen import Node, Page
from fleet.contracts.credentials import VersionState
from fleet.contracts.proof import Level
from fleet.contracts.rotation import RotationState
from tests.agents.station.desk import until
from tests.agents.station.guided import NEWER, OLD, OLDER, visitor

pytestmark = pytest.mark.handset

PRIVATE = ("王总, 合同金额 380 万", "身份证 110101199003071234", "my heart operation is on Friday")
CHAT = Page(
    "com.tencent.mm",
    "com.tencent.mm.ui.chatting.ChattingUI",
    (*map(Node, PRIVATE), Node("", "android.widget.EditText", focused=True, empty=True)),
)


def dumped(desk):
    """Give all that the database holds, as text."""
    yield from desk.engine.raw_connection().driver_connection.iterdump()


def of_station(agent):
    """Give what the station says and keeps on its disk."""
    yield from agent.said
    for path in agent.home.path.rglob("*"):
        yield path.read_bytes().decode(errors="replace") if path.is_file() else ""


@pytest.fixture
def handset(start_handset):
    """Give a phone that lets a computer type; Xiaomi's does not until a switch is set."""
    return start_handset("honor-magic6-magicos")


@pytest.mark.parametrize("english", [False, True])
@pytest.mark.parametrize("version", [OLDER, NEWER])
def test_a_password_nobody_saw_is_typed_by_the_station_and_observed(
    desk, agent, handset, version, english
):
    person = visitor(desk, handset, version, english=english)

    person.walk()
    person.fill()
    person.finish()

    done = person.ended()
    assert (done.state, done.level) == (RotationState.OBSERVED, Level.OBSERVED)
    assert handset.person.wechat_password == person.values()[VersionState.ACTIVE] != OLD
    assert not person.was_shown()


def test_a_wrong_turn_is_told_and_nothing_private_is_kept(desk, agent, handset):
    person = visitor(desk, handset)
    person.walk()
    person.touch("填写原密码", "old")

    handset.person.show(CHAT)
    until(lambda: person.seen() == "old:other_page")
    handset.person.open_wechat()
    person.fill_new()
    person.finish()

    assert person.ended().state is RotationState.OBSERVED
    kept = "".join(dumped(desk)) + "".join(of_station(agent))
    assert "type_old" in kept
    secrets = person.values().values()
    assert not [word for word in (*PRIVATE, *secrets) if word in kept]


def test_a_cable_pulled_on_the_way_is_no_harm(desk, agent, handset):
    person = visitor(desk, handset)
    person.walk()
    person.touch("填写原密码", "old")

    handset.unplug()
    until(lambda: person.seen() == "old:away")
    handset.plug_in()
    person.fill_new()
    person.finish()

    assert person.ended().state is RotationState.OBSERVED
    assert handset.person.wechat_password == person.values()[VersionState.ACTIVE]


def test_an_old_password_that_the_app_refuses_is_tried_once_and_nothing_is_lost(
    desk, agent, handset
):
    person = visitor(desk, handset, OLDER, known="not-that-one")
    person.walk()
    person.touch("请输入原密码", "old")
    handset.person.tap("确定")

    done = person.ended()

    assert (done.state, done.reason) == (RotationState.REFUSED, "old_refused")
    assert set(person.values()) == {VersionState.ACTIVE, VersionState.DOUBTFUL}
    assert person.app.attempts == 1


def test_what_is_typed_into_a_secure_keyboard_is_missed_and_the_change_refused(
    desk, agent, handset
):
    person = visitor(desk, handset)
    person.app.secure_keyboard = True
    person.walk()
    handset.person.tap("填写原密码")

    done = person.ended()

    assert (done.state, done.reason) == (RotationState.REFUSED, "secure_keyboard")
    assert handset.person.wechat_password == OLD


def test_a_killed_station_tries_which_password_is_in_use(desk, killable, handset):
    killable.start()
    person = visitor(desk, handset, OLDER)
    person.walk()
    person.fill()
    killable.kill()
    person.finish()
    handset.person.open_wechat("security")

    killable.start()
    handset.person.tap("微信密码")
    person.touch("请输入原密码", "old")
    handset.person.tap("确定")

    done = person.ended()
    assert (done.state, done.level) == (RotationState.OBSERVED, Level.OBSERVED)
    assert handset.person.wechat_password == person.values()[VersionState.ACTIVE] != OLD
