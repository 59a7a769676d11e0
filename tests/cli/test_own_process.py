"""Commands beside the database, each in a process of its own that has loaded nothing before."""

import subprocess
import sys
from pathlib import Path

import pytest

from cli.exits import OK

ROOT = Path(__file__).parents[2]


@pytest.fixture
def alone(workfleet):
    """Give a runner of commands on a server whose vault knows one PIN."""
    workfleet.run("device", "add", "R58M123ABC")
    workfleet.run(
        *("credential", "adopt", "WF-0001", "--reason", "told", "--from-stdin"), typed="402917"
    )

    def run(*words, typed=""):
        command = [sys.executable, "-m", "cli", "--lang", "en", *words]
        done = subprocess.run(
            command, cwd=ROOT, input=typed, capture_output=True, text=True, check=False, timeout=90
        )
        assert done.returncode == OK, (words, done.stdout, done.stderr)
        return done.stdout

    return run


def test_every_secret_is_found_and_wrapped_anew(alone):
    assert "All 1 secrets open." in alone("vault", "check")
    assert "and 1 secrets wrapped" in alone("vault", "rekey", "--dry-run")

    assert "1 secrets are wrapped" in alone("vault", "rekey", "--yes")
    assert "All 1 secrets open." in alone("vault", "check")


def test_the_account_for_the_safe_is_sealed(alone):
    assert "User name break-glass" in alone("server", "break-glass", "--yes")


def test_a_forgotten_password_is_replaced(alone):
    typed = "nine brave otters\nnine brave otters\n"
    said = alone("server", "set-password", "liuyang", "--password-stdin", typed=typed)

    assert "has a new password" in said


def test_the_tables_are_looked_at_and_found_new(alone):
    assert "newest revision" in alone("server", "upgrade")
