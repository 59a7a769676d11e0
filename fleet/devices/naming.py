"""What tells one phone from another: its serial number and the tag on its sticker."""

from collections.abc import Collection, Iterable
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.counting import next_number, next_numbers
from fleet.devices.errors import SerialNamesNoPhone
from fleet.devices.models import Device, DeviceImei

TAG_TEMPLATE: Final = "WF-{number:04d}"
# Serial numbers that makers of boards leave in place: many phones carry them.
SHARED_SERIALS: Final = {"0123456789ABCDEF", "1234567890ABCDEF", "0123456789", "123456789"}
SHORTEST_SERIAL: Final = 4


def check_serial(serial: str) -> None:
    """Refuse what cannot tell one phone from another."""
    alike = len(set(serial)) == 1 or serial.upper() in SHARED_SERIALS
    if alike or len(serial) < SHORTEST_SERIAL or serial.lower() == "unknown":
        raise SerialNamesNoPhone(serial=serial)


def note_imeis(session: Session, device: Device, seen: Iterable[str]) -> None:
    """Add to the IMEIs of a phone; none is taken away."""
    added = sorted(set(seen) - set(device.imei))
    if added:
        session.add_all([DeviceImei(device_id=device.id, imei=imei) for imei in added])
        device.imei = sorted([*device.imei, *added])


def next_tag(session: Session, template: str) -> str:
    """Return the next tag that no phone carries; tags given by hand are passed over."""
    while tag_taken(session, tag := template.format(number=next_number(session, "device"))):
        pass
    return tag


def next_tags(
    session: Session, template: str, count: int, *, but: Collection[str] = ()
) -> list[str]:
    """Return so many tags that no phone carries, and none of `but`, in a few questions."""
    found: list[str] = []
    while len(found) < count:
        numbers = next_numbers(session, "device", count - len(found))
        tags = [template.format(number=number) for number in numbers]
        taken = set(session.scalars(select(Device.tag).where(Device.tag.in_(tags))))
        found += [tag for tag in tags if tag not in taken and tag not in but]
    return found


def tag_taken(session: Session, tag: str) -> bool:
    return session.scalar(select(Device.id).where(Device.tag == tag)) is not None
