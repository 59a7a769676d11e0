"""The gate, its waivers, the acceptance and what comes after it, typed at a server that serves.

Wrong words are told what is so and what to do; nothing is half done by them.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from click.testing import CliRunner

from cli.app import main
from cli.exits import CONFLICT, GATE_OPEN, INVALID, NOT_FOUND, OK, USAGE
from tests.cli.test_live import Bench, answers, wait_until
from tests.ports import free_port

SEEN = "the IMEI on its tray"


@dataclass
class Typed:
    """Types commands in this process, at a server that is another."""

    bench: Bench
    url: str

    def run(self, *words: str, expect: int = OK, typed: str = "") -> str:
        own = () if words[0] in {"--profile", "server"} else ("--profile", "local")
        arguments = [*own, *words]
        done = CliRunner().invoke(main, arguments, input=typed, env=self.bench.environment)
        assert done.exit_code == expect, (words, done.exit_code, done.output, done.exception)
        return done.output

    def refused(self, *words: str, expect: int) -> str:
        """Return a refusal: one sentence or two, and no traceback."""
        said = self.run(*words, expect=expect)
        assert "Traceback" not in said
        return said

    def json(self, *words: str):
        return json.loads(self.run("-o", "json", *words))

    def let_in(self, name: str, role: str) -> None:
        first, own = "chosen by the desk", ("--profile", name)
        self.run("user", "add", name, "--name", name, "--role", role, "--password-stdin",
                 typed=first)  # fmt: skip
        self.run(*own, "login", "--username", name, "--server", self.url, "--password-stdin",
                 typed=first)  # fmt: skip
        self.run(*own, "password", "--password-stdin", typed=f"{first}\nhorse battery staple\n")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Typed]:
    bench, port = Bench(tmp_path_factory.mktemp("gate")), free_port()
    typed = Typed(bench, f"http://127.0.0.1:{port}")
    try:
        typed.run("server", "init", "--url", typed.url)
        bench.start("server", "serve", "--port", str(port))
        wait_until(lambda: answers(port))
        typed.run("department", "add", "SALES", "--name", "Sales")
        typed.run("employee", "add", "E1037", "--name", "Ann", "--department", "SALES")
        typed.let_in("qian", "administrator")
        yield typed
    finally:
        bench.end()


@pytest.fixture
def tag(desk: Typed) -> str:
    """Give a phone that is with Ann, and on its way back."""
    count = len(desk.json("device", "list", "--all")["items"])
    tag = desk.json("device", "add", f"SER-{count}")["tag"]
    desk.run("issue", "--to", "E1037", "--device", tag, "--yes")
    desk.run("return", tag)
    return str(tag)


def asked(desk: Typed, tag: str, check: str) -> str:
    desk.run("waiver", "ask", tag, check, "--reason", "the phone is broken")
    [one] = desk.json("waiver", "list", "--device", tag, "--check", check)["items"]
    return str(one["number"])


def let_pass(desk: Typed, tag: str) -> None:
    desk.run("gate", tag, "identity", "--declare", SEEN)
    for check in desk.json("gate", tag)["open"]:
        if check != "handed_back":
            grant = "waiver", "grant", asked(desk, tag, check), "--note", "I have seen it"
            desk.run("--profile", "qian", *grant)


def test_the_gate_says_of_each_check_how_it_is_met(desk: Typed, tag: str) -> None:
    seen = desk.json("gate", tag)

    assert all(one["advice"] for one in seen["checks"] if not one["ok"])
    assert len(seen["open"]) > 3
    one = desk.run("gate", tag, "backup")
    assert "workfleet backup run" in one


def test_what_is_no_phone_and_no_check_is_refused(desk: Typed, tag: str) -> None:
    assert "no phone" in desk.refused("gate", "WF-9999", expect=NOT_FOUND).lower()
    assert "handed_back" in desk.refused("gate", tag, "colour", expect=USAGE)
    desk.refused("gate", tag, "pin", "--declare", "trust me", expect=INVALID)
    desk.refused("accept", "WF-9999", "--yes", expect=NOT_FOUND)


def test_an_open_gate_is_an_answer_with_a_code_of_its_own(desk: Typed, tag: str) -> None:
    said = desk.run("accept", tag, "--yes", expect=GATE_OPEN)

    assert "Not yet" in said
    desk.run("accept", tag, "--dry-run", expect=GATE_OPEN)
    assert "--note" in desk.refused("accept", tag, "--declare", "identity", expect=USAGE)
    assert "--reason" in desk.refused("accept", tag, "--waive", "backup", expect=USAGE)
    desk.refused("accept", tag, "--quarantine", "9999", expect=USAGE)
    assert desk.json("device", "show", tag)["state"] == "returning"


def test_a_waiver_is_asked_for_by_one_and_decided_by_another(desk: Typed, tag: str) -> None:
    number = asked(desk, tag, "backup")

    note = "--note", "by myself"
    desk.refused("waiver", "grant", number, *note, expect=CONFLICT)
    desk.refused("waiver", "ask", tag, "backup", "--reason", "twice", expect=CONFLICT)
    assert "granted until" in desk.run("--profile", "qian", "waiver", "grant", number, *note)
    desk.refused("--profile", "qian", "waiver", "refuse", number, *note, expect=CONFLICT)
    assert "backup" not in desk.json("gate", tag)["open"]
    desk.run("--profile", "qian", "waiver", "withdraw", number, "--note", "it starts again")
    assert "backup" in desk.json("gate", tag)["open"]
    rows = csv.DictReader(
        io.StringIO(desk.run("-o", "csv", "waiver", "list", "--device", tag).lstrip("\ufeff"))
    )
    assert [(row["number"], row["state"]) for row in rows] == [(number, "withdrawn")]


def test_what_no_waiver_can_be_is_refused(desk: Typed, tag: str) -> None:
    ask = "waiver", "ask", tag
    reason = "--reason", "in a hurry"
    desk.refused(*ask, "identity", *reason, expect=INVALID)
    desk.refused(*ask, "backup", *reason, "--until", "2020-01-01", expect=INVALID)
    desk.refused(*ask, "backup", *reason, "--until", "2999-01-01", expect=INVALID)
    desk.refused(*ask, "backup", *reason, "--until", "tomorrow", expect=USAGE)
    desk.refused(*ask, "backup", "--reason", "x", expect=INVALID)
    desk.refused(*ask, "colour", *reason, expect=USAGE)
    desk.refused("waiver", "show", "WV-2020-001", expect=NOT_FOUND)
    desk.refused("waiver", "ask", "WF-9999", "backup", *reason, expect=NOT_FOUND)
    assert desk.json("waiver", "list", "--device", tag)["items"] == []


def test_an_accepted_phone_waits_for_its_wipe_and_can_still_be_taken_back(
    desk: Typed, tag: str
) -> None:
    desk.refused("device", "wipe", tag, "--yes", expect=CONFLICT)
    let_pass(desk, tag)
    assert "would be accepted" in desk.run("accept", tag, "--dry-run")

    assert "Certificate CC-" in desk.run("accept", tag, "--yes", "--witness", "Chen Hao")

    assert desk.json("device", "wiping", tag)["erasing_since"] is None
    desk.refused("device", "wipe", tag, "--yes", expect=CONFLICT)
    assert "dry run" in desk.run("device", "wipe", tag, "--dry-run")
    desk.refused("accept", tag, "--yes", expect=CONFLICT)
    desk.refused("device", "wiped", tag, "--way", "hammer", "--note", "flat", expect=USAGE)
    desk.run("device", "undo-accept", tag, "--reason", "chats were forgotten", "--yes")
    assert desk.json("device", "show", tag)["state"] == "returning"
    desk.refused("device", "undo-accept", tag, "--reason", "again", "--yes", expect=CONFLICT)


def test_a_phone_erased_by_hand_is_stock_on_somebodys_word_alone(desk: Typed, tag: str) -> None:
    let_pass(desk, tag)
    desk.run("accept", tag, "--yes")

    desk.run("device", "wiped", tag, "--way", "settings", "--note", "the welcome screen")

    assert desk.json("device", "wiping", tag)["state"] == "wiped"
    desk.refused("issue", "--to", "E1037", "--device", tag, "--yes", expect=CONFLICT)
    desk.run("device", "restock", tag, "--reason", "seen by two", "--yes")
    assert desk.json("device", "show", tag)["state"] == "in_stock"


def test_words_for_accessories_are_kept_and_wrong_ones_refused(desk: Typed) -> None:
    named = "--zh", "支架", "--en", "stand"
    assert "支架" in desk.run("accessory", "set", "stand", *named)
    desk.refused("accessory", "set", "a b/c", *named, expect=INVALID)
    desk.refused("accessory", "set", "stand", "--zh", "支架", expect=USAGE)
    desk.refused("accessory", "retire", "nothing-of-ours", expect=INVALID)
    desk.run("accessory", "retire", "stand")
    words = [one["word"] for one in desk.json("accessory", "list")["items"]]
    assert "stand" not in words
    assert "stand" in desk.run("accessory", "list", "--retired")


def test_a_station_that_is_none_is_not_shown(desk: Typed) -> None:
    desk.refused("station", "show", "bench-9", expect=NOT_FOUND)
