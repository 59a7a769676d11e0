"""A change is asked for, approved and appointed, and a value handed over, at the command line."""

import base64
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from cli.exits import CONFLICT, INVALID, NOT_ALLOWED, USAGE
from cli.profiles import chosen
from fleet.contracts.clock import now
from fleet.contracts.stations import EnrolIn, EnrolmentCodeIn

LOCAL = ("--profile", "local")
PIN = "402917"
HER_PHONE = ("--credential", "WF-0001", "--reason", "somebody looked on")


def let_in(workfleet, username, *roles, employee):
    """Let a person in who holds things or heads a department, in a profile of his name."""
    first, own = "chosen by the desk", ("--profile", username)
    named = ("--name", username.title(), "--employee", employee)
    workfleet.run(*LOCAL, "user", "add", username, *named, "--password-stdin", typed=first)
    for role in roles:
        workfleet.run(*LOCAL, "user", "grant", username, *role, "--reason", "of the test")
    server = ("--server", "http://127.0.0.1:8640")
    workfleet.run(*own, "login", "--username", username, *server, "--password-stdin", typed=first)
    typed = f"{first}\ncorrect horse battery\n"
    workfleet.run(*own, "password", "--password-stdin", typed=typed)


@pytest.fixture
def sales(workfleet):
    """Give a server where Ann of sales has a phone with a known PIN, and Wei heads sales."""
    workfleet.run("department", "add", "COMPANY", "--name", "Company")
    workfleet.run("employee", "add", "E2", "--name", "Wei", "--department", "COMPANY")
    sales = ("--name", "Sales", "--parent", "COMPANY", "--head", "E2")
    workfleet.run("department", "add", "SALES", *sales)
    workfleet.run("employee", "add", "E1", "--name", "Ann", "--department", "SALES")
    workfleet.run("device", "add", "R58M123ABC")
    adopt = ("credential", "adopt", "WF-0001", "--reason", "told", "--from-stdin")
    workfleet.run(*adopt, typed=PIN)
    workfleet.run("issue", "--to", "E1", "--device", "WF-0001", "--yes")
    let_in(workfleet, "ann", ("employee",), employee="E1")
    let_in(workfleet, "wei", ("manager", "--department", "SALES"), employee="E2")
    return workfleet


@pytest.fixture
def station(sales):
    client = sales.connect(chosen("local", None))
    code = client.invite_station(EnrolmentCodeIn(station="front")).code
    key = X25519PrivateKey.generate().public_key().public_bytes_raw()
    public = base64.b64encode(key).decode()
    client.enrol(EnrolIn(code=code, public_key=public, software="test 1"))


def by(who, *words):
    return ("--profile", who, "request", *words)


def asked(sales):
    return sales.json(*by("ann", "change", *HER_PHONE))["number"]


def test_a_request_goes_to_the_head_and_is_appointed(sales, station):
    said = sales.say(*by("ann", "change", *HER_PHONE))
    [one] = sales.json(*by("wei", "list", "--mine"))["items"]
    number = one["number"]
    assert number in said
    assert "Wei, head of SALES" in said
    assert "1 approvals waiting" in sales.say("--profile", "wei", "today")

    assert "request appoint" in sales.say(*by("wei", "approve", number, "--note", "go ahead"))
    tomorrow = ("--station", "front", "--at", "2099-01-01 10:00")
    assert "Nobody can come" in sales.refusal(
        *by("local", "appoint", number, *tomorrow), expect=INVALID
    )
    when = ("--station", "front", "--at", day(1))
    assert "is proposed" in sales.say(*by("ann", "appoint", number, *when))
    assert "No station changes it before" in sales.say(*by("local", "appoint", number))

    shown = sales.say(*by("ann", "show", number))
    assert "appointed" in shown
    assert "front" in shown
    [rotation] = sales.json("--profile", "local", "rotation", "list")["items"]
    assert rotation["asked"] == "request"
    assert sales.json(*by("local", "list", "--day", day(1)[:10]))["items"]


def day(days):
    return f"{(now() + timedelta(days=days)).astimezone():%Y-%m-%d} 10:00"


def test_it_is_refused_withdrawn_and_never_twice(sales):
    number = asked(sales)
    assert number in sales.refusal(*by("ann", "change", *HER_PHONE), expect=CONFLICT)

    assert "is refused" in sales.say(*by("wei", "refuse", number, "--note", "no need"))
    again = asked(sales)
    assert "withdrawn" in sales.say(*by("ann", "withdraw", again, "--note", "found it"))
    gone = by("wei", "approve", again, "--note", "go ahead")
    assert "withdrawn" in sales.refusal(*gone, expect=CONFLICT)


def test_nobody_approves_who_is_not_asked(sales):
    number = asked(sales)

    others = by("local", "approve", number, "--note", "for her")
    assert "Wei, head of SALES" in sales.refusal(*others, expect=NOT_ALLOWED)


def test_the_holder_sees_the_first_pin_once(sales):
    [one] = sales.json(*by("ann", "list", "--to-hand-over"))["items"]
    assert "1 values to hand over" in sales.say("--profile", "ann", "today")
    sales.run(*by("local", "hand-over", one["number"], "--yes"), expect=NOT_ALLOWED)

    assert PIN in sales.say(*by("ann", "hand-over", one["number"], "--yes"))
    again = by("ann", "hand-over", one["number"], "--yes")
    assert "handed over" in sales.run(*again, expect=CONFLICT).stderr
    assert PIN not in sales.say(*LOCAL, "audit", "tail", "-n", "100")
    assert "slip" not in sales.say(*by("ann", "show", one["number"]))


def test_a_slip_is_written_once_for_the_printers_eyes_alone(sales, tmp_path):
    [one] = sales.json(*by("local", "list", "--to-hand-over"))["items"]
    slip = tmp_path / "slip.html"
    given = by("local", "hand-over", one["number"], "--slip", str(slip), "--yes")

    said = sales.say(*given)

    assert PIN not in said
    outside = slip.read_text("utf-8").partition('class="cover"')[2]
    assert PIN in slip.read_text("utf-8")
    assert PIN not in outside
    assert "Ann" in outside
    assert slip.stat().st_mode & 0o777 == 0o600
    assert "is there already" in sales.run(*given, expect=CONFLICT).stderr
    other = by("local", "hand-over", one["number"], "--slip", str(tmp_path / "2"), "--yes")
    assert "handed over" in sales.run(*other, expect=CONFLICT).stderr
    assert not (tmp_path / "2").exists()


def test_nobody_is_asked_without_a_terminal_and_a_dry_run_gives_nothing(sales):
    [one] = sales.json(*by("ann", "list", "--to-hand-over"))["items"]

    sales.run(*by("ann", "hand-over", one["number"]), expect=USAGE)
    said = sales.say(*by("ann", "hand-over", one["number"], "--dry-run"))

    assert PIN not in said
    assert sales.json(*by("ann", "list", "--to-hand-over"))["items"]


def test_a_head_names_a_delegate_who_decides(sales):
    sales.run(*LOCAL, "employee", "add", "E3", "--name", "Ben", "--department", "SALES")
    let_in(sales, "ben", ("employee",), employee="E3")
    number = asked(sales)
    terms = ("--until", day(3), "--reason", "on holiday")

    assert "Ben (E3) decides" in sales.say(*by("wei", "delegate", "E3", *terms))
    [made] = sales.json(*by("ben", "delegations", "--in-force"))["items"]
    sales.say(*by("ben", "approve", number, "--note", "go ahead"))
    assert "(delegate): go ahead" in sales.say(*by("ann", "show", number))

    assert "decides no more" in sales.say(*by("wei", "end-delegation", made["id"]))
    assert sales.json(*by("wei", "delegations", "--in-force"))["items"] == []


def test_a_list_is_exported_for_a_spreadsheet(sales):
    asked(sales)

    sheet = sales.say("-o", "csv", *by("wei", "list"))

    assert sheet.startswith("\ufeffnumber,what,kind,subject")
    assert "device_pin" in sheet


def test_a_department_gets_another_head_after_it_was_said_what_that_means(sales):
    sales.run(*LOCAL, "employee", "add", "E4", "--name", "Mei", "--department", "SALES")
    words = (*LOCAL, "department", "head", "SALES", "E4", "--reason", "Wei moved on", "--change")

    assert "Mei (E4) heads SALES from now on" in sales.say(*words, "--dry-run")
    assert "E2" in sales.say(*LOCAL, "department", "show", "SALES")
    assert "heads SALES now" in sales.say(*words, "--yes")
    assert "E4" in sales.say(*LOCAL, "department", "show", "SALES")
