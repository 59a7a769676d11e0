"""What has to stay as it is: no phone is erased while a preservation of it, or its holder, stands.

A hold is no check of the gate: a phone that is kept may be taken back, and nothing waives it.
"""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from fleet.backups.storage import OBJECTS
from fleet.custody.errors import LegalHold
from fleet.custody.models import Holding
from fleet.database import beside_others
from fleet.devices.models import Device
from fleet.keeping.models import Preservation


def holds_on_each(session: Session, devices: Collection[UUID]) -> dict[UUID, list[Preservation]]:
    """Return the preservations in force of each of these phones, and of who had it last."""
    last = (
        select(func.max(Holding.issued_at))
        .where(Holding.device_id == Device.id)
        .correlate(Device)
        .scalar_subquery()
    )
    had_it_last = exists().where(
        Holding.device_id == Device.id,
        Holding.employee_id == Preservation.employee_id,
        Holding.issued_at == last,
    )
    covers = or_(Preservation.device_id == Device.id, had_it_last)
    kept = (
        select(Device.id, Preservation)
        .join(Preservation, covers)
        .where(Device.id.in_(devices), Preservation.lifted_at.is_(None))
        .order_by(Preservation.number)
    )
    found: dict[UUID, list[Preservation]] = defaultdict(list)
    for key, preservation in session.execute(kept):
        found[key].append(preservation)
    return found


def holds_on(session: Session, device: Device) -> list[Preservation]:
    return holds_on_each(session, [device.id]).get(device.id, [])


def require_no_hold(session: Session, device: Device) -> None:
    """Refuse while something keeps the phone; until the commit nobody can place a preservation."""
    beside_others(session, OBJECTS)
    kept = holds_on(session, device)
    if kept:
        numbers = ", ".join(one.number for one in kept)
        raise LegalHold(tag=device.tag, preservations=numbers)
