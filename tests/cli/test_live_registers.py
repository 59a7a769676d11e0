"""Entries looked at, corrected and found by a person at a terminal, on the server's own port."""

import json
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from cli.exits import CONFLICT, INVALID, NOT_FOUND, USAGE
from tests.cli.test_live import Bench, answers, wait_until
from tests.cli.test_live_applications import type_at
from tests.ports import free_port


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Give the desk of a company with two departments and a person who works in both."""
    server, port = Bench(tmp_path_factory.mktemp("server")), free_port()
    with ExitStack() as stack:
        stack.callback(server.end)
        server.run("server", "init", "--url", f"http://127.0.0.1:{port}")
        server.start("server", "serve", "--port", str(port))
        wait_until(lambda: answers(port))
        type_at(server, "department", "add", "SALES", "--name", "Sales")
        type_at(server, "department", "add", "LAB", "--name", "Lab", "--parent", "SALES")
        type_at(server, "employee", "add", "E1", "--name", "Ann", "--department", "SALES")
        post = ("--department", "LAB", "--title", "adviser")
        type_at(server, "employee", "post", "add", "E1", *post)
        yield server


def read(desk: Bench, *words: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(type_at(desk, "-o", "json", *words))
    return found


def test_a_correction_is_looked_at_made_and_on_record_once(desk: Bench) -> None:
    type_at(desk, "device", "add", "R58M123ABC", "--tag", "WF 7 号", "--colour", "red")
    edit = ("device", "edit", "WF 7 号", "--clear", "colour", "--owner", "E1")

    looked = type_at(desk, *edit, "--dry-run")
    assert read(desk, "device", "show", "WF 7 号")["colour"] == "red"
    made = type_at(desk, *edit)

    assert "red → —" in looked
    assert made.splitlines() == looked.splitlines()[:-1]
    corrected = type_at(desk, "audit", "tail", "--event", "device.corrected")
    assert corrected.count("device.corrected") == 1


def test_a_partner_is_named_as_it_is_written(desk: Bench) -> None:
    name = "某某 & 合作? #1"
    type_at(desk, "partner", "add", name, "--contact", "赵敏")

    type_at(desk, "partner", "edit", name, "--clear", "contact", "--department", "LAB")

    shown = read(desk, "partner", "show", name)
    assert (shown["contact"], shown["department"]) == (None, "LAB")


def test_people_are_found_by_any_post_and_departments_by_the_one_above(desk: Bench) -> None:
    assert "LAB adviser" in type_at(desk, "employee", "list", "--department", "LAB")
    assert "Ann" in type_at(desk, "department", "show", "LAB")
    assert "Lab" in type_at(desk, "department", "list", "--parent", "SALES")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("employee", "edit", "E1"), INVALID, "--help"),
        (("employee", "edit", "E1", "--clear", "name"), USAGE, "name"),
        (("employee", "edit", "E9", "--name", "x", "--dry-run"), NOT_FOUND, "E9"),
        (("department", "edit", "SALES", "--parent", "LAB", "--dry-run"), INVALID, "LAB"),
        (("department", "add", "LAB", "--name", "Lab"), CONFLICT, "LAB"),
        (("accessory", "handed-out", "--where", "nowhere"), USAGE, "with_holder"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    desk: Bench, words: tuple[str, ...], code: int, said: str
) -> None:
    assert said in type_at(desk, *words, expect=code)
