"""The table of contents holds what it says, and showing it stays quick."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from cli.app import main
from cli.contents import entries, load
from cli.exits import MEANINGS
from cli.reference import reference

HEAVY = ("pydantic", "httpx", "rich", "sqlalchemy", "flask", "cryptography", "adbutils", "api")
ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "commands.md"
ROOMS = ("fleet", "agents", "api", "cli")
FIRST_WORDS = {entry.name for entry in entries()}


def commands() -> Iterator[tuple[str, click.Command]]:
    for entry in entries():
        yield from _with_all_beneath(entry.name, load(entry))


def _with_all_beneath(name: str, found: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield name, found
    if isinstance(found, click.Group):
        for word, one in found.commands.items():
            yield from _with_all_beneath(f"{name} {word}", one)


def test_every_command_and_every_option_has_help() -> None:
    silent = [name for name, command in commands() if not command.help]
    silent += [
        f"{name} {option.opts}"
        for name, command in commands()
        for option in command.params
        if isinstance(option, click.Option) and not option.help and not option.hidden
    ]

    assert silent == []


def test_every_name_can_be_typed_without_an_input_method() -> None:
    assert all(name.isascii() and name == name.lower() for name, _command in commands())


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_help_can_be_shown(language: str) -> None:
    for name, _command in commands():
        shown = CliRunner().invoke(main, ["--lang", language, *name.split(), "--help"])
        assert shown.exit_code == 0, (name, shown.output)


def test_the_root_help_names_every_command_and_exit_code() -> None:
    shown = CliRunner().invoke(main, ["--lang", "en", "--help"]).output

    assert all(f"  {entry.name} " in shown for entry in entries())
    assert all(f"  {code} " in shown for code in MEANINGS)


def test_the_root_help_imports_nothing_heavy() -> None:
    asked = [sys.executable, "-X", "importtime", "-m", "cli", "--help"]
    traced = subprocess.run(asked, capture_output=True, text=True, check=True).stderr

    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in traced.splitlines()}
    assert imported.isdisjoint(HEAVY)


def test_the_page_of_commands_is_what_the_commands_say() -> None:
    assert DOCS.read_text("utf-8") == reference(), "python -m cli.reference > docs/commands.md"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_for_every_shell(shell: str) -> None:
    shown = CliRunner().invoke(main, ["completion", shell])

    assert shown.exit_code == 0
    assert "_WORKFLEET_COMPLETE" in shown.output


def test_completion_offers_commands_without_loading_them() -> None:
    offered = [item.value for item in main.shell_complete(click.Context(main), "acc")]

    assert offered == ["accept", "account", "access"]


NAMED = re.compile(r"(?:`|: |← |\? )workfleet ((?:[a-z-]+|--[a-z]+)(?: (?:[a-z-]+|--[a-z]+))*)")


def named_in_sentences() -> set[str]:
    """Find the commands that sentences tell a person to type."""
    sources = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    sentences = (
        node.value
        for path in sources
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value
    )
    return {found for text in sentences for found in NAMED.findall(text)}


def is_there(words: str) -> bool:
    name, *rest = words.split()
    known = dict(commands())
    command = known.get(name)
    for word in rest:
        if isinstance(command, click.Group):
            command = command.commands.get(word)
    options = {word for word in rest if word.startswith("--")} - {"--help"}
    return command is not None and options <= {
        one for param in command.params for one in param.opts
    }


def test_every_command_that_a_sentence_names_is_there() -> None:
    named = {words for words in named_in_sentences() if words.split()[0] in FIRST_WORDS}

    assert {words for words in named if not is_there(words)} == set()


def test_the_version_is_shown() -> None:
    assert CliRunner().invoke(main, ["--version"]).output.startswith("workfleet ")


def test_an_unknown_command_is_a_usage_mistake() -> None:
    assert CliRunner().invoke(main, ["nope"]).exit_code == 2
