"""WeChat's settings on a virtual phone, driven with a real daemon's `input` and `uiautomator`."""

import re

import pytest

from agents.phone.adb import Adb, AdbPhone
from agents.phone.screen import read

pytestmark = pytest.mark.handset

PHONE = "honor-magic6-magicos"


@pytest.fixture
def handset(start_handset):
    return start_handset(PHONE)


@pytest.fixture
def phone(adb_server, handset):
    return AdbPhone(Adb(port=adb_server.port), handset.address)


def dump(phone):
    return phone.script("uiautomator dump /dev/tty").text


def tap(phone, text):
    """Touch a node where the dump says it is."""
    found = re.search(rf'text="{text}"[^>]*bounds="\[(\d+),(\d+)\]\[(\d+),(\d+)\]"', dump(phone))
    left, top, right, bottom = map(int, found.groups())
    phone.shell("input", "tap", str((left + right) // 2), str((top + bottom) // 2))


def test_a_password_is_changed_with_taps_and_typed_text_alone(phone, handset):
    handset.person.wechat_password = "Alt-1"
    handset.person.open_wechat("security")

    tap(phone, "微信密码")
    for field, value in (
        ("填写原密码", "Alt-1"),
        ("填写新密码", "Neu-2"),
        ("再次填写确认", "Neu-2"),
    ):
        tap(phone, field)
        phone.shell("input", "text", value)
    tap(phone, "完成")

    assert "修改成功" in dump(phone)
    assert handset.person.wechat_password == "Neu-2"


def test_the_older_version_asks_for_the_old_password_first(phone, handset):
    handset.person.has_wechat("8.0.20", english=True)
    handset.person.wechat_password = "Alt-1"
    handset.person.open_wechat("security")

    tap(phone, "WeChat Password")
    tap(phone, "Enter old password")
    phone.shell("input", "text", "wrong")
    tap(phone, "OK")
    assert "Wrong old password" in dump(phone)
    for _ in "wrong":
        phone.shell("input", "keyevent", "67")
    phone.shell("input", "text", "Alt-1")
    tap(phone, "OK")

    assert "Set WeChat Password" in dump(phone)


def test_typed_secrets_show_as_dots_and_a_blank_is_what_input_makes_of_percent_s(phone, handset):
    handset.person.open_wechat("page")
    tap(phone, "填写新密码")

    phone.shell("input", "text", "a%sb")

    assert handset.state.messenger.typed["new"] == "a b"
    [old, new, _again] = read(phone).fields
    assert (old.dots, new.dots, new.focused) == (None, 3, True)
    assert "a b" not in dump(phone)


def test_a_secure_keyboard_takes_nothing_from_a_computer(phone, handset):
    handset.state.messenger.secure_keyboard = True
    handset.person.open_wechat("page")
    tap(phone, "填写新密码")

    phone.shell("input", "text", "unseen")
    assert handset.state.messenger.typed == {}

    handset.person.type("by hand")
    assert handset.state.messenger.typed == {"new": "by hand"}


def test_what_is_in_front_of_the_app_is_what_is_dumped(phone, handset):
    handset.person.open_wechat("page")
    handset.state.screen.treeless = True
    assert dump(phone).count("<node") == 0

    handset.person.lock_screen()
    tap(phone, "向上滑动解锁")

    assert 'package="com.android.systemui"' in dump(phone)
    assert handset.state.messenger.page == "page"


def test_two_that_differ_and_a_code_by_sms_stand_in_the_way(phone, handset):
    handset.person.wechat_password = ""
    handset.person.has_wechat("8.0.20")
    handset.state.messenger.asks_sms = True
    handset.person.open_wechat("twice")
    handset.person.tap("填写新密码")
    handset.person.type("one")
    handset.person.tap("再次填写确认")
    handset.person.type("on")
    tap(phone, "完成")
    assert "两次填写的密码不一致" in dump(phone)

    handset.person.type("e")
    tap(phone, "完成")

    assert "填写验证码" in dump(phone)
    assert handset.person.wechat_password == ""


def test_a_drawer_waits_beside_the_display(phone, handset):
    handset.state.messenger.drawer = True
    handset.person.open_wechat("tabs")

    seen = read(phone, {"设置", "我"})

    assert "设置" in dump(phone)
    assert seen.texts == ("我",)
