"""A number that was somebody's: when it may be handed to another, and on which card it is."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.accounts.models import Account
from fleet.accounts.queries import bound_to
from fleet.audit.events import masked
from fleet.audit.services import record
from fleet.contracts.custody import Thing
from fleet.contracts.permissions import Permission
from fleet.contracts.words import say
from fleet.custody.errors import NumberBoundToOthers, NumberInQuarantine
from fleet.custody.models import Holding
from fleet.custody.queries import holders, open_holding
from fleet.database import write
from fleet.people.models import Employee
from fleet.sims.errors import SimTaken
from fleet.sims.events import SimCardReplaced
from fleet.sims.lifecycle import Move
from fleet.sims.models import Sim
from fleet.sims.numbers import rests_until
from fleet.sims.queries import held_still
from fleet.vault.models import Credential


def require_fit(
    session: Session,
    sim: Sim,
    to: Employee,
    *,
    beside: Sequence[Account],
    exception: str | None,
    actor: Actor,
) -> list[str]:
    """Refuse a number that rests or opens another's account; return what is to be known of it.

    With an `exception` it passes whom gates may be waived by. `beside` comes along with the SIM.
    """
    if _last_holder(session, sim.number) in {None, to.id}:
        return _warnings(session, sim, to, beside)
    passes = exception is not None and actor.may(Permission.CUSTODY_WAIVE)
    until = rests_until(sim)
    if until is not None and not passes:
        day = until.astimezone().date().isoformat()
        raise NumberInQuarantine(number=sim.number, until=day)
    others = _of_others(session, sim, to, beside)
    if others and not passes:
        raise NumberBoundToOthers(number=sim.number, accounts=", ".join(others))
    return []


def _warnings(session: Session, sim: Sim, to: Employee, beside: Sequence[Account]) -> list[str]:
    others = _of_others(session, sim, to, beside, held=True)
    if not others:
        return []
    return [say(NumberBoundToOthers.message, number=sim.number, accounts=", ".join(others))]


def _of_others(
    session: Session, sim: Sim, to: Employee, beside: Sequence[Account], *, held: bool = False
) -> list[str]:
    """Return the accounts that the number opens and that are not the receiver's.

    `held`: those alone that somebody else holds.
    """
    bound = bound_to(session, [sim.number]).get(sim.number, [])
    along = {one.id for one in beside}
    having = holders(session, Thing.ACCOUNT, [one.id for one in bound]) if bound else {}
    found = []
    for one in bound:
        holder = having.get(one.id)
        his = one.id in along or (holder is not None and holder.number == to.number)
        if not his and (holder is not None or not held):
            found.append(one.handle)
    return found


def _last_holder(session: Session, number: str) -> UUID | None:
    """Return who had the number last, on whichever card."""
    had = select(Holding.employee_id).join(Holding.sim).where(Sim.number == number)
    return session.scalar(had.order_by(Holding.issued_at.desc(), Holding.id).limit(1))


def replace_card(session: Session, sim: Sim, *, iccid: str, reason: str, actor: Actor) -> Sim:
    """Put a number onto another card; who holds it goes on holding it, the old card is cancelled.

    The codes of the old card stay with it: the new one has its own.
    """
    actor.require(Permission.SIMS_WRITE)
    old = held_still(session, sim)
    if session.scalar(select(Sim.id).where(Sim.iccid == iccid)):
        raise SimTaken(sim=iccid)
    state = old.state
    old.move(Move.REPLACE)
    old.device = None
    write(session)  # the number is free for the new card only now
    kept = ("carrier", "registered_owner", "owner_kind", "actual_user", "plan", "opened_on", "note")
    said = {name: getattr(old, name) for name in kept}
    rests = old.quarantined_until
    new = Sim(
        id=uuid4(), number=old.number, iccid=iccid, state=state, quarantined_until=rests, **said
    )
    session.add(new)
    write(session)
    holding = open_holding(session, old)
    if holding is not None:
        holding.sim = new
    for code in session.scalars(select(Credential).where(Credential.sim_id == old.id)):
        code.due_at = None  # nobody changes the codes of a card that is gone
    event = SimCardReplaced(
        subject_id=new.id,
        subject_name=masked(new.number),
        old=masked(old.iccid),
        new=masked(iccid),
        reason=reason,
    )
    record(session, actor, event)
    write(session)
    return new
