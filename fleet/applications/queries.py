"""Finding applications, what waits for whom, and how each is shown."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from fleet.access.actor import Actor, Reach
from fleet.applications.errors import ApplicationNotFound
from fleet.applications.lifecycle import OPEN, SET_ASIDE
from fleet.applications.models import Application, Approval, Reservation
from fleet.contracts.applications import (
    ApplicationOut,
    ApplicationQuery,
    ApplicationState,
    ApplicationsTodayOut,
    ApprovalOut,
    ReservedOut,
    Term,
)
from fleet.contracts.clock import now
from fleet.contracts.labels import label
from fleet.contracts.permissions import Permission
from fleet.contracts.requests import HopOut
from fleet.contracts.words import _, say
from fleet.custody.lending import is_overdue, is_soon
from fleet.custody.models import Holding
from fleet.custody.queries import ref
from fleet.paging import containing, page
from fleet.people.models import Department, Employee
from fleet.people.queries import people_within
from fleet.requests.queries import in_department
from fleet.requests.routing import waiting_for

State = ApplicationState
SORTS: Final = {
    "asked_at": Application.asked_at,
    "number": Application.number,
    "decide_by": Application.decide_by,
    "until": Application.until,
    "ended_at": Application.ended_at,
}


def application_within(session: Session, number: str, *, actor: Actor) -> Application:
    """Return an application within the actor's reach; others do not exist for him."""
    visible = _visible(actor.reach(Permission.APPLICATIONS_READ), actor)
    found: Application | None = session.scalar(
        _joined().where(Application.number == number, visible)
    )
    if found is None:
        raise ApplicationNotFound(application=number)
    return found


def applications(
    session: Session, query: ApplicationQuery, *, actor: Actor
) -> tuple[list[Application], str | None]:
    """Return one page of the applications within the actor's reach, newest first."""
    visible = _visible(actor.reach(Permission.APPLICATIONS_READ), actor)
    statement = _joined().where(visible, *_narrowed(session, query, actor))
    named = containing(query.q, Application.number, Application.kit, Employee.name, Employee.number)
    return page(
        session,
        statement.where(named),
        query,
        sorts=SORTS,
        default="-asked_at",
        key=Application.id,
    )


def today(session: Session, *, actor: Actor) -> ApplicationsTodayOut:
    """Count what waits, as far as it is within the actor's reach."""
    reach = actor.reach(Permission.APPLICATIONS_READ)
    visible, issues = _visible(reach, actor), actor.may(Permission.CUSTODY_ISSUE)
    to_issue = Application.state.in_((State.APPROVED, State.RESERVED, State.SIGNED))
    own = Application.holder_id == actor.employee_id if actor.employee_id else false()
    counted = {
        "to_decide": waiting_for(actor, Application),
        "overdue": and_(visible, _is_late()),
        "to_issue": and_(visible, to_issue) if issues else false(),
        "to_sign": and_(own, Application.state == State.RESERVED),
    }
    one = func.count()
    sums = [one.filter(where).label(name) for name, where in counted.items()]
    joined = select(*sums).select_from(Application).join(Application.holder)
    row = session.execute(joined.where(Application.ended_at.is_(None))).one()
    return ApplicationsTodayOut(**row._asdict(), **_loans(session, reach))


def _loans(session: Session, reach: Reach) -> dict[str, int]:
    one = func.count()
    sums = (
        one.filter(is_soon()).label("loans_soon"),
        one.filter(is_overdue()).label("loans_overdue"),
    )
    lent = select(*sums).select_from(Holding).join(Holding.employee)
    return session.execute(lent.where(is_soon(), people_within(reach))).one()._asdict()


def _joined() -> Select[Any]:
    """Select applications with all that a line of the list shows, in a few questions."""
    things = selectinload(Application.reservations)
    return (
        select(Application)
        .join(Application.holder)
        .options(
            contains_eager(Application.holder).joinedload(Employee.department),
            joinedload(Application.department).joinedload(Department.head),
            selectinload(Application.approvals),
            things.joinedload(Reservation.device),
            things.joinedload(Reservation.sim),
            things.joinedload(Reservation.account),
        )
    )


def _visible(reach: Reach, actor: Actor) -> ColumnElement[bool]:
    """Return what holds for those within reach, and for what he decides or has decided."""
    return or_(people_within(reach), _asked_of(actor))


def _asked_of(actor: Actor) -> ColumnElement[bool]:
    """Return what holds for what somebody decides, or has decided."""
    decided = exists().where(
        Approval.application_id == Application.id, Approval.decided_by_id == actor.id
    )
    return or_(waiting_for(actor, Application), decided)


def seen(reach: Reach, actor: Actor) -> ColumnElement[bool]:
    """Return what holds for those that an actor may list, without anything joined to them."""
    theirs = select(Employee.id).where(people_within(reach))
    return or_(Application.holder_id.in_(theirs), _asked_of(actor))


def _narrowed(session: Session, query: ApplicationQuery, actor: Actor) -> list[ColumnElement[bool]]:
    lent = Application.until.is_not(None)
    told: list[tuple[object, Any]] = [
        (query.state, Application.state == query.state),
        (query.term, lent if query.term is Term.LOAN else ~lent),
        (query.holder, Application.holder.has(number=query.holder)),
        (query.kit, Application.kit == query.kit),
        (query.open, Application.state.in_(OPEN)),
        (query.overdue, _is_late()),
        (query.mine, waiting_for(actor, Application)),
    ]
    narrowed = [where for given, where in told if given]
    if query.department:
        narrowed.append(in_department(session, query.department))
    return narrowed


def _is_late() -> ColumnElement[bool]:
    return and_(Application.state == State.REQUESTED, Application.decide_by < now())


def shown(one: Application) -> ApplicationOut:
    waits = one.state is State.REQUESTED
    place = one.department if waits else None
    set_aside = one.set_aside
    return ApplicationOut(
        number=one.number,
        holder=ref(one.holder),
        department=one.holder.department.code,
        reason=one.reason,
        term=one.term,
        until=one.until,
        kit=one.kit,
        wants=one.wanted,
        real_name=one.real_name,
        exception=one.exception,
        state=one.state,
        asked_by=one.asked_by,
        asked_at=one.asked_at,
        approvals=[ApprovalOut.model_validate(each) for each in one.approvals],
        desk=one.desk if waits else None,
        desk_department=place.code if place else None,
        desk_name=place.head.name if place and place.head else None,
        decide_by=one.decide_by if waits else None,
        overdue=bool(waits and one.decide_by and one.decide_by < now()),
        way=[HopOut.model_validate(hop) for hop in one.way],
        reserved=[shown_reserved(each) for each in _last_set_aside(one)],
        reserved_until=min((each.until for each in set_aside), default=None),
        valid_until=one.valid_until if one.ended_at is None else None,
        unprepared=one.unprepared,
        signed_at=one.signed_at,
        signed_by=one.signed_by,
        signed_how=one.signed_how,
        agreement=one.agreement,
        form=one.form,
        condition=one.condition,
        condition_note=one.condition_note,
        ended_at=one.ended_at,
        ended_by=one.ended_by,
        lapse=one.lapse,
        note=one.note,
        advice=_advice(one),
    )


def _last_set_aside(one: Application) -> list[Reservation]:
    """Return what is set aside for it now, or was handed out by it."""
    if one.state in SET_ASIDE:
        return one.set_aside
    return [each for each in one.reservations if each.ended_because == "issued"]


def shown_reserved(one: Reservation) -> ReservedOut:
    return ReservedOut(
        thing=one.thing,
        name=one.name,
        description=_description(one),
        why=_why(one),
        risk=risk_of(one),
    )


def _description(one: Reservation) -> str:
    if one.device is not None:
        phone = one.device
        return " · ".join(filter(None, (phone.market_name or phone.model, phone.system)))
    if one.sim is not None:
        return " · ".join(filter(None, (one.sim.carrier, one.sim.plan)))
    return label(one.account.kind) if one.account is not None else ""


def _why(one: Reservation) -> str:
    """Say what chose this one; what is not known of it is left out."""
    why = one.why
    if why.get("by_hand"):
        return say(_("chosen by hand"))
    parts = [
        say(_("patch {patch}"), patch=why["patch"]) if why.get("patch") else "",
        say(_("battery {percent} %"), percent=why["battery"]) if why.get("battery") else "",
        say(_("its number is the account's")) if why.get("bound") else "",
        say(_("password changed on {day}"), day=str(why["changed_at"])[:10])
        if why.get("changed_at")
        else "",
        say(_BEST[one.thing.value], count=why.get("of", 0)),
    ]
    return ", ".join(filter(None, parts))


_BEST: Final = {
    "device": _("healthiest of {count} in stock"),
    "sim": _("first of {count} in stock"),
    "account": _("least risky of {count} in stock"),
}


def risk_of(one: Reservation) -> str | None:
    """Say whose account it is by WeChat's terms, where that is not whoever is given it."""
    account = one.account
    if account is None or not account.registrant:
        return None
    if account.registrant == one.application.holder.name:
        return None
    text = _("{handle} was first registered by {who}. WeChat's terms give use to its registrant.")
    return say(text, handle=account.handle, who=account.registrant)


_NEXT: Final = {
    State.REQUESTED: _(
        "It waits for a decision: `workfleet application approve {number} --note …`."
    ),
    State.APPROVED: _("Set things aside for it: `workfleet application reserve {number}`."),
    State.RESERVED: _(
        "Prepare it with `workfleet application prepare {number}`; then whom it is for signs:"
        " `workfleet application sign {number}`."
    ),
    State.SIGNED: _("Hand it out: `workfleet application issue {number}`."),
}


_NEXT_ON_FORM: Final = {
    State.RESERVED: _(
        "Prepare it with `workfleet application prepare {number}`; whom it is for signs its issue"
        " form: `workfleet paper sign {form} --as holder`."
    ),
    State.SIGNED: _(
        "Whoever hands it out signs its issue form: `workfleet paper sign {form} --as handler`."
    ),
}


def _advice(one: Application) -> str:
    """Say what comes next; nothing where nothing does."""
    text = (_NEXT_ON_FORM if one.form else _NEXT).get(one.state, "")
    return say(text, number=one.number, form=one.form) if text else ""
