"""`workfleet policy`, what is due by it, and the codes of SIMs, at the command line."""

import csv
import io

import pytest

from cli.exits import CONFLICT, INVALID

SIM = "13800002231"


@pytest.fixture
def desk(workfleet):
    """Give a server with a phone whose PIN somebody knows, and a SIM."""
    workfleet.run("department", "add", "D-1", "--name", "Sales")
    workfleet.run("device", "add", "R58M123ABC")
    workfleet.run("sim", "add", SIM, "--iccid", "89860000000000000011")
    told = ("--reason", "told", "--from-stdin")
    workfleet.run("credential", "adopt", "WF-0001", *told, typed="735184")
    return workfleet


def strict(workfleet, *words, **given):
    said = ("--kind", "device_pin", "--reason", "we are targets", *words)
    return workfleet.say("policy", "set", *said, **given)


def test_a_policy_says_how_many_values_it_leaves(desk):
    assert "779,493 (19.6 bits)" in desk.say("policy", "show", "--kind", "device_pin")
    assert "at least" in strict(desk, "--length", "16", "--dry-run")
    assert "none is drawn" in desk.say("policy", "show", "--kind", "sim_puk")


def test_a_dry_run_says_what_falls_due_when_and_sets_nothing(desk):
    said = strict(desk, "--disclosure-hours", "1", "--quiet", "22:00-06:30", "--dry-run")

    assert "It applies to 1 values" in said
    assert "in 7 days: 1 → 1" in said
    assert "dry run" in said
    assert "Nobody has set one" in desk.say("policy", "list")


def test_a_policy_is_listed_as_it_was_is_and_will_be(desk):
    strict(desk, "--length", "8", "--department", "D-1")
    strict(desk, "--length", "9", "--from", "2099-01-01")

    assert [one["length"] for one in desk.json("policy", "list")["items"]] == [8]
    later = desk.json("policy", "show", "--kind", "device_pin", "--at", "2099-01-02")
    assert later["length"] == 9
    rows = csv.DictReader(io.StringIO(desk.say("policy", "list", "--history", "-o", "csv")))
    assert sorted(row["length"] for row in rows) == ["8", "9"]


def test_sets_are_named_one_by_one_or_emptied(desk):
    strict(desk, "--forbid", "runs", "--forbid", "keypad", "--due-on", "nothing")

    shown = desk.json("policy", "show", "--kind", "device_pin")
    assert (shown["patterns"], shown["events"]) == (["keypad", "runs"], [])


def test_hours_that_no_clock_shows_are_refused(desk):
    words = ("--kind", "device_pin", "--reason", "so", "--quiet", "25:00")
    assert "quiet_from" in desk.refusal("policy", "set", *words, expect=INVALID)


def test_what_is_due_is_shown_counted_and_planned(desk):
    assert "soon due" in desk.say("rotation", "due")
    assert "PIN 1" in desk.say("rotation", "calendar", "--weeks", "1")
    said = desk.say("rotation", "forecast")
    assert "Next 30 days: 1 phones, 0 accounts, — station-hours." in said
    assert "no visit was made yet" in said
    assert "Nothing is due." in desk.say("rotation", "plan")


def test_a_disclosed_pin_is_planned_in_parts(desk):
    strict(desk, "--disclosure-hours", "0")
    desk.run("credential", "disclose", "WF-0001", "--reason", "locked out")

    dry = desk.say("rotation", "plan", "--dry-run")
    assert "New PIN: 19.6 bits each." in dry
    assert desk.json("rotation", "plan", "--most", "1", "--by", "station")["planned"] == 1

    [one] = desk.json("rotation", "history", "WF-0001")["items"]
    assert (one["asked"], one["state"]) == ("due", "planned")
    assert desk.json("rotation", "due")["items"] == []


def test_the_puk_of_a_sim_is_kept_and_shown(desk):
    told = ("--kind", "sim_puk", "--reason", "card", "--from-stdin")
    said = desk.say("credential", "adopt", SIM, *told, typed="12345678")
    assert "No station changes it" in said

    look = ("--kind", "sim_puk", "--reason", "blocked")
    assert "12345678" in desk.say("credential", "disclose", SIM, *look)
    desk.refusal("credential", "adopt", SIM, *told[:4], expect=INVALID)


def test_a_sim_is_rotated_by_no_station(desk):
    assert "sim_pin" in desk.refusal("rotate", SIM, expect=CONFLICT)
