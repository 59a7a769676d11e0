"""Moves in the lives of phones, accounts and SIMs that an incident asks for, and the way back."""

from apiflask import APIBlueprint

from api.identity import asks, current_actor
from api.transaction import current_session, tried
from fleet.accounts import lifecycle as accounts
from fleet.accounts.queries import account
from fleet.accounts.services import move_account
from fleet.contracts.accounts import AccountOut
from fleet.contracts.devices import DeviceOut
from fleet.contracts.incidents import MoveIn
from fleet.contracts.permissions import Permission
from fleet.contracts.sims import SimOut
from fleet.contracts.wire import LookQuery
from fleet.custody import register
from fleet.devices import lifecycle as devices
from fleet.devices.queries import device
from fleet.devices.services import move_device
from fleet.sims import lifecycle as sims
from fleet.sims.queries import sim
from fleet.sims.services import move_sim

bp = APIBlueprint("moves", __name__, url_prefix="/api/v1", tag="Moves")


@bp.post("/devices/<tag>/found")
@asks(Permission.DEVICES_WRITE)
@bp.input(MoveIn, arg_name="body")
@bp.output(DeviceOut)
def device_found(tag: str, body: MoveIn) -> DeviceOut:
    """Note that a lost phone was found: it comes back by its gate."""
    return _device_moved(tag, devices.Move.FIND, body.reason)


@bp.post("/accounts/<handle>/freeze")
@asks(Permission.ACCOUNTS_WRITE)
@bp.input(MoveIn, arg_name="body")
@bp.output(AccountOut)
def freeze_account(handle: str, body: MoveIn) -> AccountOut:
    """Note that an account was frozen in its app: nobody is to use it."""
    return _moved(handle, accounts.Move.FREEZE, body.reason)


@bp.post("/accounts/<handle>/thaw")
@asks(Permission.ACCOUNTS_WRITE)
@bp.input(MoveIn, arg_name="body")
@bp.output(AccountOut)
def thaw_account(handle: str, body: MoveIn) -> AccountOut:
    """Note that an account is in use again: its password is changed before it goes on."""
    return _moved(handle, accounts.Move.THAW, body.reason)


@bp.post("/sims/<number>/suspend")
@asks(Permission.SIMS_WRITE)
@bp.input(MoveIn, arg_name="body")
@bp.output(SimOut)
def suspend_sim(number: str, body: MoveIn) -> SimOut:
    """Note that the carrier was asked to block a SIM; who holds it still does."""
    return _sim_moved(number, sims.Move.SUSPEND, body.reason)


@bp.post("/sims/<number>/resume")
@asks(Permission.SIMS_WRITE)
@bp.input(MoveIn, arg_name="body")
@bp.output(SimOut)
def resume_sim(number: str, body: MoveIn) -> SimOut:
    """Note that the carrier has unblocked a SIM."""
    return _sim_moved(number, sims.Move.RESUME, body.reason)


@bp.post("/sims/<number>/give-up")
@asks(Permission.SIMS_WRITE)
@bp.input(MoveIn, arg_name="body")
@bp.output(SimOut)
def give_up_sim(number: str, body: MoveIn) -> SimOut:
    """Note that a number is to be cancelled; nobody is handed it any more."""
    return _sim_moved(number, sims.Move.GIVE_UP, body.reason)


@bp.post("/sims/<number>/keep")
@asks(Permission.SIMS_WRITE)
@bp.input(MoveIn, arg_name="body")
@bp.output(SimOut)
def keep_sim(number: str, body: MoveIn) -> SimOut:
    """Note that a number is not to be cancelled after all."""
    return _sim_moved(number, sims.Move.KEEP, body.reason)


@bp.post("/sims/<number>/cancel")
@asks(Permission.SIMS_WRITE)
@bp.input(LookQuery, location="query", arg_name="look")
@bp.input(MoveIn, arg_name="body")
@bp.output(SimOut)
def cancel_sim(number: str, look: LookQuery, body: MoveIn) -> SimOut:
    """Note that the carrier has cancelled a number: refused while an account is bound to it."""
    with tried(dry_run=look.dry_run):
        return _sim_moved(number, sims.Move.CANCEL, body.reason)


@bp.post("/accounts/<handle>/deregister")
@asks(Permission.ACCOUNTS_WRITE)
@bp.input(LookQuery, location="query", arg_name="look")
@bp.input(MoveIn, arg_name="body")
@bp.output(AccountOut)
def deregister_account(handle: str, look: LookQuery, body: MoveIn) -> AccountOut:
    """Note that an account was given up in its app for good."""
    with tried(dry_run=look.dry_run):
        return _moved(handle, accounts.Move.DEREGISTER, body.reason)


@bp.post("/devices/<tag>/unstock")
@asks(Permission.DEVICES_WRITE)
@bp.input(LookQuery, location="query", arg_name="look")
@bp.input(MoveIn, arg_name="body")
@bp.output(DeviceOut)
def unstock_device(tag: str, look: LookQuery, body: MoveIn) -> DeviceOut:
    """Take a phone that is not empty out of stock: it comes back by its gate."""
    with tried(dry_run=look.dry_run):
        return _device_moved(tag, devices.Move.UNSTOCK, body.reason)


@bp.post("/devices/<tag>/retire")
@asks(Permission.DEVICES_WRITE)
@bp.input(LookQuery, location="query", arg_name="look")
@bp.input(MoveIn, arg_name="body")
@bp.output(DeviceOut)
def retire_device(tag: str, look: LookQuery, body: MoveIn) -> DeviceOut:
    """Note that a phone is used no more; it stays in the register with its history."""
    with tried(dry_run=look.dry_run):
        return _device_moved(tag, devices.Move.RETIRE, body.reason)


@bp.post("/devices/<tag>/repair")
@asks(Permission.DEVICES_WRITE)
@bp.input(MoveIn, arg_name="body")
@bp.output(DeviceOut)
def repair_device(tag: str, body: MoveIn) -> DeviceOut:
    """Note that a phone in stock went to be repaired."""
    return _device_moved(tag, devices.Move.SEND_TO_REPAIR, body.reason)


@bp.post("/devices/<tag>/repaired")
@asks(Permission.DEVICES_WRITE)
@bp.input(MoveIn, arg_name="body")
@bp.output(DeviceOut)
def device_repaired(tag: str, body: MoveIn) -> DeviceOut:
    """Note that a phone came back from its repair."""
    return _device_moved(tag, devices.Move.REPAIRED, body.reason)


def _device_moved(tag: str, move: devices.Move, reason: str) -> DeviceOut:
    session = current_session()
    found = device(session, tag)
    move_device(session, found, move=move, reason=reason, actor=current_actor())
    return register.shown_devices(session, [found])[0]


def _sim_moved(number: str, move: sims.Move, reason: str) -> SimOut:
    session = current_session()
    found = sim(session, number)
    move_sim(session, found, move=move, reason=reason, actor=current_actor())
    return register.shown_sims(session, [found])[0]


def _moved(handle: str, move: accounts.Move, reason: str) -> AccountOut:
    session = current_session()
    found = account(session, handle)
    move_account(session, found, move=move, reason=reason, actor=current_actor())
    return register.shown_accounts(session, [found])[0]
