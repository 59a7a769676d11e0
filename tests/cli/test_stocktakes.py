"""`workfleet stocktake`: what a person types from the scope to the last difference."""

import pytest

from cli.exits import CONFLICT, INVALID, NOT_ALLOWED, NOT_FOUND, NOT_SO, USAGE
from tests.cli.conftest import Workfleet
from tests.factories import Make


@pytest.fixture
def desk(workfleet: Workfleet) -> Workfleet:
    with workfleet.app.extensions["workfleet"].sessions.begin() as session:
        for tag in ("WF-0001", "WF-0002", "WF-0003"):
            Make(session).device(tag=tag, serial=f"S-{tag}")
    return workfleet


@pytest.fixture
def number(desk: Workfleet) -> str:
    return desk.json("stocktake", "start", "--scope", "all")["number"]


def test_a_dry_run_tells_and_begins_nothing(desk):
    words = ("--scope", "state:in_stock", "--sample", "2", "--dry-run")

    assert "2 things to find, of 3 in this scope." in desk.say("stocktake", "start", *words)
    assert desk.json("stocktake", "list")["items"] == []


def test_a_word_that_is_no_scope_is_refused(desk):
    desk.run("stocktake", "start", "--scope", "floor:3", expect=USAGE)
    desk.run("stocktake", "start", "--scope", "department:NONE", expect=NOT_FOUND)
    desk.run("stocktake", "start", "--scope", "state:broken", expect=INVALID)


def test_tags_are_counted_from_arguments_and_a_file(desk, number, tmp_path):
    desk.run("stocktake", "count", number, "WF-0001")
    file = tmp_path / "tags.txt"
    file.write_text("\ufeffwf-0002\n\nWF-9999\n", "utf-8")

    told = desk.say("stocktake", "count", number, "--file", str(file), "--scanned", expect=NOT_SO)

    assert "Found 2 of 3." in told
    found = desk.json("stocktake", "items", number, "--how", "scan")["items"]
    assert {one["name"] for one in found} == {"WF-0002", "WF-9999"}


def test_a_scanner_at_standard_input_is_answered_line_by_line(desk, number):
    told = desk.say("stocktake", "count", number, "--file", "-", typed="WF-0001\nWF-0002\n")

    assert told.index("Found 1 of 3.") < told.index("Found 2 of 3.")


def test_nothing_to_count_is_a_usage_error(desk, number):
    desk.run("stocktake", "count", number, expect=USAGE)


def test_what_closing_means_is_said_first(desk, number):
    desk.run("stocktake", "count", number, "WF-0001")

    assert "2 will be missing" in desk.say("stocktake", "close", number, "--dry-run")
    desk.run("stocktake", "close", number, expect=USAGE)  # nobody is there to say yes
    closed = desk.json("stocktake", "close", number, "--yes")

    assert (closed["state"], closed["counts"]["missing"]) == ("closed", 2)
    desk.run("stocktake", "count", number, "WF-0002", expect=CONFLICT)


def test_a_difference_is_a_task_until_something_became_of_it(desk, number):
    desk.run("stocktake", "close", number, "--yes")
    waiting = ("stocktake", "differences", "--waiting")
    assert len(desk.json(*waiting)["items"]) == 3

    wrong = ("stocktake", "resolve", number, "WF-0001", "--as", "struck_off", "--note", "sold")
    desk.run(*wrong, expect=CONFLICT)
    right = ("stocktake", "resolve", number, "WF-0001", "--as", "found_later", "--note", "in a bag")
    assert "WF-0001" in desk.say(*right)

    assert len(desk.json(*waiting)["items"]) == 2


def test_a_sample_can_be_drawn_again_by_anybody(desk):
    number = desk.json("stocktake", "plan", "--sample", "2")["number"]
    seed = desk.json("stocktake", "show", number)["seed"]
    desk.run("stocktake", "begin", number)

    assert "The sample is the one that its seed draws." in desk.say("stocktake", "verify", number)
    assert seed in desk.say("stocktake", "show", number)


def test_whoever_closed_it_does_not_sign_it(desk, number):
    desk.run("stocktake", "close", number, "--yes")

    words = ("stocktake", "sign", number, "--yes")
    assert "another person signs it" in desk.run(*words, expect=NOT_ALLOWED).stderr


def test_one_that_is_given_up_says_why(desk, number):
    desk.run("stocktake", "cancel", number, "--reason", "the wrong day", "--yes")

    assert "the wrong day" in desk.say("stocktake", "show", number)
