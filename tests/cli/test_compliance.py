"""`workfleet compliance`: what a person reads of rules, phones and terms, and sets."""

import json

import pytest

from cli.exits import CONFLICT, INVALID, NOT_FOUND, USAGE
from fleet.compliance.judging import note_visits
from fleet.contracts.clock import now
from fleet.custody.issuing import issue
from fleet.devices.noting import Visited
from tests.cli.conftest import Workfleet
from tests.factories import Make
from tests.fleet.compliance.seen import OTHER, WELL, facts

WIRELESS = WELL["debugging"].model_copy(update={"wireless": True})


@pytest.fixture
def desk(workfleet: Workfleet) -> Workfleet:
    """Give a desk with one phone, which a visit saw with wireless debugging on."""
    house = workfleet.app.extensions["workfleet"]
    with house.sessions.begin() as session:
        make = Make(session)
        holder = make.employee(department=make.department(code="SALES", name="Sales"))
        phone = make.device(tag="WF-0001")
        issue(session, to=holder, devices=[phone], actor=make.actor())
        seen = facts(sims=(), debugging=WIRELESS)
        phone.facts, phone.facts_digest = seen.model_dump(mode="json"), "0" * 64
        phone.last_seen_at, phone.present = now(), True
        note_visits(session, house.tools, [Visited(phone, seen, now())])
    return workfleet


@pytest.fixture
def number(desk: Workfleet) -> str:
    [found] = desk.json("finding", "list", "--rule", "wireless_debugging")["items"]
    return found["number"]


def test_a_department_and_a_phone_can_be_looked_at(desk: Workfleet) -> None:
    assert "Sales" in desk.say("compliance", "status")
    assert "1 phones; 0 of 100" in desk.say("compliance", "status")
    on_phone = desk.say("compliance", "status", "--device", "WF-0001")
    assert "wireless debugging open" in on_phone
    assert desk.json("compliance", "status")["company"]["phones"] == 1


def test_a_rule_is_explained_with_what_to_do(desk: Workfleet) -> None:
    said = desk.say("compliance", "explain", "wireless_debugging", "--device", "WF-0001")

    assert "BROKEN" in said
    assert "Switch it off in the developer options" in said
    patch = desk.say("compliance", "explain", "patch_old", "--device", "WF-0001")
    assert "patch_days = 180" in patch
    desk.refusal("compliance", "explain", "no_rule", "--device", "WF-0001", expect=INVALID)
    desk.refusal("compliance", "explain", "rooted", "--device", "WF-9", expect=NOT_FOUND)


def test_a_finding_is_waived_and_counts_again(desk: Workfleet, number: str) -> None:
    why = ("--reason", "at the bench until then")
    soon = f"{now().year + 1}-01-01"

    assert "does not count until" in desk.say("compliance", "waive", number, "--until", soon, *why)
    shown = desk.say("finding", "show", number)
    assert "at the bench until then" in shown
    assert len(desk.json("finding", "list", "--state", "waived")["items"]) == 1
    assert "counts again" in desk.say("compliance", "unwaive", number, *why)
    desk.refusal("compliance", "unwaive", number, *why, expect=CONFLICT)


def test_a_waiver_has_an_end(desk: Workfleet, number: str) -> None:
    late = ("--until", "2999-01-01", "--reason", "for ever")

    assert "within a year" in desk.refusal("compliance", "waive", number, *late, expect=INVALID)


def test_terms_are_tried_before_they_are_set(desk: Workfleet, tmp_path) -> None:
    file = tmp_path / "terms.toml"
    file.write_text(f'forbidden = ["{OTHER.package}"]\n[rules.wireless_debugging]\non = false\n')
    words = ("compliance", "policy", "apply", str(file), "--department", "SALES")
    why = ("--reason", "agreed with the council")

    said = desk.say(*words, *why, "--dry-run")
    assert "app_forbidden" in said
    assert "WF-0001" in said
    assert "dry run" in said
    assert desk.json("compliance", "policy", "list")["items"] == []

    assert "--yes" in desk.run(*words, *why, expect=USAGE).stderr
    assert desk.json("compliance", "policy", "list")["items"] == []
    said = desk.say(*words, *why, "--yes")
    assert "These become the terms of SALES." in said
    assert "Set, from" in said
    shown = desk.json("compliance", "policy", "show", "--department", "SALES")
    assert shown["terms"]["forbidden"] == [OTHER.package]
    assert "are the same" in desk.say(
        "compliance", "policy", "diff", str(file), "--department", "SALES"
    )
    assert '+  "forbidden"' in desk.say("compliance", "policy", "diff", str(file))


def test_terms_are_edited_in_an_editor(desk: Workfleet, monkeypatch) -> None:
    monkeypatch.setattr("click.edit", lambda text, **_how: json.dumps({"patch_days": 90}))

    assert "Set, from" in desk.say("compliance", "policy", "edit", "--reason", "agreed", "--yes")
    assert desk.json("compliance", "policy", "show")["terms"]["patch_days"] == 90
    monkeypatch.setattr("click.edit", lambda text, **_how: text)
    assert "Nothing was changed" in desk.say("compliance", "policy", "edit", "--reason", "again")


@pytest.mark.parametrize("text", ["= no toml", "{no json", "patch_day = 3\n", "patch_days = 0\n"])
def test_a_file_that_is_no_document_is_refused_in_one_line(desk: Workfleet, tmp_path, text) -> None:
    file = tmp_path / "terms.toml"
    file.write_text(text)

    words = ("compliance", "policy", "apply", str(file), "--reason", "agreed")
    desk.refusal(*words, expect=INVALID)


def test_rules_days_and_clauses_are_listed(desk: Workfleet) -> None:
    assert "bootloader_unlocked" in desk.say("compliance", "rules")
    assert len(desk.json("compliance", "trend", "--days", "7")["items"]) == 7
    clauses = {one["clause"]: one for one in desk.json("compliance", "coverage")["items"]}
    assert clauses["A7"]["met"] == "enforced"
    assert "wechat_cloned" in clauses["A2"]["rules"]
