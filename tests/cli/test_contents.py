"""The table of contents holds what it says, and showing it stays quick."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from cli.app import main
from cli.contents import entries
from cli.exits import MEANINGS
from cli.reference import reference
from tests.cli.written import commands

HEAVY = ("pydantic", "httpx", "rich", "sqlalchemy", "flask", "cryptography", "adbutils", "api")
ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "commands.md"


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

    assert offered == ["accept", "account", "accessory", "access"]


def test_the_version_is_shown() -> None:
    assert CliRunner().invoke(main, ["--version"]).output.startswith("workfleet ")


def test_an_unknown_command_is_a_usage_mistake() -> None:
    assert CliRunner().invoke(main, ["nope"]).exit_code == 2
