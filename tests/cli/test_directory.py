"""The company's list of its people from the command line: proposed, looked at, decided."""

from pathlib import Path

import pytest

from tests.cli.conftest import Workfleet
from tests.fleet.registers.conftest import as_csv

HEADERS = ["工号", "姓名", "部门", "岗位", "离职日期"]


@pytest.fixture
def company(workfleet: Workfleet, tmp_path: Path) -> Path:
    workfleet.say("department", "add", "S", "--name", "销售部")
    workfleet.say("department", "add", "T", "--name", "技术部")
    for number, name in (("E1", "王芳"), ("E2", "李雷")):
        workfleet.say("employee", "add", number, "--name", name, "--department", "S")
    file = tmp_path / "employees.csv"
    rows = [HEADERS, ["E1", "王芳", "技术部", "", ""], ["E9", "林晓", "S", "经理", ""]]
    file.write_bytes(as_csv(rows))
    return file


def test_a_list_is_looked_at_handed_in_and_decided_about(
    workfleet: Workfleet, company: Path
) -> None:
    looked = workfleet.say("directory", "sync", company, "--dry-run")
    assert "Nothing was stored." in looked
    assert workfleet.json("directory", "proposals")["items"] == []
    workfleet.run("directory", "sync", company, expect=2)

    assert "3 proposed" in workfleet.say("directory", "sync", company, "--yes")

    listed = workfleet.say("directory", "proposals")
    assert "林晓 (E9)" in listed
    assert "department: S → T" in listed
    workfleet.run("directory", "accept", "--kind", "joiner", "--all", "--yes")
    assert "林晓" in workfleet.say("employee", "show", "E9")
    [mover] = workfleet.json("directory", "proposals", "--kind", "mover")["items"]
    workfleet.say("directory", "accept", mover["number"], "--yes")
    shown = workfleet.say("employee", "show", "E1")
    assert "Posts before" in shown
    workfleet.say("directory", "accept", "--kind", "leaver", "--all", "--by", "2099-01-31", "--yes")
    assert "李雷" in workfleet.say("leaving", "list")
    assert "0 proposed, 0 withdrawn" in workfleet.say("directory", "sync", company, "--yes")


def test_a_proposal_is_dismissed_with_a_reason(workfleet: Workfleet, company: Path) -> None:
    workfleet.say("directory", "sync", company, "--yes")
    dry = ("directory", "dismiss", "--kind", "leaver", "--all", "--reason", "a slip", "--dry-run")

    assert "Nothing was changed" in workfleet.say(*dry)
    workfleet.say(*dry[:-1], "--yes")

    [one] = workfleet.json("directory", "proposals", "--state", "dismissed")["items"]
    assert (one["employee"], one["reason"]) == ("E2", "a slip")
    assert "1 were dismissed" in workfleet.say("directory", "sync", company, "--dry-run")


def test_what_cannot_be_done_is_told_and_waits(workfleet: Workfleet, company: Path) -> None:
    workfleet.say("directory", "sync", company, "--yes")
    workfleet.say("employee", "add", "E9", "--name", "林晓", "--department", "T")

    said = workfleet.say("directory", "accept", "--kind", "joiner", "--all", "--yes", expect=4)

    assert "There is an employee E9 already." in said
    assert len(workfleet.json("directory", "proposals", "--kind", "joiner")["items"]) == 1


def test_what_is_named_half_is_refused(workfleet: Workfleet, company: Path) -> None:
    for words in ((), ("--all",), ("--kind", "joiner"), ("DP-1", "--all", "--kind", "joiner")):
        workfleet.run("directory", "accept", *words, "--yes", expect=2)
    assert "DP-9" in workfleet.refusal("directory", "accept", "DP-9", "--yes", expect=3)


def test_a_list_with_a_wrong_row_is_told_row_by_row(workfleet: Workfleet, company: Path) -> None:
    company.write_bytes(as_csv([HEADERS, ["E1", "王芳", "nowhere", "", ""]]))

    said = workfleet.say("directory", "sync", company, "--yes", expect=5)

    assert "nowhere" in said
    assert "1 rows in, 1 refused." in said


def test_a_crowd_that_would_leave_is_told_before(workfleet: Workfleet, company: Path) -> None:
    for number in range(10, 20):
        workfleet.say("employee", "add", f"E{number}", "--name", "人", "--department", "S")

    looked = workfleet.run("directory", "sync", company, "--dry-run")
    assert "11 of 12 would leave" in looked.stderr
    assert "11 of 12" in workfleet.run("directory", "sync", company, "--yes", expect=4).stderr
    allowed = ("--allow-leavers", "11")
    assert "13 proposed" in workfleet.say("directory", "sync", company, *allowed, "--yes")
