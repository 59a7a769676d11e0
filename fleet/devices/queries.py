"""Finding phones."""

from collections.abc import Collection

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from fleet.contracts.bin import RecordKind
from fleet.contracts.devices import ChangeQuery
from fleet.contracts.wire import ListQuery
from fleet.database import taken_hold_of
from fleet.devices.errors import DeviceNotFound
from fleet.devices.lifecycle import State
from fleet.devices.models import Device, DeviceChange, DeviceImei
from fleet.former.queries import led_to
from fleet.paging import containing, page
from fleet.search.matching import named

SORTS = {
    "tag": Device.tag,
    "serial": Device.serial,
    "model": Device.model,
    "state": Device.state,
    "last_seen_at": Device.last_seen_at,
    "bought_on": Device.bought_on,
    "warranty_until": Device.warranty_until,
}
CHANGE_SORTS = {"at": DeviceChange.at, "field": DeviceChange.field}


def device(session: Session, tag: str) -> Device:
    found = session.scalar(select(Device).where(Device.tag == tag))
    found = found or led_to(session, Device, RecordKind.DEVICE, tag)
    if found is None:
        raise DeviceNotFound(tag=tag)
    return found


def device_by_serial(session: Session, serial: str) -> Device | None:
    return session.scalar(select(Device).where(Device.serial == serial))


def device_with_imei(session: Session, imeis: Collection[str]) -> tuple[Device, str] | None:
    """Return a phone we own that has one of these IMEIs, and which."""
    owners = select(Device, DeviceImei.imei).join(DeviceImei, DeviceImei.device_id == Device.id)
    ours = owners.where(DeviceImei.imei.in_(imeis), Device.state != State.RETIRED)
    found = session.execute(ours.order_by(Device.tag).limit(1)).first() if imeis else None
    return None if found is None else (found[0], found[1])


def held_still(session: Session, found: Device) -> Device:
    """Return `found` as it is now, locked until the commit: two verbs on one phone take turns."""
    (held,) = taken_hold_of(session, [found])
    return held


def devices_like(session: Session, query: ListQuery) -> Select[Device]:
    """Return the phones that `q` names, for a list that joins what other rooms know of them."""
    columns = Device.tag, Device.serial, Device.model, Device.market_name, Device.brand
    return select(Device).where(named(session, query.q, Device, *columns))


def changes(
    session: Session, found: Device, query: ChangeQuery
) -> tuple[list[DeviceChange], str | None]:
    """Return one page of what was different at visits to the phone, newest first."""
    statement = select(DeviceChange).where(
        DeviceChange.device_id == found.id, containing(query.q, DeviceChange.field)
    )
    if query.part:
        inside = DeviceChange.field.startswith(f"{query.part}.", autoescape=True)
        statement = statement.where(or_(DeviceChange.field == query.part, inside))
    if query.since:
        statement = statement.where(DeviceChange.at >= query.since)
    if query.until:
        statement = statement.where(DeviceChange.at <= query.until)
    return page(session, statement, query, sorts=CHANGE_SORTS, default="-at", key=DeviceChange.id)
