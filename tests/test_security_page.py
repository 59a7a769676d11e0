"""The page on attackers names tests: each is there, so that no claim outlives what shows it."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = re.compile(r"(tests/[\w/]+\.py)::(\w+)")
ATTACKERS = (
    *("thief of a phone", "thief of the server's disk", "thief of a backup store"),
    *("thief of a station", "curious operator", "leaving employee", "lying phone"),
)


def test_every_test_that_the_page_names_is_there():
    named = set(NAMED.findall(PAGE))
    missing = {(file, name) for file, name in named if name not in names_in(ROOT / file)}

    assert missing == set()
    assert len(named) > 50


def names_in(file: Path) -> set[str]:
    tree = ast.parse(file.read_text("utf-8")) if file.is_file() else ast.Module([], [])
    return {item.name for item in tree.body if isinstance(item, ast.FunctionDef)}


def test_every_attacker_has_tests_and_what_he_can_do():
    parts = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
    for part in parts:
        assert NAMED.search(part), part.splitlines()[0]
        assert "He can" in part or "can:" in part, part.splitlines()[0]
    assert [name for name in ATTACKERS if not any(name in part for part in parts)] == []


def test_a_file_that_the_page_leads_to_is_there():
    for file in re.findall(r"docs/decisions/[\w-]+\.md", PAGE):
        assert (ROOT / file).is_file()
