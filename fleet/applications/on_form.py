"""An application whose issue form both sign: by that alone it is signed for and handed out."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.applications import events
from fleet.applications.errors import IssuedByForm, NothingReserved, SignedWithoutForm
from fleet.applications.handing import hand_over, note_signed
from fleet.applications.lifecycle import OPEN, SET_ASIDE, Move, after
from fleet.applications.models import Application, Reservation
from fleet.applications.preparing import require_prepared
from fleet.applications.services import held_still
from fleet.audit.services import record
from fleet.contracts.accessories import Condition
from fleet.contracts.applications import ApplicationState, IssueApplicationIn, Signed
from fleet.custody.issuing import Handing
from fleet.custody.models import Holding
from fleet.database import write


def application_numbered(session: Session, number: str) -> Application | None:
    return session.scalar(select(Application).where(Application.number == number))


def application_on(session: Session, form: str) -> Application | None:
    """Return the application that is signed for on a form, held still."""
    found = session.scalar(select(Application).where(Application.form == form))
    if found is None:
        return None
    held = held_still(session, found)
    return held if held.form == form else None  # somebody may have been quicker


def form_of_issue(session: Session, holding: Holding) -> str | None:
    """Return the form by which a phone was handed out to who has it now."""
    by_it = (
        select(Application.form)
        .join(Application.reservations)
        .where(
            Reservation.device_id == holding.device_id,
            Reservation.ended_because == "issued",
            Application.holder_id == holding.employee_id,
            Application.ended_at >= holding.issued_at,
        )
    )
    return session.scalar(by_it.order_by(Application.ended_at).limit(1))


def require_for_form(application: Application) -> None:
    """Refuse a form of what is not set aside, or was agreed to without one."""
    if application.state not in SET_ASIDE:
        raise NothingReserved(application=application.number, state=application.state.value)
    if application.state is ApplicationState.SIGNED and application.form is None:
        raise SignedWithoutForm(application=application.number)


def give_form(
    session: Session,
    application: Application,
    form: str,
    *,
    condition: Condition | None,
    note: str | None,
    actor: Actor,
) -> None:
    """Have it signed for on `form` from now on; what was signed before it counts no more."""
    require_for_form(application)
    _unsign(session, application, "replaced", actor)
    application.form = form
    application.condition, application.condition_note = condition, note
    write(session)


def take_form(session: Session, application: Application, *, actor: Actor) -> None:
    """Have its form count no more; what was handed out by it stays handed out."""
    if application.state not in OPEN:
        raise IssuedByForm(application=application.number, form=application.form or "")
    _unsign(session, application, "void", actor)
    application.form = application.condition = application.condition_note = None
    write(session)


def _unsign(session: Session, application: Application, because: str, actor: Actor) -> None:
    if application.state is not ApplicationState.SIGNED:
        return
    application.move(Move.UNSIGN)
    application.signed_at = application.signed_by = application.signed_how = None
    application.agreement = application.agreed = None
    form = application.form or ""
    event = events.ApplicationUnsigned(**application.about, form=form, because=because)
    record(session, actor, event)


def sign_on_form(
    session: Session,
    application: Application,
    *,
    how: Signed,
    digest: str,
    text: str,
    actor: Actor,
) -> None:
    """Note that whom it is for has signed its form: `digest` of that, and the text agreed to."""
    after(application.state, Move.SIGN, application=application.number)
    require_prepared(session, application)
    note_signed(session, application, how=how, digest=digest, text=text, actor=actor)


def issue_by_form(session: Session, application: Application, *, actor: Actor) -> Handing:
    """Hand out what its form says: whoever signed that has seen whose accounts they were."""
    after(application.state, Move.ISSUE, application=application.number)
    given = IssueApplicationIn(
        registrant_seen=True,
        condition=application.condition,
        condition_note=application.condition_note,
    )
    return hand_over(session, application, given, actor=actor)
