"""Asking for what must not stand in an argument list: at the terminal, from a file, from stdin."""

import sys
from typing import IO

import click

from cli.refusals import NotSaid, SecretNotGiven
from fleet.contracts.words import say


def at_terminal() -> bool:
    return sys.stdin.isatty()


def hidden(
    name: str, *, file: IO[str] | None, from_stdin: bool = False, twice: bool = False
) -> str:
    """Return a secret, the first line of a file or of standard input, or as typed unseen."""
    if file is not None:
        return _first_line(name, file)
    if from_stdin:
        return _first_line(name, sys.stdin)
    if not at_terminal():
        raise SecretNotGiven(what=say(name))
    typed: str = click.prompt(say(name), hide_input=True, confirmation_prompt=twice, err=True)
    return typed


def _first_line(name: str, file: IO[str]) -> str:
    if not (text := file.readline().rstrip("\r\n")):
        raise SecretNotGiven(what=say(name))
    return text


def reason(given: str | None, question: str, option: str = "--reason") -> str:
    """Return what is remembered with an act, said by `option` or typed when asked."""
    if given is not None:
        return given
    if not at_terminal():
        raise NotSaid(question=say(question), option=option)
    typed: str = click.prompt(say(question), err=True)
    return typed
