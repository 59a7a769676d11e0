from agents.phone.parts import packages, users
from agents.phone.parts.facts import facts_of
from agents.phone.parts.part import Recorded

WECHAT = """Packages:
  Package [com.tencent.mm] (557bb4e):
    userId=10108
    codePath=/data/app/~~a==/com.tencent.mm-Ft==
    versionCode=2780 minSdk=23 targetSdk=33
    versionName=8.0.54
    signatures=PackageSignatures{a4cc409 version:2, signatures:[962f5b7], past signatures:[]}
    flags=[ HAS_CODE ALLOW_CLEAR_USER_DATA ]
    installerPackageName=com.android.packageinstaller
    firstInstallTime=2023-06-28 21:50:28
    User 0: ceDataInode=1 installed=true hidden=false suspended=false stopped=false enabled=0
    User 10: ceDataInode=0 installed=false hidden=false suspended=false enabled=0
    User 999: ceDataInode=2 installed=true hidden=false suspended=false enabled=0
Hidden system packages:
  Package [com.tencent.mm] (1):
    versionName=7.0.0
"""


def one(text):
    (app,) = packages.parse(text)
    return app


def test_the_name_stands_behind_the_last_equals_sign():
    app = one("package:/data/app/~~bt==/com.termux-Vg==/base.apk=com.termux\n")

    assert (app.package, app.path) == ("com.termux", "/data/app/~~bt==/com.termux-Vg==/base.apk")


def test_any_mix_of_options_is_read():
    line = "package:/a==/b.apk=com.x versionCode:12  installer=com.xiaomi.market uid:10123,99910123"
    app = one(line)

    assert (app.version_code, app.installer, app.uid) == (12, "com.xiaomi.market", 10123)
    assert app.users == (0, 999)


def test_an_installer_of_null_is_none():
    assert one("package:com.x  installer=null").installer is None


def test_lists_with_prompts_or_all_on_one_line_are_read():
    text = "➜ ~ adb shell pm list packages\npackage:com.x package:com.y\nPS C:\\> "

    assert [app.package for app in packages.parse(text)] == ["com.x", "com.y"]


def test_a_list_somebody_cut_the_first_word_off_is_read():
    assert [app.package for app in packages.parse("com.a.b\ncom.c.d\n")] == ["com.a.b", "com.c.d"]


def test_prose_is_not_a_list_of_apps():
    assert packages.parse("cmd: Can't find service: package") is None
    assert packages.names("Error: java.lang.SecurityException") is None
    assert packages.names("") == frozenset()


def test_apps_that_may_install_others_are_listed_one_a_line():
    assert packages.installing("com.android.chrome\ncom.a.b\n") == ("com.a.b", "com.android.chrome")
    assert packages.installing("No operations.\n") == ()
    assert packages.installing("") == ()
    assert packages.installing("Error: Unknown operation string: REQUEST_INSTALL") is None


def test_unknown_sources_are_a_setting_of_all_apps_before_android_8_and_of_each_since():
    def sources(sdk, apps):
        said = {
            "getprop": f"[ro.build.version.sdk]: [{sdk}]\n",
            "settings_secure": "install_non_market_apps=1\n",
            "installing_apps": apps,
        }
        facts = facts_of({name: Recorded(text, 0) for name, text in said.items()})
        return facts.debugging.unknown_sources, facts.missing("installing_apps") is None

    assert sources(25, "Error: Unknown operation string") == (True, True)
    assert sources(26, "No operations.") == (False, True)
    assert sources(34, "com.android.chrome") == (True, True)
    assert sources(34, "java.lang.SecurityException: no") == (None, False)


def test_a_dump_tells_who_has_the_app_and_whence():
    app = one(WECHAT)

    assert (app.version_name, app.version_code, app.target_sdk) == ("8.0.54", 2780, 33)
    assert (app.users, app.enabled, app.system) == ((0, 999), True, False)
    assert (app.signer, app.installer) == ("962f5b7", "com.android.packageinstaller")


def test_an_app_switched_off_says_so():
    assert one(WECHAT.replace("enabled=0", "enabled=3")).enabled is False


def test_a_memory_address_is_not_a_signer():
    old = WECHAT.replace("version:2, signatures:[962f5b7], past signatures:[]", "[962f5b7]")

    assert one(old).signer is None


def test_details_are_laid_over_the_list():
    listed = packages.parse("package:/data/app/x=com.tencent.mm uid:10108")
    (app,) = packages.merged(listed, packages.parse(WECHAT))

    assert (app.version_name, app.users) == ("8.0.54", (0, 999))


def test_clones_and_second_spaces_are_told_apart():
    text = (
        "Users:\n\tUserInfo{0:机主:c13} running\n\tUserInfo{10:second space:410}\n"
        "\tUserInfo{11:Work profile:1030} running\n\tUserInfo{95:DUAL_APP:20001030}\n"
        "\tUserInfo{999:?????:4000030} running\n"
    )
    found = users.parse(text)

    assert [(user.id, user.kind) for user in found] == [
        (0, "owner"),
        (10, "second"),
        (11, "work"),
        (95, "clone"),
        (999, "clone"),
    ]
    assert [user.id for user in found if user.running] == [0, 11, 999]


def test_a_dump_of_users_does_not_say_who_runs():
    (user,) = users.parse("  UserInfo{0:Owner:c13} serialNo=0 isPrimary=true\n")

    assert (user.kind, user.running) == ("owner", None)
