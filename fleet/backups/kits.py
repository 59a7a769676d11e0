"""What a station is given so that it can begin a backup while this server is away.

A kit says what a backup begun now would be: to whom it is sealed, what it takes, from what it goes
on. The *ticket* in it is the same once more in the vault's envelope, bound to its place: so the
server knows again what it decided when, and keeps nothing for it. One that was put back from a copy
knows its tickets too.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.backups.chains import base_of, name_key
from fleet.backups.errors import KitUnknown
from fleet.backups.models import Backup
from fleet.backups.services import ROOTS
from fleet.contracts.backups import UNDER_WAY, BackupTask
from fleet.contracts.clock import now
from fleet.contracts.offline import Kit
from fleet.contracts.plans import Source
from fleet.contracts.sealing import seal_to_station
from fleet.contracts.stations import SyncIn
from fleet.contracts.wire import Moment, Shown
from fleet.devices.lifecycle import State
from fleet.devices.models import Device
from fleet.escrow.queries import recipients_of
from fleet.keys.errors import SecretUnreadable
from fleet.plans.queries import PLANS, taken_by
from fleet.stations.models import Station
from fleet.stations.offline import Kits
from fleet.vault.tools import Tools

RENEWED_AFTER: Final = timedelta(minutes=10)
AT_ONCE: Final = 8  # kits made in one exchange
OUT: Final = (State.LOST, State.RETIRED)

# Rooms further up know who holds a phone, and when a backup of it is due; filled by `fleet.wiring`.
HOLDERS: Final[list[Callable[[Session, Collection[UUID]], Mapping[UUID, UUID]]]] = []
DUE: Final[list[Callable[[Session, Sequence[Device]], Mapping[UUID, datetime]]]] = []


class Ticket(Shown):
    """What was decided for a kit, and of whom and what it was true then."""

    device: UUID
    holder: UUID | None
    issued_at: Moment
    until: Moment
    roots: list[str]
    excludes: list[str]
    recipients: list[str]
    sources: list[Source]
    spaces: list[str]
    compare: int
    base: UUID | None


def make_kits(session: Session, tools: Tools, station: Station, given: SyncIn) -> Kits:
    """Make kits for phones of this station that have none, or one that is no longer new."""
    here, moment = given.kits or {}, now()
    old = [serial for serial in given.present if not _is_new(here.get(serial), moment)]
    if not old:
        return Kits()
    devices = _devices(session, tools, station, old)
    over = sorted({*old} & {*here} - {device.serial for device in devices})
    return Kits(list(_kits(session, tools, station, devices[:AT_ONCE])), over)


def _is_new(made_at: datetime | None, moment: datetime) -> bool:
    return made_at is not None and moment - RENEWED_AFTER < made_at <= moment


def _devices(
    session: Session, tools: Tools, station: Station, serials: Sequence[str]
) -> list[Device]:
    """Return the phones for which there may be a kit; none where nobody could open a backup."""
    if not tools.settings.offline_backup_hours or not recipients_of(session, tools.settings):
        return []
    here = Device.station_id == station.id, Device.present, Device.serial.in_(serials)
    mine = select(Device).where(*here, Device.state.not_in(OUT)).order_by(Device.serial)
    return list(session.scalars(mine))


def _kits(
    session: Session, tools: Tools, station: Station, devices: Sequence[Device]
) -> Iterator[Kit]:
    ids = [device.id for device in devices]
    holders = HOLDERS[0](session, ids) if HOLDERS else {}
    due = DUE[0](session, devices) if DUE else {}
    under_way = set(
        session.scalars(
            select(Backup.device_id).where(Backup.device_id.in_(ids), Backup.state.in_(UNDER_WAY))
        )
    )
    recipients = recipients_of(session, tools.settings)
    plans = PLANS.newest(session).values()
    issued_at = now()
    until = issued_at + timedelta(hours=tools.settings.offline_backup_hours)
    for device in devices:
        taken = taken_by(plans, device.known_facts)
        base = base_of(session, tools, device, recipients)
        ticket = Ticket(
            device=device.id,
            holder=holders.get(device.id),
            issued_at=issued_at,
            until=until,
            roots=list(ROOTS),
            excludes=taken.excludes,
            recipients=recipients,
            sources=taken.sources,
            spaces=list(taken.spaces),
            compare=tools.settings.backup_compare_percent,
            base=base.id if base else None,
        )
        yield _kit(
            session,
            tools,
            station,
            device,
            ticket,
            base_digest=base.manifest_digest if base else None,
            due_at=None if device.id in under_way else due.get(device.id),
        )


def _kit(
    session: Session,
    tools: Tools,
    station: Station,
    device: Device,
    ticket: Ticket,
    *,
    base_digest: str | None,
    due_at: datetime | None,
) -> Kit:
    key = str(uuid4())
    names = seal_to_station(station.public_key, name_key(session, tools, device), job=key)
    facts = device.known_facts
    return Kit(
        id=key,
        serial=device.serial,
        device=device.tag,
        issued_at=ticket.issued_at,
        until=ticket.until,
        due_at=due_at,
        bytes=facts.storage.used_bytes if facts else None,
        task=BackupTask(
            backup="",
            roots=ticket.roots,
            excludes=ticket.excludes,
            recipients=ticket.recipients,
            pack_bytes=tools.settings.pack_bytes,
            sealed_names=names,
            base=base_digest,
            compare=ticket.compare,
            sources=ticket.sources,
            spaces=ticket.spaces,
        ),
        ticket=tools.keyring.seal(ticket.model_dump_json(), context=_place(station, device.serial)),
    )


def opened(tools: Tools, station: Station, serial: str, sealed: str) -> Ticket:
    """Return what was decided; refuses what was not made for this phone at this station."""
    try:
        text = tools.keyring.open(sealed, context=_place(station, serial))
        return Ticket.model_validate_json(text)
    except (SecretUnreadable, ValidationError):
        raise KitUnknown(serial=serial) from None


def _place(station: Station, serial: str) -> str:
    return f"backup-kit:{station.id}:{serial}"
