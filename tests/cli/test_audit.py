"""The trail at the command line: checkpoints kept elsewhere, exports, and what does not fit."""

import csv
import json

import pytest

from cli.exits import INVALID, NOT_SO


@pytest.fixture
def busy(workfleet):
    """Give a server on which a few things have happened."""
    for number in range(3):
        workfleet.run("employee", "add", f"E{number}", "--name", "Ann", "--department", "D1")
    return workfleet


@pytest.fixture(autouse=True)
def department(workfleet):
    workfleet.run("department", "add", "D1", "--name", "=cmd|' /C calc'!A1")


def test_a_checkpoint_kept_elsewhere_agrees_with_the_trail(busy, tmp_path):
    paper = tmp_path / "paper.json"
    busy.run("audit", "checkpoint", "--out", str(paper))
    busy.run("department", "add", "D2", "--name", "East")

    said = busy.say("audit", "verify", "--against", str(paper))

    assert "The trail is whole" in said
    assert "agrees with 1" in said


def test_a_checkpoint_of_another_trail_does_not(busy, tmp_path):
    paper = tmp_path / "paper.json"
    busy.run("audit", "checkpoint", "--out", str(paper))
    other = json.loads(paper.read_text()) | {"hash": "f" * 64}
    (tmp_path / "forged.json").write_text(json.dumps(other))

    assert "signature" in busy.refusal(
        "audit", "verify", "--against", str(tmp_path / "forged.json"), expect=INVALID
    )


def test_an_export_is_followed_without_the_server(busy, tmp_path):
    paper, export = tmp_path / "paper.json", tmp_path / "trail.jsonl"
    busy.run("audit", "checkpoint", "--out", str(paper))
    busy.run("audit", "export", "--out", str(export))

    said = busy.say("audit", "verify", "--file", str(export), "--against", str(paper))

    assert "The trail is whole" in said


@pytest.mark.parametrize("how", ["edited", "removed", "reordered", "cut"])
def test_a_hand_on_an_export_is_found_where_it_was(busy, tmp_path, how):
    paper, export = tmp_path / "paper.json", tmp_path / "trail.jsonl"
    busy.run("audit", "export", "--out", str(export))
    busy.run("audit", "checkpoint", "--out", str(paper))
    lines = export.read_text().splitlines()
    lines = {
        "edited": [*lines[:2], lines[2].replace("workfleet", "nobody"), *lines[3:]],
        "removed": [*lines[:2], *lines[3:]],
        "reordered": [*lines[:2], lines[3], lines[2], *lines[4:]],
        "cut": lines[:2],
    }[how]
    export.write_text("\n".join(lines) + "\n")

    said = busy.say(
        "audit", "verify", "--file", str(export), "--against", str(paper), expect=NOT_SO
    )

    assert "BROKEN at entry 3" in said


def test_nonsense_is_no_export(busy, tmp_path):
    (tmp_path / "x").write_text("{}\n")

    assert "Line 1" in busy.refusal(
        "audit", "verify", "--file", str(tmp_path / "x"), expect=INVALID
    )


def test_a_spreadsheet_of_the_trail_runs_nothing(busy, tmp_path):
    out = tmp_path / "trail.csv"
    busy.run("audit", "export", "--format", "csv", "--out", str(out))

    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))

    assert {"department.added", "employee.added"} <= {row["event"] for row in rows}
    assert not any(value.startswith(("=", "+", "@")) for row in rows for value in row.values())


def test_nothing_young_is_pruned(busy):
    assert "nothing was removed" in busy.say("audit", "prune", "--dry-run")
    assert "180 days" in busy.refusal("audit", "prune", "--before", "2999-01-01", expect=INVALID)
