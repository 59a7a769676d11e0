"""Finding change requests, and what waits for whom."""

from datetime import datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from fleet.access.actor import Actor, Reach
from fleet.accounts.models import Account
from fleet.accounts.opening import require_password
from fleet.contracts import clock
from fleet.contracts.clock import now
from fleet.contracts.credentials import OF_SIMS, CredentialKind
from fleet.contracts.permissions import Permission
from fleet.contracts.requests import (
    DelegationOut,
    DelegationQuery,
    HopOut,
    RequestKind,
    RequestOut,
    RequestQuery,
    RequestState,
    RequestsTodayOut,
)
from fleet.contracts.words import _, say
from fleet.custody.queries import Held, ref
from fleet.custody.register import account_within, device_within, sim_within
from fleet.devices.models import Device
from fleet.paging import containing, page
from fleet.people.models import Department, Employee
from fleet.people.queries import beneath, people_within
from fleet.requests.errors import RequestNotFound
from fleet.requests.lifecycle import ALLOWED
from fleet.requests.models import ChangeRequest, Delegation
from fleet.requests.routing import in_force, waiting_for
from fleet.sims.models import Sim
from fleet.stations.models import Station
from fleet.vault.models import Credential
from fleet.vault.queries import Subject, code_of, pin_of

SORTS: Final = {
    "asked_at": ChangeRequest.asked_at,
    "number": ChangeRequest.number,
    "decide_by": ChangeRequest.decide_by,
    "appointed_for": ChangeRequest.appointed_for,
    "ended_at": ChangeRequest.ended_at,
}
DELEGATION_SORTS: Final = {"begins_at": Delegation.begins_at, "ends_at": Delegation.ends_at}


def thing_named(session: Session, kind: CredentialKind, name: str, *, actor: Actor) -> Held:
    """Return what a credential of `kind` opens, by the name people say, where the actor sees it."""
    if kind in OF_SIMS:
        return sim_within(session, name, actor=actor)
    within = device_within if kind is CredentialKind.DEVICE_PIN else account_within
    return within(session, name, Permission.REQUESTS_ASK, actor=actor)


def subject_of_kind(thing: Held, kind: CredentialKind) -> Subject:
    if isinstance(thing, Device):
        return pin_of(thing)
    return require_password(thing) if isinstance(thing, Account) else code_of(thing, kind)


def thing_of(session: Session, credential: Credential) -> Held:
    """Return what a credential opens."""
    if credential.device_id is not None:
        return session.get_one(Device, credential.device_id)
    if credential.account_id is not None:
        return session.get_one(Account, credential.account_id)
    return session.get_one(Sim, credential.sim_id)


def open_request(session: Session, credential: Credential) -> ChangeRequest | None:
    mine = ChangeRequest.credential_id == credential.id, ChangeRequest.ended_at.is_(None)
    return session.scalar(select(ChangeRequest).where(*mine))


def approved_for(session: Session, credential: Credential, at: datetime) -> ChangeRequest | None:
    """Return the approved request that covers a change of `credential` at a moment, if any.

    Approved before it, and neither done nor ended otherwise by then: a change afterwards is another
    one.
    """
    covering = (
        ChangeRequest.credential_id == credential.id,
        ChangeRequest.what == RequestKind.CHANGE,
        ChangeRequest.state.in_({*ALLOWED, *_ONCE_ALLOWED}),
        ChangeRequest.decided_at <= at,
        or_(ChangeRequest.ended_at.is_(None), ChangeRequest.ended_at >= at),
    )
    newest = select(ChangeRequest).where(*covering).order_by(ChangeRequest.decided_at.desc())
    return session.scalar(newest.limit(1))


_ONCE_ALLOWED: Final = (RequestState.DONE, RequestState.WITHDRAWN, RequestState.CLOSED)


def was_approved(
    session: Session, credential: Credential, _employee: Employee, _since: datetime | None
) -> bool:
    """Tell whether a request that is still open allows what was found changed: for `conduct`."""
    return approved_for(session, credential, now()) is not None


def request_within(session: Session, number: str, *, actor: Actor) -> ChangeRequest:
    """Return a request within the actor's reach; others do not exist for him."""
    visible = _visible(actor.reach(Permission.REQUESTS_READ), actor)
    mine = _joined().where(ChangeRequest.number == number, visible)
    found: ChangeRequest | None = session.scalar(mine)
    if found is None:
        raise RequestNotFound(request=number)
    return found


def requests(
    session: Session, query: RequestQuery, *, actor: Actor
) -> tuple[list[ChangeRequest], str | None]:
    """Return one page of the requests within the actor's reach, newest first."""
    visible = _visible(actor.reach(Permission.REQUESTS_READ), actor)
    statement = _joined().where(visible, *_narrowed(session, query, actor))
    named = containing(query.q, ChangeRequest.number, Credential.subject, Employee.name)
    statement = statement.where(named)
    return page(session, statement, query, sorts=SORTS, default="-asked_at", key=ChangeRequest.id)


def today(session: Session, *, actor: Actor) -> RequestsTodayOut:
    """Count what waits, as far as it is within the actor's reach."""
    reach = actor.reach(Permission.REQUESTS_READ)
    day = RequestQuery(day=clock.today())
    to_appoint = ChangeRequest.state == RequestState.APPROVED
    counted = {
        "to_decide": waiting_for(actor),
        "overdue": and_(_visible(reach, actor), _overdue()),
        "to_appoint": and_(_may(Permission.REQUESTS_APPOINT, actor), to_appoint),
        "appointments": and_(_visible(reach, actor), *_narrowed(session, day, actor)),
        "to_hand_over": and_(_may(Permission.REQUESTS_HAND_OVER, actor), to_hand_over()),
    }
    one = func.count()
    sums = [one.filter(where).label(name) for name, where in counted.items()]
    row = session.execute(select(*sums).select_from(ChangeRequest).join(ChangeRequest.holder)).one()
    return RequestsTodayOut(**row._asdict())


def delegations(
    session: Session, query: DelegationQuery, *, actor: Actor
) -> tuple[list[Delegation], str | None]:
    """Return one page of delegations: by heads within the actor's reach, and to himself."""
    reach = actor.reach(Permission.REQUESTS_READ)
    head, other = aliased(Employee), aliased(Employee)
    statement = (
        select(Delegation)
        .join(head, Delegation.head)
        .join(other, Delegation.delegate)
        .options(contains_eager(Delegation.head, alias=head))
        .options(contains_eager(Delegation.delegate, alias=other))
        .where(containing(query.q, head.name, head.number, other.name, other.number))
    )
    if not reach.everything:
        theirs = select(Employee.id).where(people_within(reach))
        to_me = Delegation.delegate_id == actor.employee_id
        statement = statement.where(or_(Delegation.head_id.in_(theirs), to_me))
    if query.in_force:
        statement = statement.where(*in_force(now()))
    return page(
        session,
        statement,
        query,
        sorts=DELEGATION_SORTS,
        default="-begins_at",
        key=Delegation.id,
    )


def seen(reach: Reach, actor: Actor) -> ColumnElement[bool]:
    """Return what holds for the requests that an actor may see, without anything joined to them."""
    theirs = ChangeRequest.holder_id.in_(select(Employee.id).where(people_within(reach)))
    return or_(theirs, waiting_for(actor))


def _joined() -> Select[Any]:
    """Select requests with all that a line of the list shows, in one question."""
    return (
        select(ChangeRequest)
        .join(ChangeRequest.credential)
        .join(ChangeRequest.holder)
        .options(
            contains_eager(ChangeRequest.credential),
            contains_eager(ChangeRequest.holder).joinedload(Employee.department),
            joinedload(ChangeRequest.department).joinedload(Department.head),
            joinedload(ChangeRequest.station),
        )
    )


def _visible(reach: Reach, actor: Actor) -> ColumnElement[bool]:
    """Return what holds for the requests within reach, and for those that wait for the actor."""
    return or_(people_within(reach), waiting_for(actor))


def _narrowed(session: Session, query: RequestQuery, actor: Actor) -> list[ColumnElement[bool]]:
    told: list[tuple[object, Any]] = [
        (query.state, ChangeRequest.state == query.state),
        (query.what, ChangeRequest.what == query.what),
        (query.kind, ChangeRequest.credential.has(kind=query.kind)),
        (query.subject, ChangeRequest.credential.has(subject=query.subject)),
        (query.holder, ChangeRequest.holder.has(number=query.holder)),
        (query.station, ChangeRequest.station.has(Station.name == query.station)),
        (query.overdue, _overdue()),
        (query.to_hand_over, to_hand_over()),
    ]
    narrowed = [where for given, where in told if given]
    if query.mine:
        narrowed.append(waiting_for(actor))
    if query.day:
        begins = datetime.combine(query.day, time()).astimezone()
        narrowed += [
            ChangeRequest.state == RequestState.APPOINTED,
            ChangeRequest.appointed_for >= begins,
            ChangeRequest.appointed_for < begins + timedelta(days=1),
        ]
    if query.department:
        narrowed.append(in_department(session, query.department))
    return narrowed


def in_department(session: Session, code: str) -> ColumnElement[bool]:
    """Return what holds for the people of a department; a code that is none's has none."""
    root = session.scalar(select(Department.id).where(Department.code == code))
    return false() if root is None else Employee.department_id.in_(beneath({root}))


def _overdue() -> ColumnElement[bool]:
    late = ChangeRequest.decide_by < now()
    return and_(ChangeRequest.state == RequestState.REQUESTED, late)


def _may(permission: Permission, actor: Actor) -> ColumnElement[bool]:
    """Return what holds for the requests on which somebody may do something, maybe none."""
    return people_within(actor.reach(permission)) if actor.may(permission) else false()


def to_hand_over() -> ColumnElement[bool]:
    """Return what holds where there is a value that its holder does not have yet."""
    return and_(
        ChangeRequest.state == RequestState.DONE,
        ChangeRequest.handed_at.is_(None),
        ChangeRequest.closing.is_(None),
    )


def shown(one: ChangeRequest) -> RequestOut:
    waits = one.state is RequestState.REQUESTED
    place = one.department
    return RequestOut(
        number=one.number,
        what=one.what,
        kind=one.credential.kind,
        subject=one.credential.subject,
        holder=ref(one.holder),
        department=one.holder.department.code,
        state=one.state,
        reason=one.reason,
        asked_by=one.asked_by,
        asked_at=one.asked_at,
        desk=one.desk if waits else None,
        desk_department=place.code if waits and place else None,
        desk_name=place.head.name if waits and place and place.head else None,
        decide_by=one.decide_by if waits else None,
        overdue=bool(waits and one.decide_by and one.decide_by < now()),
        way=[HopOut.model_validate(hop) for hop in one.way],
        decided_by=one.decided_by,
        decided_as=one.decided_as,
        decided_at=one.decided_at,
        note=one.note,
        station=one.station.name if one.station else None,
        appointed_for=one.appointed_for,
        appointment_settled=one.appointed_by is not None,
        rotation=str(one.rotation_id) if one.rotation_id else None,
        outcome=one.outcome,
        outcome_sentence=one.sentence,
        advice=_advice(one),
        level=one.level,
        closing=one.closing,
        ended_at=one.ended_at,
        handed_at=one.handed_at,
        handed_by=one.handed_by,
        handed_how=one.handed_how,
    )


_NEXT: Final = {
    RequestState.REQUESTED: _(
        "It waits for a decision: `workfleet request approve {number} --note …`."
    ),
    RequestState.APPROVED: _(
        "Name a station and a time: `workfleet request appoint {number} --station NAME --at TIME`."
    ),
    RequestState.APPOINTED: _("Bring it to the station at that time."),
    RequestState.DONE: _("Hand the value over: `workfleet request hand-over {number}`."),
}
_ONCE_MORE: Final = {
    "settled_older": _("An older change was settled first; the one asked for follows it."),
    "old_refused": _(
        "It refused the value it should have: somebody changed it. IT looks at it with "
        "`workfleet rotation show {rotation}` before there is another appointment."
    ),
}


def _advice(one: ChangeRequest) -> str:
    """Say what a person does next; nothing where nothing is left to do."""
    if one.closing is not None or one.handed_at is not None:
        return ""
    text = _ONCE_MORE.get(one.outcome or "") or _NEXT.get(one.state, "")
    return say(text, number=one.number, rotation=one.rotation_id) if text else ""


def shown_delegation(one: Delegation) -> DelegationOut:
    return DelegationOut(
        id=str(one.id),
        head=ref(one.head),
        delegate=ref(one.delegate),
        begins_at=one.begins_at,
        ends_at=one.ends_at,
        reason=one.reason,
        made_at=one.made_at,
        ended_by=one.ended_by,
    )
