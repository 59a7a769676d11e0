"""The two ends of handing out: whoever is given something agrees to the terms, and it is his."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.applications import events
from fleet.applications.agreement import digest_of, read_as, text_of
from fleet.applications.errors import (
    AgreementMovedOn,
    HolderSigns,
    NotYourApplication,
    PaperByDesk,
    SignedOnItsForm,
)
from fleet.applications.lifecycle import Move, after
from fleet.applications.models import Application, ApplicationPolicy
from fleet.applications.policies import policies
from fleet.applications.preparing import require_prepared
from fleet.applications.releasing import end
from fleet.applications.services import held_still
from fleet.audit.services import record
from fleet.contracts.accessories import AccessoryIn
from fleet.contracts.applications import IssueApplicationIn, Signed, SignIn
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.custody.accessories import NO_KIT, Kit
from fleet.custody.issuing import Handing, issue
from fleet.database import write


@dataclass(frozen=True)
class Agreement:
    """What is to be agreed to now; without a version it is the text of the product."""

    text: str
    digest: str
    version: ApplicationPolicy | None


def agreement_of(session: Session, application: Application) -> Agreement:
    place = application.holder.department_id
    version = policies(session).version(application.term, place, now())
    text = text_of(version.agreement if version else None)
    return Agreement(text, digest_of(application, text), version)


def sign(session: Session, application: Application, given: SignIn, *, actor: Actor) -> Application:
    """Note that whoever is given something has agreed: he himself, or on paper as IT says."""
    reach = actor.reach(Permission.APPLICATIONS_ASK)
    is_holder = actor.employee_id == application.holder_id
    if not (is_holder or reach.everything):
        raise NotYourApplication(application=application.number)
    how = _how(application, given, is_holder=is_holder, is_desk=reach.everything)
    application = held_still(session, application)
    after(application.state, Move.SIGN, application=application.number)
    _refuse_beside_form(application)
    require_prepared(session, application)
    version = agreement_of(session, application).version
    text = read_as(application, version.agreement if version else None, given.digest)
    if text is None:
        raise AgreementMovedOn(application=application.number)
    note_signed(session, application, how=how, digest=given.digest, text=text, actor=actor)
    return application


def note_signed(
    session: Session,
    application: Application,
    *,
    how: Signed,
    digest: str,
    text: str,
    actor: Actor,
) -> None:
    """Keep to what somebody has agreed: `digest` of it, and its text; it is held still."""
    application.move(Move.SIGN)
    application.signed_at, application.signed_how = now(), how
    application.signed_by = application.holder.name if how is Signed.BY_HOLDER else actor.name
    application.agreement, application.agreed = digest, text
    signed = events.ApplicationSigned(**application.about, how=how, agreement=digest)
    record(session, actor, signed)
    write(session)


def _how(application: Application, given: SignIn, *, is_holder: bool, is_desk: bool) -> Signed:
    """Nobody says of his own paper that he has signed it."""
    if given.on_paper:
        if is_holder or not is_desk:
            raise PaperByDesk(application=application.number)
        return Signed.ON_PAPER
    if not is_holder:
        raise HolderSigns(application=application.number)
    return Signed.BY_HOLDER


def _kit(application: Application, given: IssueApplicationIn) -> Kit:
    """Return what goes out beside the phone; nothing where there is none."""
    if application.wanted.phone is None:
        return NO_KIT
    words = [AccessoryIn(word=word) for word in application.wanted.accessories]
    return Kit(words, given.condition, given.condition_note)


def issue_application(
    session: Session, application: Application, given: IssueApplicationIn, *, actor: Actor
) -> tuple[Application, Handing]:
    """Hand out what was set aside, prepared and signed for: all of it or nothing."""
    actor.require(Permission.CUSTODY_ISSUE)
    application = held_still(session, application)
    after(application.state, Move.ISSUE, application=application.number)
    _refuse_beside_form(application)
    handing = hand_over(session, application, given, actor=actor)
    return application, handing


def _refuse_beside_form(application: Application) -> None:
    if application.form is not None:
        raise SignedOnItsForm(application=application.number, form=application.form)


def hand_over(
    session: Session, application: Application, given: IssueApplicationIn, *, actor: Actor
) -> Handing:
    """Make what was signed for its holder's; `application` is held still."""
    require_prepared(session, application)
    things = application.set_aside
    end(things, "issued")
    write(session)
    handing = issue(
        session,
        to=application.holder,
        devices=[one.device for one in things if one.device],
        sims=[one.sim for one in things if one.sim],
        accounts=[one.account for one in things if one.account],
        registrant_seen=given.registrant_seen,
        exception=application.exception,
        until=application.until,
        kit=_kit(application, given),
        actor=actor,
    )
    application.move(Move.ISSUE)
    application.condition, application.condition_note = given.condition, given.condition_note
    application.ended_at, application.ended_by = now(), actor.name
    issued = events.ApplicationIssued(
        **application.about,
        things=[one.told for one in things],
        until=application.until,
        condition=given.condition,
    )
    record(session, actor, issued)
    write(session)
    return handing
