"""The issue form of an application: once both have signed it, what it says is handed out.

One paper is read, signed and handed out by: at each signature it is drawn again, and refused where
it would say something else; where other things are set aside, it is void.
"""

from collections.abc import Iterator
from typing import Final

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.applications.models import Application
from fleet.applications.on_form import application_on, issue_by_form, sign_on_form
from fleet.contracts.applications import Signed
from fleet.contracts.papers import PaperKind, PaperRole, PaperState, SignedHow
from fleet.contracts.words import _, say
from fleet.papers.errors import FormMovedOn, HandsToHimself, HolderSignsFirst
from fleet.papers.forms.application_form import drawn
from fleet.papers.models import Paper, Signature
from fleet.papers.standing import held_by_number, mark_void

HOW: Final = {
    SignedHow.OWN_HAND: Signed.BY_HOLDER,
    SignedHow.AT_THE_DESK: Signed.AT_THE_DESK,
    SignedHow.ON_PAPER: Signed.ON_PAPER,
}


def note_signed(session: Session, paper: Paper, signature: Signature, actor: Actor) -> list[str]:
    """Note that one of both has signed; with the handler, who is the last, it is handed out."""
    if paper.kind is not PaperKind.ISSUE_FORM:
        return []
    application = application_on(session, paper.number)
    if application is None:
        return []
    _require_so(session, paper, application)
    by_himself = signature.how is SignedHow.OWN_HAND and signature.role is PaperRole.HOLDER
    if actor.employee_id == application.holder_id and not by_himself:
        raise HandsToHimself(number=paper.number)
    if signature.role is PaperRole.HOLDER:
        return _holder_signed(session, paper, application, signature, actor)
    return _handler_signed(session, paper, application, actor)


def void_form(session: Session, form: str, actor: Actor) -> None:
    """Have a form count no more, for what it says is not set aside any more."""
    paper = held_by_number(session, form)
    if paper.state is PaperState.VALID:
        reason = say(_("What it says is not reserved any more."))
        mark_void(session, paper, reason=reason, actor=actor)


def _require_so(session: Session, paper: Paper, application: Application) -> None:
    """Refuse a paper that would say something else if it were made now."""
    handler = paper.party(PaperRole.HANDLER)
    now_drawn = drawn(
        session,
        application,
        application.condition,
        application.condition_note,
        (handler.name if handler else None) or "",
    )
    if now_drawn.content.stored() != paper.content:
        raise FormMovedOn(number=paper.number, application=application.number)


def _holder_signed(
    session: Session, paper: Paper, application: Application, signature: Signature, actor: Actor
) -> list[str]:
    sign_on_form(
        session,
        application,
        how=HOW[signature.how],
        digest=paper.digest,
        text="\n".join(_agreed(paper)),
        actor=actor,
    )
    told = _("{number} is signed for; it is handed out once the handler has signed {form} too.")
    return [say(told, number=application.number, form=paper.number)]


def _agreed(paper: Paper) -> Iterator[str]:
    """Give the paragraphs of a paper in both languages; what is alike in both, once."""
    for section in paper.said.sections:
        for one in section.text:
            yield from dict.fromkeys((one.zh, one.en))


def _handler_signed(
    session: Session, paper: Paper, application: Application, actor: Actor
) -> list[str]:
    if paper.signature(PaperRole.HOLDER) is None:
        raise HolderSignsFirst(number=paper.number)
    names = ", ".join(one.told for one in application.set_aside)
    handing = issue_by_form(session, application, actor=actor)
    holder = f"{application.holder.name} ({application.holder.number})"
    return [say(_("{names}: now with {holder}."), names=names, holder=holder), *handing.warnings]
