"""Somebody is given a kit at the command line: applied for, approved, reserved, signed, issued."""

import pytest

from cli.exits import CONFLICT, INVALID, NOT_ALLOWED, NOT_FOUND, USAGE
from fleet.contracts.access import Role
from fleet.contracts.accounts import AccountKind
from fleet.contracts.clock import now
from fleet.contracts.facts import App, Battery, Lock, Os, PhoneFacts
from fleet.contracts.proof import Level
from fleet.contracts.work_apps import WECHAT
from fleet.keys.sources import load_keyring
from fleet.settings import load
from fleet.vault.queries import password_of, pin_of
from fleet.vault.services import adopt
from fleet.vault.tools import Tools
from tests.cli.test_requests import let_in
from tests.factories import Make

LOCAL = ("--profile", "local")
WHY = ("--reason", "starts in sales")
YEAR = now().year
FIRST = f"AP-{YEAR}-001"


@pytest.fixture
def sales(workfleet):
    """Give a server with stock and a kit, where Ann works in sales under Wei."""
    workfleet.run("department", "add", "COMPANY", "--name", "Company")
    workfleet.run("employee", "add", "E2", "--name", "Wei", "--department", "COMPANY")
    sales = ("--name", "Sales", "--parent", "COMPANY", "--head", "E2")
    workfleet.run("department", "add", "SALES", *sales)
    workfleet.run("employee", "add", "E1", "--name", "Ann", "--department", "SALES")
    let_in(workfleet, "ann", ("employee",), employee="E1")
    let_in(workfleet, "wei", ("manager", "--department", "SALES"), employee="E2")
    stock(workfleet)
    contents = ("--phone", "--sim", "--account", "wechat", "--accessory", "charger")
    workfleet.run(*LOCAL, "kit", "set", "sales", "--title", "Sales", *contents)
    return workfleet


def stock(workfleet):
    """Put two phones into stock as a station would have found them, an account and a SIM."""
    settings = load(workfleet.home)
    tools = Tools(load_keyring(settings), settings)
    with workfleet.app.extensions["workfleet"].sessions.begin() as session:
        make = Make(session)
        desk = make.actor(Role.OPERATOR)
        for tag, percent in (("WF-0001", 80), ("WF-0002", 96)):
            phone = make.device(tag=tag, market_name="Xiaomi 14")
            facts = PhoneFacts(
                os=Os(android="15", sdk=35, security_patch="2026-10-01"),
                battery=Battery(capacity_percent=percent),
                lock=Lock(secure=True, credential_type="pin"),
                apps=(App(package=WECHAT, version_name="8.0.54", users=(0,), enabled=True),),
                probed_at=now(),
            )
            phone.facts, phone.last_seen_at = facts.model_dump(mode="json"), now()
            known = adopt(session, tools, pin_of(phone), value="402917", reason="test", actor=desk)
            known.level = Level.PROVEN
        account = make.account(AccountKind.WECHAT, handle="wx-sales-19", registrant="Gone")
        word = {"value": "Ab3-known-word", "reason": "test", "actor": desk}
        adopt(session, tools, password_of(account), **word).level = Level.OBSERVED
        make.sim(number="13800002231", carrier="CM")


def by(who, *words):
    return ("--profile", who, "application", *words)


def applied(sales, *words):
    return sales.json(*by("ann", "make", "--kit", "sales", *WHY, *words))["number"]


def test_an_employee_applies_her_head_approves_the_desk_prepares_she_signs_and_it_is_hers(sales):
    said = sales.say(*by("ann", "make", "--kit", "sales", *WHY))
    assert f"{FIRST} is applied for; Wei, head of SALES decides" in said
    assert "1 applications to decide" in sales.say("--profile", "wei", "today")
    assert "Set things aside" in sales.say(*by("wei", "approve", FIRST, "--note", "go ahead"))
    assert "1 to be issued" in sales.say(*LOCAL, "today")

    reserved = sales.say(*by("local", "reserve", FIRST))
    assert "WF-0002  Xiaomi 14 — patch 2026-10-01, battery 96 %, healthiest of 2" in reserved
    assert "SIM 138****2231" in reserved
    assert "can be signed for" in sales.say(*by("local", "prepare", FIRST))
    assert "1 to be signed by you" in sales.say("--profile", "ann", "today")
    assert "lost, stolen" in sales.say(*by("ann", "sign", FIRST, "--yes"))

    handed = sales.run(*by("local", "issue", FIRST, "--registrant-seen", "--condition", "new"))
    assert "now with Ann (E1)" in handed.stdout
    assert "first registered by Gone" in handed.stderr
    held = sales.json(*LOCAL, "device", "show", "WF-0002")
    assert held["holder"]["number"] == "E1"
    assert "issued" in sales.say(*by("ann", "show", FIRST))


def test_one_command_hands_a_kit_out_where_nobody_is_asked(sales):
    policy = by("local", "policy", "set", "--for", "loan", "--nobody", "--reason", "small things")
    assert "nobody" in sales.say(*policy)
    words = (*LOCAL, "issue", "--to", "E1", "--kit", "sales", "--until", "2099-12-31")

    looked = sales.say(*words, "--dry-run")
    assert "phone + SIM + account: WeChat + charger" in looked
    assert sales.json(*LOCAL, "application", "list")["items"] == []

    done = sales.run(*words, "--on-paper", "--registrant-seen", "--yes")

    assert "until 2099-12-31" in done.stdout
    lent = sales.say(*LOCAL, "loan", "list")
    assert "WF-0002" in lent
    assert "wx-sales-19" in lent


def test_both_sign_its_form_and_by_that_it_is_handed_out(sales):
    sales.run(*LOCAL, "employee", "add", "E3", "--name", "Liu", "--department", "COMPANY")
    let_in(sales, "liu", ("operator",), employee="E3")
    number, form = applied(sales), f"IS-{YEAR}-001"
    sales.run(*by("wei", "approve", number, "--note", "go ahead"))
    words = by("liu", "issue", number, "--form", "--registrant-seen", "--yes")
    signing = ("paper", "sign", form, "--yes", "--as")

    asked = sales.run(*words, "--no-wait", "--condition", "good", expect=CONFLICT)
    assert f"/sign/{form}" in asked.stdout
    assert f"{number} is not signed yet" in asked.stderr
    beside = sales.run(*by("ann", "sign", number, "--yes"), expect=CONFLICT)
    assert form in beside.stderr
    early = sales.run("--profile", "liu", *signing, "handler", expect=CONFLICT)
    assert "signs first" in early.stderr
    read = sales.say("--profile", "ann", *signing, "holder")
    assert "charger ×1" in read
    assert f"{number} is signed for" in read
    handed = sales.say(*by("liu", "issue", number, "--yes"))

    assert "wx-sales-19, WF-0002, 138****2231: now with Ann (E1)." in handed
    assert "first registered by Gone" in handed
    shown = sales.json(*by("ann", "show", number))
    assert (shown["state"], shown["form"], shown["condition"]) == ("issued", form, "good")
    stays = ("--profile", "liu", "paper", "void", form, "--reason", "x y z", "--yes")
    assert "cannot be void" in sales.run(*stays, expect=CONFLICT).stderr


def test_a_form_signed_with_ink_hands_it_out_once_its_scan_is_accepted(sales, tmp_path):
    number, form = applied(sales), f"IS-{YEAR}-001"
    sales.run(*by("wei", "approve", number, "--note", "go ahead"))
    sales.run(*by("local", "reserve", number))
    sales.run(*LOCAL, "paper", "make", "issue_form", number)
    words = by("local", "issue", number, "--on-paper", "--registrant-seen", "--yes")
    assert f"workfleet paper attach {form}" in sales.run(*words, expect=CONFLICT).stderr
    scan = tmp_path / "scan.png"
    scan.write_bytes(b"\x89PNG\r\n\x1a\n" + b"a picture")
    attach = (*LOCAL, "paper", "attach", form, str(scan), "--signed-by", "holder")

    assert "now with Ann" in sales.say(*attach, "--signed-by", "handler")
    assert sales.json(*LOCAL, "device", "show", "WF-0002")["holder"]["number"] == "E1"


def test_one_command_stops_where_somebody_has_to_be_asked_and_says_how_it_goes_on(sales):
    words = (*LOCAL, "issue", "--to", "E1", "--kit", "sales", "--yes")

    stopped = sales.run(*words, expect=CONFLICT)

    assert f"{FIRST} waits for a decision by Wei, head of SALES." in stopped.stderr
    sales.run(*by("wei", "approve", FIRST, "--note", "go ahead"))
    unsigned = sales.run(*by("local", "issue", FIRST, "--no-wait", "--yes"), expect=CONFLICT)
    assert f"{FIRST} is not signed yet" in unsigned.stderr
    sales.run(*by("ann", "sign", FIRST, "--yes"))
    assert "now with Ann" in sales.say(*by("local", "issue", FIRST, "--yes"))


def test_what_is_not_prepared_goes_no_further_until_somebody_entitled_lets_it_pass(sales):
    number = applied(sales)
    sales.run(*by("wei", "approve", number, "--note", "go ahead"))
    sales.run(*LOCAL, "device", "add", "R58M123ABC", "--tag", "BARE")
    sales.run(*by("local", "reserve", number, "--device", "BARE"))

    looked = sales.say(*by("local", "prepare", number, "--dry-run"))
    assert "No station has seen BARE" in looked
    stopped = sales.run(*by("local", "issue", number, "--no-wait", "--yes"), expect=CONFLICT)
    assert "not prepared yet" in stopped.stderr
    sales.run(*by("ann", "sign", number, "--yes"), expect=CONFLICT)

    assert "Let pass" in sales.say(*by("local", "prepare", number, "--let-pass", "no station"))
    sales.run(*by("ann", "sign", number, "--yes"))
    assert "BARE" in sales.say(*by("local", "issue", number, "--registrant-seen"))


def test_a_look_shows_who_would_be_asked_and_what_would_be_set_aside(sales):
    asked = sales.say(*by("ann", "make", "--kit", "sales", *WHY, "--dry-run"))
    assert "wait for a decision by Wei" in asked
    assert "WF-0002" not in asked
    at_the_desk = (*LOCAL, "issue", "--to", "E1", "--kit", "sales", "--dry-run")
    assert "wait for a decision" in sales.say(*at_the_desk)
    nobody = ("--for", "permanent", "--nobody", "--reason", "small firm")
    sales.run(*by("local", "policy", "set", *nobody))

    foreseen = sales.say(*at_the_desk)

    assert "Best in stock  WF-0002" in foreseen
    assert "Nothing was changed" in foreseen
    assert sales.json(*by("local", "list"))["items"] == []
    sales.run(*LOCAL, "issue", "--to", "E2", "--device", "WF-0002", "--yes")
    sales.run(*LOCAL, "issue", "--to", "E2", "--device", "WF-0001", "--yes")
    assert "in stock" in sales.refusal(*at_the_desk, expect=CONFLICT)


def test_what_is_reserved_is_nobody_elses(sales):
    number = applied(sales)
    sales.run(*by("wei", "approve", number, "--note", "go ahead"))
    sales.run(*by("local", "reserve", number))

    other = (*LOCAL, "issue", "--to", "E2", "--device", "WF-0002", "--yes")
    refusal = sales.run(*other, expect=CONFLICT).stderr
    assert "WF-0002 is reserved for Ann (E1)" in refusal
    assert number in refusal
    sales.run(*by("ann", "withdraw", number, "--note", "not needed"))
    sales.run(*other)


def test_bad_input_is_refused_and_says_what_to_do(sales):
    assert "Name a kit" in sales.refusal(*by("ann", "make", *WHY), expect=INVALID)
    both = by("ann", "make", "--kit", "sales", "--phone", *WHY)
    assert "said twice" in sales.refusal(*both, expect=INVALID)
    assert "workfleet kit list" in sales.refusal(
        *by("ann", "make", "--kit", "none", *WHY), expect=NOT_FOUND
    )
    others = by("ann", "make", "--for", "E2", "--kit", "sales", *WHY)
    assert "yourself alone" in sales.refusal(*others, expect=NOT_ALLOWED)
    past = by("ann", "make", "--kit", "sales", "--until", "2020-01-01", *WHY)
    assert "not after today" in sales.refusal(*past, expect=INVALID)
    wrong = by("ann", "make", "--kit", "sales", "--real-name", "Anna", *WHY)
    assert "written as Ann" in sales.refusal(*wrong, expect=INVALID)
    named = (*LOCAL, "issue", "--to", "E1", "--kit", "sales", "--device", "WF-0001")
    assert "chooses the things itself" in sales.refusal(*named, expect=INVALID)
    assert "no application" in sales.refusal(*by("ann", "show", "AP-1"), expect=NOT_FOUND)


def test_a_kit_is_shown_and_removed_after_a_question(sales):
    assert "charger" in sales.say(*LOCAL, "kit", "show", "sales")
    sales.run(*LOCAL, "kit", "remove", "sales", expect=USAGE)
    assert "would be removed" in sales.say(*LOCAL, "kit", "remove", "sales", "--dry-run")
    assert "sales" in sales.say("--profile", "ann", "kit", "list")

    sales.run(*LOCAL, "kit", "remove", "sales", "--yes")

    assert sales.json(*LOCAL, "kit", "list")["items"] == []
    sales.run("--profile", "ann", "kit", "set", "mine", "--title", "x", "--sim", expect=NOT_ALLOWED)


def test_a_loan_is_made_longer_with_its_reason(sales):
    sales.run(
        *LOCAL, "issue", "--to", "E1", "--device", "WF-0001", "--until", "2098-01-01", "--yes"
    )
    words = (*LOCAL, "loan", "extend", "WF-0001", "--until", "2099-01-01", "--reason", "fair")

    assert "2098-01-01 → 2099-01-01" in sales.say(*words, "--dry-run")
    assert "Extended: WF-0001" in sales.say(*words)
    assert "is lent until 2099-01-01 already" in sales.run(*words, expect=INVALID).stderr
    unknown = (*LOCAL, "loan", "extend", "WF-0002", *words[5:])
    assert "not lent" in sales.refusal(*unknown, expect=NOT_FOUND)
    assert sales.json("--profile", "ann", "loan", "list")["items"][0]["due_on"] == "2099-01-01"


def test_a_policy_says_who_is_asked_and_what_is_agreed_to(sales, tmp_path):
    text = tmp_path / "agreement.txt"
    text.write_text("I bring it back.", "utf-8")
    words = ("--for", "permanent", "--approver", "head", "--approver", "head:COMPANY")
    sales.run(*by("local", "policy", "set", *words, "--agreement", text, "--reason", "test"))

    shown = sales.say(*by("local", "policy", "show", "--department", "SALES"))
    assert "head → head:COMPANY" in shown
    assert "I bring it back." in shown
    [version] = sales.json(*by("local", "policy", "list"))["items"]
    assert version["approvers"] == ["head", "head:COMPANY"]
    unknown = by("local", "policy", "set", *words[:2], "--approver", "head:NO", "--reason", "test")
    assert "names no department" in sales.refusal(*unknown, expect=INVALID)
