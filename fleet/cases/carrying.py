"""Carrying cases on: what joins them, what a rule does, and their closing by themselves."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from fleet.access.actor import SYSTEM, Actor
from fleet.access.errors import LastOfItsRole
from fleet.audit.services import record
from fleet.cases import events
from fleet.cases.drafting import Background, drafted
from fleet.cases.errors import CaseNotFound
from fleet.cases.kinds import KINDS
from fleet.cases.lifecycle import Move, StepMove
from fleet.cases.models import Case, Step
from fleet.cases.standing import Standing, standing
from fleet.cases.steps import found
from fleet.contracts.cases import CaseKind, CaseState, CaseStepKind, Doer
from fleet.contracts.clock import today
from fleet.custody.models import Holding
from fleet.custody.queries import held_by, with_its_thing
from fleet.database import write
from fleet.incidents.models import Measure
from fleet.people.models import Employee, Status
from fleet.people.services import correct_employee, finish_leaving


def whole() -> tuple[Any, ...]:
    """Return what loads beside a case, in a fixed number of queries."""
    of_measures = (Measure.device, Measure.sim, Measure.account)
    return (
        joinedload(Case.employee).joinedload(Employee.department),
        joinedload(Case.successor),
        joinedload(Case.department),
        joinedload(Case.incident),
        selectinload(Case.steps).options(
            joinedload(Step.who),
            joinedload(Step.device),
            joinedload(Step.holding).options(*with_its_thing()),
            joinedload(Step.measure).options(*map(joinedload, of_measures)),
        ),
        selectinload(Case.rungs),
    )


def held_still(session: Session, number: str) -> Case:
    """Return a case as it is now, all of it; whoever else does something about it waits."""
    mine = select(Case).where(Case.number == number).execution_options(populate_existing=True)
    if session.scalar(mine.with_for_update(of=Case)) is None:
        raise CaseNotFound(number=number)
    # Only now: what stands beside a row that was waited for is read as it was before.
    return session.scalars(mine.options(*whole())).one()


def _open_cases(session: Session, whose: ColumnElement[bool]) -> Sequence[Case]:
    """Return open cases as they are now: of two that end the last things at once, one sees both."""
    theirs = select(Case).where(whose, Case.state == CaseState.OPEN)
    still = theirs.order_by(Case.opened_at, Case.id).with_for_update(of=Case)
    return session.scalars(still.execution_options(populate_existing=True)).all()


def note_returned(session: Session, employee: Employee, actor: Actor) -> None:
    """Something has come back from a person, or from whom it is to go to: a listener of custody."""
    for case in _open_cases(session, Case.employee_id == employee.id):
        if case.kind is not CaseKind.LEAVING or not held_by(session, employee):
            carry_on(session, [case], actor=actor)


def note_issued(session: Session, holdings: Sequence[Holding], actor: Actor) -> None:
    """Something was handed out: it joins what is open for that person. A listener of custody."""
    for employee in {one.employee.id: one.employee for one in holdings}.values():
        theirs = [one for one in holdings if one.employee is employee]
        for case in _open_cases(session, Case.employee_id == employee.id):
            _join(session, case, theirs, actor)
        taken_over = and_(Case.successor_id == employee.id, Case.kind != CaseKind.LEAVING)
        for case in _open_cases(session, taken_over):
            carry_on(session, [case], actor=actor)


def _join(session: Session, case: Case, holdings: Sequence[Holding], actor: Actor) -> None:
    known = {one.id for one in case.holdings}
    new = [one for one in holdings if one.id not in known]
    here = Background({case.employee.id: new}, {})
    added = drafted(session, case, KINDS[case.kind].joins, here) if new else []
    if added:
        joined = events.CaseJoined(**case.about, steps=[one.number for one in added])
        record(session, actor, joined)
        write(session)
    carry_on(session, [case], actor=actor)


def carry_on(session: Session, cases: Sequence[Case], *, actor: Actor) -> None:
    """Do what is for a rule to do, and close each case once nothing of it is open.

    A leaving goes on until the last working day is over: until then he may stay after all.
    """
    still = [case for case in cases if case.is_open]
    if not still:
        return
    for case in still:
        drafted(session, case, KINDS[case.kind].grows, Background({}, {}))
    write(session)
    known = standing(session, still)
    for case in still:
        _follow_rules(session, case, known, actor)
        if _day_has_come(case) and all(found(step, known).done for step in case.steps):
            _close(session, case, known, actor)
        _leave(session, case, known, actor)
    write(session)


def _leave(session: Session, case: Case, known: Standing, actor: Actor) -> None:
    """Whoever holds nothing, and whose day is over, has left, whatever else is to be done."""
    if _is_leaving(case) and _day_has_come(case) and not known.held.get(case.employee.id):
        finish_leaving(session, case.employee, actor=actor)


def _is_leaving(case: Case) -> bool:
    return case.kind is CaseKind.LEAVING and case.employee.status is Status.LEAVING


def _day_has_come(case: Case) -> bool:
    """Tell whether a case may end: he works here to the end of the last day that was named."""
    return case.kind is not CaseKind.LEAVING or case.by < today()


def _follow_rules(session: Session, case: Case, known: Standing, actor: Actor) -> None:
    for step in case.steps:
        rule = RULES.get(step.kind)
        if rule is None or step.doer is not Doer.RULE or found(step, known).done:
            continue
        others = [one for one in case.steps if one is not step]
        if _are_done(others, known) and case.by <= today():
            rule(session, step, actor)


def _are_done(steps: Iterable[Step], known: Standing) -> bool:
    """Tell whether nothing is left that a rule waits for.

    A late word about the groups of who moves keeps nobody in the department he was in.
    """
    waited_for = (step for step in steps if step.kind is not CaseStepKind.GROUPS)
    return all(found(step, known).done for step in waited_for)


def _change_department(session: Session, step: Step, actor: Actor) -> None:
    case = step.case
    by = SYSTEM.named(actor.on_behalf or actor.name)
    correct_employee(session, case.employee, {"department": case.department}, actor=by)
    write(session)


RULES: Final[Mapping[CaseStepKind, Callable[[Session, Step, Actor], None]]] = {
    CaseStepKind.DEPARTMENT: _change_department
}


def _close(session: Session, case: Case, known: Standing, actor: Actor) -> None:
    """Write down how every step stood: what shows itself later says nothing of this case."""
    for step in case.steps:
        if step.is_open:
            stood = found(step, known)
            step.end(StepMove.FINISH, level=stood.level, by=stood.by)
    case.end(Move.CLOSE, by=actor.name)
    record(session, actor, events.CaseClosed(**case.about))


def carry_all_on(session: Session) -> int:
    """Carry on what phones have shown since, and what has come to its day: a chore.

    A leaving goes on with each thing that comes back, and each word that is said, and once its day
    is over.
    """
    may_end = or_(Case.kind != CaseKind.LEAVING, Case.by < today())
    others = select(Case).where(Case.state == CaseState.OPEN, may_end)
    cases = session.scalars(others.options(*whole()).order_by(Case.by, Case.id)).all()
    known = standing(session, cases)
    ready = [case for case in cases if _is_ready(case, known)]
    try:
        with session.begin_nested():
            carry_on(session, ready, actor=SYSTEM)
    except LastOfItsRole:
        _one_by_one(session, ready)
    return 0


def _is_ready(case: Case, known: Standing) -> bool:
    if _is_leaving(case) and not known.held.get(case.employee.id):
        return True
    left = [step for step in case.steps if not found(step, known).done]
    others = {step.kind for step in left if step.doer is not Doer.RULE}
    waits_for_rule = any(step.doer is Doer.RULE for step in left)
    return not others or (waits_for_rule and others == {CaseStepKind.GROUPS})


def _one_by_one(session: Session, cases: Sequence[Case]) -> None:
    """Carry on all but whom nobody has replaced yet: he stays, and keeps nobody else."""
    for case in cases:
        with suppress(LastOfItsRole), session.begin_nested():
            carry_on(session, [case], actor=SYSTEM)
