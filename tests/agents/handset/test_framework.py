"""The framework's commands, asked without a phone around them."""

from functools import partial
from pathlib import Path

import pytest

from agents.handset.apk import app_file
from agents.handset.framework.framework import Framework
from agents.handset.framework.reply import Reply
from agents.handset.framework.server import parse
from agents.handset.framework.telephony import parcel
from agents.handset.new_phone import new_state
from agents.handset.person import Person
from agents.handset.profile import profile


class NoPower:
    def restart(self) -> None: ...

    def erase_files(self) -> None: ...


def phone(name: str = "samsung-s24-oneui") -> Framework:
    kind = profile(name)
    return Framework(new_state(kind, "R5CX000", 0, NoPower(), Path("/nowhere")))


def ask(framework: Framework, line: str) -> Reply:
    return framework.answer(tuple(line.split()))


def said(framework: Framework, line: str) -> str:
    return ask(framework, line).stdout.decode()


def test_a_property_is_answered_alone_and_in_the_list() -> None:
    framework = phone()

    assert said(framework, "getprop ro.serialno") == "R5CX000\n"
    assert "[ro.serialno]: [R5CX000]\n" in said(framework, "getprop")
    assert said(framework, "getprop no.such.key") == "\n"


def test_a_multi_line_property_spans_lines_in_the_list() -> None:
    assert "[persist.sys.boot.reason.history]: [reboot,1762910233\nreboot,ota," in said(
        phone("xiaomi-14-hyperos"), "getprop"
    )


def test_a_row_of_pm_list_packages_has_the_parts_asked_for() -> None:
    listed = said(phone(), "cmd package list packages -f -U -i --show-versioncode com.tencent.mm")

    assert listed.startswith("package:/data/app/")
    assert "=com.tencent.mm versionCode:2780  installer=com.sec.android.app.samsungapps" in listed
    assert listed.endswith(" uid:10243\n")


def test_third_party_and_system_packages_are_told_apart() -> None:
    third, system = (said(phone(), f"pm list packages {option}") for option in ("-3", "-s"))

    assert "com.tencent.mm" in third
    assert "com.tencent.mm" not in system
    assert "package:android\n" in system


def test_a_cloned_app_shows_for_the_second_user() -> None:
    framework = phone("oppo-find-x7-coloros")

    assert "UserInfo{999:Multi-App:" in said(framework, "pm list users")
    assert said(framework, "pm list packages --user 999") == "package:com.tencent.mm\n"
    assert "User 999:" in said(framework, "dumpsys package com.tencent.mm")


def test_an_unset_setting_is_the_word_null() -> None:
    assert said(phone(), "settings get secure no_such_key") == "null\n"


def test_a_setting_is_written_where_the_maker_allows_it() -> None:
    framework = phone()

    ask(framework, "settings put --user 0 global adb_wifi_enabled 1")

    assert said(framework, "settings get global adb_wifi_enabled") == "1\n"


def test_some_makers_refuse_settings_and_input_to_the_shell() -> None:
    framework = phone("xiaomi-14-hyperos")

    assert b"WRITE_SECURE_SETTINGS" in ask(framework, "settings put global a 1").stderr
    assert b"INJECT_EVENTS" in ask(framework, "input tap 1 1").stderr


def test_a_service_that_is_not_there_is_named() -> None:
    assert ask(phone(), "cmd nosuch").status == 20
    assert said(phone(), "dumpsys nosuch") == "Can't find service: nosuch\n"


def test_a_protected_broadcast_looks_like_success_first() -> None:
    reply = ask(phone(), "am broadcast -a android.intent.action.MASTER_CLEAR")

    assert reply.stdout.startswith(b"Broadcasting: Intent {")
    assert b"SecurityException" in reply.stderr


def test_the_imei_is_in_the_parcel() -> None:
    rows = parcel("86").splitlines()

    assert rows[1] == "  0x00000000: 00000000 00000002 00360038 00000000 '........8.6.....')"


def test_test_harness_is_refused_while_a_lock_is_set() -> None:
    reply = ask(phone(), "cmd testharness enable")

    assert reply.status == 2
    assert b"cannot be enabled if there is a lock screen" in reply.stderr


def test_test_harness_brings_the_phone_to_what_was_shipped() -> None:
    framework = phone()
    Person(framework.state).change_pin("")

    ask(framework, "cmd testharness enable")

    assert said(framework, "pm list packages -3") == ""
    assert said(framework, "settings get global device_provisioned") == "1\n"
    assert said(framework, "settings get global boot_count") == "28\n"
    assert framework.state.accounts == []


def test_a_reset_by_hand_leaves_debugging_off_and_the_phone_not_set_up() -> None:
    framework = phone()

    Person(framework.state).factory_reset()

    assert said(framework, "settings get global adb_enabled") == "0\n"
    assert said(framework, "settings get secure user_setup_complete") == "0\n"


def test_a_password_changed_by_hand_ends_on_the_screen_that_says_so() -> None:
    framework = phone()

    Person(framework.state).change_wechat_password("nobody-may-see")

    dump = said(framework, "uiautomator dump /dev/tty")
    assert 'text="修改成功"' in dump
    assert 'package="com.tencent.mm"' in dump
    assert "nobody-may-see" not in dump


def test_a_dump_that_fails_ends_with_0_and_writes_nothing() -> None:
    framework = phone()
    framework.state.screen.dumpable = False

    reply = ask(framework, "uiautomator dump")

    assert (reply.status, reply.files) == (0, ())
    assert b"could not get idle state" in reply.stderr


def test_a_swapped_sim_shows_everywhere() -> None:
    framework = phone()
    card = framework.state.sims[0]

    Person(framework.state).swap_sim(0, None)
    assert said(framework, "getprop gsm.sim.state") == "ABSENT,ABSENT\n"
    Person(framework.state).swap_sim(1, card)

    assert said(framework, "getprop gsm.sim.state") == "ABSENT,LOADED\n"


@pytest.mark.parametrize(
    ("request_bytes", "words", "stdin"),
    [
        (b"2\0getprop\0a b\0", ("getprop", "a b"), b""),
        (b"2\0settings\0\0", ("settings", ""), b""),
        (b"1\0content\0raw\0data", ("content",), b"raw\0data"),
        (b"2\0echo\0\xff\0", ("echo", "\udcff"), b""),
    ],
)
def test_a_request_keeps_its_words_apart(
    request_bytes: bytes, words: tuple[str, ...], stdin: bytes
) -> None:
    assert parse(request_bytes) == (words, stdin)


def test_a_request_that_was_cut_off_is_refused() -> None:
    with pytest.raises(ValueError, match="fewer words"):
        parse(b"3\0getprop\0")


MAP = "com.autonavi.minimap"


def test_an_app_is_disabled_for_a_user_in_aosps_words() -> None:
    framework = phone()

    assert said(framework, f"pm disable-user --user 0 {MAP}") == (
        f"Package {MAP} new state: disabled-user\n"
    )
    assert " enabled=3" in said(framework, f"dumpsys package {MAP}")
    assert MAP in said(framework, "pm list packages -d")
    assert said(framework, f"cmd package enable {MAP}") == f"Package {MAP} new state: enabled\n"


def test_shell_cannot_undo_what_another_program_disabled() -> None:
    framework = phone()
    framework.state.packages[MAP].users[0].enabled = 2

    answer = ask(framework, f"pm enable {MAP}")

    assert (answer.status, answer.stdout) == (255, b"")
    assert b"SecurityException: Shell cannot change component state" in answer.stderr


def test_an_app_of_one_user_is_gone_and_one_of_the_system_is_hidden() -> None:
    framework = phone()
    framework.state.packages[MAP].system = True

    assert said(framework, f"pm uninstall --user 0 {MAP}") == "Success\n"
    assert said(framework, "pm uninstall --user 0 com.tencent.wework") == "Success\n"

    assert "installed=false" in said(framework, f"dumpsys package {MAP}")
    assert "Unable to find package" in said(framework, "dumpsys package com.tencent.wework")
    assert said(framework, f"pm uninstall --user 0 {MAP}") == "Failure [not installed for 0]\n"
    assert said(framework, f"pm install-existing --user 0 {MAP}") == (
        f"Package {MAP} installed for user: 0\n"
    )


def test_a_file_is_installed_by_what_it_says_of_itself() -> None:
    framework = phone()
    wechat = framework.state.packages["com.tencent.mm"]
    made = partial(app_file, "com.tencent.mm", signature=wechat.signature)

    def install(raw: bytes) -> str:
        words = ("cmd", "package", "install", "-r", "-S", str(len(raw)), "--user", "0")
        return framework.answer(words, raw).stdout.decode()

    assert install(made(version_code=9000, version_name="9.0")) == "Success\n"
    assert "versionCode=9000" in said(framework, "dumpsys package com.tencent.mm")
    assert "INSTALL_FAILED_VERSION_DOWNGRADE" in install(made(version_code=8000))
    other = app_file("com.tencent.mm", version_code=9001, signature="00000000")
    assert "INSTALL_FAILED_UPDATE_INCOMPATIBLE" in install(other)
    assert "INSTALL_PARSE_FAILED_NOT_APK" in install(b"no app")
    assert "INSTALL_PARSE_FAILED_NOT_APK" in install(made(version_code=9002)[:300])


def test_roles_are_named_by_their_intents() -> None:
    home = said(
        phone(),
        "cmd package resolve-activity --brief --user 0 -a android.intent.action.MAIN"
        " -c android.intent.category.HOME",
    )

    assert home.splitlines()[-1] == "com.android.launcher3/.Launcher"
