"""Setting things out of stock aside: the best, or what was chosen by hand; all of it or nothing."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import uuid4

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.accounts import queries as accounts_queries
from fleet.accounts.models import Account
from fleet.applications import events
from fleet.applications.errors import NoneFits, NotInStock, NotWanted, ReservedMeanwhile
from fleet.applications.lifecycle import Move, State, after
from fleet.applications.models import Application, Reservation, name_of
from fleet.applications.picking import Choice, accounts, cards, phones
from fleet.applications.releasing import (
    refuse_reserved,
    release,
    reservation_of,
    unsign,
)
from fleet.applications.services import held_still
from fleet.audit.services import record
from fleet.compliance.terms import policies as compliance_terms
from fleet.contracts.applications import ReserveIn
from fleet.contracts.clock import now
from fleet.contracts.custody import Thing
from fleet.contracts.permissions import Permission
from fleet.custody.queries import Held, thing_of
from fleet.database import clash, write
from fleet.devices import queries as devices_queries
from fleet.devices.models import Device
from fleet.sims import queries as sims_queries
from fleet.sims.models import Sim

for _column in ("device", "sim", "account"):
    clash(f"uq_reservation_open_{_column}", ReservedMeanwhile)
    clash(f"reservation.{_column}_id", ReservedMeanwhile)

TABLES: Final[dict[Thing, type[Held]]] = {
    Thing.DEVICE: Device,
    Thing.SIM: Sim,
    Thing.ACCOUNT: Account,
}
HOLD_STILL: Final[dict[Thing, Callable[[Session, Any], Held]]] = {
    Thing.DEVICE: devices_queries.held_still,
    Thing.SIM: sims_queries.held_still,
    Thing.ACCOUNT: accounts_queries.held_still,
}
BY_HAND: Final = {"by_hand": True}


def reserve(
    session: Session, application: Application, given: ReserveIn, *, actor: Actor
) -> Application:
    """Set aside all that an approved application asks for; what was set aside before is let go.

    Of two who reserve at once the second takes the next best, or is told who was first where he
    has chosen by hand.
    """
    actor.require(Permission.CUSTODY_ISSUE)
    application = held_still(session, application)
    after(application.state, Move.RESERVE, application=application.number)
    release(session, application, because="anew", actor=actor)
    unsign(application)
    account = _account(session, application, given, actor)
    _sim(session, application, given, account, actor)
    _phone(session, application, given, actor)
    application.move(Move.RESERVE)
    reserved = events.ThingsReserved(
        **application.about,
        things=[one.told for one in application.set_aside],
        until=application.set_aside[0].until,
        by_hand=any(one.why == BY_HAND for one in application.set_aside),
    )
    record(session, actor, reserved)
    write(session)
    return application


def foresee(session: Session, application: Application, *, actor: Actor) -> Application:
    """Set aside what comes next for an application that is only looked at, if it comes at once."""
    permission = Permission.CUSTODY_ISSUE
    comes = application.state is State.APPROVED and actor.may(permission)
    if not comes or not actor.reach(permission).everything:
        return application
    return reserve(session, application, ReserveIn(), actor=actor)


def _phone(session: Session, application: Application, given: ReserveIn, actor: Actor) -> None:
    wish = application.wanted.phone
    if given.device is not None:
        _require_wanted(application, wish, Thing.DEVICE)
        by_hand = devices_queries.device(session, given.device)
        _by_hand(session, application, by_hand, actor)
    elif wish is not None:
        silent = compliance_terms(session).terms(application.holder.department_id, now())
        pick = partial(phones, session, wish, silent_days=silent.silent_days)
        _best(session, application, Thing.DEVICE, pick, actor)


def _account(
    session: Session, application: Application, given: ReserveIn, actor: Actor
) -> Account | None:
    kind = application.wanted.account
    if given.account is not None:
        by_hand = accounts_queries.account(session, given.account)
        _require_wanted(application, kind if kind is by_hand.kind else None, Thing.ACCOUNT)
        _by_hand(session, application, by_hand, actor)
        return by_hand
    if kind is None:
        return None
    pick = partial(accounts, session, kind, application.holder)
    found = _best(session, application, Thing.ACCOUNT, pick, actor)
    return found if isinstance(found, Account) else None


def _sim(
    session: Session,
    application: Application,
    given: ReserveIn,
    account: Account | None,
    actor: Actor,
) -> None:
    wish = application.wanted.sim
    if given.sim is not None:
        _require_wanted(application, wish, Thing.SIM)
        _by_hand(session, application, sims_queries.sim(session, given.sim), actor)
    elif wish is not None:
        pick = partial(cards, session, wish, account)
        _best(session, application, Thing.SIM, pick, actor)


def _require_wanted(application: Application, wish: object, thing: Thing) -> None:
    if wish is None:
        raise NotWanted(application=application.number, kind=thing.value)


def _by_hand(session: Session, application: Application, chosen: Held, actor: Actor) -> None:
    held = HOLD_STILL[thing_of(chosen)](session, chosen)
    refuse_reserved(session, held, application.holder)
    if held.state.value != "in_stock":
        raise NotInStock(name=name_of(held), state=held.state.value)
    _add(session, application, held, BY_HAND, actor)


def _best(
    session: Session,
    application: Application,
    thing: Thing,
    pick: Callable[[], Choice],
    actor: Actor,
) -> Held:
    """Take the best that is still free once it is held: others may have been quicker."""
    choice = pick()
    for one in choice.fitting:
        held = HOLD_STILL[thing](session, session.get_one(TABLES[thing], one.id))
        if held.state.value == "in_stock" and reservation_of(session, held) is None:
            _add(session, application, held, dict(one.why), actor)
            return held
    raise NoneFits(kind=thing.value, others=choice.said)


def _add(
    session: Session, application: Application, held: Held, why: dict[str, Any], actor: Actor
) -> None:
    moment, thing = now(), thing_of(held)
    reservation = Reservation(
        id=uuid4(),
        thing=thing,
        made_at=moment,
        made_by=actor.name,
        until=moment + timedelta(days=application.hold_days),
        why=why,
    )
    setattr(reservation, thing.value, held)
    application.reservations.append(reservation)
    write(session)
