"""Handing things out: everything that was asked for, or nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import uuid4

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.accounts import lifecycle as account_lifecycle
from fleet.accounts import queries as accounts_queries
from fleet.accounts.models import Account
from fleet.audit.events import masked
from fleet.audit.services import record
from fleet.contracts.clock import now, today
from fleet.contracts.permissions import Permission
from fleet.contracts.policies import Trigger
from fleet.contracts.words import _, say
from fleet.custody.accessories import NO_KIT, Kit, hand_out
from fleet.custody.errors import (
    AlreadyHeld,
    HeldMeanwhile,
    LentUntilThePast,
    NothingToIssue,
    OneAccountOfAKind,
    RegistrantNotSeen,
)
from fleet.custody.events import Issued
from fleet.custody.flags import flags_of
from fleet.custody.models import Holding
from fleet.custody.numbers import require_fit
from fleet.custody.queries import Held, accounts_of, devices_of, open_holding, thing_of
from fleet.database import clash, write
from fleet.devices import lifecycle as device_lifecycle
from fleet.devices import queries as devices_queries
from fleet.devices.models import Device
from fleet.people.models import Employee
from fleet.people.queries import held_still
from fleet.people.services import require_active
from fleet.rotation.triggers import make_due
from fleet.sims import lifecycle as sim_lifecycle
from fleet.sims import queries as sims_queries
from fleet.sims.models import Sim

for _column in ("device", "sim", "account"):
    clash(f"uq_holding_open_{_column}", HeldMeanwhile)
    clash(f"holding.{_column}_id", HeldMeanwhile)


# Rooms further down that act when somebody was handed something (requests: he is to learn what
# opens it); filled by `fleet.wiring`.
ISSUE_LISTENERS: Final[list[Callable[[Session, Sequence[Holding], Actor], None]]] = []
# Rooms further down that have something to say of what was handed out (naming).
ISSUE_WARNINGS: Final[list[Callable[[Session, Sequence[Holding], Actor], list[str]]]] = []
# The same that refuse a thing which nobody has, and which is meant for somebody (applications).
RESERVED: Final[list[Callable[[Session, Held, Employee], None]]] = []


@dataclass
class Handing:
    """What was handed out, and what the operator is to know about it."""

    holdings: list[Holding] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Terms:
    """What the person who hands out has confirmed."""

    actor: Actor
    registrant_seen: bool = False
    exception: str | None = None
    due_on: date | None = None


def issue(
    session: Session,
    *,
    to: Employee,
    devices: Sequence[Device] = (),
    sims: Sequence[Sim] = (),
    accounts: Sequence[Account] = (),
    actor: Actor,
    registrant_seen: bool = False,
    exception: str | None = None,
    kit: Kit = NO_KIT,
    until: date | None = None,
) -> Handing:
    """Hand phones, SIMs and accounts to a person; refused as a whole if one of them is not free.

    Of two people issuing the same thing at once, the second waits for the first and is told who
    has it. `until`: it is lent, and to be given back on that day.
    """
    actor.require(Permission.CUSTODY_ISSUE)
    if not (devices or sims or accounts):
        raise NothingToIssue
    require_to_come(until)
    to = receiver(session, to)
    terms = Terms(actor, registrant_seen, exception, until)
    handing = Handing(warnings=flags_of(session, to))
    for device in _in_order(devices):
        _hand_device(session, handing, devices_queries.held_still(session, device), to, terms)
    place = _phone_of_it(session, devices, to)
    for sim in _in_order(sims):
        card = sims_queries.held_still(session, sim)
        require_free(session, card, card.number, to)
        handing.warnings += require_fit(
            session, card, to, beside=accounts, exception=exception, actor=actor
        )
        _hand_sim(session, handing, card, to, place, terms)
    for account in _in_order(accounts):
        still = accounts_queries.held_still(session, account)
        hand_account(session, handing, still, to, place, terms, account_lifecycle.Move.ISSUE)
    hand_out(session, handing.holdings, kit, actor=actor)
    make_due(session, [*devices, *sims, *accounts], Trigger.ISSUE, actor=actor)
    say_it_is_out(session, handing, actor)
    write(session)
    return handing


def require_to_come(until: date | None) -> None:
    if until is not None and until <= today():
        raise LentUntilThePast(day=until.isoformat())


def say_it_is_out(session: Session, handing: Handing, actor: Actor) -> None:
    for listen in ISSUE_LISTENERS:
        listen(session, handing.holdings, actor)
    for warn in ISSUE_WARNINGS:
        handing.warnings += warn(session, handing.holdings, actor)


def receiver(session: Session, to: Employee) -> Employee:
    """Return the person as they are now, held: two issues to one person take turns."""
    employee = held_still(session, to)
    require_active(employee)
    return employee


def _in_order(things: Sequence[Device] | Sequence[Sim] | Sequence[Account]) -> list[Any]:
    """Return each thing once, in an order everybody keeps: nobody waits in a circle."""
    return sorted({thing.id: thing for thing in things}.values(), key=lambda thing: thing.id)


def _phone_of_it(session: Session, devices: Sequence[Device], to: Employee) -> Device | None:
    """Return the phone that SIMs and accounts are for, where there is no doubt about it."""
    candidates = list(devices) or devices_of(session, to)
    return candidates[0] if len(candidates) == 1 else None


def _hand_device(
    session: Session, handing: Handing, device: Device, to: Employee, terms: Terms
) -> None:
    require_free(session, device, device.tag, to)
    device.move(device_lifecycle.Move.ISSUE)
    _hand(session, handing, device, device.tag, to, terms)


def _hand_sim(
    session: Session, handing: Handing, sim: Sim, to: Employee, place: Device | None, terms: Terms
) -> None:
    sim.quarantined_until = None
    sim.move(sim_lifecycle.Move.ISSUE)
    sim.device = place or sim.device
    _hand(session, handing, sim, masked(sim.number), to, terms)


def hand_account(
    session: Session,
    handing: Handing,
    account: Account,
    to: Employee,
    place: Device | None,
    terms: Terms,
    move: account_lifecycle.Move,
) -> None:
    """Open a holding of an account, by way of `move`."""
    require_free(session, account, account.handle, to)
    _require_only_one(session, account, to, terms)
    _warn_of_registrant(account, to, handing, terms)
    account.move(move)
    account.device = place
    _hand(session, handing, account, account.handle, to, terms)


def _hand(
    session: Session, handing: Handing, held: Held, name: str, to: Employee, terms: Terms
) -> None:
    thing = thing_of(held)
    holding = Holding(
        id=uuid4(),
        thing=thing,
        employee=to,
        issued_at=now(),
        issued_by=terms.actor.name,
        exception=terms.exception,
        due_on=terms.due_on,
    )
    setattr(holding, thing.value, held)
    session.add(holding)
    write(session)
    handing.holdings.append(holding)
    event = Issued(
        subject_id=holding.id,
        subject_name=name,
        thing=thing,
        thing_id=held.id,
        holder=to.number,
        exception=terms.exception,
        registrant_seen=terms.registrant_seen,
        due_on=terms.due_on,
    )
    record(session, terms.actor, event)


def require_free(session: Session, held: Held, name: str, to: Employee) -> None:
    holding = open_holding(session, held)
    if holding is not None:
        holder = f"{holding.employee.name} ({holding.employee.number})"
        raise AlreadyHeld(name=name, holder=holder)
    for refuse in RESERVED:
        refuse(session, held, to)


def _require_only_one(session: Session, account: Account, to: Employee, terms: Terms) -> None:
    """Refuse a second account of a kind (one person, one account) without a reason for it."""
    alike = [other for other in accounts_of(session, to) if other.kind is account.kind]
    if alike and not terms.exception:
        raise OneAccountOfAKind(holder=to.name, kind=account.kind.value, handle=alike[0].handle)


def _warn_of_registrant(account: Account, to: Employee, handing: Handing, terms: Terms) -> None:
    if not account.registrant or account.registrant == to.name:
        return
    if not terms.registrant_seen:
        raise RegistrantNotSeen(handle=account.handle, registrant=account.registrant)
    warning = say(RegistrantNotSeen.message, handle=account.handle, registrant=account.registrant)
    handing.warnings.append(" ".join((warning, say(HAND_OVER))))


HAND_OVER = _("Have the hand-over signed by all three.")
