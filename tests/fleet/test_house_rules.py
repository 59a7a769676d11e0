"""What holds for every room, also for those that are built later."""

import ast
import importlib
import pkgutil
from collections import Counter
from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

import pytest

import fleet
from fleet.audit.events import Event
from fleet.contracts.words import speaking
from fleet.devices.errors import MoveNotAllowed
from fleet.errors import FleetError

HERE = Path(fleet.__file__).parent
SAMPLE = {int: 3, str: "x", list[str]: ["x"], list[dict[str, str]]: [{"check": "x"}]}


def modules() -> list[str]:
    names = [info.name for info in pkgutil.walk_packages([str(HERE)], "fleet.")]
    for name in names:
        importlib.import_module(name)
    return names


def below(kind: type) -> list[type]:
    """Return every class of our own that derives from `kind`."""
    modules()
    found, todo = [], [kind]
    while todo:
        for child in todo.pop().__subclasses__():
            if child.__module__.startswith("fleet."):
                found.append(child)
                todo.append(child)
    return found


def refusals() -> list[type[FleetError]]:
    return [kind for kind in below(FleetError) if kind.__module__ != "fleet.errors"]


def sample(kind: type[FleetError]) -> FleetError:
    hints = get_type_hints(kind)
    return kind(**{item.name: SAMPLE.get(hints[item.name], "x") for item in fields(kind)})


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_refusal_can_fill_its_own_sentences(language: str):
    with speaking(language):
        for kind in refusals():
            text = str(sample(kind))
            assert text, kind
            assert "{" not in text, kind


def test_every_refusal_says_what_to_do_next():
    assert [kind.__name__ for kind in refusals() if not kind.advice] == []


def test_every_refusal_has_a_code_of_its_own():
    counted = Counter(kind.code for kind in refusals())

    assert [code for code, times in counted.items() if times > 1] == []


def test_every_event_has_a_name_of_its_own_with_its_subject_in_front():
    named = [kind for kind in below(Event) if "name" in vars(kind)]
    counted = Counter(kind.name for kind in named)

    assert [name for name, times in counted.items() if times > 1] == []
    assert [name for name in counted if len(name.split(".")) != 2] == []


def test_no_event_has_room_for_a_secret():
    suspicious = ("password", "pin", "secret", "value", "sealed", "token_text")
    names = {(kind.__name__, item.name) for kind in below(Event) for item in fields(kind)}

    assert [pair for pair in names if pair[1] in suspicious] == []


def test_the_domain_never_commits():
    """Commits happen at the doors: a verb that is refused later must leave no trace."""
    guilty = [
        f"{path.relative_to(HERE)}:{node.lineno}"
        for path in HERE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "commit"
    ]

    assert guilty == []


def test_every_table_is_known_to_the_migrations():
    from fleet.tables import metadata

    tables = [kind for kind in below(fleet.database.Base) if hasattr(kind, "__tablename__")]
    declared = {kind.__tablename__ for kind in tables}
    alone = {table.name for table in metadata.sorted_tables}
    assert declared == alone
    source = (HERE / "tables.py").read_text("utf-8")
    rooms = {kind.__module__ for kind in tables}
    assert [room for room in sorted(rooms) if f"import {room}" not in source] == []


def test_a_refusal_says_our_words_in_the_language_of_all_the_others():
    refusal = MoveNotAllowed(move="start_return", state="in_stock")

    with speaking("zh_CN"):
        said = str(refusal)

    assert "in_stock" not in said
    assert "start" not in said
    assert refusal.details == {"move": "start_return", "state": "in_stock"}
