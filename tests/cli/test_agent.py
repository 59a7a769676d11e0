"""`workfleet agent doctor` and `service`: looking and showing, where nothing is and as nobody."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from cli.exits import CONFLICT, INVALID, NOT_ALLOWED, NOT_FOUND, NOT_SO, USAGE
from tests.ports import free_port

Anywhere = Callable[..., Result]


def test_the_doctor_looks_at_everything_where_nothing_is(anywhere: Anywhere) -> None:
    done = anywhere("agent", "doctor", "--adb", f"127.0.0.1:{free_port()}")

    assert done.exit_code == NOT_SO, done.output
    assert "station enroll" in done.stdout
    assert done.stderr == ""


def test_the_doctor_answers_programs_too(anywhere: Anywhere) -> None:
    at = ("--adb", f"127.0.0.1:{free_port()}")
    found = json.loads(anywhere("agent", "doctor", *at, "--json").stdout)

    assert {"part", "state", "sentence", "advice"} == set(found[0])
    assert {one["state"] for one in found} <= {"ok", "attention", "broken"}
    assert found[0].keys() == json.loads(anywhere("-o", "json", "agent", "doctor").stdout)[0].keys()
    assert "sentence" in anywhere("agent", "doctor", *at, "-o", "csv").stdout


@pytest.mark.parametrize("address", ["5037", "host:", ":5037", "host:0", "host:70000", "host:x"])
def test_what_is_no_address_of_an_adb_server_is_refused(anywhere: Anywhere, address: str) -> None:
    assert anywhere("agent", "doctor", "--adb", address).exit_code == INVALID


def test_the_unit_is_shown_as_a_file_to_be_kept(anywhere: Anywhere, folders: Path) -> None:
    shown = anywhere("agent", "service", "--home", folders / "bench", "--adb-port", "5038").stdout

    path = folders / "workfleet-station.service"
    path.write_text(shown)
    assert f"--home {folders}/bench --adb-port 5038" in shown
    verified = subprocess.run(["systemd-analyze", "verify", "--man=no", path], check=False)
    assert verified.returncode == 0


def test_a_dry_run_shows_every_step_and_takes_none(anywhere: Anywhere, folders: Path) -> None:
    shown = anywhere("agent", "service", "--install", "--dry-run", "--user", "root").stdout

    assert "write /etc/systemd/system/workfleet-station.service" in shown
    assert "Nothing was changed" in shown
    assert not Path("/etc/systemd/system/workfleet-station.service").exists()


def test_nobody_but_root_installs(anywhere: Anywhere, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    done = anywhere("agent", "service", "--install", "--yes", "--user", "root")

    assert done.exit_code == NOT_ALLOWED
    assert "sudo" in done.stderr


def test_a_service_that_is_not_there_is_not_removed(anywhere: Anywhere) -> None:
    assert anywhere("agent", "service", "--remove", "--yes").exit_code == NOT_FOUND


def test_a_machine_without_systemd_is_told_where_to_look(
    anywhere: Anywhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")

    done = anywhere("agent", "service", "--install", "--yes")

    assert done.exit_code == CONFLICT
    assert "docs/stations.md" in done.stderr


def test_installing_and_removing_at_once_is_refused(anywhere: Anywhere) -> None:
    assert anywhere("agent", "service", "--install", "--remove").exit_code == USAGE
