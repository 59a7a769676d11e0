"""What people do with cases: a step is done or waived, a case cancelled, reopened, passed on."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM, Actor, Owner
from fleet.access.errors import ApprovedByOneself
from fleet.access.models import User
from fleet.audit.services import record
from fleet.cases import events
from fleet.cases.beginnings import foreseen, taken_back
from fleet.cases.carrying import carry_on, held_still
from fleet.cases.drafting import Background, background, drafted
from fleet.cases.errors import (
    CaseMoveNotAllowed,
    CaseNotFound,
    HasLeft,
    NothingToReopen,
    StepIsProven,
    StepMoveNotAllowed,
    StepNotFound,
    StepNotReady,
    StepNotWaivable,
    StepOfAnother,
    SuccessorLeavesToo,
    WaiverNotAsked,
)
from fleet.cases.kinds import KINDS
from fleet.cases.lifecycle import Move, StepMove, after
from fleet.cases.models import Case, Step
from fleet.cases.opening import LOSSES, loss_of, open_case, refuse_second
from fleet.cases.queries import case_within
from fleet.cases.standing import standing
from fleet.cases.steps import SPECS, found, how, what, who
from fleet.contracts.cases import CaseKind, CaseState, CaseStepKind, StepState, WaivedBy
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.contracts.waivers import WaiverIn, WaiverState
from fleet.custody.models import Waiver
from fleet.custody.waivers import ask_waiver, decide_waiver
from fleet.database import write
from fleet.devices.models import Device
from fleet.incidents.models import Incident
from fleet.people import queries as people
from fleet.people.models import Employee, Status
from fleet.vault.tools import Tools


def do(session: Session, number: str, step: int, *, note: str, actor: Actor) -> Case:
    """Take a person's word that a step is done (level `declared`).

    Whoever it is for says so himself; for who has no user of his own the desk notes it.
    """
    actor.reach(Permission.CASES_DO)
    case = held_still(session, number)
    mine = _step(case, step, actor, session)
    _require_open(case)
    if SPECS[mine.kind].truth is not None:
        raise StepIsProven(case=case.number, step=step, how=how(mine))
    _require_ready(session, mine)
    behalf = _on_behalf(session, mine, actor)
    _effect(session, mine)
    mine.end(StepMove.FINISH, level=Level.DECLARED, by=actor.name, note=note)
    done = events.StepDone(
        **case.about, step=step, what=mine.kind, level=Level.DECLARED, on_behalf_of=behalf
    )
    record(session, actor, done)
    write(session)
    carry_on(session, [case], actor=actor)
    return case


def _step(case: Case, number: int, actor: Actor, session: Session) -> Step:
    """Return a step, where the actor may know of it: others do not exist for him."""
    named = next((one for one in case.steps if one.number == number), None)
    reach = actor.reach(Permission.CASES_DO)
    if not reach.everything and not reach.covers(_owner(session, case, reach.employee_id)):
        raise CaseNotFound(number=case.number)
    if named is None:
        raise StepNotFound(case=case.number, step=number)
    return named


def _owner(session: Session, case: Case, asker: object) -> Owner:
    """A case belongs to its person's departments, and to whom one of its steps is for."""
    has_one = any(step.who_id == asker for step in case.steps if step.who_id)
    places = people.owner_of(session, case.employee).departments
    return Owner(asker if has_one else None, places)  # type: ignore[arg-type]


def _require_open(case: Case) -> None:
    if not case.is_open:
        raise CaseMoveNotAllowed(case=case.number, move="do", state=case.state.value)


def _require_ready(session: Session, step: Step) -> None:
    """Refuse before what comes first is done, and what has ended already."""
    case, known = step.case, standing(session, [step.case])
    if not step.is_open:
        raise StepMoveNotAllowed(case=case.number, step=step.number, state=step.state.value)
    first = [one for one in case.steps if one.number in step.after and not found(one, known).done]
    if first:
        named = ", ".join(f"{one.number} ({what(one)})" for one in first)
        raise StepNotReady(case=case.number, step=step.number, waits_for=named)


def _on_behalf(session: Session, step: Step, actor: Actor) -> str | None:
    """Return for whom the desk notes a step; None where it is the actor's own, or the desk's."""
    assigned, everywhere = step.who, actor.reach(Permission.CASES_DO).everything
    if assigned is not None and assigned.id == actor.employee_id:
        return None
    if not everywhere or (assigned is not None and _has_user(session, assigned)):
        raise StepOfAnother(case=step.case.number, step=step.number, who=who(step))
    return assigned.number if assigned else None


def _has_user(session: Session, employee: Employee) -> bool:
    his = select(User.id).where(User.employee_id == employee.id, User.active)
    return session.scalar(his.limit(1)) is not None


def _effect(session: Session, step: Step) -> None:
    """Note in the register what a person says he has done."""
    if step.kind is not CaseStepKind.MOVE_ACCOUNT or step.holding is None:
        return
    new = standing(session, [step.case]).new(step.case)
    phone = next((one.device for one in new if one.device is not None), None)
    if step.holding.account is not None and phone is not None:
        step.holding.account.device = phone


def waive(
    session: Session, number: str, step: int, *, reason: str, actor: Actor, ask: bool = False
) -> Case:
    """Let a step be, for a reason, by who is entitled to it; with `ask` it is asked for.

    A step that is a check of the return gate is waived there, and its paper says so.
    """
    actor.reach(Permission.CASES_DO)
    case = held_still(session, number)
    mine = _step(case, step, actor, session)
    _require_open(case)
    if not mine.is_open or found(mine, standing(session, [case])).done:
        raise StepMoveNotAllowed(case=case.number, step=step, state=StepState.DONE.value)
    check, phone = SPECS[mine.kind].check, _gate_of(mine)
    if mine.waivable is None or (mine.waivable is WaivedBy.GATE and phone is None):
        raise StepNotWaivable(case=case.number, step=step, how=how(mine))
    if phone is not None and check is not None:
        at_gate = WaiverIn(check=check, reason=reason)
        (_asked_at_gate if ask else _granted_at_gate)(session, phone, at_gate, actor)
    elif ask:
        mine.ask_waiver(actor.id, actor.name, reason)
    else:
        _waived(mine, reason, actor)
    kind = events.WaiverAsked if ask else events.StepWaived
    record(session, actor, kind(**case.about, step=step, what=mine.kind))
    write(session)
    carry_on(session, [case], actor=actor)
    return case


def _gate_of(step: Step) -> Device | None:
    """Return the phone at whose gate a step is a check."""
    holding = step.holding
    if SPECS[step.kind].check is None or holding is None:
        return None
    return holding.device or (holding.account.device if holding.account else None)


def _asked_at_gate(session: Session, phone: Device, given: WaiverIn, actor: Actor) -> None:
    ask_waiver(session, phone, given, actor=actor)


def _granted_at_gate(session: Session, phone: Device, given: WaiverIn, actor: Actor) -> None:
    """Grant what another has asked for; nobody lets a check be all by himself."""
    actor.require(Permission.CUSTODY_WAIVE)
    of_it = Waiver.device_id == phone.id, Waiver.check_name == given.check
    asked = select(Waiver.number).where(*of_it, Waiver.state == WaiverState.ASKED)
    number = session.scalar(asked)
    if number is None:
        raise WaiverNotAsked(tag=phone.tag, check=given.check.value)
    decide_waiver(session, number, grant=True, note=given.reason, actor=actor)


def _waived(step: Step, reason: str, actor: Actor) -> None:
    actor.require(Permission.CASES_WAIVE)
    if step.waiver_asked_by_id == actor.id:
        raise ApprovedByOneself
    step.end(StepMove.WAIVE, level=Level.NONE, by=actor.name, note=reason)


def cancel(
    session: Session, tools: Tools, number: str, *, reason: str, actor: Actor
) -> tuple[Case, list[str], list[str]]:
    """End a case that is not to be; return what was taken back, and what cannot be, in words."""
    actor.require(Permission.CASES_OPEN)
    case = held_still(session, number)
    after(case.state, Move.CANCEL, case=case.number)
    if case.kind is CaseKind.LEAVING and case.employee.status is Status.LEFT:
        raise HasLeft(name=case.employee.name)
    undone, left = taken_back(session, tools, case, actor)
    for step in case.steps:
        if step.is_open:
            step.end(StepMove.DROP, level=Level.NONE, by=actor.name)
    case.reason = reason
    case.end(Move.CANCEL, by=actor.name)
    cancelled = events.CaseCancelled(**case.about, undone=len(undone), left=len(left))
    record(session, actor, cancelled)
    write(session)
    return case, undone, left


def foreseen_cancel(session: Session, number: str, *, actor: Actor) -> tuple[list[str], list[str]]:
    """Return what cancelling would take back, and what it could not; nothing is changed."""
    actor.require(Permission.CASES_OPEN)
    case = case_within(session, number, actor=actor)
    after(case.state, Move.CANCEL, case=case.number)
    return foreseen(session, case)


def reopen(
    session: Session,
    tools: Tools,
    number: str,
    *,
    reason: str,
    actor: Actor,
    steps: Sequence[int] = (),
) -> Case:
    """Go on with a case that was cancelled, or have steps of one done again.

    What was cancelled begins anew, with what the person holds by now.
    """
    actor.require(Permission.CASES_OPEN)
    case = held_still(session, number)
    named = [_step(case, one, actor, session) for one in steps]
    was = case.state
    if was is not CaseState.CANCELLED and not named:
        raise NothingToReopen(case=case.number)
    if was is not CaseState.OPEN:
        people.held_still(session, case.employee)  # nobody opens another one meanwhile
        refuse_second(session, [case])
    case.reopen(KINDS[case.kind].key(case))
    case.reason = reason
    again = [one for one in case.steps if one.state is StepState.NOT_NEEDED]
    for step in dict.fromkeys((*named, *(again if was is CaseState.CANCELLED else ()))):
        step.reopen()
    reopened = events.CaseReopened(**case.about, steps=[one.number for one in named])
    record(session, actor, reopened)
    write(session)
    if was is CaseState.CANCELLED:
        _begin_again(session, tools, case, actor)
    return case


def _begin_again(session: Session, tools: Tools, case: Case, actor: Actor) -> None:
    """Begin what was taken back; what was handed out since the plan was made joins it."""
    known = background(session, [case.employee])
    mine = {one.id for one in case.holdings}
    held = [one for one in known.held.get(case.employee.id, ()) if one.id not in mine]
    if held and case.kind is CaseKind.LEAVING:
        here = Background({case.employee.id: held}, {})
        drafted(session, case, KINDS[case.kind].builders, here)
    write(session)
    KINDS[case.kind].begin(session, tools, [case], actor)
    write(session)
    carry_on(session, [case], actor=actor)


def name_successor(session: Session, number: str, successor: Employee, *, actor: Actor) -> Case:
    """Name somebody else who takes over; what was for the former one is for him now."""
    actor.require(Permission.CASES_OPEN)
    case = held_still(session, number)
    _require_open(case)
    if successor.id == case.employee.id or successor.status is not Status.ACTIVE:
        raise SuccessorLeavesToo(name=successor.name)
    former = case.successor
    for step in case.steps:
        theirs = former is not None and step.who_id == former.id
        if step.is_open and (theirs or (step.who is None and step.kind in _OF_SUCCESSORS)):
            step.who, step.office = successor, SPECS[step.kind].office
    case.successor = successor
    named = events.SuccessorNamed(
        **case.about, former=former.number if former else None, successor=successor.number
    )
    record(session, actor, named)
    write(session)
    return case


_OF_SUCCESSORS = frozenset({CaseStepKind.CUSTOMERS, CaseStepKind.RECEIVER_SIGNS})


def note_loss(session: Session, tools: Tools, incident: Incident, actor: Actor) -> None:
    """A loss was reported: its case follows, or grows. A listener of incidents."""
    if incident.kind not in LOSSES or incident.employee is None:
        return
    known = session.scalar(
        select(Case).where(Case.incident_id == incident.id, Case.state == CaseState.OPEN)
    )
    by = SYSTEM.named(actor.name)
    if known is not None:
        carry_on(session, [known], actor=by)
    else:
        open_case(session, tools, loss_of(incident), actor=by)
