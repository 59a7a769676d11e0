"""Commands as people write them, on pages and in sentences, held against the commands there are."""

import re
import shlex
from collections.abc import Iterator
from itertools import product

import click

from cli.contents import entries, load

FENCED = re.compile(r"^```[a-z]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
SPOKEN = re.compile(r"(?<!\")workfleet ([^`\n]+)")
LED_TO = re.compile(r"(?:: |← |\? )workfleet ([a-z-]+(?: [a-z-]+)*)")
ENDS = re.compile(r"\s+(?:#|;|&&|\||>>)\s+|\s{3,}|\)|$")
MORE = "…"  # alone: what else the command needs is left out; after an option: any value
NOUNS = {entry.name: entry for entry in entries()}


def commands() -> Iterator[tuple[str, click.Command]]:
    for entry in entries():
        yield from _with_all_beneath(entry.name, load(entry))


def _with_all_beneath(name: str, found: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield name, found
    if isinstance(found, click.Group):
        for word, one in found.commands.items():
            yield from _with_all_beneath(f"{name} {word}", one)


def on_page(text: str) -> Iterator[str]:
    """Yield every command of a page in Markdown, without the word `workfleet` before it."""
    for block in FENCED.findall(text):
        for line in block.splitlines():
            yield from _in_line(line)
    for span in SPAN.findall(FENCED.sub("", text)):
        yield from _in_line(span if span.startswith("workfleet ") else f"workfleet {span}")


def _in_line(line: str) -> Iterator[str]:
    """Yield the commands of a line: `workfleet user add … ; user show … # workfleet today`."""
    for spoken in SPOKEN.findall(line):
        for part in re.split(r"\s+(?:;|&&)\s+|\s+#.*?workfleet ", spoken):
            words = ENDS.split(part.removeprefix("workfleet ").strip())[0]
            if len(words.split()) > 1 and words.split()[0] in NOUNS:
                yield words


def in_sentence(text: str) -> Iterator[str]:
    """Yield the commands that a sentence tells a person to type; its blanks are words."""
    for span in SPAN.findall(re.sub(r"\{\w*\}", "BLANK", text)):
        yield from _in_line(span)
    for words in LED_TO.findall(text):
        yield from _in_line(f"workfleet {words} {MORE}")


def wrong_with(written: str) -> list[str]:
    """Say why a command could not be typed as it is written; nothing where it could."""
    words = shlex.split(re.sub(r"[][]", " ", written))
    ways = [word.split("|") if re.fullmatch(r"[a-z|-]+", word) else [word] for word in words]
    return [f"{written}: {said}" for way in product(*ways) if (said := _wrong(list(way)))]


def _wrong(words: list[str]) -> str:
    command, rest = load(NOUNS[words[0]]), words[1:]
    while isinstance(command, click.Group) and rest and rest[0] != MORE:
        command, rest = command.commands.get(rest[0]), rest[1:]
    if command is None:
        return "there is no such command"
    if isinstance(command, click.Group) or not rest:
        return ""  # a name, as in "see `workfleet today`"
    try:
        return _missing(command, rest)
    except click.BadOptionUsage as refused:
        return "" if refused.option_name == rest[-1] else refused.format_message()
    except click.UsageError as refused:
        return refused.format_message()


def _missing(command: click.Command, words: list[str]) -> str:
    context = click.Context(command, info_name=command.name)
    given, left, _order = command.make_parser(context).parse_args(list(words))
    if any(word != MORE for word in left):
        return f"nothing is asked for by {left}"
    for param in command.params:
        if isinstance(param.type, click.Choice) and (value := given.get(param.name)) in words:
            _ = value == MORE or param.type.convert(value, param, context)
    if all(word.startswith("-") for word in words):
        return ""  # a name, as in "with `workfleet audit checkpoint --out`"
    if left or any(MORE in _words(given.get(one.name)) for one in _arguments(command)):
        return ""
    lacking = [one for one in command.params if one.required and not _words(given.get(one.name))]
    return ", ".join(one.get_error_hint(context) for one in lacking if not _is_asked(one))


def _arguments(command: click.Command) -> list[click.Parameter]:
    return [one for one in command.params if isinstance(one, click.Argument)]


def _is_asked(param: click.Parameter) -> bool:
    return isinstance(param, click.Option) and param.prompt is not None


def _words(value: object) -> tuple[object, ...]:
    if isinstance(value, (list, tuple)):
        return tuple(value)
    return (value,) if isinstance(value, (str, bool)) else ()
