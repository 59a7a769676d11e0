"""How reservations end: used, let go, out of time, or because the thing itself went elsewhere."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from fleet.access.actor import SYSTEM, Actor
from fleet.applications import events
from fleet.applications.errors import ThingReserved
from fleet.applications.lifecycle import OPEN, Move
from fleet.applications.models import Application, Reservation
from fleet.audit.services import record
from fleet.chores.services import AT_A_TIME
from fleet.contracts.applications import Lapse
from fleet.contracts.clock import now, today
from fleet.contracts.custody import Thing
from fleet.custody.queries import Held, thing_of
from fleet.database import write
from fleet.people.models import Employee, Status

COLUMNS = {
    Thing.DEVICE: Reservation.device_id,
    Thing.SIM: Reservation.sim_id,
    Thing.ACCOUNT: Reservation.account_id,
}


# Rooms further up that kept a form of what was set aside, by its number (papers); filled by
# `fleet.wiring`.
FORM_LISTENERS: Final[list[Callable[[Session, str, Actor], None]]] = []


def reservation_of(session: Session, held: Held) -> Reservation | None:
    """Return for what a thing is set aside now."""
    mine = COLUMNS[thing_of(held)] == held.id, Reservation.ended_at.is_(None)
    found = select(Reservation).where(*mine)
    with_holder = joinedload(Reservation.application).joinedload(Application.holder)
    return session.scalar(found.options(with_holder))


def refuse_reserved(session: Session, held: Held, _to: Employee) -> None:
    """Refuse to hand out what is set aside: a listener of `custody`.

    Whoever issues an application has ended its reservations before.
    """
    found = reservation_of(session, held)
    if found is not None:
        raise _refusal(found)


def _refusal(found: Reservation) -> ThingReserved:
    holder = found.application.holder
    return ThingReserved(
        name=found.name,
        application=found.application.number,
        holder=f"{holder.name} ({holder.number})",
        until=f"{found.until.astimezone():%Y-%m-%d}",
    )


def reserved_among(session: Session, things: Iterable[Held]) -> dict[UUID, ThingReserved]:
    """Return, by the ids of those things that are set aside, how `refuse_reserved` refuses them."""
    ids = [one.id for one in things]
    named = or_(*(column.in_(ids) for column in COLUMNS.values()))
    found = select(Reservation).where(named, Reservation.ended_at.is_(None))
    holders = joinedload(Reservation.application).joinedload(Application.holder)
    beside = (joinedload(one) for one in (Reservation.device, Reservation.sim, Reservation.account))
    rows = session.scalars(found.options(holders, *beside))
    return {one.held.id: _refusal(one) for one in rows}


def end(reservations: Sequence[Reservation], because: str) -> None:
    for one in reservations:
        one.ended_at, one.ended_because = now(), because


def release(session: Session, application: Application, *, because: str, actor: Actor) -> None:
    """Let go of all that is set aside for an application."""
    let_go = application.set_aside
    if not let_go:
        return
    end(let_go, because)
    things = [one.told for one in let_go]
    released = events.ThingsReleased(**application.about, things=things, because=because)
    record(session, actor, released)
    _drop_form(session, application, actor)
    write(session)


def _drop_form(session: Session, application: Application, actor: Actor) -> None:
    """Have a form that says what is not set aside any more count no more."""
    if application.form is not None:
        for listen in FORM_LISTENERS:
            listen(session, application.form, actor)
    application.form = application.condition = application.condition_note = None


def note_moved(session: Session, held: Held, _move: object, actor: Actor) -> None:
    """Let go of a thing that is lost, broken or gone, with what was to go along with it."""
    found = reservation_of(session, held)
    if found is not None:
        _back_to_approved(session, found.application, "moved", actor)


def let_lapse(session: Session) -> int:
    """End reservations whose time is over, and applications that nobody needs any more: a chore."""
    done = _end_reservations(session) + _end_applications(session)
    write(session)
    return done


def _end_reservations(session: Session) -> int:
    over = select(Reservation.application_id).where(
        Reservation.ended_at.is_(None), Reservation.until <= now()
    )
    some = select(Application).where(Application.id.in_(over)).order_by(Application.id)
    held = some.limit(AT_A_TIME).with_for_update(of=Application, skip_locked=True)
    # Whoever was locked by another turn a moment ago has been let go of by it.
    found = [one for one in session.scalars(held).all() if _is_over(one)]
    for application in found:
        _back_to_approved(session, application, "out_of_time", SYSTEM)
    return len(found)


def _is_over(application: Application) -> bool:
    return any(one.until <= now() for one in application.set_aside)


def _back_to_approved(
    session: Session, application: Application, because: str, actor: Actor
) -> None:
    release(session, application, because=because, actor=actor)
    application.move(Move.RELEASE)
    unsign(application)
    write(session)


def unsign(application: Application) -> None:
    """Forget what was agreed to: it was for other things."""
    application.signed_at = application.signed_by = application.signed_how = None
    application.agreement = application.agreed = application.unprepared = None


def _end_applications(session: Session) -> int:
    moment = now()
    gone = select(Employee.id).where(Employee.status != Status.ACTIVE)
    late = Application.valid_until <= moment
    passed = Application.until <= moment.astimezone().date()
    is_open = Application.state.in_(OPEN), Application.ended_at.is_(None)
    some = select(Application).where(*is_open, late | passed | Application.holder_id.in_(gone))
    held = some.order_by(Application.id).limit(AT_A_TIME)
    found = session.scalars(held.with_for_update(of=Application, skip_locked=True)).all()
    for application in found:
        _expire(session, application)
    return len(found)


def _expire(session: Session, application: Application) -> None:
    because = _why(application)
    release(session, application, because="expired", actor=SYSTEM)
    application.move(Move.EXPIRE)
    application.ended_at, application.ended_by, application.lapse = now(), SYSTEM.name, because
    application.desk = application.department = application.decide_by = None
    record(session, SYSTEM, events.ApplicationExpired(**application.about, because=because))


def _why(application: Application) -> Lapse:
    if application.holder.status is not Status.ACTIVE:
        return Lapse.HOLDER_GONE
    if application.until and application.until <= today():
        return Lapse.DAY_PASSED
    return Lapse.NOT_ISSUED
