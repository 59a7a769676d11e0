"""However a command ends, it says so in one line and with its own exit code."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from inspect import isclass
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from api.client import Refused, ServerUnreachable
from cli import exits, refusals
from cli.app import Root
from cli.server import founding
from fleet.errors import (
    Conflict,
    FleetError,
    Forbidden,
    Invalid,
    NotFound,
    Unauthorized,
    Unavailable,
)

KINDS = {
    NotFound: exits.NOT_FOUND,
    Conflict: exits.CONFLICT,
    Invalid: exits.INVALID,
    Unauthorized: exits.NOT_ALLOWED,
    Forbidden: exits.NOT_ALLOWED,
    Unavailable: exits.UNAVAILABLE,
    KeyboardInterrupt: exits.INTERRUPTED,
    click.Abort: exits.INTERRUPTED,
}


def ended_by(error: BaseException) -> tuple[int, str]:
    """Run a command that raises `error`; return the exit code and standard error."""

    @click.command()
    def stumble() -> None:
        raise error

    class OneCommand(Root):
        def get_command(self, _ctx: click.Context, _name: str) -> click.Command:
            return stumble

    result = CliRunner().invoke(OneCommand("workfleet"), ["stumble"])
    return result.exit_code, result.stderr


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_ending_has_its_own_exit_code(kind: type[BaseException]) -> None:
    code, said = ended_by(kind())

    assert code == KINDS[kind]
    assert said.count("\n") == 1


def test_a_refusal_of_the_server_says_what_is_so_and_what_to_do() -> None:
    refused = Refused("conflict", "already_held", "WF-1 is with 王芳.", "Take another.", {}, 409)

    assert ended_by(refused) == (exits.CONFLICT, "WF-1 is with 王芳. → Take another.\n")


def test_an_open_gate_has_an_exit_code_of_its_own() -> None:
    assert ended_by(Refused("conflict", "gate_open", "Not yet."))[0] == exits.GATE_OPEN


def test_a_server_that_is_down_is_worth_another_try() -> None:
    assert ended_by(ServerUnreachable("http://x", "refused"))[0] == exits.UNAVAILABLE


def test_our_mistake_is_one_apology_and_a_file(folders: Path) -> None:
    code, said = ended_by(ZeroDivisionError("secret-in-the-text"))

    assert code == exits.OUR_MISTAKE
    assert said.count("\n") == 1
    assert "secret-in-the-text" not in said
    [file] = (folders / "config/log").iterdir()
    assert str(file) in said
    assert "ZeroDivisionError" in file.read_text("utf-8")
    assert os.name != "posix" or file.stat().st_mode & 0o077 == 0


def test_a_reader_that_goes_away_is_no_mistake() -> None:
    many = [sys.executable, "-m", "cli", "--help"]
    with subprocess.Popen(many, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()

    assert said == b""


def test_wrong_fields_are_named_without_their_values() -> None:
    from fleet.contracts.credentials import AdoptIn

    def stumble() -> None:
        AdoptIn.model_validate({"kind": "device_pin", "value": "730516", "reason": "x"})

    with pytest.raises(ValueError, match="reason") as caught:
        stumble()
    code, said = ended_by(caught.value)

    assert code == exits.INVALID
    assert "reason" in said
    assert "730516" not in said


def own_refusals() -> Iterator[type[FleetError]]:
    for module in (refusals, founding):
        for found in vars(module).values():
            if (
                isclass(found)
                and issubclass(found, FleetError)
                and found.__module__ == module.__name__
            ):
                yield found


@pytest.mark.parametrize("kind", [*own_refusals()], ids=lambda kind: kind.__name__)
def test_every_own_refusal_fills_its_sentence(kind: type[FleetError]) -> None:
    refusal = kind(**{field.name: "x" for field in fields(kind)})

    assert refusal.sentence()
    assert refusal.next_step()


def test_every_own_refusal_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in own_refusals()]

    assert len(codes) == len(set(codes))
