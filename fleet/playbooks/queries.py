"""Which playbooks there are, and which one fits an app on a phone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

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
from fleet.shipped import Catalogue, Known

VERSION_UNKNOWN: Final = "version_unknown"
LANGUAGE_UNKNOWN: Final = "language_unknown"
BOOKS: Final = Catalogue(Playbook, PlaybookVersion, files(__package__).joinpath("built_in"))
SORTS: Final[Mapping[str, Callable[[Known[Playbook]], Any]]] = {
    "name": lambda one: (one.name, one.number),
    "package": lambda one: (one.content.package, one.name, one.number),
    "language": lambda one: (one.content.language, one.name, one.number),
}


@dataclass(frozen=True)
class Choice:
    known: Known[Playbook]
    warnings: tuple[str, ...]


def listed(
    session: Session, query: PlaybookQuery, *, actor: Actor
) -> tuple[list[Known[Playbook]], str | None]:
    """Return one page of the newest versions, or of all of them."""
    actor.require(Permission.PLAYBOOKS_READ)
    found = BOOKS.every(session) if query.history else BOOKS.newest(session).values()
    rows = [one for one in found if _fits(one, query)]
    return page_of(rows, query, sorts=SORTS, default="name", mark=lambda one: one.mark)


def _fits(one: Known[Playbook], query: PlaybookQuery) -> bool:
    wanted = (query.package, one.content.package), (query.language, one.content.language)
    named = (query.q or "").lower() in one.name
    return named and all(value in (None, own) for value, own in wanted)


def playbook(session: Session, name: str, number: int | None, *, actor: Actor) -> Known[Playbook]:
    """Return a version of a playbook, the newest where none is named."""
    actor.require(Permission.PLAYBOOKS_READ)
    found = BOOKS.version(session, name, number)
    if found is None:
        raise PlaybookNotFound(name=name if number is None else f"{name} {number}")
    return found


def chosen(
    session: Session, package: str, *, version: str | None, language: str | None
) -> Choice | None:
    """Return the playbook for an app as it is installed, and why it may not fit.

    An unknown version is guided by the newest playbook of its language.
    """
    books = [one for one in BOOKS.newest(session).values() if one.content.package == package]
    mine = [one for one in books if language and language.startswith(one.content.language)]
    warnings = () if mine else (LANGUAGE_UNKNOWN,)
    ordered = sorted(mine or books, key=_first_version)
    number = _numbers(version)
    fitting = [one for one in ordered if number and covers(one.content, number)]
    if not ordered:
        return None
    if not fitting:
        return Choice(ordered[-1], (*warnings, VERSION_UNKNOWN))
    return Choice(fitting[-1], warnings)


def _first_version(one: Known[Playbook]) -> tuple[tuple[int, ...], str]:
    return (parts(one.content.from_version) if one.content.from_version else (), one.name)


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


def shown(one: Known[Playbook]) -> PlaybookOut:
    book = one.content
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
