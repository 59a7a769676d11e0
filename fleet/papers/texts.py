"""Texts of the company that papers carry: versions by name; those that ship may be edited."""

from importlib.resources import files
from typing import Final

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.papers import PaperText, PaperTextIn, PaperTextOut, Section
from fleet.contracts.permissions import Permission
from fleet.database import in_turn
from fleet.papers.errors import PaperTextNotFound
from fleet.papers.events import PaperTextEdited
from fleet.papers.models import PaperTextVersion
from fleet.shipped import Catalogue, Known

TEXTS: Final = Catalogue(PaperText, PaperTextVersion, files(__package__).joinpath("built_in"))


def newest_text(session: Session, name: str) -> Known[PaperText]:
    found = TEXTS.version(session, name, None)
    if found is None:
        raise PaperTextNotFound(name=name, known=", ".join(TEXTS.built_in))
    return found


def text(session: Session, name: str, *, actor: Actor) -> Known[PaperText]:
    """Return the version of a text that papers carry from now on."""
    actor.require(Permission.POLICY_READ)
    return newest_text(session, name)


def edit_text(session: Session, name: str, given: PaperTextIn, *, actor: Actor) -> Known[PaperText]:
    """Add a version of a text that there is; papers that are made already keep theirs."""
    actor.require(Permission.POLICY_WRITE)
    in_turn(session, "paper texts")
    newest_text(session, name)
    version = TEXTS.following(session, name, given.text, reason=given.reason, actor=actor)
    if not given.dry_run:
        TEXTS.add(session, version, PaperTextEdited, actor=actor)
    return version


def text_section(known: Known[PaperText]) -> Section:
    return Section(title=known.content.title, text=tuple(known.content.paragraphs))


def shown_text(known: Known[PaperText]) -> PaperTextOut:
    return PaperTextOut(
        name=known.name,
        number=known.number,
        text=known.content,
        made_by=known.made_by,
        made_at=known.made_at,
        reason=known.reason,
    )
