"""What real phones printed. Labels come from whoever recorded them; the content decides."""

import pytest

from agents.phone.capture import inspect
from agents.phone.parts.facts import CONTAINER, TYPE_UNTOLD, facts_of
from agents.phone.parts.part import Recorded
from agents.phone.parts.recognition import parts_in
from agents.phone.parts.text import text_of
from tests.recordings import SAMPLES, recorded

pytestmark = recorded

# file: skin, its version, Android, brand, market name, boot loader locked, verified boot
GETPROP = {
    "google_pixel6_android15_unlocked": "aosp 15 15 google None False orange",
    "honor_magic6pro_magicos9_android15": "magicos 9.0 15 HONOR 荣耀Magic6_Pro True green",
    "honor_v30pro_magicui3.0_android10": "magicui 3.0.1 10 HONOR HONOR_V30_PRO True green",
    "huawei_mate30pro_harmonyos4.2_android12": (
        "harmonyos 4.2.0 12 HUAWEI HUAWEI_Mate_30_Pro True green"
    ),
    "huawei_matepad10.8_harmonyos4.2_android12_console_wrapped": (
        "harmonyos 4.2.0 12 HUAWEI HUAWEI_MatePad_10.8 True green"
    ),
    "huawei_nova8_emui11.0_android10": "emui 11.0.0 10 HUAWEI nova_8 True green",
    "huawei_p30_emui9.1_android9": "emui 9.1.0 9 HUAWEI HUAWEI_P30 True green",
    "lineageos22_pixel4xl_android15_userdebug": "lineageos 22.2 15 google None False orange",
    "meizu21pro_flyme11_android14_imei": "flyme 11.2.1.0 14 meizu None True green",
    "mi6_miui11_android9_unlocked": "miui 11.0.5.0 9 Xiaomi None False orange",
    "oppo_a72_coloros12_android12": "coloros 12.1 12 OPPO OPPO_A72_5G True green",
    "oppo_findx8pro_coloros15_android15": "coloros 15.0 15 OPPO OPPO_Find_X8_Pro True green",
    "realme_gt5pro_realmeui6_android15": "realmeui 6.0 15 realme realme_GT5_Pro True green",
    "redmi8a_miui12.5_android10": "miui 12.5.3.0 10 Xiaomi None True green",
    "redmi_k40_hyperos1_android13": "hyperos 1.0.6.0 13 Redmi Redmi_K40 True green",
    "redmi_k60_hyperos2_android15_utf16": "hyperos 2.0.207.0 15 Redmi Redmi_K60 True green",
    "samsung_s24_oneui6.1_android14": "oneui 6.1.1 14 samsung None True green",
    "samsung_s8_oneui1_android9_unlocked": "oneui 1.0 9 samsung None False orange",
    "vivo_s20_originos5_android15": "originos 5 15 vivo vivo_S20 True green",
    "vivo_y67a_funtouch2.6_android6_oneline": "funtouch 2.6 6.0 vivo None True green",
    "vivo_y85a_funtouch4_android8.1": "funtouch 4.0 8.1.0 vivo None True green",
    "xiaomi15_hyperos2_android15": "hyperos 2.0.214.0 15 Xiaomi Xiaomi_15 True green",
}
TWO_IMEIS = {"meizu21pro", "mi6", "redmi8a", "redmi", "xiaomi15"}


def understood(**files):
    return facts_of({part: Recorded(read(name)) for part, name in files.items()})


def read(name):
    return text_of((SAMPLES / name).read_bytes())


@pytest.mark.parametrize("name", GETPROP)
def test_the_properties_of_a_phone_name_it(name):
    facts = understood(getprop=f"getprop/{name}.txt")
    system, phone, integrity = facts.os, facts.identity, facts.integrity

    told = (
        f"{system.skin} {system.skin_version} {system.android} {phone.brand} "
        f"{(phone.market_name or 'None').replace(' ', '_')} "
        f"{integrity.bootloader_locked} {integrity.verified_boot}"
    )
    assert told == GETPROP[name]
    assert integrity.encrypted is True
    assert phone.serial
    assert phone.model
    assert system.fingerprint
    assert system.security_patch
    assert system.sdk


@pytest.mark.parametrize("name", GETPROP)
def test_imeis_are_found_where_a_maker_shows_them(name):
    imei = understood(getprop=f"getprop/{name}.txt").identity.imei

    maker = name.split("_")[0]
    expected = 2 if maker in TWO_IMEIS else 1 if maker == "vivo" and "s20" not in name else 0
    assert len(imei) == expected


def test_an_android_inside_harmonyos_is_not_passed_off_as_the_phone():
    facts = understood(getprop="getprop/huawei_nova12ultra_harmonyos_next5.1_compat.txt")

    assert facts.os.container is True
    assert (facts.os.skin, facts.os.skin_version) == ("harmonyos", "5.1.0.150")
    assert facts.integrity.bootloader_locked is None
    assert facts.missing("os").reason == CONTAINER
    assert facts.missing("integrity") is not None


def test_carriers_come_out_right_though_a_console_spoilt_them():
    facts = understood(getprop="getprop/redmi_k60_hyperos2_android15_utf16.txt")

    assert [sim.carrier for sim in facts.sims] == ["中国电信", "中国移动"]


def test_batteries():
    levels = {
        path.stem: (read.battery.level, read.battery.temperature)
        for path in sorted((SAMPLES / "battery").iterdir())
        if (read := understood(battery=f"battery/{path.name}"))
    }

    assert levels == {
        "awesome_android7": (44, 28.0),
        "samsung_2026_bracketed_asoc": (96, 30.4),
        "xiaomi_pad6_android14": (22, 33.7),
    }


def test_locks():
    samsung = understood(
        lock_settings="locksettings/dumpsys_samsung_android16_two_credentialtype.txt",
        trust="trust/dumpsys_trust_android11_locked.txt",
    )
    motorola = understood(
        lock_settings="locksettings/dumpsys_motorola_android10_no_credentialtype.txt"
    )

    assert (samsung.lock.credential_type, samsung.lock.secure, samsung.lock.locked) == (
        "pin",
        True,
        True,
    )
    assert (motorola.lock.credential_type, motorola.lock.secure) == (None, None)
    assert motorola.missing("lock_settings").reason == TYPE_UNTOLD


def test_owner_users_space_and_hosts():
    facts = understood(
        device_policy="device_policy/qssi_android11_device_owner.txt",
        users="misc/pm_list_users_multi_app_999.txt",
        df="df/bengal_android11_df_h.txt",
        mount="storage/rk3568_android11_dumpsys_mount_sdcard.txt",
        adb="adb_service/mvt_dumpsys_adb.txt",
        accessibility="accessibility/mvt_android14.txt",
    )

    assert facts.device_owner == "com.example.android.deviceowner"
    assert facts.lock.wipe_limit == 0
    assert [(user.id, user.kind, user.name) for user in facts.users] == [
        (0, "owner", "机主"),
        (999, "clone", "Multi-App"),
    ]
    assert facts.storage.total_bytes == round(3.9 * 1024**3)
    assert facts.storage.sd_card is True
    assert facts.debugging.trusted_hosts == 1
    assert facts.settings.accessibility_services == (
        "com.malware.accessibility/com.malware.service.malwareservice",
    )


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("pm_list/pixel3_android12_cmd_package_with_prompt", 305),
        ("pm_list/xiaomi_pad6_all_f", 322),
        ("pm_list/xiaomi_pad6_user3", 55),
        ("dumpsys_package/madb_dumpsys_package", 1),
        ("dumpsys_package/miui_mi5_thirdparty_user999", 1),
        ("dumpsys_package/mvt_packages", 2),
        ("dumpsys_package/wechat_8.0.38_android10_annotated_head", 1),
    ],
)
def test_every_app_of_a_list_is_found(name, count):
    facts = understood(packages=f"{name}.txt")

    assert len(facts.apps) == count
    assert len({app.package for app in facts.apps}) == count


def test_wechat_in_detail():
    wechat = understood(packages="dumpsys_package/wechat_8.0.38_android10_annotated_head.txt").app(
        "com.tencent.mm"
    )

    assert (wechat.version_name, wechat.version_code, wechat.signer) == ("8.0.38", 2400, "962f5b7")


def test_a_missing_service_is_a_gap_with_the_phones_own_word():
    facts = understood(packages="adb_errors/cant_find_service_package.txt")

    assert facts.apps == ()
    assert "Can't find service: package" in facts.missing("packages").detail


FOLDERS = {
    "accessibility": "accessibility",
    "adb_service": "adb",
    "battery": "battery",
    "device_policy": "device_policy",
    "df": "df",
    "getprop": "getprop",
    "locksettings": "lock_settings",
    "pm_list": "packages",
    "settings": "settings",
    "storage": "mount",
    "telephony": "telephony",
    "trust": "trust",
}


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_recording_with_any_name_is_recognised_by_how_it_looks(folder):
    for path in sorted((SAMPLES / folder).glob("*.txt")):
        ((part, _text),) = parts_in("recording", text_of(path.read_bytes()))

        assert part.name.startswith(FOLDERS[folder])


@pytest.mark.parametrize(
    "name", ["huawei_p30_emui9.1_android9", "redmi_k60_hyperos2_android15_utf16"]
)
def test_a_folder_with_nothing_but_properties_will_do(name, tmp_path):
    raw = (SAMPLES / "getprop" / f"{name}.txt").read_bytes()
    (tmp_path / "getprop.txt").write_bytes(raw)

    facts = inspect(tmp_path)

    assert facts.identity.serial
    assert facts.missing("battery") is not None


def broken_at(width, text):
    return "\n".join(
        line[start : start + width].ljust(width)
        for line in text.split("\n")
        for start in range(0, len(line) or 1, width)
    )


JOURNEYS = {
    "a PowerShell redirect": lambda text: text.replace("\n", "\r\n").encode("utf-16"),
    "one without its mark": lambda text: text.encode("utf-16-le"),
    "an old adb on Windows": lambda text: text.replace("\n", "\r\r\n").encode(),
    "a GBK editor": lambda text: text.encode("gb18030"),
    "a narrow console": lambda text: broken_at(80, text).encode(),
    "pasted twice": lambda text: f"{text}\n{text[: len(text) // 3]}".encode(),
    "all on one line": lambda text: text.replace("\n", " ").encode(),
    "with a prompt": lambda text: f"C:\\张三>adb shell getprop\r\n{text}\r\nC:\\张三>".encode(),
    "in colour": lambda text: text.replace("[", "\x1b[32m[").encode(),
    "quoted in a mail": lambda text: ("> " + text.replace("\n", "\n> ")).encode(),
}


@pytest.mark.parametrize("journey", JOURNEYS.values(), ids=JOURNEYS)
@pytest.mark.parametrize("name", GETPROP)
def test_whatever_a_recording_went_through_it_says_the_same(name, journey):
    text = read(f"getprop/{name}.txt")

    spoilt = facts_of({"getprop": Recorded(text_of(journey(text)))})

    assert spoilt == facts_of({"getprop": Recorded(text)})
