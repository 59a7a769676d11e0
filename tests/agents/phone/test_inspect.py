import json
import re

import pytest

from agents.phone.capture import CHANGED, CaptureNotFound, NotACapture, capture, inspect
from agents.phone.fake import FakePhone
from agents.phone.parts.refusals import EMPTY, NOT_RECORDED, TIMED_OUT
from agents.phone.probe import probe

PROPS = "[ro.product.brand]: [OPPO]\n[ro.serialno]: [A1]\n[ro.build.version.oplusrom]: [V12.1]\n"
BATTERY = "Current Battery Service state:\n  level: 44\n  temperature: 280\n  health: 2\n"


def write(folder, **files):
    for name, text in files.items():
        path = folder / f"{name}.txt"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


def test_a_folder_is_understood_and_what_is_not_there_is_named(tmp_path):
    write(tmp_path, getprop=PROPS, battery=BATTERY)

    facts = inspect(tmp_path)

    assert (facts.identity.serial, facts.os.skin, facts.battery.level) == ("A1", "coloros", 44)
    assert facts.missing("packages").reason == NOT_RECORDED
    assert facts.missing("battery") is None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-16-le"])
def test_recordings_of_any_console_will_do(encoding, tmp_path):
    write(tmp_path, getprop=PROPS.replace("\n", "\r\n").encode(encoding))

    assert inspect(tmp_path).identity.serial == "A1"


def test_files_with_names_of_their_own_are_recognised(tmp_path):
    write(tmp_path, recording1=PROPS, recording2=BATTERY)

    facts = inspect(tmp_path)

    assert (facts.identity.serial, facts.battery.level) == ("A1", 44)


def test_recordings_may_lie_in_folders_of_their_own(tmp_path):
    for name, text in (("getprop", PROPS), ("settings", "boot_count=39\nadb_enabled=1\n")):
        (tmp_path / name).mkdir()
        write(tmp_path / name, **{"global" if name == "settings" else "phone": text})

    facts = inspect(tmp_path)

    assert (facts.identity.serial, facts.boot_count, facts.debugging.usb) == ("A1", 39, True)


def test_several_lists_of_apps_are_laid_together(tmp_path):
    write(
        tmp_path,
        packages="package:/system/app/x.apk=com.x\npackage:/data/app/y==/base.apk=com.y\n",
        dumpsys_package="Packages:\n  Package [com.y] (1):\n versionName=2.0\n User 0: enabled=2",
        packages_third_party="package:com.y\n",
    )

    x, y = inspect(tmp_path).apps

    assert (x.package, x.system) == ("com.x", True)
    assert (y.version_name, y.enabled, y.system) == ("2.0", False, False)
    assert y.path == "/data/app/y==/base.apk"


def test_an_empty_file_is_a_gap_of_its_own(tmp_path):
    write(tmp_path, getprop=PROPS, battery=b"")

    assert inspect(tmp_path).missing("battery").reason == EMPTY


def test_no_folder_an_empty_one_and_a_strange_one_are_refused(tmp_path):
    with pytest.raises(CaptureNotFound):
        inspect(tmp_path / "nowhere")
    with pytest.raises(NotACapture):
        inspect(tmp_path)
    write(tmp_path, shopping="milk and bread\n")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8")
    with pytest.raises(NotACapture):
        inspect(tmp_path)


def test_an_index_of_another_kind_does_no_harm(tmp_path):
    write(tmp_path, getprop=PROPS)
    for index in ("not json", "[]", '{"parts": 7}', '{"parts": [{"name": "getprop"}]}', "[" * 9999):
        (tmp_path / "capture.json").write_text(index)

        assert inspect(tmp_path).identity.serial == "A1"


def spoken(script):
    mark = re.search(r"K=(\w+)", script)[1]
    answers = {"getprop": (PROPS, 0), "battery": (BATTERY, 0), "trust": ("Trust manager", 124)}
    return "".join(
        f"{mark}<{name}\n{text}\n{mark}>{name} {status}\n"
        for name, (text, status) in answers.items()
    )


def test_what_was_captured_is_understood_as_the_visit_was(tmp_path, time_machine):
    time_machine.move_to(1795383927, tick=False)
    phone = FakePhone({"K=": spoken})

    assert inspect(capture(phone, tmp_path)) == probe(phone).facts


def test_how_a_part_ended_is_remembered(tmp_path):
    capture(FakePhone({"K=": spoken}), tmp_path)

    assert inspect(tmp_path).missing("trust").reason == TIMED_OUT


def test_a_file_that_was_edited_afterwards_is_named(tmp_path):
    capture(FakePhone({"K=": spoken}), tmp_path)
    write(tmp_path, battery=BATTERY.replace("44", "99"))

    assert inspect(tmp_path).missing("battery").reason == CHANGED


def test_the_facts_of_a_folder_are_plain_json(tmp_path):
    write(tmp_path, getprop=PROPS)

    wire = json.loads(inspect(tmp_path).model_dump_json())

    assert wire["os"]["skin"] == "coloros"
    assert wire["integrity"]["bootloader_locked"] is None
    assert {"part", "reason"} <= wire["gaps"][0].keys()
