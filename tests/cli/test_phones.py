"""Commands that need neither a server nor a phone."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from cli.exits import INVALID, NOT_ALLOWED, NOT_FOUND, USAGE

Anywhere = Callable[..., Result]
GETPROP = """[ro.product.brand]: [Xiaomi]
[ro.product.model]: [23127PN0CC]
[ro.serialno]: [3f8a61d2]
[ro.build.version.release]: [15]
[ro.build.version.sdk]: [35]
"""


@pytest.fixture
def visit(tmp_path: Path) -> Path:
    (tmp_path / "visit").mkdir()
    (tmp_path / "visit/getprop.txt").write_text(GETPROP)
    return tmp_path / "visit"


def test_a_folder_of_answers_is_understood(anywhere: Anywhere, visit: Path) -> None:
    facts = json.loads(anywhere("phone", "inspect", visit, "--json").stdout)

    assert facts["identity"]["model"] == "23127PN0CC"
    assert facts["gaps"]


def test_what_is_not_known_is_named_for_a_person(anywhere: Anywhere, visit: Path) -> None:
    shown = anywhere("phone", "inspect", visit).stdout

    assert "23127PN0CC" in shown
    assert "Not known" in shown


def test_facts_come_as_csv_too(anywhere: Anywhere, visit: Path) -> None:
    assert "identity_model" in anywhere("phone", "inspect", visit, "-o", "csv").stdout


@pytest.mark.parametrize(("name", "code"), [("nowhere", NOT_FOUND), ("empty", INVALID)])
def test_what_is_no_recording_is_refused(
    anywhere: Anywhere, tmp_path: Path, name: str, code: int
) -> None:
    (tmp_path / "empty").mkdir()

    assert anywhere("phone", "inspect", tmp_path / name).exit_code == code


def test_kinds_of_virtual_phones_are_listed(anywhere: Anywhere) -> None:
    assert "xiaomi-14-hyperos" in anywhere("handset", "list").stdout
    assert "no-op-set-pin" in json.loads(anywhere("-o", "json", "handset", "list").stdout)["faults"]


def test_an_unknown_kind_of_phone_is_refused(anywhere: Anywhere) -> None:
    assert anywhere("handset", "run", "--profile", "nokia-3310").exit_code == NOT_FOUND


def test_an_agent_without_a_station_is_refused(anywhere: Anywhere) -> None:
    done = anywhere("agent", "run")

    assert done.exit_code == NOT_FOUND
    assert "station enroll" in done.stderr


@pytest.mark.parametrize(
    "words",
    [("pair", "10.0.0.1:37123"), ("connect", "10.0.0.1:5555"), ("forget", "x"), ("phones",)],
)
def test_phones_without_a_cable_belong_to_a_station(
    anywhere: Anywhere, words: tuple[str, ...]
) -> None:
    assert "station enroll" in anywhere("agent", *words).stderr


def test_an_adb_server_is_named_by_an_address(anywhere: Anywhere) -> None:
    assert anywhere("agent", "run", "--adb", "hub", "--adb-port", "5037").exit_code == USAGE
    assert "with a port" in anywhere("agent", "pair", "10.0.0.1").stderr


def test_without_a_server_the_way_to_one_is_said(anywhere: Anywhere) -> None:
    done = anywhere("device", "list")

    assert done.exit_code == NOT_ALLOWED
    assert "workfleet login --server URL" in done.stderr
