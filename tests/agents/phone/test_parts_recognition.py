import pytest

from agents.phone.parts.recognition import parts_in, recognised

BATTERY = "Current Battery Service state:\n  level: 5\n"
USERS = "Users:\n\tUserInfo{0:Owner:13} running\n"
PROPS = "[ro.product.model]: [MI 6]\n"


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("getprop", "getprop"),
        ("properties", "getprop"),
        ("01 adb shell getprop", "getprop"),
        ("dumpsys_battery", "battery"),
        ("lock", "lock_settings"),
        ("locksettings", "lock_settings"),
        ("dumpsys_lock_settings", "lock_settings"),
        ("pm_list_packages", "packages"),
        ("packages_disabled", "packages_disabled"),
        ("pm-list-packages-3", "packages_third_party"),
        ("settings/global", "settings_global"),
        ("secure", "settings_secure"),
        ("df", "df"),
        ("dumpsys_mount", "mount"),
        ("telephony.registry", "telephony"),
        ("com.tencent.mm", "wechat"),
        ("wecom", "wecom"),
        ("dumpsys adb", "adb"),
        ("window", "window_policy"),
        ("pm_list_users", "users"),
        ("IMEI", "imei"),
    ],
)
def test_a_file_is_known_by_the_names_people_give_it(name, part):
    assert recognised(name, "").name == part


def test_a_text_that_plainly_answers_another_question_is_not_taken_by_its_name():
    assert recognised("lock", "Trust manager state:\n").name == "trust"
    assert recognised("packages", PROPS).name == "getprop"


def test_a_name_nobody_knows_leaves_it_to_the_look():
    assert recognised("aaa", BATTERY).name == "battery"
    assert recognised("aaa", "hello") is None


def test_a_dump_of_all_apps_is_not_taken_for_one_of_them():
    dump = "Packages:\n  Package [com.x] (1):\n  Package [com.tencent.mm] (2):\n"

    assert recognised("aaa", dump).name == "packages"
    assert recognised("aaa", dump.replace("com.x", "com.tencent.mm")).name == "wechat"


def test_a_console_with_several_questions_is_cut_at_its_prompts():
    text = (
        f"C:\\>adb shell getprop\n{PROPS}\nC:\\>adb -s 1234 shell dumpsys battery\n{BATTERY}"
        f"\nalioth:/ $ pm list users\n{USERS}"
    )
    found = {part.name: body for part, body in parts_in("all", text)}

    assert found.keys() == {"getprop", "battery", "users"}
    assert "MI 6" in found["getprop"]
    assert "MI 6" not in found["battery"]


def test_a_dump_of_all_services_is_cut_at_its_headings():
    text = f"------ SYSTEM PROPERTIES (getprop) ------\n{PROPS}DUMP OF SERVICE battery:\n{BATTERY}"

    assert [part.name for part, _body in parts_in("bugreport", text)] == ["getprop", "battery"]
