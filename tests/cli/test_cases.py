"""What a person types about cases, against the real application."""

from pathlib import Path

import pytest

from cli.exits import CONFLICT, INVALID, NOT_FOUND, USAGE
from tests.cli.conftest import Workfleet

BY = "2027-01-31"


@pytest.fixture
def desk(workfleet: Workfleet, monkeypatch: pytest.MonkeyPatch) -> Workfleet:
    """Give a desk with two departments, and one of three employees who holds things."""
    monkeypatch.setenv("WORKFLEET_PROFILE", "local")  # another login would make its own the usual
    run = workfleet.say
    run("department", "add", "SALES", "--name", "Sales")
    run("department", "add", "EAST", "--name", "East")
    for number, name in (("E1", "王芳"), ("E2", "陈浩"), ("E3", "周敏")):
        run("employee", "add", number, "--name", name, "--department", "SALES")
    for serial in ("8A7X0123", "8A7X0124"):
        run("device", "add", serial)
    run("sim", "add", "13900008810", "--iccid", "89860000000000088107")
    run("account", "add", "wx-1", "--department", "SALES", "--registrant", "赵敏")
    run("account", "add", "wecom-1", "--kind", "wecom")
    things = ("--device", "WF-0001", "--sim", "13900008810", "--account", "wx-1")
    run("issue", "--to", "E1", *things, "--account", "wecom-1", "--registrant-seen", "--yes")
    return workfleet


def the_case(desk: Workfleet) -> str:
    [one] = desk.json("case", "list", "--state", "open")["items"]
    return one["number"]


def test_a_leaving_is_led_to_its_end(desk: Workfleet) -> None:
    plan = desk.say("offboard", "E1", "--by", BY, "--plan")
    assert "never backed up" in plan
    assert "minutes at a station" in plan
    assert "If nothing is done: " in plan
    desk.say("offboard", "E1", "--by", BY, "--successor", "E2", "--yes")
    number = the_case(desk)

    assert "workfleet rotate wx-1" in desk.say("case", "next", number)
    ticked = desk.refusal("case", "do", number, "1", "--note", "changed", expect=INVALID)
    assert "workfleet rotate" in ticked
    customers = next(
        step["number"]
        for step in desk.json("case", "show", number)["steps"]
        if step["kind"] == "customers"
    )
    assert "is done" in desk.say("case", "do", number, str(customers), "--note", "all 12 of them")
    assert "case.step_done" in desk.say("case", "history", number)
    desk.say("case", "cancel", number, "--reason", "she stays", "--yes")
    desk.say("case", "reopen", number, "--reason", "she goes")
    history = desk.say("case", "history", number)
    assert "case.reopened" in history
    assert "[" not in history
    assert desk.refusal("case", "show", "LV-1999-001", expect=NOT_FOUND)


def test_a_leaving_is_taken_back(desk: Workfleet) -> None:
    desk.say("offboard", "E1", "--by", BY, "--yes")
    number = the_case(desk)

    foreseen = desk.say("case", "cancel", number, "--reason", "he stays", "--dry-run")
    assert "WF-0001 stays with 王芳" in foreseen
    desk.run("case", "cancel", number, "--reason", "he stays", expect=USAGE)
    desk.say("case", "cancel", number, "--reason", "he stays", "--yes")

    assert desk.json("employee", "show", "E1")["status"] == "active"
    assert desk.json("device", "show", "WF-0001")["state"] == "issued"
    desk.say("case", "reopen", number, "--reason", "he leaves after all")
    assert desk.json("employee", "show", "E1")["status"] == "leaving"
    desk.refusal("case", "cancel", "LV-1999-001", "--reason", "gone", "--yes", expect=NOT_FOUND)


def test_a_waiver_is_asked_for_and_given(desk: Workfleet) -> None:
    desk.say("offboard", "E1", "--by", BY, "--yes")
    number = the_case(desk)
    desk.let_in("liu", role="operator", password="a long password of his own")
    asks = ("--profile", "liu", "case", "waive", number, "4", "--reason", "burnt phone")
    assert "asked for" in desk.say(*asks, "--ask")

    assert "burnt phone" in desk.say("task", "list", "--kind", "waiver")
    assert "waivers asked for" in desk.say("today")
    desk.say("case", "waive", number, "4", "--reason", "seen by two", "--yes")

    assert "waived by" in desk.say("case", "show", number)


def test_many_leave_by_one_file(desk: Workfleet, tmp_path: Path) -> None:
    file = tmp_path / "leavers.csv"
    file.write_text("工号,离职日期,接替人工号\nE1,2027-01-31,E3\nE2,2027-01-31,\nE9,2027-01-31,\n")

    refused = desk.run("offboard", "--file", str(file), "--yes", expect=CONFLICT)
    assert "E9" in refused.stdout
    assert desk.json("case", "list")["items"] == []
    done = desk.run("offboard", "--file", str(file), "--each", "--yes", expect=CONFLICT)
    assert "2 cases are open; 1 refused" in done.stdout
    again = desk.json("offboard", "--file", str(file), "--each", "--dry-run", expect=CONFLICT)

    assert [row["state"] for row in again["rows"]] == ["known", "known", "refused"]
    assert "station" in desk.say("case", "blocked")
    assert "420" in desk.say("case", "capacity")
    file.write_text("工号,离职日期\nE9,2027-01-31\nE1,someday\n")
    wrong = desk.run("offboard", "--file", str(file), "--dry-run", expect=INVALID).stdout
    assert "E9" in wrong
    assert "This is no day." in wrong
    file.write_text("工号,离职日期\nE1,someday\n")
    alone = desk.run("offboard", "--file", str(file), "--yes", expect=INVALID).stdout
    assert "This is no day." in alone
    file.write_text("工号\n")
    desk.run("offboard", "--file", str(file), "--plan", expect=INVALID)
    file.write_text("name\nAnn\n")
    desk.refusal("offboard", "--file", str(file), expect=INVALID)
    desk.run("offboard", expect=USAGE)


def test_people_move_join_and_swap(desk: Workfleet) -> None:
    plan = desk.say("transfer", "E1", "--to", "EAST", "--plan")
    assert "wx-1" in plan
    desk.say("transfer", "E1", "--to", "EAST", "--successor", "E2", "--yes")
    desk.refusal("offboard", "E1", "--yes", expect=CONFLICT)
    desk.say("join", "E3", "--no-sim", "--yes")
    desk.say("swap", "WF-0001", "--for", "WF-0002", "--reason", "broken screen", "--yes")

    kinds = {one["kind"] for one in desk.json("case", "list")["items"]}
    assert kinds == {"transfer", "joining", "swap"}
    said = desk.say("today")
    assert "1 transfer" in said
    assert "steps of cases ← workfleet task list" in said


def test_an_account_is_handed_on_by_three(desk: Workfleet) -> None:
    given = ("case", "reassign", "wx-1", "--to", "E2", "--by", BY, "--witness", "E3")
    assert "赵敏" in desk.refusal(*given, "--yes", expect=INVALID)

    desk.say(*given, "--registrant-seen", "--yes")

    assert "WeChat's terms" in desk.say("case", "show", the_case(desk))
    assert "1 handing on" in desk.say("today")


def test_a_loss_has_a_case(desk: Workfleet) -> None:
    desk.say("incident", "report", "stolen", "WF-0001")

    said = desk.say("case", "show", the_case(desk))

    assert "Report the theft to the police" in said
    assert "mark it lost: WF-0001" in said


def test_an_account_tells_who_could_read_it(desk: Workfleet) -> None:
    said = desk.say("account", "history", "wx-1")
    assert "王芳 (E1)" in said
    assert "was not known to the company" in said

    assert desk.json("account", "history", "wx-1", "--on", "2020-01-01")["readers"] == []


def test_what_happens_if_nothing_is_done_is_set(desk: Workfleet) -> None:
    given = ("case", "ladder", "set", "--kind", "leaving", "--reason", "our own rule")
    desk.run(*given, "--rung", "soon", expect=USAGE)
    desk.refusal(*given, expect=INVALID)
    desk.say(*given, "--rung", "10:head", "--dry-run")
    assert desk.json("case", "ladder", "list")["items"] == []

    desk.say(*given, "--rung", "10:head")

    assert "10:head" in desk.say("case", "ladder", "list")
    assert "head of the department" in desk.say("offboard", "E1", "--by", BY, "--plan")
