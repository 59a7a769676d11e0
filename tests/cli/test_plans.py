"""`workfleet plan`, and `backup sheet` and `backup chat-history`, at the command line."""

import json

import pytest

from cli.exits import CONFLICT, INVALID, NOT_ALLOWED, NOT_FOUND
from fleet.contracts.custody import CheckName
from fleet.contracts.gate_words import NAMES
from tests.cli.conftest import Workfleet


@pytest.fixture
def desk(workfleet: Workfleet) -> Workfleet:
    """Give a server with a phone, and a second person beside the founder."""
    workfleet.say("device", "add", "SER-1")
    workfleet.let_in("ben", role="operator", password="a long one of his own")
    return workfleet


def test_what_comes_with_the_product_is_listed_and_shown(workfleet):
    listed = workfleet.json("plan", "list", "--maker", "honor")["items"]
    assert [one["name"] for one in listed] == ["huawei"]

    shown = workfleet.say("plan", "show", "people")
    assert "content://sms" in shown
    assert "not taken" in shown
    workfleet.refusal("plan", "show", "horoscope", expect=NOT_FOUND)


def test_a_plan_is_changed_by_what_it_was_shown_as_and_the_difference_is_shown(workfleet, tmp_path):
    shown = workfleet.json("plan", "show", "people")
    shown["plan"]["sources"][2]["on"] = True
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(shown), "utf-8")
    words = ("plan", "edit", "people", "--file", str(file), "--reason", "agreed with the council")

    assert '+      "on": true' in workfleet.say("plan", "diff", "people", "--file", str(file))
    assert "dry run" in workfleet.say(*words, "--dry-run")
    assert "version 2" in workfleet.say(*words)
    lines = workfleet.json("plan", "diff", "people")["lines"]
    assert [line for line in lines if line[0] in "+-" and line[1] == " "] == [
        '-      "on": false,',
        '+      "on": true,',
    ]
    assert "are the same" in workfleet.say("plan", "diff", "people", "--from", "2")


@pytest.mark.parametrize("text", ["= no toml", "{no json", 'title = "x"\n'])
def test_a_file_that_is_no_plan_is_refused_in_one_line(workfleet, tmp_path, text):
    file = tmp_path / "bad"
    file.write_text(text)

    workfleet.refusal(
        "plan", "edit", "our-crm", "--file", str(file), "--reason", "test", expect=INVALID
    )


def test_a_phone_says_what_would_be_taken(desk):
    shown = desk.say("plan", "dry-run", "WF-0001")

    assert "storage 1" in shown
    assert "the phone's own" in shown


def test_two_people_say_that_the_chats_are_in_an_archive(desk):
    words = ("backup", "chat-history")
    desk.say(*words, "declare", "WF-0001", "--how", "vendor-clone", "--note", "at the desk")
    desk.refusal(*words, "declare", "WF-0001", "--note", "and again", expect=CONFLICT)
    desk.refusal(*words, "witness", "WF-0001", expect=NOT_ALLOWED)
    desk.say("--profile", "local", *words, "witness", "WF-0001")

    shown = desk.say(*words, "show", "WF-0001")
    assert "at the desk" in shown
    assert "none was found" in shown


def test_every_check_of_the_gate_has_a_name():
    assert set(NAMES) == set(CheckName)
