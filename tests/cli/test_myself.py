"""One's own way in, at the command line."""

import re

import pyotp
import pytest

from cli.exits import CONFLICT, NOT_ALLOWED, USAGE
from fleet.contracts.clock import now

PASSWORD = "correct horse battery"
LOGIN = ("login", "--username", "ann", "--password-stdin", "--server", "http://127.0.0.1:8640")


@pytest.fixture
def ann(workfleet):
    workfleet.let_in("ann", role="operator", password=PASSWORD)
    return workfleet


def admin(workfleet, *words):
    return workfleet.say("--profile", "local", *words)


def mine(workfleet, *words, **given):
    return workfleet.say("--profile", "ann", *words, **given)


def test_a_second_factor_from_the_terminal(ann):
    words = ("--profile", "ann", "second-factor", "set-up", "--code-stdin")
    said = ann.run(*words, typed="000000", expect=NOT_ALLOWED)
    secret = re.search(r"^[A-Z2-7]{32}$", said.stdout, re.MULTILINE).group()
    code = pyotp.TOTP(secret).at(now())

    assert "█" in said.stdout or "▀" in said.stdout
    assert len(code) == 6


def test_sessions_and_tokens_are_listed_and_ended(ann):
    made = ann.json("--profile", "ann", "token", "make", "nightly", "--only", "devices:read")
    assert made["token"].startswith("wf_")
    assert "nightly" in mine(ann, "token", "list")

    assert "ended" in mine(ann, "token", "revoke", made["about"]["id"])
    assert "nightly" not in mine(ann, "token", "list")
    assert "workfleet " in mine(ann, "session", "list")  # with what she logged in
    ann.run("--profile", "other", *LOGIN, typed=PASSWORD)
    assert "1 sessions have ended" in mine(ann, "session", "revoke", "--all")


def test_logging_out_ends_the_session_at_the_server(ann):
    mine(ann, "logout")

    assert ann.json("--profile", "local", "session", "list", "--user", "ann")["items"] == []


def test_the_password_is_changed_with_the_present_one(ann):
    said = mine(ann, "password", "--password-stdin", typed=f"{PASSWORD}\nanother good one\n")

    assert "is changed" in said
    ann.run("--profile", "again", *LOGIN, typed="another good one")


def test_what_is_demanded_of_users_is_shown_and_changed(workfleet):
    assert "60" in workfleet.say("access", "show")
    assert "30" in workfleet.say("access", "set", "--idle-minutes", "30")
    workfleet.run("access", "set", expect=USAGE)
    assert "admin" in workfleet.refusal("access", "set", "--separation", expect=CONFLICT)


def test_a_user_is_shut_out_and_let_in(ann):
    admin(ann, "user", "shut-out", "ann", "--reason", "resigned")
    ann.run("--profile", "ann", "whoami", expect=NOT_ALLOWED)
    admin(ann, "user", "let-in", "ann", "--reason", "came back")
    ann.run("--profile", "ann", *LOGIN, typed=PASSWORD)
    assert "Ann" in mine(ann, "whoami")


def test_roles_are_granted_shown_and_withdrawn(ann):
    admin(ann, "user", "grant", "ann", "auditor", "--reason", "by the board")
    grants = ann.json("--profile", "local", "user", "show", "ann")["items"]
    assert [one["role"] for one in grants] == ["operator", "auditor"]

    admin(ann, "user", "withdraw", grants[1]["id"], "--reason", "the year is over")
    left = ann.json("--profile", "local", "user", "list", "--role", "auditor")["items"]
    assert "ann" not in [one["username"] for one in left]


def test_the_account_in_the_safe_raises_an_alarm(workfleet):
    said = workfleet.say("server", "break-glass", "--yes")
    password = re.search(r"^([A-Z2-9]{5}-){4}[A-Z2-9]{5}$", said, re.MULTILINE).group()

    workfleet.run(
        *("--profile", "safe", "login", "--username", "break-glass", "--password-stdin"),
        *("--server", "http://127.0.0.1:8640"),
        typed=password,
    )

    assert "ALARM" in admin(workfleet, "today")
    admin(workfleet, "user", "acknowledge", "break-glass", "--reason", "a fire drill")
    assert "ALARM" not in admin(workfleet, "today")
