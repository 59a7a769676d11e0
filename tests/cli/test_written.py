"""What our pages and sentences tell a person to type can be typed."""

import ast
from pathlib import Path

import pytest

from tests.cli.written import in_sentence, on_page, wrong_with

ROOT = Path(__file__).parents[2]
ROOMS = ("fleet", "agents", "api", "cli")
FROM_CODE = {"commands.md", "permissions.md"}
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
OURS = {str(one.relative_to(ROOT)): one for one in sorted(PAGES) if one.name not in FROM_CODE}


@pytest.mark.parametrize("page", OURS.values(), ids=OURS)
def test_every_command_of_a_page_can_be_typed(page):
    written = set(on_page(page.read_text("utf-8")))

    assert [said for words in sorted(written) for said in wrong_with(words)] == []


def test_every_command_of_a_sentence_can_be_typed():
    texts = [
        node.value
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    written = {words for text in texts for words in in_sentence(text)}

    assert len(written) > 50
    assert [said for words in sorted(written) for said in wrong_with(words)] == []


@pytest.mark.parametrize(
    ("written", "is_wrong"),
    [
        ("device list", False),
        ("device lost", True),
        ("today", False),
        ("opening approve OP-1 --note …", False),
        ("opening approve OP-1", True),
        ("opening approve OP-1 --nope …", True),
        ("opening request BK-1 --purpose play --reason …", True),
        ("policy set … --dry-run", False),
        ("preservation place|lift|list", False),
        ("preservation place|left|list", True),
        ("device list of all", True),
    ],
)
def test_what_cannot_be_typed_is_found(written, is_wrong):
    assert bool(wrong_with(written)) == is_wrong
