"""Numbers that were somebody's: they rest before another gets them, and stay while bound."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.sims import NumberPolicyOut
from fleet.database import write
from fleet.sims.errors import NumberBound, NumberGone
from fleet.sims.events import NumberPolicySet
from fleet.sims.lifecycle import State
from fleet.sims.models import NumberPolicy, Sim

QUARANTINE_DAYS: Final = 90  # where nobody has set another
POLICY: Final = UUID(int=8)  # the policy as the subject of an event

# Rooms further down that know what is bound to numbers (accounts: their handles, by number);
# filled by `fleet.wiring`.
BINDERS: Final[list[Callable[[Session, Sequence[str]], Mapping[str, list[str]]]]] = []


def number_policy(session: Session, *, actor: Actor) -> NumberPolicyOut:
    """Return for how long a number rests that is freed now."""
    actor.require(Permission.POLICY_READ)
    return shown(_in_force(session))


def shown(found: NumberPolicy | None) -> NumberPolicyOut:
    if found is None:
        return NumberPolicyOut(
            quarantine_days=QUARANTINE_DAYS, reason=None, set_by=None, set_at=None
        )
    return NumberPolicyOut.model_validate(found)


def set_number_policy(
    session: Session, *, quarantine_days: int, reason: str, actor: Actor
) -> NumberPolicy:
    """Let numbers that are freed from now on rest so long; those that rest keep their day."""
    actor.require(Permission.POLICY_WRITE)
    made = NumberPolicy(
        id=uuid4(),
        quarantine_days=quarantine_days,
        reason=reason,
        set_at=now(),
        set_by=actor.name,
    )
    session.add(made)
    event = NumberPolicySet(
        subject_id=POLICY, subject_name="numbers", quarantine_days=quarantine_days, reason=reason
    )
    record(session, actor, event)
    write(session)
    return made


def _in_force(session: Session) -> NumberPolicy | None:
    newest = select(NumberPolicy).order_by(NumberPolicy.set_at.desc(), NumberPolicy.id.desc())
    return session.scalar(newest.limit(1))


def free(session: Session, sim: Sim) -> None:
    """Let the number of a SIM rest from now on: it is nobody's any more."""
    days = shown(_in_force(session)).quarantine_days
    sim.quarantined_until = now() + timedelta(days=days) if days else None


def rests_until(sim: Sim) -> datetime | None:
    """Return until when nobody else is handed the number; None where it does not rest."""
    until = sim.quarantined_until
    return until if until is not None and until > now() else None


def bound_to(session: Session, numbers: Iterable[str]) -> dict[str, list[str]]:
    """Return the handles of what is bound to each of these numbers, in a question a binder."""
    wanted, found = sorted(set(numbers)), dict[str, list[str]]()
    for bound in BINDERS if wanted else ():
        for number, names in bound(session, wanted).items():
            found.setdefault(number, []).extend(names)
    return found


def require_unbound(session: Session, number: str) -> None:
    """Refuse to give a number away that still opens an account."""
    if handles := bound_to(session, [number]).get(number):
        raise NumberBound(number=number, accounts=", ".join(sorted(handles)))


def gone(session: Session, numbers: Iterable[str]) -> set[str]:
    """Return those of these numbers that were ours and are cancelled."""
    wanted = set(numbers)
    cards = select(Sim.number, Sim.state).where(Sim.number.in_(wanted))
    rows = list(session.execute(cards)) if wanted else []
    live = {number for number, state in rows if state is not State.CANCELLED}
    return {number for number, _state in rows} - live


def require_not_gone(session: Session, number: str | None) -> None:
    """Refuse to note that an account is bound to a number that nobody has any more."""
    if number and gone(session, [number]):
        raise NumberGone(number=number)
