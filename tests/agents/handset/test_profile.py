"""Every profile is a phone that could be: whole, believable, always the same."""

from pathlib import Path

import pytest

from agents.handset.errors import ProfileNotFound
from agents.handset.framework.reply import Call
from agents.handset.profile import profile, profile_names, profiles
from agents.handset.seed import seed_files, write_seed

SKIN_KEYS = {
    "xiaomi-14-hyperos": "ro.mi.os.version.name",
    "huawei-mate60-harmonyos": "hw_sc.build.platform.version",
    "honor-magic6-magicos": "ro.build.version.magic",
    "oppo-find-x7-coloros": "ro.build.version.oplusrom",
    "vivo-x100-originos": "ro.vivo.os.build.display.id",
    "vivo-y85-funtouch": "ro.vivo.os.version",
    "samsung-s24-oneui": "ro.build.version.oneui",
}

EVERY_PROFILE = pytest.mark.parametrize("name", profile_names())


def luhn(number: str) -> int:
    digits = [int(digit) for digit in reversed(number)]
    doubled = (value * 2 if at % 2 else value for at, value in enumerate(digits))
    return sum(value // 10 + value % 10 for value in doubled) % 10


def test_the_six_makers_and_an_old_phone_are_there() -> None:
    assert set(SKIN_KEYS) == {name for name, _title in profiles()}


def test_an_unknown_profile_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ProfileNotFound, match="xiaomi-14-hyperos"):
        profile("nokia-3310")


@EVERY_PROFILE
def test_a_profile_says_which_vendor_system_it_runs(name: str) -> None:
    found = profile(name).props("serial", ["1", "2"])

    assert found[SKIN_KEYS[name]]
    assert found["ro.build.version.sdk"] == str(profile(name).sdk)


@EVERY_PROFILE
def test_imeis_carry_their_check_digit_and_no_two_phones_share_one(name: str) -> None:
    imeis = [imei for number in range(20) for imei in profile(name).imeis(number)]

    assert all(len(imei) == 15 and luhn(imei) == 0 for imei in imeis)
    assert len(set(imeis)) == len(imeis)


@EVERY_PROFILE
def test_phones_of_one_kind_have_serial_numbers_of_their_own(name: str) -> None:
    serials = [profile(name).serial(number) for number in range(20)]

    assert len(set(serials)) == len(serials)


@EVERY_PROFILE
def test_wechat_and_wecom_are_installed_with_their_files(name: str) -> None:
    found = profile(name)
    paths = {file.path for file in seed_files(found.raw["files"])}

    assert {"com.tencent.mm", "com.tencent.wework"} <= set(found.packages())
    assert any(path.startswith("Pictures/WeiXin/") for path in paths)
    assert any("com.tencent.wework/files/filecache" in path for path in paths)


def test_seed_files_are_the_same_bytes_and_times_every_time(tmp_path: Path) -> None:
    rows = profile("xiaomi-14-hyperos").raw["files"][:3]
    one, two = tmp_path / "one", tmp_path / "two"

    write_seed(one, rows)
    write_seed(two, rows)

    def picture(folder: Path) -> dict[str, tuple[bytes, float]]:
        files = (path for path in folder.rglob("*") if path.is_file())
        return {
            str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime)
            for path in files
        }

    assert picture(one) == picture(two)
    assert len(picture(one)) == 32


def test_what_was_typed_is_scrubbed_from_a_call() -> None:
    assert Call(("input", "text", "geheim")).line == "input text •••"
