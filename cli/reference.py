"""Writes docs/commands.md from the commands: `python -m cli.reference > docs/commands.md`."""

import sys
from collections.abc import Iterator

import click

from cli.contents import CONTENTS, Entry, load
from cli.exits import MEANINGS
from fleet.contracts.words import speaking

TOP = """# Commands

Written from the code by `python -m cli.reference`; a test compares.

`--profile`, `--server`, `--output table|json|csv` and `--lang` stand before the command;
`-o` may also stand after it. `workfleet COMMAND --help` shows the same as this page.
`eval "$(workfleet completion bash)"` completes commands and options.

| environment | meaning |
|---|---|
| `WORKFLEET_SERVER`, `WORKFLEET_PROFILE` | as `--server` and `--profile` |
| `WORKFLEET_CONFIG` | folder of profiles.toml, instead of the user's own for settings |
| `WORKFLEET_HOME` | folder of the server on this machine |
| `WORKFLEET_STATION` | folder of the station on this machine |
"""
AFTER = """## Exit codes

| code | meaning |
|---|---|
"""


def reference() -> str:
    """Return the page, in English."""
    with speaking("en"):
        parts = [TOP]
        for title, section in CONTENTS.items():
            parts.append(f"## {title}\n")
            parts += [text for entry in section for text in _entry(entry)]
        rows = [f"| {code} | {text} |\n" for code, text in MEANINGS.items()]
        return "\n".join([*parts, AFTER + "".join(rows)])


def _entry(entry: Entry) -> Iterator[str]:
    found = load(entry)
    context = click.Context(found, info_name=f"workfleet {entry.name}")
    if not isinstance(found, click.Group):
        yield _command(found, context)
        return
    yield f"### workfleet {entry.name}\n\n{found.help}\n"
    yield from _commands(found, context)


def _commands(found: click.Group, context: click.Context) -> Iterator[str]:
    for name in found.list_commands(context):
        inner = found.get_command(context, name)
        if inner is None:
            continue
        within = click.Context(inner, info_name=name, parent=context)
        yield _command(inner, within)
        if isinstance(inner, click.Group):
            yield from _commands(inner, within)


def _command(command: click.Command, context: click.Context) -> str:
    usage = " ".join(command.collect_usage_pieces(context))
    lines = [f"#### `{context.command_path} {usage}`\n", f"{command.help}\n"]
    rows = [
        f"- `{names}`: {text}"
        for param in command.get_params(context)
        if isinstance(param, click.Option)
        and "--help" not in param.opts
        and (record := param.get_help_record(context))
        for names, text in [record]
    ]
    return "\n".join([*lines, *rows, ""] if rows else lines)


if __name__ == "__main__":
    sys.stdout.write(reference())
