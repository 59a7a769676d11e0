"""Things coming back: returns begun and ended, checks declared, accounts passed on."""

from collections.abc import Callable, Sequence
from typing import Final
from uuid import uuid4

from sqlalchemy.orm import Session, joinedload

from fleet.access.actor import Actor
from fleet.accounts import lifecycle as account_lifecycle
from fleet.accounts import queries as accounts_queries
from fleet.accounts.models import Account
from fleet.audit.events import masked
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.custody import CheckName, Thing
from fleet.contracts.permissions import Permission
from fleet.contracts.policies import Trigger
from fleet.contracts.proof import Level
from fleet.contracts.words import _, say
from fleet.custody.checks import accounts_on_it, password_level
from fleet.custody.errors import (
    AccountGateOpen,
    AccountNotOnIt,
    CannotBeDeclared,
    NotHeld,
    OfNoAccount,
)
from fleet.custody.events import (
    AccountReassigned,
    AccountReturnStarted,
    CheckDeclared,
    DeviceReturnStarted,
    Returned,
)
from fleet.custody.gate import DECLARABLE, waived_check
from fleet.custody.issuing import Handing, Terms, hand_account, receiver, say_it_is_out
from fleet.custody.models import Declaration, Holding
from fleet.custody.queries import Held, held_by, open_holding
from fleet.database import taken_hold_of, write
from fleet.devices import lifecycle as device_lifecycle
from fleet.devices.models import Device
from fleet.people.models import Employee
from fleet.rotation.triggers import make_due
from fleet.sims import lifecycle as sim_lifecycle
from fleet.sims import queries as sims_queries
from fleet.sims.models import Sim
from fleet.sims.numbers import free
from fleet.stations.probing import plan_probes

# Rooms further down that act when somebody has given something back (cases: the last thing);
# filled by `fleet.wiring`.
RETURN_LISTENERS: Final[list[Callable[[Session, Employee, Actor], None]]] = []
# The same when a return has begun (requests: what was asked for is changed in any case).
BEGIN_LISTENERS: Final[list[Callable[[Session, Sequence[Device | Account], Actor], None]]] = []


def start_return(
    session: Session,
    device: Device,
    *,
    actor: Actor,
    handed_back: bool = True,
    note: str | None = None,
) -> None:
    """Begin a phone's return: from now on its gate collects proofs.

    `handed_back`: its holder has given it in; a leaving case begins returns weeks before that.
    """
    actor.require(Permission.CUSTODY_RETURN)
    start_returns(session, [device], note=note, actor=actor)
    if handed_back:
        add_declaration(
            session, device, CheckName.HANDED_BACK, note or say(_("Handed in.")), actor=actor
        )
    write(session)


def start_returns(
    session: Session, devices: Sequence[Device], *, actor: Actor, note: str | None = None
) -> None:
    """Begin the returns of phones, in a fixed number of questions; no word is said for anybody."""
    actor.require(Permission.CUSTODY_RETURN)
    held = taken_hold_of(session, devices)
    out = [one for one in held if one.state is not device_lifecycle.State.RETURNING]
    for device in out:
        device.move(device_lifecycle.Move.START_RETURN)
        started = DeviceReturnStarted(subject_id=device.id, subject_name=device.tag, note=note)
        record(session, actor, started)
    _began(session, out, actor)
    # What counts for the gate is what is seen from now on.
    plan_probes(session, [one for one in held if one.present], actor=actor)


def start_account_returns(session: Session, accounts: Sequence[Account], *, actor: Actor) -> None:
    """Begin the returns of accounts, in a fixed number of questions."""
    actor.require(Permission.CUSTODY_RETURN)
    held = taken_hold_of(session, accounts, joinedload(Account.device))
    for account in held:
        account.move(account_lifecycle.Move.START_RETURN)
        started = AccountReturnStarted(subject_id=account.id, subject_name=account.handle)
        record(session, actor, started)
    _began(session, held, actor)


def _began(session: Session, things: Sequence[Device | Account], actor: Actor) -> None:
    if not things:
        return
    make_due(session, things, Trigger.RETURN, actor=actor)
    for listen in BEGIN_LISTENERS:
        listen(session, things, actor)


def return_sim(session: Session, sim: Sim, *, actor: Actor) -> None:
    """Take a SIM back into stock: the card is in the operator's hand."""
    actor.require(Permission.CUSTODY_RETURN)
    sim = sims_queries.held_still(session, sim)
    close(session, _holding_of(session, sim, sim.number), masked(sim.number), actor=actor)
    sim.move(sim_lifecycle.Move.TAKE_BACK)
    sim.device = None
    free(session, sim)
    make_due(session, [sim], Trigger.RETURN, actor=actor)
    write(session)


def return_account(session: Session, account: Account, *, actor: Actor) -> None:
    """Begin an account's return, or end it once its password was changed since it began."""
    actor.require(Permission.CUSTODY_RETURN)
    account = accounts_queries.held_still(session, account)
    if account.state is not account_lifecycle.State.RETURNING:
        start_account_returns(session, [account], actor=actor)
    elif open_holding(session, account) is not None:
        require_password_changed(session, account)
        take_back_account(session, account, actor=actor)
    write(session)


def take_back_account(session: Session, account: Account, *, actor: Actor) -> None:
    """End an account's holding; the caller has seen to its password or to a waiver."""
    holding = _holding_of(session, account, account.handle)
    if account.state is account_lifecycle.State.ISSUED:
        account.move(account_lifecycle.Move.START_RETURN)
    account.move(account_lifecycle.Move.TAKE_BACK)
    account.device = None
    close(session, holding, account.handle, actor=actor)


def reassign(
    session: Session,
    account: Account,
    *,
    to: Employee,
    actor: Actor,
    device: Device | None = None,
    registrant_seen: bool = False,
    exception: str | None = None,
) -> Handing:
    """Pass an account on to another person; refused while its password is its holder's."""
    actor.require(Permission.CUSTODY_REASSIGN)
    to = receiver(session, to)
    account = accounts_queries.held_still(session, account)
    holding = open_holding(session, account)
    if account.state is account_lifecycle.State.RETURNING:
        require_password_changed(session, account)
    account_lifecycle.after(account.state, account_lifecycle.Move.REASSIGN)
    if holding is not None:
        close(session, holding, account.handle, actor=actor)
    handing, terms = Handing(), Terms(actor, registrant_seen, exception)
    hand_account(session, handing, account, to, device, terms, account_lifecycle.Move.REASSIGN)
    event = AccountReassigned(
        subject_id=account.id,
        subject_name=account.handle,
        former=holding.employee.number if holding else None,
        holder=to.number,
        registrant_seen=registrant_seen,
    )
    record(session, actor, event)
    make_due(session, [account], Trigger.REASSIGN, actor=actor)
    say_it_is_out(session, handing, actor)
    write(session)
    return handing


def require_password_changed(session: Session, account: Account) -> None:
    """Refuse unless the password was changed since the return began, or that was waived."""
    level = password_level(session, account, account.returning_since)
    if level.at_least(Level.OBSERVED):
        return
    if account.device is not None and waived_check(
        session, account.device, CheckName.ACCOUNTS, account.returning_since
    ):
        return
    check = {
        "check": CheckName.ACCOUNTS.value,
        "sentence": say(
            _("The password of {handle} is still its holder's."), handle=account.handle
        ),
        "advice": say(
            _("Change it at a station: `workfleet rotate {handle}`."), handle=account.handle
        ),
    }
    open_ones = [CheckName.ACCOUNTS.value]
    raise AccountGateOpen(tag=account.handle, count=1, open=open_ones, checks=[check])


def declare(
    session: Session,
    device: Device,
    *,
    check: CheckName,
    note: str,
    actor: Actor,
    account: Account | None = None,
) -> None:
    """Put a person's word in the place of the phone's, where the phone cannot answer.

    `account`: of this one alone, for the check that is of accounts.
    """
    actor.require(Permission.CUSTODY_DECLARE)
    if check not in DECLARABLE:
        raise CannotBeDeclared(check=check.value)
    if account is not None:
        _require_on_it(session, device, check, account)
    add_declaration(session, device, check, note, actor=actor, account=account)
    write(session)


def _require_on_it(session: Session, device: Device, check: CheckName, account: Account) -> None:
    if check is not CheckName.UNBOUND:
        raise OfNoAccount(check=check.value)
    holding = open_holding(session, device)
    held = held_by(session, holding.employee) if holding else []
    if account.id not in {one.id for one in accounts_on_it(device, held)}:
        raise AccountNotOnIt(handle=account.handle, tag=device.tag)


def add_declaration(
    session: Session,
    device: Device,
    check: CheckName,
    note: str,
    *,
    actor: Actor,
    account: Account | None = None,
) -> None:
    said = Declaration(
        id=uuid4(),
        device_id=device.id,
        check_name=check,
        note=note,
        by=actor.name,
        at=now(),
        account_id=account.id if account else None,
    )
    session.add(said)
    event = CheckDeclared(
        subject_id=device.id,
        subject_name=device.tag,
        check=check,
        note=note,
        account=account.handle if account else None,
    )
    record(session, actor, event)


def close(session: Session, holding: Holding, name: str, *, actor: Actor) -> None:
    """End a holding; `name` is what the trail calls the thing."""
    employee = holding.employee
    holding.close(now(), actor.name)
    things = {
        Thing.DEVICE: holding.device_id,
        Thing.SIM: holding.sim_id,
        Thing.ACCOUNT: holding.account_id,
    }
    event = Returned(
        subject_id=holding.id,
        subject_name=name,
        thing=holding.thing,
        thing_id=things[holding.thing] or holding.id,
        holder=employee.number,
    )
    record(session, actor, event)
    write(session)
    for listen in RETURN_LISTENERS:
        listen(session, employee, actor)


def _holding_of(session: Session, held: Held, name: str) -> Holding:
    holding = open_holding(session, held)
    if holding is None:
        raise NotHeld(name=name)
    return holding
