"""Making papers of the facts of a moment, and declaring them void."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.applications.models import Application
from fleet.applications.on_form import application_numbered, application_on, give_form, take_form
from fleet.applications.services import held_still as application_held_still
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.papers import PREFIXES, PaperIn, PaperKind, digest_of
from fleet.contracts.permissions import Permission
from fleet.counting import next_number
from fleet.database import in_turn, write
from fleet.papers import events
from fleet.papers.errors import PaperHasSignatures
from fleet.papers.forms.catalogue import FORMS
from fleet.papers.forms.parts import Draft, Signer
from fleet.papers.models import Paper, PaperParty
from fleet.papers.standing import (
    held_still,
    mark_void,
    require_valid,
    say_it_counts_no_more,
    valid_paper,
)

TURN: Final = "papers"
CHECK_BYTES: Final = 16  # nobody finds the page of a paper by trying


@dataclass(frozen=True)
class Foreseen:
    """What would be made, and the valid paper of the same thing that it would take the place of."""

    draft: Draft
    before: Paper | None

    @property
    def unchanged(self) -> bool:
        return self.before is not None and self.before.content == self.draft.content.stored()


def plan_paper(session: Session, given: PaperIn, *, actor: Actor) -> Foreseen:
    """Return what `make_paper` would make, and change nothing."""
    actor.require(Permission.PAPERS_WRITE)
    draft = FORMS[given.kind](session, given, actor)
    return Foreseen(draft, valid_paper(session, given.kind, draft.subject))


def make_paper(session: Session, given: PaperIn, *, actor: Actor) -> Paper:
    """Make a paper of the facts as they are now; where one says just this already, return that."""
    actor.require(Permission.PAPERS_WRITE)
    in_turn(session, TURN)
    application = _application(session, given)
    seen = plan_paper(session, given, actor=actor)
    if seen.before is not None and seen.unchanged:
        return seen.before
    _require_replaceable(seen.before, given)
    paper = _add(session, given.kind, seen, actor)
    if seen.before is not None:
        _replace(session, seen.before, paper, actor)
    if application is not None:
        give_form(
            session,
            application,
            paper.number,
            condition=given.condition or application.condition,
            note=given.condition_note or application.condition_note,
            actor=actor,
        )
    return paper


def _application(session: Session, given: PaperIn) -> Application | None:
    """Return the application that a form is made for, held still; None for every other paper."""
    if given.kind is not PaperKind.ISSUE_FORM:
        return None
    found = application_numbered(session, given.subject)
    return None if found is None else application_held_still(session, found)


def void_paper(session: Session, paper: Paper, *, reason: str, actor: Actor) -> Paper:
    """Declare a paper void; it stays, and says so wherever it is shown, printed or checked."""
    actor.require(Permission.PAPERS_WRITE)
    held = held_still(session, paper)
    require_valid(held)
    application = application_on(session, held.number)
    if application is not None:
        take_form(session, application, actor=actor)
    mark_void(session, held, reason=reason, actor=actor)
    return held


def _require_replaceable(before: Paper | None, given: PaperIn) -> None:
    if before is not None and before.signatures and not given.replace:
        raise PaperHasSignatures(number=before.number)


def _add(session: Session, kind: PaperKind, seen: Foreseen, actor: Actor) -> Paper:
    moment, content = now(), seen.draft.content.stored()
    number = _number(session, kind, seen.draft)
    paper = Paper(
        id=uuid4(),
        number=number,
        kind=kind,
        subject=seen.draft.subject,
        check=secrets.token_urlsafe(CHECK_BYTES),
        content=content,
        digest=digest_of(number, moment, content),
        made_at=moment,
        made_by=actor.name,
        parties=_parties(seen.draft.signers),
    )
    session.add(paper)
    replaces = seen.before.number if seen.before else None
    made = events.PaperMade(**paper.about, digest=paper.digest, replaces=replaces)
    record(session, actor, made)
    write(session)
    return paper


def _parties(signers: Sequence[Signer]) -> list[PaperParty]:
    return [
        PaperParty(
            place=place,
            role=one.role,
            title=one.title.model_dump(),
            name=one.called,
            employee=one.employee,
        )
        for place, one in enumerate(signers, start=1)
    ]


def _number(session: Session, kind: PaperKind, draft: Draft) -> str:
    """Return the next number of a kind; what has one already keeps it, and counts its papers."""
    if draft.number is not None:
        earlier = select(Paper.id).where(Paper.kind == kind, Paper.subject == draft.subject)
        times = len(session.scalars(earlier).all())
        return f"{draft.number}-{times + 1}" if times else draft.number
    year = now().year
    number = next_number(session, f"paper.{kind.value}.{year}")
    return f"{PREFIXES[kind]}-{year}-{number:03d}"


def _replace(session: Session, before: Paper, paper: Paper, actor: Actor) -> None:
    before.replaced_by = paper
    record(session, actor, events.PaperReplaced(**before.about, replaced_by=paper.number))
    write(session)
    say_it_counts_no_more(session, before, actor)
