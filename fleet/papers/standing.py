"""Which paper counts, and how one comes to count no more."""

from collections.abc import Callable
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from fleet.access.actor import Actor
from fleet.applications.on_form import application_on
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.papers import PaperKind, PaperState
from fleet.database import write
from fleet.papers import events
from fleet.papers.errors import PaperNotValid
from fleet.papers.models import Paper

# Rooms that rest on a paper, and hear that it counts no more; filled by `fleet.wiring`.
LAPSE_LISTENERS: Final[list[Callable[[Session, Paper, Actor], None]]] = []


def valid_paper(session: Session, kind: PaperKind, subject: str) -> Paper | None:
    """Return the paper of a thing that counts."""
    valid = Paper.voided_at.is_(None), Paper.replaced_by_id.is_(None)
    wanted = select(Paper).where(Paper.kind == kind, Paper.subject == subject, *valid)
    return session.scalar(wanted)


def held_still(session: Session, paper: Paper) -> Paper:
    """Return a paper as it is now, kept so until the commit: two at one paper take turns.

    An application is held before its form, as by everybody who begins with the application.
    """
    if paper.kind is PaperKind.ISSUE_FORM:
        application_on(session, paper.number)
    return held_by_number(session, paper.number)


def held_by_number(session: Session, number: str) -> Paper:
    fresh = select(Paper).where(Paper.number == number).with_for_update(of=Paper)
    fresh = fresh.options(selectinload(Paper.signatures))
    return session.scalars(fresh.execution_options(populate_existing=True)).one()


def require_valid(paper: Paper) -> None:
    if paper.state is not PaperState.VALID:
        raise PaperNotValid(number=paper.number, state=paper.state.value)


def mark_void(session: Session, paper: Paper, *, reason: str, actor: Actor) -> None:
    paper.voided_at, paper.voided_by, paper.void_reason = now(), actor.name, reason
    record(session, actor, events.PaperVoided(**paper.about, reason=reason))
    write(session)
    say_it_counts_no_more(session, paper, actor)


def say_it_counts_no_more(session: Session, paper: Paper, actor: Actor) -> None:
    """Tell those who rest on a paper that it is void, or replaced."""
    for listen in LAPSE_LISTENERS:
        listen(session, paper, actor)
