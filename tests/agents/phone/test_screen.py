"""Screens: recorded dumps of real phones, dumps that fail, and the labels that are kept."""

from contextlib import suppress
from threading import Event, Timer

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agents.phone.errors import CommandFailed, CommandTimedOut
from agents.phone.fake import FakePhone
from agents.phone.phone import Answer
from agents.phone.screen import NotAScreen, Screen, parse, password_changed, read, wait_for
from tests.recordings import SAMPLES, recorded

WECHAT = "com.tencent.mm"


def node(text: str, package: str = WECHAT, bounds: str = "[10,10][90,40]") -> str:
    return f'<node text="{text}" content-desc="" package="{package}" bounds="{bounds}" />'


def dump(*nodes: str, package: str = WECHAT) -> str:
    whole = f'<node text="" package="{package}" bounds="[0,0][1080,2400]">{"".join(nodes)}</node>'
    return f'<?xml version="1.0"?><hierarchy rotation="0">{whole}</hierarchy>'


DONE = dump(node("修改成功"))
SUCCESS_LINE = "UI hierchary dumped to: /dev/tty"


@recorded
@pytest.mark.parametrize(
    ("name", "main", "texts"),
    [
        ("fingerprint_overlay_only.txt", "com.android.systemui", ()),
        ("lockscreen_systemui.txt", "com.android.systemui", ()),
        ("miui_stacktrace_before_xml.txt", "com.bilibili.app.in", ()),
        ("vivo_launcher_two_packages.txt", "com.bbk.launcher2", ("设置",)),
        ("wecom_search_empty.txt", "com.tencent.wework", ()),
    ],
)
def test_recorded_screens_are_read(name: str, main: str, texts: tuple[str, ...]) -> None:
    screen = parse((SAMPLES / "ui_dump" / name).read_text())

    assert (screen.main_package, screen.texts) == (main, texts)


@recorded
def test_a_recorded_failure_is_no_screen() -> None:
    with pytest.raises(NotAScreen):
        parse((SAMPLES / "ui_dump" / "sharpadb_dump_error.txt").read_text())


def test_private_words_are_forgotten() -> None:
    screen = parse(dump(node("明天下午三点开会，合同见附件"), node("设置")))

    assert screen.texts == ("设置",)
    assert "合同" not in repr(screen)


def test_invisible_characters_do_not_hide_a_label() -> None:
    assert parse(dump(node("\u200b修改\u200d成功\ufeff "))).texts == ("修改成功",)


@pytest.mark.parametrize("bounds", ["[-800,10][-10,40]", "[1080,10][1900,40]", "[5,5][5,5]", "?"])
def test_a_label_beside_the_display_is_not_on_the_screen(bounds: str) -> None:
    assert parse(dump(node("修改成功", bounds=bounds))).texts == ()


def test_an_empty_screen_is_a_screen() -> None:
    assert parse('<hierarchy rotation="0" />') == Screen((), {})


@given(some.text())
def test_any_text_is_a_screen_or_none(text: str) -> None:
    with suppress(NotAScreen):
        assert parse(text).labels is not None


@pytest.mark.parametrize(
    ("shown", "changed"),
    [
        (DONE, True),
        (dump(node("密码设置成功", "com.tencent.wework"), package="com.tencent.wework"), True),
        (dump(node("微信密码")), False),
        (dump(node("修改成功", "com.android.settings"), package="com.android.settings"), False),
        (dump(node("修改成功", "com.android.systemui"), node("我"), node("设置")), False),
    ],
)
def test_only_the_messenger_itself_says_that_its_password_changed(
    shown: str, *, changed: bool
) -> None:
    assert password_changed(parse(shown)) is changed


def test_the_digest_is_of_what_is_kept() -> None:
    one, same = parse(dump(node("修改成功"))), parse(dump(node("修改成功")))

    assert one.digest == same.digest
    assert one.digest != parse(dump(node("设置成功"))).digest


def test_a_dump_to_the_terminal_is_cut_at_its_end() -> None:
    phone = FakePhone(
        {"/dev/tty": f"java.io.FileNotFoundException: x\n\tat y\n{DONE}{SUCCESS_LINE}"}
    )

    assert read(phone).texts == ("修改成功",)


def test_without_a_terminal_a_file_is_made_and_removed() -> None:
    phone = FakePhone({"/dev/tty": Answer(b"", b"open failed: ENXIO"), "rm -f": DONE})

    assert read(phone).texts == ("修改成功",)
    script = phone.asked[1]
    assert script.index("rm -f") < script.index("uiautomator") < script.rindex("rm -f")


def test_an_older_screen_is_never_read_for_a_failed_dump() -> None:
    said = Answer(b"", b"ERROR: could not get idle state.\n")

    with pytest.raises(CommandFailed, match="could not get idle state"):
        read(FakePhone({"uiautomator": said}))


def test_waiting_ends_with_the_label() -> None:
    failed = Answer(b"", b"ERROR: null root node returned by UiTestAutomationBridge.\n")
    phone = FakePhone({"uiautomator": [failed, dump(node("微信密码")), DONE]})

    screen = wait_for(phone, ["修改成功"], deadline=20, stop=Event())

    assert screen is not None
    assert len(phone.asked) == 3


def test_waiting_ends_at_the_deadline() -> None:
    with pytest.raises(CommandTimedOut):
        wait_for(FakePhone({"uiautomator": dump()}), ["修改成功"], deadline=0.2, stop=Event())


def test_waiting_ends_when_it_is_told_to() -> None:
    stop = Event()
    timer = Timer(0.2, stop.set)
    timer.start()

    assert (
        wait_for(FakePhone({"uiautomator": dump()}), ["修改成功"], deadline=30, stop=stop) is None
    )
    timer.join()
