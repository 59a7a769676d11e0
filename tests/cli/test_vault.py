"""Keys are exchanged at the machine of the server, and nothing is lost on the way."""

import os
import re
import subprocess
import sys

import pytest

from cli.exits import CONFLICT, NOT_SO


@pytest.fixture
def opened(workfleet):
    """Give a server whose vault knows one PIN."""
    workfleet.run("device", "add", "R58M123ABC")
    workfleet.run(
        *("credential", "adopt", "WF-0001", "--reason", "told", "--from-stdin"), typed="402917"
    )
    return workfleet


def key_file(workfleet):
    return workfleet.home / "keys" / "key-encryption.key"


def settled(workfleet):
    """Let the key file be as old as it is when nobody can be using the keys of before."""
    os.utime(key_file(workfleet), (1, 1))


def test_a_new_key_is_added_and_everything_opens_with_it(opened):
    said = opened.say("vault", "rekey", "--yes")

    assert "Every secret opens with" in said
    assert len(key_file(opened).read_text().split()) == 2
    assert "All 1 secrets open." in opened.say("vault", "check")
    value = opened.json("credential", "disclose", "WF-0001", "--reason", "to look")["value"]
    assert value == "402917"


def test_a_dry_run_adds_nothing(opened):
    assert "would be added" in opened.say("vault", "rekey", "--dry-run")
    assert len(key_file(opened).read_text().split()) == 1


def test_a_key_that_nothing_needs_is_removed_when_it_has_settled(opened):
    opened.run("vault", "rekey", "--yes")

    assert "younger than" in opened.refusal("vault", "rekey", "--retire-old", expect=CONFLICT)

    settled(opened)
    assert "One key is left" in opened.say("vault", "rekey", "--retire-old", "--yes")
    assert len(key_file(opened).read_text().split()) == 1
    assert "All 1 secrets open." in opened.say("vault", "check")


def test_a_key_that_something_needs_stays(opened):
    lines = key_file(opened).read_text()
    key_file(opened).write_text(lines + "A" * 43 + "=\n")
    settled(opened)

    refusal = opened.refusal("vault", "rekey", "--retire-old", expect=CONFLICT)

    assert re.search("1 secrets still open with the key", refusal)


def test_what_does_not_open_is_named(opened):
    key_file(opened).write_text("A" * 43 + "=\n")

    said = opened.say("vault", "check", expect=NOT_SO)

    assert "its key is missing" in said


def test_a_server_can_seal_with_sm4(workfleet, tmp_path):
    workfleet.run("server", "init", "--home", str(tmp_path / "sm4"), "--cipher", "sm4-gcm")

    assert "sm4-gcm" in workfleet.run("server", "doctor", "--home", str(tmp_path / "sm4")).output


def test_a_command_of_its_own_process_knows_every_sealed_text(opened):
    """Here everything is imported already; whoever types the command begins with nothing."""
    command = [sys.executable, "-m", "cli", "--lang", "en", "vault", "check", "--home"]
    done = subprocess.run([*command, opened.home], capture_output=True, text=True, check=True)

    assert "All 1 secrets open." in done.stdout
