"""What waits for whoever asks: his steps, and what he is to decide about; one list of all rooms."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from fleet.access.actor import Actor
from fleet.cases.models import Case, Step
from fleet.cases.steps import BY_WORD, COMING_BACK, how, what
from fleet.contracts import clock
from fleet.contracts.cases import (
    CaseState,
    Office,
    StepState,
    TaskKind,
    TaskOut,
    TaskQuery,
    TasksTodayOut,
)
from fleet.contracts.clock import end_of, now
from fleet.contracts.credentials import DisclosureState
from fleet.contracts.labels import label
from fleet.contracts.openings import OpeningState
from fleet.contracts.permissions import Permission
from fleet.contracts.waivers import WaiverState
from fleet.contracts.words import _, say
from fleet.custody.models import Holding, Waiver
from fleet.custody.queries import with_its_thing
from fleet.incidents.models import Measure
from fleet.openings.models import Opening
from fleet.paging import PageMarkUnreadable, SortUnknown
from fleet.requests.models import ChangeRequest
from fleet.requests.routing import waiting_for
from fleet.vault.models import DisclosureRequest

MOST: Final = 1000  # of each kind, the first due
SORTS: Final[dict[str, Callable[[TaskOut], Any]]] = {
    "due_at": lambda one: one.due_at.isoformat() if one.due_at else "9999",
    "of": lambda one: one.of,
    "kind": lambda one: one.kind.value,
}


def tasks(session: Session, query: TaskQuery, *, actor: Actor) -> tuple[list[TaskOut], str | None]:
    """Return one page of what waits for the actor, what is due first at the top."""
    found = [
        one for kind, find in SOURCES if query.kind in {None, kind} for one in find(session, actor)
    ]
    if query.q:
        wanted = query.q.casefold()
        found = [one for one in found if wanted in f"{one.of} {one.what} {one.who}".casefold()]
    return _page(found, query)


def today(session: Session, *, actor: Actor) -> TasksTodayOut:
    """Count the steps and waivers that wait for the actor."""
    late = Step.due_on < clock.today()
    mine, asked = _is_mine(actor), _waiver_is_mine(actor)
    one = func.count()
    counted = _open_steps(
        one.filter(mine).label("steps"),
        one.filter(asked).label("waivers"),
        one.filter(and_(mine, late)).label("overdue"),
    )
    row = session.execute(counted).one()
    at_gate = select(one).select_from(Waiver).where(_at_the_gate(actor))
    return TasksTodayOut(
        steps=row.steps,
        waivers=row.waivers + (session.scalar(at_gate) or 0),
        overdue=row.overdue,
    )


def _open_steps(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Step)
        .join(Step.case)
        .outerjoin(Step.holding)
        .where(Case.state == CaseState.OPEN, Step.state == StepState.OPEN)
    )


def _is_mine(actor: Actor) -> ColumnElement[bool]:
    """Return what holds for the steps a person does that wait for this one: the one rule.

    The desk's are those of everybody who works there, and what comes back until it has.
    """
    mine = Step.who_id == actor.employee_id if actor.employee_id else false()
    everywhere = actor.may(Permission.CASES_DO) and actor.reach(Permission.CASES_DO).everything
    desk = Step.office == Office.DESK if everywhere else false()
    coming = and_(Step.kind.in_(COMING_BACK), Holding.returned_at.is_(None))
    return and_(or_(mine, desk), or_(Step.kind.in_(BY_WORD), coming))


def _waiver_is_mine(actor: Actor) -> ColumnElement[bool]:
    """Return what holds for the waivers of steps that this person may decide about; not his own."""
    if not actor.may(Permission.CASES_WAIVE):
        return false()
    return and_(Step.waiver_asked_by_id.is_not(None), Step.waiver_asked_by_id != actor.id)


def _at_the_gate(actor: Actor) -> ColumnElement[bool]:
    """Return the same of waivers of checks of the return gate."""
    if not actor.may(Permission.CUSTODY_WAIVE):
        return false()
    waits = Waiver.state == WaiverState.ASKED, Waiver.until > now()
    return and_(*waits, Waiver.asked_by_id != actor.id)


def _steps(session: Session, actor: Actor) -> Iterable[TaskOut]:
    for step in _loaded(session, _is_mine(actor)):
        yield _task(TaskKind.STEP, step, what(step), how(step))


def _waivers(session: Session, actor: Actor) -> Iterable[TaskOut]:
    advice = _("`workfleet case waive {case} {step} --reason TEXT`, or have it done.")
    for step in _loaded(session, _waiver_is_mine(actor)):
        told = say(_ASKS, who=step.waiver_asked_by, what=what(step), why=step.waiver_asked_why)
        next_step = say(advice, case=step.case.number, step=step.number)
        yield _task(TaskKind.WAIVER, step, told, next_step)


def _gate_waivers(session: Session, actor: Actor) -> Iterable[TaskOut]:
    mine = select(Waiver).where(_at_the_gate(actor)).options(joinedload(Waiver.device))
    advice = _("`workfleet waiver grant {number} --note TEXT`, or `… refuse`.")
    for one in session.scalars(mine.order_by(Waiver.until, Waiver.id).limit(MOST)):
        told = {"who": one.asked_by, "what": f"{one.device.tag}: {label(one.check_name)}"}
        yield TaskOut(
            kind=TaskKind.WAIVER,
            of=one.number,
            step=None,
            what=say(_ASKS, **told, why=one.reason),
            who=one.asked_by,
            due_at=one.until,
            overdue=False,
            how=say(advice, number=one.number),
        )


_ASKS: Final = _("{who} asks to let this be: {what} ({why})")


def _loaded(session: Session, where: ColumnElement[bool]) -> Sequence[Step]:
    of_measures = (Measure.device, Measure.sim, Measure.account)
    mine = (
        _open_steps(Step)
        .where(where)
        .options(
            joinedload(Step.case).options(
                joinedload(Case.employee), joinedload(Case.successor), joinedload(Case.department)
            ),
            joinedload(Step.device),
            joinedload(Step.who),
            joinedload(Step.holding).options(*with_its_thing()),
            joinedload(Step.measure).options(*map(joinedload, of_measures)),
        )
    )
    return session.scalars(mine.order_by(Step.due_on, Step.id).limit(MOST)).all()


def _task(kind: TaskKind, step: Step, text: str, next_step: str) -> TaskOut:
    end = end_of(step.due_on)
    return TaskOut(
        kind=kind,
        of=step.case.number,
        step=step.number,
        what=text,
        who=step.case.employee.name,
        due_at=end,
        overdue=end <= now(),
        said=kind is TaskKind.STEP and step.kind in BY_WORD,
        how=next_step,
    )


def _requests(session: Session, actor: Actor) -> Iterable[TaskOut]:
    if not actor.may(Permission.REQUESTS_DECIDE):
        return
    mine = select(ChangeRequest).where(waiting_for(actor))
    mine = mine.options(
        joinedload(ChangeRequest.credential), joinedload(ChangeRequest.holder)
    ).order_by(ChangeRequest.decide_by, ChangeRequest.id)
    for one in session.scalars(mine.limit(MOST)):
        yield TaskOut(
            kind=TaskKind.REQUEST,
            of=one.number,
            step=None,
            what=f"{label(one.credential.kind)}: {one.credential.subject} · {one.reason}",
            who=one.holder.name,
            due_at=one.decide_by,
            overdue=bool(one.decide_by and one.decide_by <= now()),
            how=say(
                _("`workfleet request approve {number} --note TEXT`, or `… refuse`."),
                number=one.number,
            ),
        )


def _disclosures(session: Session, actor: Actor) -> Iterable[TaskOut]:
    if not actor.may(Permission.DISCLOSURES_APPROVE):
        return
    asked = DisclosureRequest.stands(DisclosureRequest.state, DisclosureState.REQUESTED)
    mine = select(DisclosureRequest).where(asked, DisclosureRequest.asked_by_id != actor.id)
    mine = mine.options(joinedload(DisclosureRequest.credential))
    ordered = mine.order_by(DisclosureRequest.until, DisclosureRequest.id).limit(MOST)
    for one in session.scalars(ordered):
        yield TaskOut(
            kind=TaskKind.DISCLOSURE,
            of=str(one.id),
            step=None,
            what=f"{label(one.credential.kind)}: {one.credential.subject} · {one.reason}",
            who=one.asked_by,
            due_at=one.until,
            overdue=False,
            how=say(_("`workfleet credential approve {id} --note TEXT`, or `… deny`."), id=one.id),
        )


def _openings(session: Session, actor: Actor) -> Iterable[TaskOut]:
    if not actor.may(Permission.OPENINGS_APPROVE):
        return
    asked = Opening.stands(Opening.state, OpeningState.REQUESTED)
    mine = select(Opening).where(asked, Opening.asked_by_id != actor.id)
    ordered = mine.options(joinedload(Opening.backup)).order_by(Opening.until, Opening.id)
    for one in session.scalars(ordered.limit(MOST)):
        backup = one.backup.number if one.backup else say(_("every backup"))
        yield TaskOut(
            kind=TaskKind.OPENING,
            of=one.number,
            step=None,
            what=f"{backup} · {one.reason}",
            who=one.asked_by,
            due_at=one.until,
            overdue=False,
            how=say(
                _("`workfleet opening approve {number} --note TEXT`, or `… deny`."),
                number=one.number,
            ),
        )


Source = tuple[TaskKind, Callable[[Session, Actor], Iterable[TaskOut]]]

OWN: Final[tuple[Source, ...]] = (
    (TaskKind.STEP, _steps),
    (TaskKind.WAIVER, _waivers),
    (TaskKind.WAIVER, _gate_waivers),
    (TaskKind.REQUEST, _requests),
    (TaskKind.DISCLOSURE, _disclosures),
    (TaskKind.OPENING, _openings),
)
# Where tasks come from; a room that has others adds them here by `fleet.wiring`.
SOURCES: Final[list[Source]] = [*OWN]


def _page(found: list[TaskOut], query: TaskQuery) -> tuple[list[TaskOut], str | None]:
    """Return the page after the last row shown, however many came between."""
    name = (query.sort or "due_at").removeprefix("-")
    if name not in SORTS:
        raise SortUnknown(sort=name, known=", ".join(SORTS))
    falling = (query.sort or "").startswith("-")

    def place(one: TaskOut) -> list[Any]:
        return [SORTS[name](one), one.kind.value, one.of, one.step or 0]

    ordered = sorted(found, key=place, reverse=falling)
    if query.after:
        last = _opened(query.after)
        ordered = [one for one in ordered if (place(one) < last if falling else place(one) > last)]
    rows = ordered[: query.limit]
    return rows, _mark(place(rows[-1])) if len(ordered) > len(rows) else None


def _mark(place: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _opened(mark: str) -> list[Any]:
    try:
        place = json.loads(base64.urlsafe_b64decode(mark))
        value, kind, of, step = place
        return [str(value), str(kind), str(of), int(step)]
    except (ValueError, TypeError, RecursionError, OverflowError, binascii.Error):
        raise PageMarkUnreadable from None
