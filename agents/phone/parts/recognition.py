"""Finds out which question a recording answers: by the name it was given, else by how it looks."""

import re
from collections.abc import Iterator
from typing import Any

from agents.phone.parts.app_questions import (
    INSTALLING,
    PACKAGES_DISABLED,
    PACKAGES_THIRD_PARTY,
)
from agents.phone.parts.catalogue import EVERY_PART
from agents.phone.parts.part import Part

# Lists that leave packages out look like any list of packages: only their names tell them apart.
FILTERS = (PACKAGES_DISABLED, PACKAGES_THIRD_PARTY, INSTALLING)
BY_LOOK = tuple(part for part in EVERY_PART if part not in FILTERS)
WRAPPING = re.compile(r"^(?:\d+_+|adb_shell_|adb_|shell_|dumpsys_|cmd_|raw_|output_)")
HEADING = re.compile(
    r"^(?:DUMP OF SERVICE (?:[A-Z]+ )?(?P<service>[\w.]+):.*"
    r"|-{4,} (?P<properties>SYSTEM PROPERTIES)\b.*"
    r"|.*?(?:\badb(?:\.exe)?(?:[ \t]+-[a-z][ \t]+\S+)*[ \t]+(?:shell|exec-out)|[$#>➜])[ \t]+"
    r"(?P<command>[a-z].*))$",
    re.MULTILINE,
)


def parts_in(name: str, text: str) -> Iterator[tuple[Part[Any], str]]:
    """Give each part that is in a recording called `name` (its folder and stem), with its text."""
    sections = list(_sections(text))
    if len({part.name for part, _text in sections}) > 1:
        yield from sections
        return
    part = recognised(name, text) or next((part for part, _text in sections), None)
    if part:
        yield part, text


def recognised(name: str, text: str) -> Part[Any] | None:
    """Trust the name unless the text plainly answers another question."""
    named, looked = _by_name(name), next((p for p in BY_LOOK if p.looks_like(text)), None)
    if named and (looked is None or named in FILTERS or named.looks_like(text)):
        return named
    return looked


def _by_name(name: str) -> Part[Any] | None:
    for stem in _stems(name):
        exact = next((part for part in EVERY_PART if part.name == stem), None)
        found = exact or next((part for part in EVERY_PART if part.is_named(stem)), None)
        if found:
            return found
    return None


def _stems(name: str) -> Iterator[str]:
    """Peel a name: "settings/global", "01 dumpsys battery", "adb-shell-getprop"."""
    pieces = name.replace("\\", "/").lower().split("/")
    for whole in ("_".join(pieces), pieces[-1]):
        stem = re.sub(r"\W+", "_", whole).strip("_")
        yield stem
        while peeled := WRAPPING.match(stem):
            stem = stem[peeled.end() :]
            yield stem


def _sections(text: str) -> Iterator[tuple[Part[Any], str]]:
    """Cut one recording of several questions where a prompt or a heading asks the next one."""
    headings = [(part, m) for m in HEADING.finditer(text) if (part := _asked(m))]
    ends = [m.start() for _part, m in headings[1:]] + [len(text)]
    for (part, heading), end in zip(headings, ends, strict=False):
        yield part, text[heading.end() : end]


def _asked(heading: re.Match[str]) -> Part[Any] | None:
    service, command = heading["service"], heading["command"] or ""
    asked = f"dumpsys {service}" if service else "getprop" if heading["properties"] else command
    return next((part for part in EVERY_PART if re.search(part.asked, asked)), None)
