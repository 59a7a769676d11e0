"""Which playbooks there are, and which one fits an app on a phone."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.permissions import Permission
from fleet.contracts.playbooks import (
    ChoiceOut,
    Playbook,
    PlaybookOut,
    PlaybookQuery,
    covers,
    parts,
)
from fleet.contracts.words import language as spoken
from fleet.devices.models import Device
from fleet.paging import page_of
from fleet.playbooks.errors import PlaybookNotFound
from fleet.playbooks.models import PlaybookVersion

VERSION_UNKNOWN: Final = "version_unknown"
LANGUAGE_UNKNOWN: Final = "language_unknown"
SORTS: Final[Mapping[str, "Callable[[Known], Any]"]] = {
    "name": lambda one: (one.name, one.number),
    "package": lambda one: (one.book.package, one.name, one.number),
    "language": lambda one: (one.book.language, one.name, one.number),
}


@dataclass(frozen=True)
class Known:
    """One version of a playbook; those that came with the product have no maker."""

    name: str
    number: int
    book: Playbook
    made_by: str | None = None
    made_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Choice:
    known: Known
    warnings: tuple[str, ...]


@cache
def built_in() -> Mapping[str, Known]:
    folder = files(__package__).joinpath("built_in")
    found = {}
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        name = entry.name.removesuffix(".toml")
        if name != entry.name:
            read = tomllib.loads(entry.read_text(encoding="utf-8"))
            found[name] = Known(name, 1, Playbook.model_validate(read))
    return found


def every(session: Session) -> list[Known]:
    """Return all versions by name and number."""
    rows = session.scalars(select(PlaybookVersion))
    made = [
        Known(row.name, row.number, row.book, row.made_by, row.made_at, row.reason) for row in rows
    ]
    return sorted([*built_in().values(), *made], key=lambda one: (one.name, one.number))


def newest(session: Session) -> dict[str, Known]:
    return {one.name: one for one in every(session)}


def listed(
    session: Session, query: PlaybookQuery, *, actor: Actor
) -> tuple[list[Known], str | None]:
    """Return one page of the newest versions, or of all of them."""
    actor.require(Permission.PLAYBOOKS_READ)
    found = every(session) if query.history else list(newest(session).values())
    rows = [one for one in found if _fits(one, query)]
    return page_of(rows, query, sorts=SORTS, default="name", mark=_mark)


def _mark(one: Known) -> str:
    return f"{one.name}/{one.number}"


def _fits(one: Known, query: PlaybookQuery) -> bool:
    wanted = (query.package, one.book.package), (query.language, one.book.language)
    named = (query.q or "").lower() in one.name
    return named and all(value in (None, own) for value, own in wanted)


def playbook(session: Session, name: str, number: int | None, *, actor: Actor) -> Known:
    """Return a version of a playbook, the newest where none is named."""
    actor.require(Permission.PLAYBOOKS_READ)
    found = [one for one in every(session) if one.name == name]
    found = [one for one in found if number in (None, one.number)]
    if not found:
        raise PlaybookNotFound(name=name if number is None else f"{name} {number}")
    return found[-1]


def chosen(
    session: Session, package: str, *, version: str | None, language: str | None
) -> Choice | None:
    """Return the playbook for an app as it is installed, and why it may not fit.

    An unknown version is guided by the newest playbook of its language.
    """
    books = [one for one in newest(session).values() if one.book.package == package]
    mine = [one for one in books if language and language.startswith(one.book.language)]
    warnings = () if mine else (LANGUAGE_UNKNOWN,)
    ordered = sorted(mine or books, key=_first_version)
    number = _numbers(version)
    fitting = [one for one in ordered if number and covers(one.book, number)]
    if not ordered:
        return None
    if not fitting:
        return Choice(ordered[-1], (*warnings, VERSION_UNKNOWN))
    return Choice(fitting[-1], warnings)


def _first_version(one: Known) -> tuple[tuple[int, ...], str]:
    return (parts(one.book.from_version) if one.book.from_version else (), one.name)


def _numbers(version: str | None) -> Sequence[int]:
    pieces = (version or "").split(".")
    return tuple(map(int, pieces)) if all(one.isdecimal() for one in pieces) else ()


def chosen_for(session: Session, device: Device | None, package: str) -> Choice | None:
    """Choose by what the last visit learned about a phone."""
    version, language = _installed(device, package)
    return chosen(session, package, version=version, language=language)


def _installed(device: Device | None, package: str) -> tuple[str | None, str | None]:
    facts = device.known_facts if device else None
    app = facts.app(package) if facts else None
    return (app.version_name if app else None), (facts.settings.locale if facts else None)


def choice_shown(session: Session, device: Device, package: str, *, actor: Actor) -> ChoiceOut:
    """Say which playbook a change on a phone would be guided by."""
    actor.require(Permission.PLAYBOOKS_READ)
    version, language = _installed(device, package)
    choice = chosen(session, package, version=version, language=language)
    return ChoiceOut(
        device=device.tag,
        app_version=version,
        language=language,
        playbook=shown(choice.known) if choice else None,
        warnings=list(choice.warnings) if choice else [],
    )


def shown(one: Known) -> PlaybookOut:
    book = one.book
    return PlaybookOut(
        name=one.name,
        number=one.number,
        title=book.title.said(spoken()),
        package=book.package,
        language=book.language,
        from_version=book.from_version,
        before_version=book.before_version,
        made_by=one.made_by,
        made_at=one.made_at,
        reason=one.reason,
        book=book,
    )
