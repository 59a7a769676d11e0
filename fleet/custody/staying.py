"""A return that has begun is taken back: its holder keeps the thing."""

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.accounts import lifecycle as account_lifecycle
from fleet.accounts import queries as accounts_queries
from fleet.accounts.models import Account
from fleet.audit.services import record
from fleet.contracts.permissions import Permission
from fleet.custody.errors import NotHeld
from fleet.custody.events import ReturnTakenBack
from fleet.custody.queries import open_holding
from fleet.database import write
from fleet.devices import lifecycle as device_lifecycle
from fleet.devices import queries as devices_queries
from fleet.devices.models import Device


def stay(session: Session, thing: Device | Account, *, actor: Actor) -> None:
    """Take a begun return back; what was shown for it counts for no other return."""
    actor.require(Permission.CUSTODY_RETURN)
    if isinstance(thing, Device):
        name, kind = thing.tag, "device"
        held: Device | Account = devices_queries.held_still(session, thing)
    else:
        name, kind = thing.handle, "account"
        held = accounts_queries.held_still(session, thing)
    if open_holding(session, held) is None:
        raise NotHeld(name=name)
    if isinstance(held, Device):
        held.move(device_lifecycle.Move.STAY)
    else:
        held.move(account_lifecycle.Move.STAY)
    event = ReturnTakenBack(subject_id=held.id, subject_name=name, thing=kind)
    record(session, actor, event)
    write(session)
