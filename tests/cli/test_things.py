"""Phones, SIMs and accounts from the command line: said, corrected, given up."""

import pytest

from cli.exits import CONFLICT, INVALID, NOT_FOUND
from tests.cli.conftest import Workfleet

NUMBER, ICCID = "13800138000", "89860012345678901234"


@pytest.fixture
def desk(workfleet: Workfleet) -> Workfleet:
    workfleet.say("department", "add", "S", "--name", "Sales")
    workfleet.say("employee", "add", "E1", "--name", "Ann", "--department", "S")
    workfleet.say("employee", "add", "E2", "--name", "Ben", "--department", "S")
    workfleet.say("sim", "add", NUMBER, "--iccid", ICCID, "--owner-kind", "company")
    return workfleet


def test_a_phone_is_entered_and_corrected(desk: Workfleet) -> None:
    desk.say("device", "add", "R58M123ABC", "--colour", "black 256GB", "--owner", "E1", "--shared")

    edit = ("device", "edit", "WF-0001", "--condition", "new", "--clear", "owner")
    looked = desk.say(*edit, "--dry-run")
    assert "condition: — → new" in looked
    assert "dry run" in looked
    assert desk.json("device", "show", "WF-0001")["condition"] is None
    said = desk.say(*edit)

    assert "condition: — → new" in said
    assert "owner: Ann (E1) → —" in said
    assert "Nothing was different" in desk.say("device", "edit", "WF-0001", "--condition", "new")
    shown = desk.say("device", "show", "WF-0001")
    assert "black 256GB" in shown
    assert "Main user" in shown
    assert "WF-0001" in desk.say("device", "list", "--shared")
    assert "nothing" in desk.refusal("device", "edit", "WF-0001", expect=INVALID).lower()


def test_what_went_out_beside_phones_is_listed(desk: Workfleet) -> None:
    desk.say("device", "add", "R58M123ABC")
    desk.say("issue", "--to", "E1", "--device", "WF-0001", "--with", "charger:2")

    assert "WF-0001" in desk.say("accessory", "handed-out", "--where", "with_holder")
    assert "No accessory fits" in desk.say("accessory", "handed-out", "--where", "missing")
    [one] = desk.json("accessory", "handed-out", "--holder", "E1")["items"]
    assert (one["word"], one["count"], one["out"]) == ("charger", 2, 2)


def test_a_look_at_an_issue_refuses_what_would_be_refused(desk: Workfleet) -> None:
    desk.say("device", "add", "R58M123ABC")
    desk.say("account", "add", "wx-1", "--registrant", "Cid")
    out = ("issue", "--to", "E1", "--device", "WF-0001", "--account", "wx-1", "--dry-run")

    looked = desk.run(*out)
    assert "dry run" in looked.stdout
    assert "Cid" in looked.stderr
    assert [one["name"] for one in desk.json(*out)["holdings"]] == ["WF-0001", "wx-1"]
    assert desk.json("device", "show", "WF-0001")["state"] == "in_stock"
    desk.say("issue", "--to", "E2", "--device", "WF-0001")
    assert "Ben" in desk.run(*out, expect=CONFLICT).stderr
    unknown = ("issue", "--to", "E1", "--account", "wx-1", "--dry-run", "--to", "E9")
    assert "E9" in desk.run(*unknown, expect=NOT_FOUND).stderr


def test_a_number_rests_and_an_exception_is_given_with_its_reason(desk: Workfleet) -> None:
    desk.say("issue", "--to", "E1", "--sim", NUMBER)
    desk.say("sim", "return", NUMBER)

    assert NUMBER in desk.say("sim", "list", "--quarantined")
    refused = desk.run("issue", "--to", "E2", "--sim", NUMBER, expect=CONFLICT)
    assert "rests until" in refused.stderr
    desk.say("issue", "--to", "E2", "--sim", NUMBER, "--exception", "the same desk")
    assert desk.json("sim", "show", NUMBER)["holder"]["number"] == "E2"


def test_a_number_is_cancelled_when_nothing_is_bound_to_it(desk: Workfleet) -> None:
    desk.say("account", "add", "wx-1", "--number", NUMBER, "--real-name", "--contacts", "214")

    assert "wx-1" in desk.run("sim", "give-up", NUMBER, "--reason", "unused").stderr
    cancel = ("sim", "cancel", NUMBER, "--reason", "销户", "--yes")
    assert "wx-1" in desk.refusal(*cancel, "--dry-run", expect=CONFLICT)
    assert "wx-1" in desk.refusal(*cancel, expect=CONFLICT)
    assert "number:" in desk.say("account", "edit", "wx-1", "--clear", "number", "--no-real-name")
    assert "for good" in desk.say(*cancel, "--dry-run")
    assert desk.json("sim", "show", NUMBER)["state"] == "to_be_cancelled"
    desk.say(*cancel)

    assert desk.json("sim", "show", NUMBER)["state"] == "cancelled"
    assert desk.json("account", "list", "--real-name", "no")["items"][0]["contacts"] == 214


def test_a_number_goes_on_on_another_card(desk: Workfleet) -> None:
    new = ("sim", "new-card", NUMBER, "--iccid", "89860012345678905678", "--reason", "broken")

    assert "89860012345678905678" in desk.say(*new, "--dry-run")
    assert desk.json("sim", "show", NUMBER)["iccid"] == ICCID
    desk.run(*new, expect=2)  # nobody is at a terminal
    desk.say(*new, "--yes")

    assert desk.json("sim", "show", NUMBER)["iccid"] == "89860012345678905678"


def test_how_long_numbers_rest_is_shown_and_set(desk: Workfleet) -> None:
    assert "90" in desk.say("sim", "policy")
    desk.say("sim", "policy", "--days", "30", "--reason", "the carrier waits longer")

    assert desk.json("sim", "policy")["quarantine_days"] == 30


def test_things_are_retired_after_a_look(desk: Workfleet) -> None:
    desk.say("device", "add", "R58M123ABC")
    desk.say("account", "add", "wx-1")

    desk.say("device", "repair", "WF-0001", "--reason", "glass")
    desk.say("device", "repaired", "WF-0001", "--reason", "glass")
    assert "in stock" in desk.say("device", "retire", "WF-0001", "--reason", "old", "--dry-run")
    desk.say("device", "retire", "WF-0001", "--reason", "old", "--yes")
    desk.say("account", "deregister", "wx-1", "--reason", "old", "--dry-run")
    desk.say("account", "deregister", "wx-1", "--reason", "old", "--yes")
    for again in (("device", "retire", "WF-0001"), ("account", "deregister", "wx-1")):
        desk.refusal(*again, "--reason", "old", "--dry-run", expect=CONFLICT)

    assert desk.json("device", "show", "WF-0001")["state"] == "retired"
    assert desk.json("account", "show", "wx-1")["state"] == "deregistered"


def test_a_phone_that_is_not_empty_comes_back_out_of_stock(desk: Workfleet) -> None:
    desk.say("device", "add", "R58M123ABC")
    unstock = ("device", "unstock", "WF-0001", "--reason", "photographs of somebody")
    assert "device unstock WF-0001" in desk.say("device", "wiping", "WF-0001")

    assert "by its gate" in desk.say(*unstock, "--dry-run")
    assert desk.json("device", "show", "WF-0001")["state"] == "in_stock"
    desk.say(*unstock, "--yes")

    assert desk.json("device", "show", "WF-0001")["state"] == "returning"
    assert "backup" in desk.json("gate", "WF-0001")["open"]
    desk.refusal(*unstock, "--dry-run", expect=CONFLICT)


def test_a_record_is_deleted_after_a_look_and_restored(desk: Workfleet) -> None:
    desk.say("device", "add", "R58M123ABC")
    delete = ("device", "delete", "WF-0001", "--reason", "entered twice")

    assert "recycle bin" in desk.say(*delete, "--dry-run")
    assert "WF-0001" in desk.say("device", "list")
    number = desk.json(*delete, "--yes")["number"]
    assert "WF-0001" not in desk.say("device", "list")
    assert number in desk.say("bin", "list", "--kind", "device")
    assert "entered twice" in desk.say("bin", "show", number)

    restore = ("bin", "restore", number, "--reason", "a mistake")
    desk.say(*restore, "--dry-run")
    assert "WF-0001" not in desk.say("device", "list")
    desk.say(*restore, "--yes")

    assert "WF-0001" in desk.say("device", "list")
    assert "empty" in desk.say("bin", "list")
    assert number in desk.run("bin", "show", number, expect=NOT_FOUND).stderr


def test_who_holds_something_stays_in_the_register(desk: Workfleet) -> None:
    desk.say("issue", "--to", "E1", "--sim", NUMBER)

    words = ("employee", "delete", "E1", "--reason", "left", "--yes")
    assert NUMBER in desk.run(*words, expect=CONFLICT).stderr


def test_two_records_become_one_and_are_parted(desk: Workfleet) -> None:
    desk.say("issue", "--to", "E1", "--sim", NUMBER)
    merge = ("employee", "merge", "E1", "--into", "E2", "--reason", "one person")

    assert "holdings: 1" in desk.say(*merge, "--dry-run")
    number = desk.json(*merge, "--yes")["number"]
    assert desk.json("employee", "show", "E1")["number"] == "E2"
    assert desk.json("sim", "show", NUMBER)["holder"]["number"] == "E2"
    desk.say("bin", "restore", number, "--reason", "two people", "--yes")

    assert desk.json("sim", "show", NUMBER)["holder"]["number"] == "E1"


def test_what_is_purged_is_gone(desk: Workfleet) -> None:
    number = (
        desk.json("department", "add", "D2", "--name", "Two")
        and desk.json("department", "delete", "D2", "--reason", "a typing error", "--yes")["number"]
    )

    purge = ("bin", "purge", number, "--reason", "clean")
    assert "never" in desk.say(*purge, "--dry-run")
    desk.say(*purge, "--yes")

    assert "empty" in desk.say("bin", "list")


@pytest.mark.parametrize(
    "words",
    [
        ("sim", "add", "13800138001", "--iccid", "8986"),
        ("sim", "add", "no number", "--iccid", "89860012345678901235"),
        ("sim", "new-card", NUMBER, "--iccid", "89 86", "--reason", "worn out"),
        ("device", "add", "R58M123ABC", "--imei", "490154203237519"),
    ],
)
def test_a_number_that_cannot_be_one_is_refused_as_in_a_file(
    desk: Workfleet, words: tuple[str, ...]
) -> None:
    said = desk.refusal(*words, expect=INVALID)

    assert "This is no" in said or "check digit" in said
    assert words[4] not in said  # a number may be somebody's


def test_a_number_is_kept_without_what_people_write_between_its_digits(desk: Workfleet) -> None:
    desk.say("sim", "add", "138-0013 8001", "--iccid", "8986 0012 3456 7890 1235")

    assert desk.json("sim", "show", "13800138001")["iccid"] == "89860012345678901235"


@pytest.mark.parametrize("noun", ["device", "sim", "account", "station"])
def test_a_state_that_there_is_not_is_refused_and_no_empty_list(desk: Workfleet, noun: str) -> None:
    said = desk.refusal(noun, "list", "--state", "blub", expect=INVALID)

    assert "There is no state blub here. → There are these: " in said


@pytest.mark.parametrize("register", ["phones", "sims", "accounts"])
def test_an_export_of_a_state_that_there_is_not_is_refused_before_its_first_byte(
    desk: Workfleet, register: str, tmp_path
) -> None:
    file = tmp_path / "out.csv"

    said = desk.refusal("export", register, str(file), "--state", "blub", expect=INVALID)

    assert "There is no state blub here" in said
    assert not file.exists()
