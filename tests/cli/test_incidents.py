"""An employee reports in one line at night; the desk does what is left, and closes it."""

import csv
import io

import pytest

from cli.exits import CONFLICT, INVALID, NOT_ALLOWED, NOT_FOUND
from tests.cli.conftest import Workfleet

NUMBER, ICCID, HANDLE = "13900008810", "89860000000000088107", "wx-sales-07"
ANN = ("--profile", "ann")


@pytest.fixture
def desk(workfleet: Workfleet, monkeypatch: pytest.MonkeyPatch) -> Workfleet:
    """Give a desk where Ann holds a phone with a SIM and an account, and may log in."""
    monkeypatch.setenv("WORKFLEET_PROFILE", "local")  # Ann's login would make hers the usual one
    run = workfleet.say
    run("department", "add", "SALES", "--name", "Sales")
    run("employee", "add", "E1037", "--name", "Ann", "--department", "SALES")
    run("device", "add", "SER-1")
    run("sim", "add", NUMBER, "--iccid", ICCID)
    run("account", "add", HANDLE)
    run("issue", "--to", "E1037", "WF-0001", NUMBER, HANDLE, "--yes")
    first, own = "chosen by the desk", "granite-harbour-92-lantern"
    named = ("--name", "Ann", "--role", "employee", "--employee", "E1037")
    run("user", "add", "ann", *named, "--password-stdin", typed=first)
    server = ("--server", "http://127.0.0.1:8640")
    run(*ANN, "login", "--username", "ann", *server, "--password-stdin", typed=first)
    run(*ANN, "password", "--password-stdin", typed=f"{first}\n{own}\n")
    return workfleet


def test_a_report_needs_one_line_and_says_what_follows(desk: Workfleet) -> None:
    said = desk.say(*ANN, "incident", "report", "lost", "--note", "in the taxi")

    assert "IN-" in said
    assert "is open (lost). This follows:" in said
    assert "冻结账号" in said
    assert "10086" in said
    assert desk.json("device", "show", "WF-0001")["state"] == "lost"


def test_a_dry_run_shows_the_same_and_changes_nothing(desk: Workfleet) -> None:
    said = desk.say(*ANN, "incident", "report", "stolen", "--dry-run")

    assert "this would follow" in said
    assert "Nothing was changed" in said
    assert desk.json("incident", "list")["items"] == []
    assert desk.json("device", "show", "WF-0001")["state"] == "issued"


def test_a_second_report_says_that_it_joins(desk: Workfleet) -> None:
    desk.say(*ANN, "incident", "report", "password_leaked", HANDLE)

    said = desk.say("incident", "report", "password_leaked", HANDLE)

    assert "known already as IN-" in said


def test_it_is_closed_once_everything_is_done_or_spared(desk: Workfleet) -> None:
    number = desk.json(*ANN, "incident", "report", "account_abnormal", HANDLE)["number"]
    refusal = desk.refusal("incident", "close", number, "--note", "over", expect=CONFLICT)
    assert "still open" in refusal

    desk.say("account", "freeze", HANDLE, "--reason", number)
    said = desk.say(
        "incident", "measure-done", number, "2", "--note", "it is gone for good", "--not-needed"
    )
    assert "0 still open" in said
    assert "is closed" in desk.say("incident", "close", number, "--note", "over")

    shown = desk.say("incident", "show", number)
    assert "not needed" in shown
    assert "over" in shown


def test_an_employee_notes_and_does_not_close(desk: Workfleet) -> None:
    number = desk.json(*ANN, "incident", "report", "password_leaked", HANDLE)["number"]

    assert "noted" in desk.say(*ANN, "incident", "note", number, "it was on a sticker")
    desk.refusal(*ANN, "incident", "close", number, "--note", "over", expect=NOT_ALLOWED)


def test_what_a_thing_cannot_be_is_said(desk: Workfleet) -> None:
    said = desk.refusal(*ANN, "incident", "report", "account_abnormal", "WF-0001", expect=INVALID)

    assert "cannot be about WF-0001" in said
    desk.refusal("incident", "show", "IN-2000-001", expect=NOT_FOUND)


def test_the_list_narrows_and_goes_into_a_spreadsheet(desk: Workfleet) -> None:
    desk.say(*ANN, "incident", "report", "password_leaked", HANDLE)
    desk.say(*ANN, "incident", "report", "lost")

    rows = csv.DictReader(io.StringIO(desk.say("-o", "csv", "incident", "list", "--all")))
    lost = desk.json("incident", "list", "--kind", "lost")["items"]

    assert [row["kind"] for row in rows] == ["lost", "password_leaked"]
    assert [one["kind"] for one in lost] == ["lost"]
    assert desk.json("incident", "list", "--overdue")["items"] == []


def test_today_and_the_desk_say_that_something_is_open(desk: Workfleet) -> None:
    desk.say(*ANN, "incident", "report", "password_leaked", HANDLE)
    desk.say("device", "add", "SER-2")

    assert "1 incidents · 0 findings" in desk.say("today")
    said = desk.run("issue", "--to", "E1037", "WF-0002", "--yes")
    assert "has an open incident" in said.output


def test_a_card_that_is_out_is_blocked_and_unblocked(desk: Workfleet) -> None:
    assert "with its holder" in desk.say("sim", "suspend", NUMBER, "--reason", "in the taxi")
    desk.refusal("sim", "suspend", NUMBER, "--reason", "again", expect=CONFLICT)

    assert "issued" in desk.say("sim", "resume", NUMBER, "--reason", "under the seat")


def test_a_lost_phone_that_is_found_comes_back_by_its_gate(desk: Workfleet) -> None:
    desk.say(*ANN, "incident", "report", "lost")

    assert "returning" in desk.say("device", "found", "WF-0001", "--reason", "under the seat")
    assert "has an open incident" in desk.say("gate", "WF-0001")


def test_drafts_are_read_by_those_concerned_and_findings_are_not(desk: Workfleet) -> None:
    assert desk.say(*ANN, "violation", "list").strip() == "No violation fits."
    assert desk.say("finding", "list").strip() == "No finding fits."
    desk.refusal(*ANN, "finding", "list", expect=NOT_ALLOWED)
