"""How accounts are named, from the command line."""

from pathlib import Path

import pytest

from tests.cli.conftest import Workfleet


@pytest.fixture
def company(workfleet: Workfleet) -> Workfleet:
    workfleet.say("department", "add", "S", "--name", "Sales")
    workfleet.say("employee", "add", "E1", "--name", "Fang", "--department", "S")
    workfleet.say("account", "add", "wx-1", "--nickname", "Xiao", "--department", "S")
    return workfleet


def test_a_rule_is_looked_at_set_and_shown(company: Workfleet) -> None:
    rule = ("--template", "{company}-{dept}-{name}", "--company", "Acme", "--reason", "clause A4")
    looked = company.say("naming", "set", *rule, "--most", "30", "--dry-run")
    assert "Nothing was changed" in looked
    company.refusal("naming", "show", expect=3)

    assert "1 are named otherwise" in company.say("naming", "set", *rule, "--most", "30")

    assert "{company}-{dept}-{name}" in company.say("naming", "show", "--department", "S")
    assert "clause A4" in company.say("naming", "list")
    company.refusal("naming", "set", "--template", "{dept}", "--reason", "x x", expect=5)


def test_what_deviates_is_found_agreed_on_and_done(company: Workfleet, tmp_path: Path) -> None:
    company.say("naming", "set", "--template", "{dept}-{name}", "--reason", "clause A4")
    issued = company.say("issue", "--to", "E1", "--account", "wx-1", "--registrant-seen")
    assert "Sales-Fang" in issued
    assert "not as the template says" in company.say("naming", "check", "wx-1", expect=9)
    assert "Sales-Fang" in company.say("naming", "propose", "wx-1")

    [found] = company.json("naming", "deviations")["items"]
    assert found["proposed"] == "Sales-Fang"
    company.refusal("naming", "done", found["number"], expect=4)
    company.say("naming", "accept", found["number"])
    picture = tmp_path / "screen.png"
    picture.write_bytes(b"a picture")
    said = company.say("naming", "done", found["number"], "--picture", picture)

    assert "wx-1 is called Sales-Fang (observed)." in said
    assert company.json("account", "show", "wx-1")["nickname"] == "Sales-Fang"
    assert "Every account is named" in company.say("naming", "deviations")
    assert "is named as it should be" in company.say("naming", "propose", "wx-1")
    assert company.json("naming", "check", "wx-1")["faults"] == []


def test_a_rule_that_refuses_keeps_an_account_out(company: Workfleet) -> None:
    company.say("naming", "set", "--template", "desk{seq}", "--refuse", "--reason", "clause A4")

    said = company.refusal("account", "add", "wx-2", "--nickname", "Wang", expect=5)

    assert "desk{seq}" in said
    assert "desk01" in said
