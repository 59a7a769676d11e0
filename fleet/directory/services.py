"""Deciding about proposals: what is agreed to is done by the verb of its room."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.cases.opening import open_leaving
from fleet.contracts.clock import now, today
from fleet.contracts.directory import (
    AT_ONCE,
    AcceptIn,
    DecisionOut,
    DecisionsOut,
    DismissIn,
    ProposalKind,
    ProposalState,
)
from fleet.contracts.labels import label
from fleet.contracts.permissions import Permission
from fleet.database import write
from fleet.directory.errors import (
    NothingNamed,
    ProposalDecided,
    ProposalNotFound,
    ProposalOutdated,
)
from fleet.directory.events import Agreed, Dismissed
from fleet.directory.models import Proposal
from fleet.directory.syncing import about
from fleet.errors import FleetError
from fleet.people.models import Employee
from fleet.people.queries import department, employee
from fleet.people.services import add_employee, correct_employee, rejoin
from fleet.vault.tools import Tools


def accept(
    session: Session, tools: Tools, proposal: Proposal, *, by: date | None, actor: Actor
) -> None:
    """Do what a proposal says; refused where the register is not what it was then.

    Of two people who decide at once the second is told what the first has decided.
    """
    actor.require(Permission.DIRECTORY_SYNC)
    proposal = _waiting(session, proposal)
    _DOES[proposal.kind](session, tools, proposal, by, actor)
    _decide(proposal, ProposalState.ACCEPTED, actor)
    proposal.stands = False
    record(session, actor, Agreed(**about(proposal), by=by))  # type: ignore[arg-type]
    write(session)


def dismiss(session: Session, proposal: Proposal, *, reason: str, actor: Actor) -> None:
    """Leave the register as it is, and let no list propose this again while it says the same."""
    actor.require(Permission.DIRECTORY_SYNC)
    proposal = _waiting(session, proposal)
    _decide(proposal, ProposalState.DISMISSED, actor)
    proposal.reason = reason
    record(session, actor, Dismissed(**about(proposal), reason=reason))  # type: ignore[arg-type]
    write(session)


def accept_several(
    session: Session, tools: Tools, given: AcceptIn, *, actor: Actor
) -> DecisionsOut:
    """Accept proposals one by one: one that is refused waits, and keeps no other back."""
    actor.require(Permission.DIRECTORY_SYNC)

    def do(proposal: Proposal) -> None:
        accept(session, tools, proposal, by=given.by, actor=actor)

    return _several(session, given, do)


def dismiss_several(session: Session, given: DismissIn, *, actor: Actor) -> DecisionsOut:
    """Dismiss proposals one by one."""
    actor.require(Permission.DIRECTORY_SYNC)

    def do(proposal: Proposal) -> None:
        dismiss(session, proposal, reason=given.reason, actor=actor)

    return _several(session, given, do)


def _several(
    session: Session, given: AcceptIn | DismissIn, do: Callable[[Proposal], None]
) -> DecisionsOut:
    rows = _named(session, given)
    more = given.every and len(rows) > AT_ONCE
    rows = rows[:AT_ONCE]
    decisions = [_tried(session, one, do, keep=not given.dry_run) for one in rows]
    mark = rows[-1].number if more else None
    return DecisionsOut(decisions=decisions, dry_run=given.dry_run, next=mark)


def _named(session: Session, given: AcceptIn | DismissIn) -> Sequence[Proposal]:
    if given.numbers and not given.every:
        found = session.scalars(select(Proposal).where(Proposal.number.in_(given.numbers)))
        rows = {one.number: one for one in found}
        missing = next((one for one in given.numbers if one not in rows), None)
        if missing is not None:
            raise ProposalNotFound(number=missing)
        return list(rows.values())
    if given.numbers or not (given.every and given.kind):
        raise NothingNamed
    waiting = select(Proposal).where(
        Proposal.state == ProposalState.PROPOSED, Proposal.kind == given.kind
    )
    if given.after:
        waiting = waiting.where(Proposal.number > given.after)
    return session.scalars(waiting.order_by(Proposal.number).limit(AT_ONCE + 1)).all()


def _tried(
    session: Session, proposal: Proposal, do: Callable[[Proposal], None], *, keep: bool
) -> DecisionOut:
    told = {
        "number": proposal.number,
        "kind": proposal.kind,
        "employee": proposal.employee,
        "name": proposal.name,
    }
    try:
        with suppress(_LookedOnly), session.begin_nested():
            do(proposal)
            _take_back(unless=keep)
    except FleetError as refusal:
        return DecisionOut(**told, done=False, code=refusal.code, message=str(refusal))
    return DecisionOut(**told, done=True)


class _LookedOnly(Exception):
    """Takes back what was done to see whether it can be done."""


def _take_back(*, unless: bool) -> None:
    if not unless:
        raise _LookedOnly


def _waiting(session: Session, proposal: Proposal) -> Proposal:
    """Return a proposal as it is now, held until the commit; refused if it waits no more."""
    fresh = select(Proposal).where(Proposal.id == proposal.id).with_for_update()
    found = session.scalars(fresh.execution_options(populate_existing=True)).one()
    if found.state is not ProposalState.PROPOSED:
        state, by = label(found.state.value), found.decided_by or "—"
        raise ProposalDecided(number=found.number, state=state, by=by)
    return found


def _decide(proposal: Proposal, state: ProposalState, actor: Actor) -> None:
    proposal.state, proposal.decided_at, proposal.decided_by = state, now(), actor.name


def _join(
    session: Session, _tools: Tools, proposal: Proposal, _by: date | None, actor: Actor
) -> None:
    said = _values(session, proposal)
    add_employee(session, number=proposal.employee, **said, actor=actor)


def _return(
    session: Session, _tools: Tools, proposal: Proposal, _by: date | None, actor: Actor
) -> None:
    said = _values(session, proposal)
    person = _held(session, proposal)
    correct_employee(session, person, {"name": said.pop("name")}, actor=actor)
    told = {"position": None, "joined_on": None, **said}
    rejoin(session, person, **told, actor=actor)


def _correct(
    session: Session, _tools: Tools, proposal: Proposal, _by: date | None, actor: Actor
) -> None:
    person = _held(session, proposal)
    for name, (old, _new) in proposal.said.items():
        known = _plain(getattr(person, name))
        if known != old:
            raise ProposalOutdated(number=proposal.number, column=name, known=known or "—")
    correct_employee(session, person, _values(session, proposal), actor=actor)


def _leave(
    session: Session, tools: Tools, proposal: Proposal, by: date | None, actor: Actor
) -> None:
    said = proposal.said.get("leaves_on", (None, None))[1]
    day = by or (date.fromisoformat(said) if said else today())
    open_leaving(session, tools, _held(session, proposal), by=day, actor=actor)


_DOES: Final[
    Mapping[ProposalKind, Callable[[Session, Tools, Proposal, date | None, Actor], None]]
] = {
    ProposalKind.JOINER: _join,
    ProposalKind.RETURNER: _return,
    ProposalKind.MOVER: _correct,
    ProposalKind.CHANGED: _correct,
    ProposalKind.LEAVER: _leave,
}


def _held(session: Session, proposal: Proposal) -> Employee:
    """Return who is meant as he is now, held until the commit."""
    found = employee(session, proposal.employee)
    fresh = select(Employee).where(Employee.id == found.id).with_for_update()
    return session.scalars(fresh.execution_options(populate_existing=True)).one()


def _values(session: Session, proposal: Proposal) -> dict[str, Any]:
    """Return what a list says, as the verbs of people take it."""
    said = {name: new for name, (_old, new) in proposal.said.items()}
    if "department" in said:
        said["department"] = department(session, said["department"])
    if said.get("joined_on"):
        said["joined_on"] = date.fromisoformat(said["joined_on"])
    return said


def _plain(value: Any) -> str | None:
    plain = getattr(value, "code", value)
    return plain.isoformat() if isinstance(plain, date) else plain
