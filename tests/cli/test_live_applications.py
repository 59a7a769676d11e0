"""From an application to an overdue loan with everything real: server, agent, adb and a phone.

Each of three people works at a machine of her own, against the server's own port.
"""

import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from sqlite3 import connect

import pytest
from click.testing import CliRunner

from agents.handset.adb_server import AdbServer
from agents.handset.handset import Handset
from cli.app import main
from cli.exits import CONFLICT, INVALID, NOT_ALLOWED, NOT_FOUND, OK, USAGE
from fleet.contracts.clock import now
from tests.cli.test_live import Bench, answers, wait_until
from tests.ports import free_port

pytestmark = pytest.mark.handset

FIRST, OWN = "chosen by the desk", "correct horse battery"
YEAR, UNTIL = now().year, f"{now() + timedelta(days=30):%Y-%m-%d}"
NUMBER, FORM = f"AP-{YEAR}-001", f"IS-{YEAR}-001"
LENDS = ("--phone", "--accessory", "charger", "--until", UNTIL, "--reason", "a fair in Suzhou")


@dataclass
class Company:
    """The administrator's machine, the desk's, and those of Ann of sales and Wei who heads it."""

    server: Bench
    desk: Bench
    ann: Bench
    wei: Bench


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, adb_server: AdbServer) -> Iterator[Company]:
    server, port = Bench(tmp_path_factory.mktemp("server")), free_port()
    with ExitStack() as stack:
        stack.callback(server.end)
        server.run("server", "init", "--url", f"http://127.0.0.1:{port}")
        server.start("server", "serve", "--port", str(port))
        wait_until(lambda: answers(port))
        code = server.json("station", "invite", "bench-1")["code"]
        type_at(server, "station", "enroll", "--code", code)
        server.start("agent", "run", "--adb-port", str(adb_server.port))
        type_at(server, "department", "add", "IT", "--name", "IT")
        for number, name in (("E2", "Wei"), ("E3", "Liu")):
            type_at(server, "employee", "add", number, "--name", name, "--department", "IT")
        type_at(server, "department", "add", "SALES", "--name", "Sales", "--head", "E2")
        type_at(server, "employee", "add", "E1", "--name", "Ann", "--department", "SALES")
        folders = {name: tmp_path_factory.mktemp(name) for name in ("liu", "ann", "wei")}
        people = [
            let_in(server, folders["liu"], "E3", "operator"),
            let_in(server, folders["ann"], "E1", "employee"),
            let_in(server, folders["wei"], "E2", "manager", "--department", "SALES"),
        ]
        yield Company(server, *people)


def type_at(machine: Bench, *words: str, expect: int = OK, typed: str = "") -> str:
    """Run a command in this process: what it asks, it asks the real server."""
    done = CliRunner().invoke(main, words, env=machine.environment, input=typed)
    assert done.exit_code == expect, (words, done.exit_code, done.output)
    return done.output


def let_in(server: Bench, folder: Path, employee: str, *role: str) -> Bench:
    """Let a person in who then chooses a password at a machine of her own."""
    name, hers = folder.name.rstrip("0123456789"), Bench(folder)
    named = ("--name", name.title(), "--employee", employee)
    type_at(server, "user", "add", name, *named, "--password-stdin", typed=FIRST)
    type_at(server, "user", "grant", name, *role, "--reason", "of the test")
    known = tomllib.loads((server.folder / "config/profiles.toml").read_text("utf-8"))
    address = known["profile"]["local"]["server"]
    type_at(hers, "login", "--username", name, "--server", address, "--password-stdin", typed=FIRST)
    type_at(hers, "password", "--password-stdin", typed=f"{FIRST}\n{OWN}\n")
    return hers


@pytest.fixture(scope="module")
def tag(company: Company, adb_server: AdbServer) -> Iterator[str]:
    """Give the tag of a phone in stock: emptied, seen by the station, its PIN in the vault."""
    with Handset("xiaomi-14-hyperos", adb=adb_server) as phone:
        desk = company.desk
        wait_until(lambda: desk.json("device", "list")["items"])
        [device] = desk.json("device", "list")["items"]
        phone.state.accounts = []
        adopt = ("credential", "adopt", device["tag"], "--reason", "told", "--from-stdin")
        type_at(desk, *adopt, typed=str(phone.lock.secret))
        type_at(desk, "device", "probe", device["tag"], "--wait")
        yield device["tag"]


def test_from_an_application_to_a_loan_that_is_overdue(company: Company, tag: str) -> None:
    desk, ann, wei = company.desk, company.ann, company.wei
    said = ann.run("application", "make", *LENDS)
    assert f"{NUMBER} is applied for; Wei, head of SALES decides" in said
    assert "waits for a decision" in desk.run(
        "application", "issue", NUMBER, "--yes", expect=CONFLICT
    )
    own = ("application", "approve", NUMBER, "--note", "for me")
    type_at(ann, *own, expect=NOT_ALLOWED)
    type_at(desk, "paper", "make", "issue_form", NUMBER, expect=CONFLICT)
    wei.run("application", "approve", NUMBER, "--note", "go ahead")

    assert f"Reserved  {tag}" in desk.run("application", "reserve", NUMBER)
    assert tag in ann.run("application", "agreement", NUMBER)
    type_at(desk, "application", "prepare", NUMBER)
    wait_until(lambda: desk.json("application", "prepare", NUMBER, "--dry-run")["ready"])
    made = ("paper", "make", "issue_form", NUMBER, "--condition")
    assert FORM in desk.run(*made, "good", "--condition-note", "a scratch")
    type_at(desk, "paper", "sign", FORM, "--as", "handler", "--yes", expect=CONFLICT)
    type_at(wei, "paper", "sign", FORM, "--as", "holder", "--yes", expect=NOT_ALLOWED)
    assert "a scratch" in ann.run("paper", "sign", FORM, "--as", "holder", "--yes")
    handed = desk.run("application", "issue", NUMBER, "--yes")

    assert f"{tag}: now with Ann (E1)." in handed
    held = desk.json("device", "show", tag)
    assert (held["state"], held["holder"]["number"]) == ("issued", "E1")
    pass_days(company.server, tag)
    assert tag in desk.run("loan", "list", "--overdue")
    assert "1 loans" in desk.run("today")
    assert tag in ann.run("loan", "list", "--overdue")
    company.server.run("audit", "verify")


def pass_days(server: Bench, tag: str) -> None:
    """Let the day of the loan be over, as it is some day."""
    with closing(connect(server.folder / "home/data/workfleet.db")) as database, database:
        of_it = "(SELECT id FROM device WHERE tag = ?)"
        due = f"UPDATE holding SET due_on = '2026-01-01' WHERE device_id = {of_it}"  # noqa: S608
        database.execute(due, [tag])


WRONG = (
    (("application", "make", "--phone"), INVALID, "Say it with --reason"),
    (("application", "make", "--reason", "none"), INVALID, "Name a kit"),
    (("application", "make", "--kit", "no", "--reason", "none"), NOT_FOUND, "kit list"),
    (("application", "show", "AP-1"), NOT_FOUND, "application list"),
    (("application", "reserve", NUMBER), NOT_ALLOWED, "custody:issue"),
    (("paper", "sign", "IS-1", "--as", "holder", "--yes"), NOT_FOUND, "paper list"),
    (("paper", "sign", "IS-1", "--as", "king", "--yes"), USAGE, "king"),
)


def test_what_is_typed_wrongly_is_refused_in_a_line(company: Company) -> None:
    for words, expect, said in WRONG:
        assert said in type_at(company.ann, *words, expect=expect)
