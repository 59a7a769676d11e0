"""PINs and passwords: they go in unseen, and come out by `disclose` alone."""

from pathlib import Path

import pytest

from cli.exits import CONFLICT, INVALID, NOT_FOUND
from tests.cli.conftest import Workfleet

PIN = "730516"


@pytest.fixture
def vault(workfleet: Workfleet) -> Workfleet:
    workfleet.say("device", "add", "SER-1")
    workfleet.say("account", "add", "wx-1")
    workfleet.say(
        "credential", "adopt", "WF-0001", "--reason", "told", "--from-stdin", typed=f"{PIN}\n"
    )
    return workfleet


def test_an_adopted_value_is_nowhere_but_in_disclose(vault: Workfleet) -> None:
    looked = [
        vault.say("credential", "list"),
        vault.say("-o", "json", "credential", "list"),
        vault.say("-o", "csv", "credential", "list"),
        vault.say("device", "show", "WF-0001", "-o", "json"),
        vault.say("audit", "tail", "-n", "100", "-o", "json"),
        str(vault.log),
    ]

    assert not [text for text in looked if PIN in text]
    assert (
        vault.say("credential", "disclose", "WF-0001", "--reason", "locked out").splitlines()[0]
        == PIN
    )


def test_a_disclosure_is_recorded_with_its_reason(vault: Workfleet) -> None:
    vault.json("credential", "disclose", "WF-0001", "--reason", "locked out of it")

    trail = vault.say("audit", "tail", "--subject", "WF-0001")
    assert "disclosed" in trail
    assert "locked out of it" in trail


def test_a_reason_has_to_be_given(vault: Workfleet) -> None:
    vault.refusal("credential", "disclose", "WF-0001", expect=INVALID)
    said = vault.refusal("credential", "disclose", "WF-0001", "--reason", "x", expect=INVALID)
    assert "reason" in said


def test_a_value_can_come_from_a_file(vault: Workfleet, tmp_path: Path) -> None:
    (tmp_path / "value").write_text("Sommer-Regen-42\nnot this line\n")

    vault.say(
        "credential", "adopt", "wx-1", "--reason", "told", "--from-file", str(tmp_path / "value")
    )

    shown = vault.json("credential", "disclose", "wx-1", "--reason", "to log in")
    assert shown["value"] == "Sommer-Regen-42"


def test_a_value_is_no_argument(vault: Workfleet) -> None:
    vault.run("credential", "adopt", "WF-0001", PIN, "--reason", "told", expect=2)


def test_nothing_is_adopted_from_nobody(vault: Workfleet) -> None:
    vault.refusal("credential", "adopt", "WF-0001", "--reason", "told", expect=INVALID)


def test_what_is_unknown_has_no_credential(vault: Workfleet) -> None:
    vault.refusal("credential", "disclose", "nobody", "--reason", "why not", expect=NOT_FOUND)


def test_a_rotation_asked_for_twice_happens_once(vault: Workfleet) -> None:
    first = vault.json("rotate", "WF-0001", "--reason", "due")
    again = vault.run("rotate", "WF-0001", "--reason", "due")

    assert "under way already" in again.stderr
    assert first["id"] in again.stdout
    assert len(vault.json("rotation", "list", "--subject", "WF-0001")["items"]) == 1
    assert "planned" in vault.say("rotation", "show", first["id"])
    assert vault.json("job", "list", "--device", "WF-0001")["items"][0]["kind"] == "rotate_pin"


def test_a_dry_run_of_a_rotation_plans_nothing(vault: Workfleet) -> None:
    assert "dry run" in vault.say("rotate", "WF-0001", "--dry-run")
    assert "No change fits." in vault.say("rotation", "list")


def test_a_password_change_is_guided_and_confirmed_by_a_person(vault: Workfleet) -> None:
    guided = vault.say("rotate", "wx-1", "--reason", "return")
    assert "  1. " in guided
    vault.refusal("rotate", "wx-1", "--confirm", "done with her", expect=CONFLICT)

    vault.say("credential", "disclose", "wx-1", "--pending", "--reason", "to type it")
    confirmed = vault.say("rotate", "wx-1", "--confirm", "done with her")

    assert "declared" in confirmed
    assert vault.json("account", "show", "wx-1")["password"] == "declared"


def test_nothing_can_be_confirmed_where_nothing_is_under_way(vault: Workfleet) -> None:
    vault.refusal("rotate", "wx-1", "--confirm", "done", expect=NOT_FOUND)


def test_what_is_due_is_shown_and_planned(vault: Workfleet) -> None:
    vault.say("credential", "disclose", "WF-0001", "--reason", "locked out")

    assert "Nothing is due." in vault.say("rotation", "run", "--due", "--dry-run")
    vault.say("rotation", "run", "--due")
    assert "Nothing is unproven." in vault.say("rotation", "show", "--unproven")


def test_a_waiting_job_can_be_cancelled(vault: Workfleet) -> None:
    vault.say("rotate", "WF-0001")
    [job] = vault.json("job", "list")["items"]

    assert "cancelled" in vault.say("job", "cancel", job["id"])
    vault.refusal("job", "cancel", job["id"], expect=CONFLICT)
