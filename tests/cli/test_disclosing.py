"""Two people show one value, at the command line."""

import pytest

from cli.exits import CONFLICT, NOT_ALLOWED


@pytest.fixture
def two(workfleet):
    """Give a server where Qian approves what the founder asks to see."""
    workfleet.run("device", "add", "R58M123ABC")
    workfleet.run(
        *("credential", "adopt", "WF-0001", "--reason", "told", "--from-stdin"), typed="402917"
    )
    workfleet.run("access", "set", "--approval")
    workfleet.let_in("qian", role="security", password="correct horse battery")
    return workfleet


def mine(workfleet, *words, **given):
    return workfleet.say("--profile", "local", *words, **given)


def test_a_value_is_asked_for_approved_and_seen_once(two):
    words = ("--profile", "local", "credential", "disclose", "WF-0001", "--reason", "locked out")
    assert "credential request WF-0001" in two.refusal(*words, expect=NOT_ALLOWED)

    mine(two, "credential", "request", "WF-0001", "--reason", "locked out", "--ticket", "T-17")
    [asked] = two.json("--profile", "qian", "credential", "requests")["items"]
    two.say("--profile", "qian", "credential", "approve", asked["id"], "--note", "checked")

    assert "402917" in mine(two, "credential", "view", asked["id"])
    again = ("--profile", "local", "credential", "view", asked["id"])
    assert "viewed" in two.refusal(*again, expect=CONFLICT)


def test_a_request_is_denied_or_withdrawn(two):
    mine(two, "credential", "request", "WF-0001", "--reason", "locked out")
    [asked] = two.json("--profile", "qian", "credential", "requests")["items"]
    assert "Denied" in two.say(
        "--profile", "qian", "credential", "deny", asked["id"], "--note", "no need"
    )

    made = two.json("--profile", "local", "credential", "request", "WF-0001", "--reason", "again")
    assert "withdrawn" in mine(two, "credential", "withdraw", made["id"])
