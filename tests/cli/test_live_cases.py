"""A day with cases as somebody types it, against a server that is a process of its own."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.app import main
from cli.exits import CONFLICT, INVALID, NOT_ALLOWED, NOT_FOUND, OK, USAGE
from fleet.contracts.clock import now
from tests.cli.test_live import Bench, answers, wait_until
from tests.ports import free_port

BY = "2099-12-31"
TODAY = now().astimezone().date()
HOLDERS = ("E1", "E2", "E3", "E4")
PASSWORD = "a long password of his own"


class Desk(Bench):
    """Types commands in this process: what answers is a process of its own."""

    server = ""

    @property
    def environment(self) -> dict[str, str]:
        """Name the login: another one would make its own the usual."""
        return {**super().environment, "WORKFLEET_PROFILE": "local"}

    def type(self, *words: object, expect: int = OK, typed: str | None = None) -> str:
        said = CliRunner().invoke(
            main, ["--lang", "en", *map(str, words)], env=self.environment, input=typed
        )
        assert said.exit_code == expect, (words, said.exit_code, said.output, said.stderr)
        assert "Traceback" not in said.output
        return said.output

    def case_of(self, employee: str, state: str = "open") -> str:
        [one] = self.json("case", "list", "--employee", employee, "--state", state)["items"]
        return str(one["number"])

    def step(self, case: str, kind: str) -> int:
        steps = self.json("case", "show", case)["steps"]
        return next(one["number"] for one in steps if one["kind"] == kind)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Give a server with four who hold things, two who take over, and an operator's login."""
    desk, port = Desk(tmp_path_factory.mktemp("cases")), free_port()
    desk.server = f"http://127.0.0.1:{port}"
    try:
        desk.type("server", "init", "--url", desk.server)
        desk.start("server", "serve", "--port", str(port))
        wait_until(lambda: answers(port))
        _fill(desk)
        yield desk
    finally:
        desk.end()


def _fill(desk: Desk) -> None:
    desk.type("department", "add", "SALES", "--name", "Sales")
    people = (*HOLDERS, "E5", "E6", "E7", "E8")
    for number in people:
        desk.type("employee", "add", number, "--name", f"Person {number}", "--department", "SALES")
    for n, number in enumerate(HOLDERS, start=1):
        desk.type("device", "add", f"8A7X012{n}")
        desk.type("account", "add", f"wecom-{n}", "--kind", "wecom")
        things = ("--device", f"WF-000{n}", "--account", f"wecom-{n}")
        desk.type("issue", "--to", number, *things, "--yes")


def test_a_leaver_is_planned_opened_and_led(desk: Desk) -> None:
    plan = desk.type("offboard", "E1", "--by", BY, "--successor", "E6", "--plan")
    assert "Person E1 (E1) holds: WF-0001" in plan
    assert "workfleet offboard E1 --by" in plan
    assert desk.json("case", "list", "--employee", "E1")["items"] == []

    assert "is open" in desk.type("offboard", "E1", "--by", BY, "--successor", "E6", "--yes")
    case = desk.case_of("E1")
    assert "workfleet backup run WF-0001" in desk.type("case", "next", case)
    customers = desk.step(case, "customers")
    said = desk.type("case", "do", case, customers, "--note", "all 12 of them")
    assert f"Step {customers} of {case} is done" in said
    again = desk.type("case", "do", case, customers, "--note", "once more", expect=CONFLICT)
    assert f"workfleet case reopen {case} --step {customers}" in again
    desk.type("case", "reopen", case, "--step", customers, "--reason", "not all of them")
    waived = ("case", "waive", case, customers, "--reason", "there are none")
    desk.type(*waived, expect=USAGE)  # nobody is there to be asked
    assert "is waived" in desk.type(*waived, "--yes")
    assert "waived by" in desk.type("case", "show", case)
    assert "case.step_waived" in desk.type("case", "history", case)
    assert case in desk.type("task", "list")
    assert "station" in desk.type("case", "blocked")


def test_what_is_typed_wrong_is_refused_in_one_line(desk: Desk) -> None:
    for words, code in (
        (("offboard", "E99", "--by", BY, "--plan"), NOT_FOUND),
        (("offboard", "E5", "--by", "2099-13-01"), USAGE),
        (("offboard", "E5", "--by", "1999-12-31", "--yes"), INVALID),
        (("offboard", "E5", "--successor", "E5", "--yes"), INVALID),
        (("transfer", "E5", "--to", "SALES", "--yes"), INVALID),
        (("transfer", "E5", "--to", "NOWHERE", "--yes"), NOT_FOUND),
        (("swap", "WF-9999", "--reason", "broken", "--yes"), NOT_FOUND),
        (("case", "next", "LV-1999-001"), NOT_FOUND),
        (("case", "loss", "IN-1999-001", "--yes"), NOT_FOUND),
        (("case", "reassign", "wecom-9", "--to", "E5", "--by", BY, "--yes"), NOT_FOUND),
        (("account", "history", "wecom-1", "--on", "someday"), USAGE),
        (("case", "list", "--sort", "colour"), INVALID),
    ):
        assert desk.type(*words, expect=code).strip()
    assert desk.json("case", "list", "--employee", "E5")["items"] == []


def test_who_holds_nothing_is_said_to_leave_when_his_day_is_over(desk: Desk) -> None:
    plan = desk.type("offboard", "E7", "--by", BY, "--plan")
    assert f"Person E7 holds nothing. Person E7 has left once {BY} is over" in plan

    assert "is open" in desk.type("offboard", "E7", "--by", BY, "--yes")

    assert desk.json("employee", "show", "E7")["status"] == "leaving"
    desk.type("offboard", "E7", "--by", BY, "--yes", expect=CONFLICT)


def test_who_holds_nothing_and_whose_day_is_over_has_left(desk: Desk) -> None:
    day = (TODAY - timedelta(days=2)).isoformat()

    assert "is closed: nothing was to be done" in desk.type("offboard", "E8", "--by", day, "--yes")

    assert desk.json("employee", "show", "E8")["status"] == "left"


def test_a_day_that_is_past_is_said(desk: Desk) -> None:
    late = TODAY - timedelta(days=3)

    assert f"{late} is past" in desk.type("offboard", "E5", "--by", late, "--plan")


def test_a_file_of_leavers_names_every_bad_row(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "leavers.csv"
    rows = ("E3,2099-12-31,E5", "E99,2099-12-31,", "E3,2099-12-31,", "E6,1999-01-01,", "E4,,E3")
    file.write_text("\n".join(("工号,离职日期,接替人工号", *rows)))

    refused = desk.type("offboard", "--file", file, "--yes", expect=CONFLICT)
    assert "5 rows, 4 refused" in refused
    assert desk.json("case", "list", "--employee", "E3")["items"] == []
    said = desk.type("offboard", "--file", file, "--each", "--yes", expect=CONFLICT)

    assert "1 cases are open; 4 refused" in said
    assert desk.case_of("E3").startswith("LV-")
    file.write_text("工号,离职日期\nE4,someday\n")
    assert "This is no day" in desk.type("offboard", "--file", file, expect=INVALID)
    desk.type("offboard", "--file", tmp_path / "none.csv", expect=USAGE)


def test_a_case_is_taken_back_and_begun_again(desk: Desk) -> None:
    desk.type("swap", "WF-0004", "--reason", "a broken screen", "--yes")
    case = desk.case_of("E4")
    chats = desk.step(case, "chats_moved")
    too_early = desk.type("case", "do", case, chats, "--note", "all there", expect=CONFLICT)
    assert f"workfleet case next {case}" in too_early

    assert "WF-0004 stays with" in desk.type(
        "case", "cancel", case, "--reason", "repaired on the spot", "--dry-run"
    )
    desk.type("case", "cancel", case, "--reason", "repaired on the spot", "--yes")
    desk.type("case", "do", case, chats, "--note", "all there", expect=CONFLICT)
    assert desk.json("device", "show", "WF-0004")["state"] == "issued"
    desk.type("case", "reopen", case, "--reason", "broken again")

    assert desk.json("device", "show", "WF-0004")["state"] == "returning"
    desk.type("case", "cancel", case, "--reason", "it will do", "--yes")


def test_a_step_is_done_by_whom_it_is_for(desk: Desk) -> None:
    first = "chosen by the desk"
    desk.type(
        *("user", "add", "e5", "--name", "Person E5", "--role", "employee", "--employee", "E5"),
        "--password-stdin",
        typed=first,
    )
    own = ("--profile", "e5")
    login = ("login", "--username", "e5", "--server", desk.server, "--password-stdin")
    desk.type(*own, *login, typed=first)
    desk.type(*own, "password", "--password-stdin", typed=f"{first}\n{PASSWORD}\n")
    desk.type("offboard", "E2", "--by", BY, "--successor", "E5", "--yes")
    case = desk.case_of("E2")
    customers, accept = desk.step(case, "customers"), desk.step(case, "accept")

    assert "says so himself" in desk.type(
        "case", "do", case, customers, "--note", "he did", expect=NOT_ALLOWED
    )
    assert f"{case} · {customers}" in desk.type(*own, "task", "list")
    desk.type(*own, "case", "do", case, accept, "--note", "here it is", expect=INVALID)
    desk.type(*own, "case", "do", case, customers, "--note", "all 3 of them")
    assert f"{case} · {customers}" not in desk.type(*own, "task", "list")


def test_an_account_tells_who_had_it_on_a_day(desk: Desk) -> None:
    assert "Person E1 (E1)" in desk.type("account", "history", "wecom-1", "--on", TODAY)
    desk.type("account", "history", "wecom-1", "--on", "1999-01-01")
    desk.type("audit", "verify")
