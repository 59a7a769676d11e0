"""Escrow keys and openings at the command line, by two people."""

import pyrage
import pytest

from cli.exits import INVALID, NOT_ALLOWED, NOT_FOUND

PAPER = pyrage.x25519.Identity.generate()
RECIPIENT = str(PAPER.to_public())
KEPT = ("--kept-by", "Zhao", "--kept-with", "Wu", "--kept-at", "bank", "--reason", "a fire")


@pytest.fixture
def two(workfleet):
    """Give a server where the founder asks and Qian confirms; each in a profile."""
    workfleet.run("device", "add", "R58M123ABC")
    workfleet.let_in("qian", role="security", password="correct horse battery")
    return workfleet


def mine(two, *words, **given):
    return two.run("--profile", "local", *words, **given).output


def hers(two, *words, **given):
    return two.run("--profile", "qian", *words, **given).output


def added(two) -> str:
    said = mine(two, "escrow", "add", "paper", RECIPIENT, *KEPT, "--yes")
    assert "waits for another person" in said
    return two.say("escrow", "fingerprint", RECIPIENT).strip()


def test_a_key_is_added_confirmed_listed_and_told_of(two):
    fingerprint = added(two)
    assert "ALARM    paper waits" in mine(two, "today")

    hers(two, "escrow", "confirm", "paper", "--fingerprint", fingerprint, "--note", "compared")

    listed = two.json("escrow", "list", "--all")["items"]
    assert {one["name"]: one["state"] for one in listed} == {
        "paper": "active",
        "settings-1": "active",
    }
    assert "Zhao + Wu" in mine(two, "escrow", "list")
    assert fingerprint in mine(two, "escrow", "show", "paper")
    assert "ALARM    paper opens every backup now" in mine(two, "today")


def test_another_fingerprint_than_that_of_the_paper_confirms_nothing(two):
    added(two)
    words = ("escrow", "confirm", "paper", "--fingerprint", "12345 67890", "--note", "compared")

    assert "not that of paper" in hers(two, *words, expect=INVALID)
    assert "Denied" in hers(two, "escrow", "deny", "paper", "--note", "somebody else's key")


def test_a_private_key_is_refused_before_it_travels_and_not_said_again(two):
    for words in (
        ("escrow", "add", "paper", str(PAPER), *KEPT),
        ("escrow", "fingerprint", str(PAPER)),
    ):
        said = mine(two, *words, expect=INVALID)
        assert "burnt" in said
        assert str(PAPER) not in said
    assert two.json("escrow", "list")["items"] == []


def test_a_dry_run_asks_for_nothing_and_retires_nothing(two):
    mine(two, "escrow", "add", "paper", RECIPIENT, *KEPT, "--dry-run")
    hers(two, "escrow", "show", "paper", expect=NOT_FOUND)

    fingerprint = added(two)
    hers(two, "escrow", "confirm", "paper", "--fingerprint", fingerprint, "--note", "compared")
    assert "paper" in mine(two, "escrow", "retire", "settings-1", "--dry-run")
    mine(two, "escrow", "retire", "settings-1", "--reason", "moved", "--yes")
    assert two.json("escrow", "show", "settings-1")["state"] == "retired"


def test_an_opening_is_asked_for_decided_and_listed(two):
    number = two.json("--profile", "local", "backup", "run", "WF-0001")["number"]
    ask = ("opening", "request", number, "--purpose", "legal", "--reason", "a court")
    assert "workfleet opening approve OP-" in mine(two, *ask, "--path", "DCIM/*")
    [asked] = two.json("opening", "list", "--state", "requested")["items"]

    approve = ("opening", "approve", asked["number"], "--note", "agreed")
    mine(two, *approve, expect=NOT_ALLOWED)
    assert f"may open {number}" in hers(two, *approve)

    assert "DCIM/*" in mine(two, "opening", "show", asked["number"])
    assert "closed" in mine(two, "opening", "close", asked["number"])
    csv = two.say("-o", "csv", "opening", "list", "--all")
    assert asked["number"] in csv


def test_without_a_second_person_in_the_policy_it_is_open_at_once(two):
    mine(two, "access", "set", "--no-opening-approval", "--opening-hours", "2")
    number = two.json("--profile", "local", "backup", "run", "WF-0001")["number"]

    ask = ("opening", "request", number, "--purpose", "drill", "--reason", "to try")
    assert "open for you until" in mine(two, *ask)
