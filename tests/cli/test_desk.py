"""A day at the desk: things are entered, handed out, taken back and handed on."""

import csv
import io
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from click.testing import CliRunner

from api.client import Client
from cli.app import main
from cli.exits import CONFLICT, GATE_OPEN, INVALID, NOT_FOUND, UNAVAILABLE, USAGE
from cli.profiles import read_profiles, write_profiles
from fleet.contracts.clock import now
from fleet.contracts.reports import SummaryOut
from fleet.contracts.stations import JobOut, JobQuery
from fleet.contracts.wire import Page
from tests.cli.conftest import Workfleet

NO_KEYS = {"new": [], "waiting": [], "overdue": [], "single": False, "settings_differ": False}
NUMBER, ICCID, HANDLE = "13900008810", "89860000000000088107", "wx-sales-07"


@pytest.fixture
def desk(workfleet: Workfleet) -> Workfleet:
    """Give a desk with two employees, two phones, a SIM and an account."""
    run = workfleet.say
    run("department", "add", "SALES", "--name", "华东销售部")
    for number, name in (("E1037", "王芳"), ("E2044", "林晓")):
        run("employee", "add", number, "--name", name, "--department", "SALES")
    run(
        "device",
        "add",
        "SER-1",
        "--brand",
        "Xiaomi",
        "--model",
        "23127PN0CC",
        "--name",
        "Xiaomi 14",
    )
    run("device", "add", "SER-2")
    run("sim", "add", NUMBER, "--iccid", ICCID, "--carrier", "中国移动", "--owner", "本公司")
    run("account", "add", HANDLE, "--number", NUMBER, "--registrant", "王芳")
    return workfleet


@pytest.fixture
def issued(desk: Workfleet) -> Workfleet:
    desk.say("issue", "--to", "E1037", "WF-0001", NUMBER, HANDLE, "--yes")
    return desk


@pytest.fixture
def waived(issued: Workfleet) -> Workfleet:
    """Give a phone on its way back of which every check is waived by another, or declared."""
    issued.say("return", "WF-0001")
    waive_all(issued)
    return issued


def waive_all(issued: Workfleet) -> None:
    """Have an administrator grant what the desk asks for; the desk goes on in its profile."""
    issued.let_in("qian", role="administrator", password="correct horse battery")
    write_profiles(replace(read_profiles(), current="local"))
    issued.say("gate", "WF-0001", "identity", "--declare", "the IMEI on its tray")
    for check in issued.json("gate", "WF-0001")["open"]:
        if check != "handed_back":
            issued.say("waiver", "ask", "WF-0001", check, "--reason", "the phone is broken")
    for one in issued.json("waiver", "list", "--state", "asked")["items"]:
        own = ("--profile", "qian", "waiver", "grant", one["number"])
        issued.say(*own, "--note", "I have seen it")


def test_bare_words_are_put_where_they_belong(desk: Workfleet) -> None:
    said = desk.say("issue", "--to", "E1037", "WF-0001", ICCID, HANDLE, "--yes")

    assert "now with 王芳 (E1037)" in said
    assert desk.json("device", "show", "WF-0001")["holder"]["name"] == "王芳"
    assert desk.json("sim", "show", NUMBER)["state"] == "issued"
    assert desk.json("account", "show", HANDLE)["holder"]["number"] == "E1037"


def test_a_dry_run_hands_out_nothing(desk: Workfleet) -> None:
    assert "dry run" in desk.say("issue", "--to", "E1037", "WF-0001", "--dry-run")
    assert desk.json("device", "show", "WF-0001")["holder"] is None


def test_one_phone_has_one_holder(issued: Workfleet) -> None:
    said = issued.run("issue", "--to", "E2044", "WF-0001", expect=CONFLICT).stderr

    assert "王芳" in said


def test_a_word_that_is_nothing_is_refused(desk: Workfleet) -> None:
    assert "nobody" in desk.refusal("issue", "--to", "E1037", "nobody", expect=NOT_FOUND)


def test_somebody_elses_account_is_not_issued_unseen(desk: Workfleet) -> None:
    done = desk.run("issue", "--to", "E2044", HANDLE, expect=CONFLICT)

    assert "first registered by 王芳" in done.stderr
    assert desk.json("account", "show", HANDLE)["holder"] is None


def test_phones_are_listed_by_filter_and_all_pages(issued: Workfleet) -> None:
    assert "王芳" in issued.say("device", "list")
    assert [
        one["tag"] for one in issued.json("device", "list", "--state", "in_stock")["items"]
    ] == ["WF-0002"]
    assert "No phone fits." in issued.say("device", "list", "--state", "lost")
    paged = issued.run("device", "list", "--limit", "1", "--sort", "tag")
    assert "--all" in paged.stderr
    assert len(issued.json("device", "list", "--limit", "1", "--all")["items"]) == 2


def test_a_wrong_sort_is_refused_with_the_right_ones(desk: Workfleet) -> None:
    assert "tag" in desk.refusal("device", "list", "--sort", "colour", expect=INVALID)


def test_a_list_as_csv_is_harmless_to_a_spreadsheet(workfleet: Workfleet) -> None:
    workfleet.say("department", "add", "IT", "--name", "=HYPERLINK(0)")

    text = workfleet.say("department", "list", "-o", "csv")

    assert text.startswith("\ufeff")
    [row] = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert row["name"] == "'=HYPERLINK(0)"


def test_a_phone_is_shown_with_its_history_and_changes(issued: Workfleet) -> None:
    assert "Xiaomi 14" in issued.say("device", "show", "WF-0001")
    assert "王芳" in issued.say("device", "holders", "WF-0001")
    issued.say("device", "history", "WF-0001", "--part", "os", "--since", "2026-11-01", "--all")
    assert "Nothing is known" in issued.say("device", "checklist", "WF-0001")
    assert "王芳" in issued.say("account", "history", HANDLE)


def test_a_station_is_asked_to_look_at_a_phone_again(desk: Workfleet) -> None:
    assert "WF-0001: waiting." in desk.say("device", "probe", "WF-0001")
    asked = desk.json("device", "probe", "WF-0001")
    assert [one["id"] for one in desk.json("job", "list")["items"]] == [asked["id"]]
    desk.refusal("device", "probe", "WF-0099", expect=NOT_FOUND)


def test_whoever_waits_for_a_look_sees_how_it_ended(desk: Workfleet) -> None:
    job = desk.json("device", "probe", "WF-0001")["id"]
    answers = iter([desk.json("job", "list")["items"][0]["state"]])
    looked = Client.jobs

    def jobs(client: Client, query: JobQuery | None = None) -> Page[JobOut]:
        """End the job after the command has seen it waiting once."""
        if next(answers, None) is None and looked(client).items[0].state == "waiting":
            client.cancel_job(job)
        return looked(client, query)

    with patch.object(Client, "jobs", jobs):
        said = desk.say("device", "probe", "WF-0001", "--wait")

    assert "WF-0001: cancelled." in said


def test_accept_says_what_is_missing_and_changes_nothing(issued: Workfleet) -> None:
    issued.say("return", "WF-0001")

    done = issued.run("accept", "WF-0001", "--yes", expect=GATE_OPEN)

    assert "Not yet:" in done.stdout
    assert "✗ PIN:" in done.stdout
    assert "✗ backup:" in done.stdout
    assert "✓ handed back:" in done.stdout
    assert issued.json("device", "show", "WF-0001")["state"] == "returning"
    assert issued.json("accept", "WF-0001", "--yes", expect=GATE_OPEN)["open"]


def test_accept_with_every_check_waived_leads_to_a_certificate(waived: Workfleet) -> None:
    done = waived.say("accept", "WF-0001", "--yes")

    assert "Certificate CC-" in done
    assert "waived by Qian (WV-" in done
    assert waived.json("device", "show", "WF-0001")["state"] == "accepted"
    [paper] = waived.json("certificate", "list")["items"]
    shown = waived.say("certificate", "show", paper["number"])
    assert "PIN: waived: the phone is broken (waived by Qian (WV-" in shown


def test_one_who_asks_for_a_waiver_waits_for_another(issued: Workfleet) -> None:
    issued.say("return", "WF-0001")

    words = ("--waive", "pin", "--reason", "the phone is broken")
    done = issued.say("accept", "WF-0001", *words, "--yes", expect=GATE_OPEN)

    assert "is asked for until" in done
    assert "waits for its decision" in done
    [asked] = issued.json("waiver", "list")["items"]
    assert (asked["state"], asked["counts"]) == ("asked", False)
    grant = ("waiver", "grant", asked["number"], "--note", "it is right")
    assert "asked for by you" in issued.refusal(*grant, expect=CONFLICT)
    assert "withdrawn" in issued.say("waiver", "withdraw", asked["number"], "--note", "mended")


def test_which_phone_it_is_is_never_waived(issued: Workfleet) -> None:
    issued.say("return", "WF-0001")

    ask = ("waiver", "ask", "WF-0001", "identity", "--reason", "no label")

    assert "cannot be waived" in issued.refusal(*ask, expect=INVALID)


def test_a_check_shows_where_it_is_known_from(issued: Workfleet) -> None:
    issued.say("return", "WF-0001")

    assert "There is no proof of it yet" in issued.say("gate", "WF-0001", "pin")
    said = issued.say("gate", "WF-0001", "unbound", "--declare", "wallet is empty")

    assert "wallet is empty" in said
    assert issued.json("gate", "WF-0001", "unbound")["ok"]
    issued.run("gate", "WF-0001", "--declare", "all is well", expect=USAGE)


def test_a_kit_goes_out_and_comes_back(desk: Workfleet) -> None:
    kit = ("--with", "charger", "--with", "cable:2:new", "--condition", "good")
    desk.say("issue", "--to", "E1037", "WF-0001", *kit, "--yes")
    desk.run("issue", "--to", "E1037", "WF-0002", "--with", "cable:many", "--yes", expect=USAGE)

    assert "charger × 1: 0 back, 0 missing, 1 out." in desk.say("device", "show", "WF-0001")

    back = desk.say("return", "WF-0001", "--with", "cable:2", "--condition", "scratched")
    assert "Not back yet: charger × 1" in back
    assert "cable × 2: 2 back, 0 missing, 0 out." in back
    lost = desk.say("return", "WF-0001", "--missing", "charger=left in a hotel")

    assert "✓ accessories: Noted as missing: charger × 1" in lost
    assert "Condition: good, when it came back scratched." in lost


def test_the_list_of_accessories_is_the_companys(desk: Workfleet) -> None:
    desk.say("accessory", "set", "stylus", "--zh", "手写笔", "--en", "stylus")
    assert "手写笔" in desk.say("accessory", "list")
    desk.say("accessory", "retire", "stylus")

    kit = ("issue", "--to", "E1037", "WF-0001", "--with", "stylus", "--yes")

    refused = desk.run(*kit, expect=INVALID)
    assert "no accessory of the company's list" in refused.stderr


def test_an_acceptance_is_taken_back_before_it_is_erased(waived: Workfleet) -> None:
    done = waived.say("accept", "WF-0001", "--quarantine", "3", "--yes")
    assert "It is kept as it is until" in done
    assert "kept as it is" in waived.say("device", "wiping", "WF-0001")
    undo = ("device", "undo-accept", "WF-0001", "--reason", "chats were forgotten")

    assert "dry run" in waived.say(*undo, "--dry-run")
    assert "WF-0001: returning." in waived.say(*undo, "--yes")

    assert waived.json("device", "show", "WF-0001")["holder"]["name"] == "王芳"
    assert "no acceptance" in waived.refusal(*undo, "--yes", expect=CONFLICT)


def test_a_phone_that_is_erased_by_hand_waits_for_a_visit(waived: Workfleet) -> None:
    waived.say("accept", "WF-0001", "--yes")

    told = waived.say(
        *("device", "wiped", "WF-0001", "--way", "settings", "--note", "first screen seen")
    )

    assert "WF-0001: erased, to be seen empty." in told
    assert "by hand, in the settings · declared" in waived.say("device", "wiping", "WF-0001")
    assert "into stock" in waived.say("device", "restock", "WF-0001", "--reason", "x y z", "--yes")


def test_an_accept_that_would_go_through_asks_before_the_wipe(waived: Workfleet) -> None:
    open_checks = waived.json("gate", "WF-0001")["open"]

    done = waived.run("accept", "WF-0001", expect=USAGE)

    assert "everything on it is erased" in done.stdout
    assert "--yes" in done.stderr
    assert waived.json("gate", "WF-0001")["open"] == open_checks


def test_a_dry_run_of_accept_shows_the_gate(issued: Workfleet) -> None:
    issued.say("return", "WF-0001")

    assert "dry run" in issued.say("accept", "WF-0001", "--dry-run", expect=GATE_OPEN)


def test_a_dry_run_of_accept_ends_as_accept_would(issued: Workfleet) -> None:
    offboard = ("offboard", "E1037", "--by", "2027-01-31", "--yes")
    issued.say(*offboard)  # its holder has not given it back yet
    looked = issued.json("accept", "WF-0001", "--dry-run", expect=GATE_OPEN)
    asking = ("--waive", "pin", "--reason", "seen by two", "--dry-run")
    said = issued.say("accept", "WF-0001", *asking, expect=GATE_OPEN)
    assert "You would ask for a waiver: PIN." in said
    assert issued.json("gate", "WF-0001")["open"] == [*looked["open"], "handed_back"]
    waive_all(issued)

    said = issued.say("accept", "WF-0001", "--dry-run")

    assert "✓ handed back: liuyang says: Accepted in person." in said
    assert "would be accepted" in said
    assert issued.json("gate", "WF-0001")["open"] == ["handed_back"]
    assert "Certificate CC-" in issued.say("accept", "WF-0001", "--yes")


def test_a_dry_run_of_accept_refuses_what_accept_refuses(desk: Workfleet) -> None:
    looked = desk.refusal("accept", "WF-0001", "--dry-run", expect=CONFLICT)

    assert desk.refusal("accept", "WF-0001", "--yes", expect=CONFLICT) == looked


def test_a_phone_is_put_into_stock_on_an_administrators_word(waived: Workfleet) -> None:
    issued = waived
    issued.say("accept", "WF-0001", "--yes")
    word = ("device", "restock", "WF-0001", "--reason", "reset by hand, seen at its first screen")

    assert "dry run" in issued.say(*word, "--dry-run")
    assert "--yes" in issued.run(*word, expect=USAGE).stderr
    assert issued.json("device", "show", "WF-0001")["state"] == "accepted"
    assert "WF-0001: in stock." in issued.say(*word, "--yes")

    assert issued.json("device", "show", "WF-0001")["state"] == "in_stock"
    assert [one["state"] for one in issued.json("job", "list")["items"]] == ["cancelled"]
    assert "device.restocked_by_hand" in issued.say("audit", "tail")


def test_no_word_puts_a_phone_into_stock_that_was_not_accepted(issued: Workfleet) -> None:
    for way in ("--dry-run", "--yes"):
        word = ("device", "restock", "WF-0001", "--reason", "it is fine", way)
        assert "issued" in issued.refusal(*word, expect=CONFLICT)


@pytest.mark.parametrize("words", [("--declare", "sim"), ("--waive", "pin")])
def test_a_word_on_a_check_needs_its_reason(issued: Workfleet, words: tuple[str, str]) -> None:
    issued.run("accept", "WF-0001", *words, expect=USAGE)


def test_what_a_person_has_seen_is_declared(issued: Workfleet) -> None:
    issued.say("return", "WF-0001")

    issued.say("accept", "WF-0001", "--declare", "sim", "--note", "it lies here", expect=GATE_OPEN)

    assert "sim" not in issued.json("gate", "WF-0001")["open"]


def test_a_sim_and_an_account_come_back(issued: Workfleet) -> None:
    issued.say("sim", "return", NUMBER)
    issued.say("account", "return", HANDLE, "--note", "left")

    assert issued.json("sim", "show", NUMBER)["holder"] is None
    assert issued.json("account", "show", HANDLE)["state"] in {"returning", "in_stock"}


def test_an_account_is_not_reassigned_past_its_old_password(issued: Workfleet) -> None:
    issued.say("account", "return", HANDLE)
    assert "dry run" in issued.say("reassign", HANDLE, "--to", "E2044", "--dry-run")

    done = issued.run("reassign", HANDLE, "--to", "E2044", "--yes", expect=GATE_OPEN)

    assert "✗ accounts:" in done.stdout
    assert "workfleet gate" not in done.output
    assert f"workfleet rotate {HANDLE}" in issued.refusal(
        "account", "return", HANDLE, expect=GATE_OPEN
    )
    assert issued.json("account", "show", HANDLE)["holder"]["name"] == "王芳"


def test_a_leaving_is_planned_shown_and_started(issued: Workfleet) -> None:
    plan = issued.say("offboard", "E1037", "--by", "2027-01-31", "--plan")
    assert "王芳 (E1037) holds: WF-0001" in plan
    assert "139****8810" in plan
    assert f"{HANDLE} (external contacts not counted)" in plan
    assert f"Change the work groups of {HANDLE}" in plan
    assert issued.json("leaving", "list")["items"] == []

    started = issued.say("offboard", "E1037", "--by", "2027-01-31", "--successor", "E2044", "--yes")

    assert "LV-" in started
    assert "林晓" in issued.say("leaving", "list", "--state", "open")
    [case] = issued.json("leaving", "list")["items"]
    assert "王芳" in issued.say("leaving", "show", case["number"])


def test_a_leaving_asks_first(issued: Workfleet) -> None:
    done = issued.run("offboard", "E1037", expect=USAGE)

    assert "leaving of 王芳 (E1037)" in done.stdout
    assert issued.json("employee", "show", "E1037")["status"] == "active"


def test_an_unknown_successor_is_refused(issued: Workfleet) -> None:
    issued.refusal("offboard", "E1037", "--successor", "E9", "--yes", expect=NOT_FOUND)


def test_today_counts(issued: Workfleet) -> None:
    said = issued.say("today")

    assert "Phones   2  in stock 1 · issued 1 · silent > 7 days 1" in said
    assert "PINs     none 2" in said
    assert "Backups  1 phones are out without one" in said
    assert "Cases    none is open" in said
    assert issued.json("today")["phones_by_state"] == {"issued": 1, "in_stock": 1}
    assert "phones_by_state_issued" in issued.say("today", "-o", "csv")


def test_today_asks_one_question(issued: Workfleet) -> None:
    issued.log.clear()

    issued.say("today")

    assert [one["route"] for one in issued.log if one["event"] == "answered"] == ["/api/v1/summary"]


def test_a_pin_in_doubt_is_counted_apart(folders: Path) -> None:
    day = SummaryOut.model_validate(
        dict.fromkeys(SummaryOut.model_fields, 0)
        | {"at": now(), "phones_by_state": {}, "sims_by_state": {}, "accounts_by_state": {}}
        | {"alarms": [], "requests": None, "escrow": NO_KEYS, "cases_by_kind": {}}
        | {"tasks": None, "applications": None}
        | {"phones": 9, "pins_by_level": {"proven": 4, "none": 5}, "pins_unproven": 2}
    )
    server = SimpleNamespace(summary=lambda: day, close=lambda: None)

    said = CliRunner().invoke(
        main, ["--lang", "en", "--server", "http://x", "today"], obj=lambda _: server
    )

    assert "proven 4 · none 3 · UNPROVEN 2   ← workfleet rotation show --unproven" in said.stdout


def test_answers_come_in_chinese_as_well(issued: Workfleet) -> None:
    issued.language = "zh_CN"

    assert "王芳" in issued.say("device", "list")


def test_a_server_that_is_away_is_said_in_one_line(folders: Path) -> None:
    asked = ["--lang", "en", "--server", "http://127.0.0.1:9", "device", "list"]
    done = CliRunner().invoke(main, asked)

    assert done.exit_code == UNAVAILABLE
    assert done.stderr.count("\n") == 1
