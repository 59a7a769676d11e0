"""Photographs on the command line: with the issue of a phone, and afterwards."""

from pathlib import Path

import pytest

from cli.exits import CONFLICT, INVALID, NOT_FOUND
from tests.cli.conftest import Workfleet
from tests.photographs import JPEG


@pytest.fixture
def desk(workfleet: Workfleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workfleet:
    """Give a desk in a folder of its own, with two phones and a photograph of each."""
    monkeypatch.chdir(tmp_path)
    workfleet.say("department", "add", "SALES", "--name", "华东销售部")
    workfleet.say("employee", "add", "E1037", "--name", "王芳", "--department", "SALES")
    for number in ("1", "2"):
        workfleet.say("device", "add", f"SER-{number}")
        Path(f"{number}.jpg").write_bytes(JPEG + number.encode())
    return workfleet


def test_a_phone_goes_out_and_comes_back_with_photographs(desk: Workfleet) -> None:
    said = desk.say("issue", "--to", "E1037", "WF-0001", "--photo", "1.jpg", "--photo", "2.jpg")
    assert "1.jpg is kept as PH-" in said
    desk.say("return", "WF-0001")
    Path("back.jpg").write_bytes(JPEG)
    desk.say("photo", "attach", "WF-0001", "back.jpg", "--note", "a crack")

    lines = desk.json("photo", "list", "--device", "WF-0001", "--sort", "number")["items"]
    assert [one["taken"] for one in lines] == ["handed_out", "handed_out", "given_back"]
    number = lines[-1]["number"]
    assert "a crack" in desk.say("photo", "show", number)
    desk.say("photo", "fetch", number, "--to", "copy.jpg")
    assert Path("copy.jpg").read_bytes() == JPEG
    desk.refusal("photo", "fetch", number, "--to", "copy.jpg", expect=CONFLICT)
    desk.refusal("photo", "show", "PH-2026-99999", expect=NOT_FOUND)


def test_nothing_goes_out_with_a_photograph_that_cannot_be_kept(desk: Workfleet) -> None:
    Path("empty.jpg").write_bytes(b"")
    issue = ("issue", "--to", "E1037", "WF-0001")

    desk.refusal(*issue, "--photo", "empty.jpg", expect=INVALID)
    desk.refusal(*issue, "WF-0002", "--photo", "1.jpg", expect=INVALID)
    desk.refusal("photo", "attach", "WF-0001", "1.jpg", expect=CONFLICT)
    assert [one["state"] for one in desk.json("device", "list")["items"]] == ["in_stock"] * 2
