import hashlib
import json
import re

import pytest

from agents.phone.capture import CaptureFolderInUse, capture
from agents.phone.errors import CommandTimedOut
from agents.phone.fake import FakePhone

PROPS = "[ro.product.brand]: [OPPO]\r\n[gsm.sim.operator.alpha]: [中国移动]\r\n".encode()


def answered(script):
    mark = re.search(r"K=(\w+)", script)[1].encode()
    return mark + b"<getprop\n" + PROPS + b"\n" + mark + b">getprop 3\n"


@pytest.fixture
def phone():
    return FakePhone({"K=": answered}, serial="127.0.0.1:5555")


def test_every_answer_is_kept_as_it_came(phone, tmp_path):
    folder = capture(phone, tmp_path / "new" / "visit")

    assert (folder / "getprop.txt").read_bytes() == PROPS


def test_the_index_says_what_was_asked_and_how_it_ended(phone, tmp_path):
    index = json.loads((capture(phone, tmp_path) / "capture.json").read_text())

    (part,) = index["parts"]
    assert (part["name"], part["status"], part["bytes"]) == ("getprop", 3, len(PROPS))
    assert part["sha256"] == hashlib.sha256(PROPS).hexdigest()
    assert part["command"] == "t getprop"
    assert (index["transport"], index["taken_at"][:2]) == ("127.0.0.1:5555", "20")


def test_a_folder_with_other_files_is_left_alone(phone, tmp_path):
    (tmp_path / "holiday.jpg").write_bytes(b"x")

    with pytest.raises(CaptureFolderInUse):
        capture(phone, tmp_path)

    assert phone.asked == []


def test_a_file_in_the_folders_place_is_left_alone(phone, tmp_path):
    (tmp_path / "visit").write_bytes(b"x")

    with pytest.raises(CaptureFolderInUse):
        capture(phone, tmp_path / "visit")


def test_a_visit_that_fails_leaves_no_folder(tmp_path):
    hanging = FakePhone({"K=": CommandTimedOut("A", "K=…", 90)})

    with pytest.raises(CommandTimedOut):
        capture(hanging, tmp_path / "visit")

    assert not (tmp_path / "visit").exists()
