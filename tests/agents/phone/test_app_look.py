"""How an app stands is read from two witnesses; what they do not agree on is not known."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agents.phone.app_look import AppLook, read_about, seen_of
from agents.phone.parts.device_policy import parse as policy_of
from agents.phone.remedy_words import WORDS, reason_of, word_of
from agents.phone.wireless import seen_of as wireless_seen
from fleet.contracts.remedies import AppSeen
from fleet.contracts.remedy_outcomes import SENTENCES
from tests.effort import effort
from tests.recordings import SAMPLES, recorded

APP = "com.example.app"
LIST = f"package:android\npackage:{APP}\n"
BLOCK = """\
Packages:
  Package [com.example.app] (c1d7f):
    userId=10394
    versionCode=74 minSdk=15 targetSdk=25
    versionName=1.1.74
    flags=[ {flags}HAS_CODE ]
    installerPackageName=com.miui.packageinstaller
    User 0: ceDataInode=1 installed={installed} hidden=false stopped=true enabled={enabled}
    User 10: ceDataInode=2 installed=true hidden=false stopped=true enabled=0
"""
HIDDEN = """\

Hidden system packages:
  Package [com.example.app] (c1d7f):
    versionCode=1 minSdk=15 targetSdk=25
    User 0: ceDataInode=1 installed=false hidden=false stopped=true enabled=2
"""


def block(*, installed="true", enabled=0, flags=""):
    return BLOCK.format(installed=installed, enabled=enabled, flags=flags)


def test_all_that_matters_is_read():
    assert seen_of(APP, 0, block(), LIST, {APP: "a" * 64}) == AppSeen(
        package=APP,
        installed=True,
        enabled=True,
        setting=0,
        version_code=74,
        version_name="1.1.74",
        certificate="a" * 64,
        installer="com.miui.packageinstaller",
        system=False,
        users=(0, 10),
    )


@pytest.mark.parametrize(
    ("dump", "listed", "installed"),
    [
        (block(), LIST, True),
        (block(installed="false"), "package:android", False),
        (block(), "package:android", None),  # they contradict each other
        (block(installed="false"), LIST, None),
        (block(), None, True),
        (f"Unable to find package: {APP}", "package:android", False),
        ("", "package:android", False),
        (None, "package:android", None),
        ("", "", None),  # an empty list is no list of a phone
        ("", LIST, None),
        (f"Unable to find package: {APP}", "Error: java.lang.NullPointerException", None),
    ],
)
def test_only_what_both_say_is_known(dump, listed, installed):
    assert seen_of(APP, 0, dump, listed).installed is installed


@pytest.mark.parametrize(("number", "enabled"), [(0, True), (1, True), (2, False), (3, False)])
def test_the_number_says_whether_it_is_enabled(number, enabled):
    seen = seen_of(APP, 0, block(enabled=number), LIST)

    assert (seen.setting, seen.enabled) == (number, enabled)


def test_each_user_has_a_state_of_its_own():
    seen = seen_of(APP, 10, block(enabled=3), LIST)

    assert (seen.enabled, seen.setting) == (True, 0)


def test_what_an_update_hides_is_not_the_app():
    seen = seen_of(APP, 0, block() + HIDDEN, LIST)

    assert (seen.version_code, seen.setting) == (74, 0)


@pytest.mark.parametrize(
    ("seen", "comes_back"),
    [
        (AppSeen(package=APP, system=True, users=(0,)), True),
        (AppSeen(package=APP, system=False, users=(0,)), False),
        (AppSeen(package=APP, system=False, users=(0, 999)), True),
        (AppSeen(package=APP, users=()), False),
    ],
)
def test_what_comes_back_is_known_before_it_is_removed(seen, comes_back):
    assert seen.comes_back is comes_back


def look(package, *, system=True, sdk=34, roles=None):
    seen = AppSeen(package=package, system=system, installed=True)
    return AppLook(seen, sdk, {"home": "com.x.home"} if roles is None else roles, (), None, None)


@pytest.mark.parametrize(
    "package",
    [
        *("android", "com.android.systemui", "com.android.settings", "com.android.shell"),
        *("com.miui.home", "com.miui.securitycenter", "com.android.providers.media.module"),
        *("com.huawei.android.launcher", "com.bbk.launcher2", "com.sec.android.app.launcher"),
        *("com.google.android.permissioncontroller", "com.x.home", "com.android.launcher3"),
    ],
)
def test_what_no_phone_can_do_without(package):
    assert look(package).needed() == "needed"


def test_what_a_phone_can_do_without():
    assert look("com.miui.video").needed() is None
    assert look("com.miui.video", roles={"dialer": "com.x"}).needed() == "roles_unknown"
    assert look("com.example.game", system=False, roles={"dialer": "com.x"}).needed() is None
    # Android 6 cannot be asked.
    assert look("com.miui.video", sdk=23, roles={"dialer": "com.x"}).needed() is None


def test_an_owner_is_named_before_an_administrator():
    policy = policy_of(
        "  Device Owner: \n    admin=ComponentInfo{com.example.app/.A}\n"
        "  Enabled Device Admins (User 0):\n    com.example.app/.A:\n"
    )
    seen = AppSeen(package=APP, installed=True)

    assert read_about(seen, {"device_policy": policy}, None).guarded() == "managed"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Failure [DELETE_FAILED_DEVICE_POLICY_MANAGER]", "admin_active"),
        ("Failure [only root can delete system app for a particular user]", "system_app"),
        ("Failure [INSTALL_FAILED_USER_RESTRICTED: Install canceled by user]",
         "install_switched_off"),
        ("Failure [DELETE_FAILED_USER_RESTRICTED]", "managed"),
        ("Failure [MDM_FORBID_ADB_INSTALL]", "managed"),
        ("java.lang.SecurityException: Cannot disable system packages.", "protected_by_phone"),
        ("Error: java.lang.SecurityException: Shell cannot change component state for a/null to 2",
         "disabled_by_other"),
        ("Failure [INSTALL_FAILED_UPDATE_INCOMPATIBLE: Package a signatures do not match]",
         "other_signer"),
        ("Failure [INSTALL_FAILED_ABORTED: User rejected permissions]", "rejected_on_phone"),
        ("Failure [INSTALL_FAILED_MISSING_SPLIT: Missing split for com.a.b]", "split_app"),
        ("Failure [INSTALL_FAILED_INSUFFICIENT_STORAGE]", "no_room"),
        ("Failure [not installed for 0]", "gone_meanwhile"),
        ("Success", "not_changed"),
        ("", "not_changed"),
    ],
)  # fmt: skip
def test_a_refusal_is_named(text, reason):
    assert reason_of(text) == reason


def test_every_reason_has_its_sentence():
    assert {code for code, _ in WORDS} <= SENTENCES.keys()


def test_the_word_of_a_phone_is_the_line_that_tells():
    said = "\tpkg: /data/local/tmp/a.apk\r\nFailure [INSTALL_FAILED_OLDER_SDK]\r\n"

    assert word_of(said) == "Failure [INSTALL_FAILED_OLDER_SDK]"


def test_doors_are_read():
    tcp6 = f"   0: {'0' * 32}:15B3 {'0' * 32}:0000 0A 00000000:00000000 00:00000000\n"

    assert wireless_seen("null", "", "").closed
    assert wireless_seen("1", "-1", "0").switch is True
    assert wireless_seen("java.io.FileNotFoundException: theme.xml\n\tat a.b\n1\n", "", "").switch
    assert wireless_seen("0", "5555", "").port == 5555
    assert wireless_seen("0", "0", "", tcp6).closed
    assert wireless_seen("0", "0", "", tcp6, {5555}).port == 5555
    assert wireless_seen("0", "", "5555", tcp6).port == 5555
    assert not wireless_seen(None, "", "").is_known
    assert not wireless_seen("0", "what", "").is_known


@recorded
def test_recorded_dumps_are_read():
    path = SAMPLES / "dumpsys_package" / "miui_mi5_thirdparty_user999.txt"
    package = "org.mazhuang.guanggoo"

    seen = seen_of(package, 0, path.read_text(), f"package:android\npackage:{package}\n")

    assert (seen.installed, seen.setting, seen.version_code) == (True, 0, 74)
    assert seen.installer == "com.miui.packageinstaller"


PIECES = some.sampled_from(
    [
        *("Packages:\n", "  Package [com.example.app] (1):\n", "    User 0:", " installed=true"),
        *(" enabled=", "9" * 400, "-3", " installed=", "Hidden system packages:\n", "\n", "\r"),
        *("package:", "android\n", APP, "versionCode=", "flags=[ SYSTEM", "=", "\0", "\ud800", "٣"),
        *("home=", "com.a.b/.C\n", " 0A ", ":15B3 ", "00000000", "0: "),
    ]
)
NOISE = some.lists(PIECES | some.text(max_size=6), max_size=14).map("".join)


@effort(300)
@given(NOISE, NOISE, some.integers(0, 99))
def test_nothing_a_phone_says_breaks_the_readers(one, other, user):
    seen_of(APP, user, one, other)
    wireless_seen(one, other, one, other, {5555})
    assert reason_of(one) in SENTENCES
    assert len(word_of(other)) <= 160
